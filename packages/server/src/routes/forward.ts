// SPDX-License-Identifier: Apache-2.0
import type { FastifyRequest } from "fastify";
import { z } from "zod";
import { isAllowed } from "../access/permissions.js";
import { ApiError, type ErrorCode } from "../errors.js";
import type { TargetSettings } from "../follow/forward/config.js";
import { ForwardError, type ForwardErrorCode } from "../follow/forward/error.js";
import type { Forwarders } from "../follow/forward/forwarders.js";
import { receivedAt } from "../follow/forward/index-at.js";
import type { ManagedTarget, ManagedTargets } from "../follow/forward/managed-targets.js";
import type { ForwardStatus } from "../follow/forward/status.js";
import type { FollowLog } from "../follow/runner.js";
import { mustPrincipal, toCaller } from "./caller.js";
import type { Api } from "./define.js";
import { freeText, whyBody } from "./define.js";

export interface ForwardRouteParts {
  forwarders: Forwarders;
  managed: ManagedTargets;
  log: Pick<FollowLog, "size" | "read" | "firstKept">;
  /** The operator's file, as shown; undefined: there is none. */
  file: string | undefined;
}

const count = z.int().min(0);
const instant = z.iso.datetime();
const scalar = z.union(
  [z.string().max(4_096, "must have at most 4096 characters"), z.number(), z.boolean()],
  "must be a text, a number, true or false",
);
const MAX_SETTINGS_BYTES = 12_000;

/** The keys and values of one target of the file; `parseTargetSettings` says which there are. */
const settingsShape = z
  .record(z.string().max(60), z.union([scalar, z.record(z.string().max(60), scalar)]))
  .refine((settings) => Object.keys(settings).length <= 40, "has too many keys")
  // Old and new settings stand together, whole, in the event of a change.
  .refine(
    (settings) => Buffer.byteLength(JSON.stringify(settings)) <= MAX_SETTINGS_BYTES,
    `has more than ${MAX_SETTINGS_BYTES} bytes`,
  );

const targetShape = z.object({
  name: z.string(),
  kind: z.string(),
  /** `file`: the operator's, read-only here. `api`: made and changed by the routes below. */
  origin: z.enum(["file", "api"]),
  file: z.string().optional(),
  filter: z.string().optional(),
  state: z.enum(["running", "waiting", "paused", "failed", "broken"]),
  since: instant,
  next: count,
  lag: count,
  oldestWaiting: instant.nullable(),
  lastError: z.object({ code: z.string(), message: z.string(), at: instant }).optional(),
  lastDelivered: instant.optional(),
  counts: z.object({ delivered: count, refused: count, retried: count }),
  settings: settingsShape.optional(),
  changed: instant.optional(),
  changedBy: z.string().optional(),
});
type TargetAnswer = z.output<typeof targetShape>;

const letterShape = z.object({
  at: z.string(),
  target: z.string(),
  address: z.string(),
  id: z.string(),
  action: z.string(),
  reason: z.string(),
});

const params = z.object({ name: z.string().max(100) });
const answer = z.object({ target: targetShape });
const LETTERS = 100;

const CODES: Record<ForwardErrorCode, ErrorCode> = {
  unknown_target: "not_found",
  bad_index: "bad_request",
  bad_target: "bad_request",
  too_many: "bad_request",
  name_taken: "conflict",
  not_editable: "conflict",
};

async function orApiError<T>(work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (error) {
    if (!(error instanceof ForwardError)) throw error;
    throw new ApiError(CODES[error.code], { message: error.message, cause: error });
  }
}

/** Targets as the API answers them. */
class Answers {
  readonly #parts: ForwardRouteParts;

  constructor(parts: ForwardRouteParts) {
    this.#parts = parts;
  }

  async all(request: FastifyRequest): Promise<TargetAnswer[]> {
    const { forwarders, managed } = this.#parts;
    const stored = new Map(managed.list().map((each) => [each.name, each]));
    const broken = [...stored.values()].filter(({ problem }) => problem !== undefined);
    const running = forwarders.status().map(async (status) => {
      const one = stored.get(status.name);
      const own = one?.problem === undefined ? one : undefined;
      return { ...(await this.#running(status)), ...this.#origin(own, request) };
    });
    return [...(await Promise.all(running)), ...broken.map((each) => this.#broken(each, request))];
  }

  async one(name: string, request: FastifyRequest): Promise<{ target: TargetAnswer }> {
    const target = (await this.all(request)).find((each) => each.name === name);
    if (target === undefined)
      throw new ApiError("not_found", { message: "There is no target of this name." });
    return { target };
  }

  async #running(status: ForwardStatus): Promise<Omit<TargetAnswer, "origin">> {
    const { forwarders, log } = this.#parts;
    const filter = forwarders.configOf(status.name)?.filterText;
    const index = log.firstKept?.(status.next) ?? status.next;
    const time = index < log.size ? await receivedAt(log, index) : Number.NaN;
    return {
      ...status,
      ...(filter === undefined ? {} : { filter }),
      oldestWaiting: Number.isNaN(time) ? null : new Date(time).toISOString(),
    };
  }

  /** Settings name hosts, and what their secrets are called: for those who may change them. */
  #origin(
    stored: ManagedTarget | undefined,
    request: FastifyRequest,
  ): Partial<TargetAnswer> & Pick<TargetAnswer, "origin"> {
    const { file } = this.#parts;
    if (stored === undefined) return { origin: "file", ...(file === undefined ? {} : { file }) };
    const { settings, changed, changedBy } = stored;
    const mayChange = isAllowed(mustPrincipal(request), "forward.manage");
    return { origin: "api", changed, changedBy, ...(mayChange ? { settings } : {}) };
  }

  #broken(stored: ManagedTarget, request: FastifyRequest): TargetAnswer {
    const { name, settings, changed, problem = "" } = stored;
    const kind = typeof settings["to"] === "string" ? settings["to"] : "";
    const { filter } = settings;
    return {
      name,
      kind,
      ...(typeof filter === "string" ? { filter } : {}),
      state: "broken",
      since: changed,
      next: 0,
      lag: 0,
      oldestWaiting: null,
      lastError: { code: "misconfigured", message: problem, at: changed },
      counts: { delivered: 0, refused: 0, retried: 0 },
      ...this.#origin(stored, request),
    };
  }
}

/** Targets that events are forwarded to: how far they are, and what people may do about it. */
export function registerForward(api: Api, parts: ForwardRouteParts): void {
  const answers = new Answers(parts);
  const { forwarders } = parts;
  api.route(
    {
      method: "GET",
      url: "/v1/forward",
      access: "forward.read",
      summary: "The targets that events are forwarded to, how far each has come and what its last error was",
      answer: z.object({ targets: z.array(targetShape) }),
    },
    async ({ request }) => ({ targets: await answers.all(request) }),
  );
  api.route(
    {
      method: "GET",
      url: "/v1/forward/:name/dead-letters",
      access: "forward.read",
      summary: "The newest events that a target refused for good, and why",
      params,
      answer: z.object({ letters: z.array(letterShape) }),
      errors: ["not_found"],
    },
    async ({ params: { name } }) => ({
      // Not async itself: it throws for a name that is none.
      letters: await orApiError((async () => forwarders.deadLetters(name, LETTERS))()),
    }),
  );
  registerWork(api, parts, answers);
  registerSettings(api, parts, answers);
}

function registerWork(api: Api, { forwarders }: ForwardRouteParts, answers: Answers): void {
  api.route(
    {
      method: "POST",
      url: "/v1/forward/:name/pause",
      access: "forward.manage",
      summary: "Send nothing more to a target until it is resumed; events wait in the log",
      params,
      answer,
      errors: ["not_found"],
    },
    async ({ params: { name }, request }) => {
      await orApiError(forwarders.pause(name, toCaller(request)));
      return answers.one(name, request);
    },
  );
  api.route(
    {
      method: "POST",
      url: "/v1/forward/:name/resume",
      access: "forward.manage",
      summary: "Go on after a pause; ask a target at once that is being waited for",
      params,
      answer,
      errors: ["not_found"],
    },
    async ({ params: { name }, request }) => {
      await orApiError(forwarders.resume(name, toCaller(request)));
      return answers.one(name, request);
    },
  );
  api.route(
    {
      method: "POST",
      url: "/v1/forward/:name/replay",
      access: "forward.manage",
      summary:
        "Send again all events from an index on, or from a time on; the reason becomes part of the log",
      params,
      body: z.union(
        [
          z.strictObject({ from: count, reason: whyBody.shape.reason.optional() }),
          z.strictObject({ time: instant, reason: whyBody.shape.reason.optional() }),
        ],
        "must be { from } with an index or { time } in UTC, and a reason",
      ),
      answer,
      errors: ["not_found"],
    },
    async ({ params: { name }, body, request }) => {
      const from = "from" in body ? { index: body.from } : { time: Date.parse(body.time) };
      await orApiError(forwarders.replay(name, from, toCaller(request), body.reason));
      return answers.one(name, request);
    },
  );
}

const change = z.strictObject({ settings: settingsShape, reason: freeText(1, 500) });

function registerSettings(api: Api, { managed }: ForwardRouteParts, answers: Answers): void {
  api.route(
    {
      method: "POST",
      url: "/v1/forward",
      access: "forward.manage",
      summary: "Add a target, with the keys and values that one in the file of TELLTALE_FORWARD has",
      body: change,
      answer,
      errors: ["conflict"],
    },
    async ({ body, request, reply }) => {
      const settings: TargetSettings = body.settings;
      const name = await orApiError(managed.create(settings, toCaller(request), body.reason));
      void reply.status(201);
      return answers.one(name, request);
    },
  );
  api.route(
    {
      method: "PUT",
      url: "/v1/forward/:name",
      access: "forward.manage",
      summary: "Change a target that was added over the API; it goes on where it was",
      params,
      body: change,
      answer,
      errors: ["not_found", "conflict"],
    },
    async ({ params: { name }, body, request }) => {
      await orApiError(managed.change(name, { name, ...body.settings }, toCaller(request), body.reason));
      return answers.one(name, request);
    },
  );
  api.route(
    {
      method: "DELETE",
      url: "/v1/forward/:name",
      access: "forward.manage",
      summary: "Remove a target that was added over the API; its dead letters stay",
      params,
      body: whyBody,
      errors: ["not_found", "conflict"],
    },
    async ({ params: { name }, body, request, reply }) => {
      await orApiError(managed.remove(name, toCaller(request), body.reason));
      void reply.status(204).send();
    },
  );
}
