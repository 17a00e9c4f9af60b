// SPDX-License-Identifier: Apache-2.0
import { z } from "zod";
import type { Keys } from "../access/keys.js";
import { KEY_ROLES } from "../access/permissions.js";
import { mustPrincipal } from "./caller.js";
import type { Api } from "./define.js";
import { plainName, whyBody } from "./define.js";
import { keyShape } from "./shapes.js";

const newKey = z.strictObject({
  role: z.enum(KEY_ROLES, `must be one of ${KEY_ROLES.join(", ")}`),
  name: plainName(1, 100),
  app: plainName(1, 200).optional(),
  expiresInDays: z.int("must be a whole number").min(1).max(3_650).optional(),
});
const DAY_MS = 86_400_000;

/** API keys. The token is in the answer of POST and nowhere else, ever. */
export function registerKeys(api: Api, { keys, now }: { keys: Keys; now: () => number }): void {
  api.route(
    {
      method: "GET",
      url: "/v1/keys",
      access: "keys.read",
      summary: "List API keys",
      answer: z.object({ keys: z.array(keyShape) }),
    },
    async () => ({ keys: await keys.list() }),
  );
  api.route(
    {
      method: "POST",
      url: "/v1/keys",
      access: "keys.manage",
      summary: "Create an API key",
      body: newKey,
      answer: z.object({ key: keyShape, token: z.string() }),
    },
    async ({ body, request, reply }) => {
      const { role, name, app, expiresInDays: days } = body;
      const made = await keys.create(
        {
          role,
          name,
          ...(app === undefined ? {} : { app }),
          ...(days === undefined ? {} : { expires: now() + days * DAY_MS }),
        },
        mustPrincipal(request),
      );
      void reply.status(201);
      return made;
    },
  );
  api.route(
    {
      method: "DELETE",
      url: "/v1/keys/:id",
      access: "keys.manage",
      summary: "Revoke an API key; it works from the next request on",
      params: z.object({ id: z.string().max(100) }),
      body: whyBody.optional(),
      answer: z.object({ key: keyShape }),
      errors: ["not_found"],
    },
    async ({ params, body, request }) => ({
      key: await keys.revoke(params.id, mustPrincipal(request), body?.reason),
    }),
  );
}
