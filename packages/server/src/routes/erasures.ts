// SPDX-License-Identifier: Apache-2.0
import { protectText } from "@telltale/protect";
import { z } from "zod";
import { ApiError, type ErrorCode } from "../errors.js";
import { EraseError, type EraseErrorCode } from "../protect/erase/error.js";
import type { Erasure, Erasures } from "../protect/erase/erasures.js";
import { KeyringError } from "../protect/keys/keyring.js";
import { toCaller } from "./caller.js";
import type { Api } from "./define.js";
import { plainText, whyBody } from "./define.js";

const instant = z.iso.datetime();
const person = z.object({
  kind: z.enum(["user", "key", "system"]),
  id: z.string(),
  name: z.string().nullable(),
});

const erasureShape = z.object({
  id: z.string(),
  alias: z.string(),
  reason: z.string(),
  status: z.enum(["requested", "deferred", "approved", "done", "cancelled"]),
  requested: instant,
  requestedBy: person,
  decided: instant.nullable(),
  decidedBy: person.nullable(),
  heldBy: z.array(z.string()),
  certificate: z
    .object({
      event: z.string(),
      destroyed: instant,
      keys: z.array(z.string()),
      leftPlain: z.array(z.string()),
      copiesGone: instant.nullable(),
    })
    .nullable(),
});

type ErasureAnswer = z.output<typeof erasureShape>;

function toAnswer(erasure: Erasure): ErasureAnswer {
  const { requestedBy, decidedBy, decided, certificate, eventId, heldBy, ...rest } = erasure;
  return {
    ...rest,
    requestedBy: toPerson(requestedBy),
    decided: decided ?? null,
    decidedBy: decidedBy === undefined ? null : toPerson(decidedBy),
    heldBy: [...heldBy],
    certificate:
      certificate === undefined
        ? null
        : {
            event: eventId,
            destroyed: certificate.destroyed,
            keys: [...certificate.keys],
            leftPlain: [...certificate.leftPlain],
            copiesGone: certificate.copiesGone,
          },
  };
}

function toPerson({ kind, id, name }: Erasure["requestedBy"]): ErasureAnswer["requestedBy"] {
  return { kind, id, name: name ?? null };
}

const CODES: Record<EraseErrorCode, ErrorCode> = {
  no_subject: "not_found",
  not_open: "conflict",
  pending: "conflict",
  same_person: "forbidden",
  not_a_person: "forbidden",
  names_subject: "bad_request",
};

async function orApiError<T>(work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (error) {
    if (error instanceof EraseError)
      throw new ApiError(CODES[error.code], { message: error.message, cause: error });
    if (error instanceof KeyringError && error.code === "locked")
      throw new ApiError("keys_unavailable", { cause: error, retryAfter: 30 });
    throw error;
  }
}

const subjectBody = { subject: plainText(1, 1024), tenant: plainText(1, 200).optional() };

const params = z.object({ id: z.string().max(100) });
const ERRORS = ["not_found", "conflict", "keys_unavailable"] as const;

/** What is erased of a person: asked for by one, approved by another. */
export function registerErasures(
  api: Api,
  erasures: Pick<Erasures, "list" | "preview" | "request" | "approve" | "cancel">,
): void {
  registerPreview(api, erasures);
  registerDecisions(api, erasures);
  api.route(
    {
      method: "GET",
      url: "/v1/erasures",
      access: "erasures.read",
      summary: "Erasures: what was asked, by whom, what waits for a legal hold, what was certified",
      answer: z.object({ erasures: z.array(erasureShape) }),
    },
    async () => ({ erasures: (await erasures.list()).map(toAnswer) }),
  );
  api.route(
    {
      method: "POST",
      url: "/v1/erasures",
      access: "erasures.manage",
      summary:
        "Ask for the erasure of a person, by the id that the application gave; somebody else has to approve",
      body: z.strictObject({ ...subjectBody, reason: plainText(3, 500) }),
      answer: erasureShape,
      errors: ERRORS,
    },
    async ({ body, request, reply }) => {
      const { subject: id, tenant, reason } = body;
      const asked = erasures.request({ tenant, id }, protectText(reason).text, toCaller(request));
      const erasure = toAnswer(await orApiError(asked));
      void reply.status(201);
      return erasure;
    },
  );
}

function registerPreview(api: Api, erasures: Pick<Erasures, "preview">): void {
  api.route(
    {
      method: "POST",
      url: "/v1/erasures/preview",
      access: "erasures.manage",
      summary: "What an erasure would leave, and which legal holds would defer it; nothing is asked for",
      body: z.strictObject(subjectBody),
      answer: z.object({
        since: instant,
        leftPlain: z.array(z.string()),
        heldBy: z.array(z.string()),
        copiesGone: instant.nullable(),
      }),
      errors: ERRORS,
    },
    async ({ body: { subject: id, tenant } }) => {
      const { since, leftPlain, heldBy, copiesGone } = await orApiError(erasures.preview({ tenant, id }));
      return { since, leftPlain: [...leftPlain], heldBy: [...heldBy], copiesGone: copiesGone ?? null };
    },
  );
}

function registerDecisions(api: Api, erasures: Pick<Erasures, "approve" | "cancel">): void {
  api.route(
    {
      method: "POST",
      url: "/v1/erasures/:id/approve",
      access: "erasures.manage",
      summary:
        "Approve what somebody else asked for: the key and the alias are destroyed, unless a legal hold defers it",
      params,
      answer: erasureShape,
      errors: ERRORS,
    },
    async ({ params: { id }, request }) =>
      toAnswer(await orApiError(erasures.approve(id, toCaller(request)))),
  );
  api.route(
    {
      method: "POST",
      url: "/v1/erasures/:id/cancel",
      access: "erasures.manage",
      summary: "Cancel an erasure that is not done",
      params,
      body: whyBody,
      answer: erasureShape,
      errors: ERRORS,
    },
    async ({ params: { id }, body, request }) =>
      toAnswer(await orApiError(erasures.cancel(id, toCaller(request), protectText(body.reason).text))),
  );
}
