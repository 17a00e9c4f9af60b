// SPDX-License-Identifier: Apache-2.0
import type {
  Alert,
  AlertPage,
  AlertContext,
  AlertPatch,
  AlertWhere,
  Exception,
  ExceptionDraft,
  ExceptionPreview,
  NewException,
  RulePrecision,
} from "./alert-types.js";
import type {
  ApiKey,
  DeadLetter,
  Erasure,
  ErasurePreview,
  EventPage,
  EventsQuery,
  ForwardTarget,
  Hidden,
  Histogram,
  HoldScope,
  IndexedEvent,
  LearnStatus,
  NewApiKey,
  NotifyChannel,
  NotifyDelivery,
  NotifyTest,
  Preview,
  Retention,
  Revealed,
  Review,
  ReviewPage,
  ReviewStatus,
  SealedLine,
  Session,
  Sources,
  Status,
  TargetSettings,
} from "./types.js";

/** The server answered with an error, or (code `unreachable`) did not answer. */
export class ApiError extends Error {
  readonly code: string;
  readonly status: number;
  /** Offset in the query at which reading stopped, when the error is about a query. */
  readonly position: number | undefined;
  /** With `session_required`: no administrator exists yet. */
  readonly setup: boolean;

  constructor(init: { code: string; status: number; message: string; position?: number; setup?: boolean }) {
    super(init.message);
    this.name = "ApiError";
    this.code = init.code;
    this.status = init.status;
    this.position = init.position;
    this.setup = init.setup ?? false;
  }
}

let csrf = "";

function toApiError(status: number, body: unknown): ApiError {
  const outer = (typeof body === "object" && body !== null ? body : {}) as Record<string, unknown>;
  const error = (
    typeof outer["error"] === "object" && outer["error"] !== null ? outer["error"] : {}
  ) as Record<string, unknown>;
  const position = error["position"];
  return new ApiError({
    code: typeof error["code"] === "string" ? error["code"] : `http_${status}`,
    status,
    message: typeof error["message"] === "string" ? error["message"] : `The server answered ${status}.`,
    setup: outer["setup"] === true || error["setup"] === true,
    ...(typeof position === "number" ? { position } : {}),
  });
}

async function request(path: string, init: RequestInit = {}): Promise<Response> {
  const headers = new Headers(init.headers);
  if (init.method !== undefined && init.method !== "GET" && csrf !== "") headers.set("x-csrf-token", csrf);
  let response: Response;
  try {
    response = await fetch(path, { ...init, headers, credentials: "same-origin" });
  } catch (cause) {
    if (init.signal?.aborted === true) throw cause;
    throw new ApiError({
      code: "unreachable",
      status: 0,
      message: "The server does not answer. Nothing that was acknowledged is lost; this page will try again.",
    });
  }
  if (response.ok) return response;
  throw toApiError(response.status, await response.json().catch(() => undefined));
}

async function json<T>(path: string, init?: RequestInit): Promise<T> {
  const response = await request(path, init);
  return (response.status === 204 ? undefined : await response.json()) as T;
}

function send(method: "POST" | "PUT" | "PATCH" | "DELETE", body: unknown): RequestInit {
  return { method, headers: { "content-type": "application/json" }, body: JSON.stringify(body) };
}

/** `?a=1&b=2` of what is set; empty strings and undefined are left out. */
export function toQueryString(values: Record<string, string | number | undefined>): string {
  const params = new URLSearchParams();
  for (const [name, value] of Object.entries(values)) {
    if (value !== undefined && value !== "") params.set(name, String(value));
  }
  const text = params.toString();
  return text === "" ? "" : `?${text}`;
}

/** What a bundle of evidence shall hold: what a search finds, what an alert rests on, or one event. */
export type EvidenceQuery = Partial<EventsQuery> | { alert: string } | { index: number };

/** A bundle, as a file. */
export interface EvidenceFile {
  blob: Blob;
  name: string;
  events: number;
  /** More was found than one bundle takes; the newest are in it. */
  limited: boolean;
}

const FILE_NAME = /filename="([\w.-]{1,100})"/;

const toChannel = (name: string): string => `/v1/notifications/${encodeURIComponent(name)}`;
const toTarget = (name: string): string => `/v1/forward/${encodeURIComponent(name)}`;

/** Every call the browser makes, in one place. Each rejects with {@link ApiError}. */
export const api = {
  async session(): Promise<Session> {
    const session = await json<Session>("/v1/session");
    csrf = session.csrf;
    return session;
  },
  async signIn(name: string, password: string): Promise<Session> {
    await json("/v1/session", send("POST", { name, password }));
    return api.session();
  },
  async signOut(): Promise<void> {
    await request("/v1/session", { method: "DELETE" });
    csrf = "";
  },
  setup: (input: { token: string; name: string; password: string }) =>
    json<unknown>("/v1/setup", send("POST", input)),
  /** The log's key history, to be verified by whoever reads it. */
  logKeys: async (): Promise<string> => (await request("/log/keys")).text(),
  status: (signal?: AbortSignal) => json<Status>("/v1/status", signal === undefined ? {} : { signal }),
  events: (query: EventsQuery & { limit: number; cursor?: string }, signal?: AbortSignal) =>
    json<EventPage>(`/v1/events${toQueryString({ ...query })}`, signal === undefined ? {} : { signal }),
  event: (index: number) => json<SealedLine>(`/v1/events/${index}`),
  reveal: (index: number, path: string, reason: string) =>
    json<Revealed>(`/v1/events/${index}/reveal`, send("POST", { path, reason })),
  proof: async (index: number) => (await request(`/v1/events/${index}/proof`)).text(),
  histogram: (query: EventsQuery & { buckets: number }, signal?: AbortSignal) =>
    json<Histogram>(`/v1/histogram${toQueryString({ ...query })}`, signal === undefined ? {} : { signal }),
  alerts: ({
    level,
    unassigned,
    ...query
  }: AlertWhere & { order?: "time" | "risk"; limit?: number; cursor?: string }) =>
    json<AlertPage>(
      `/v1/alerts${toQueryString({ ...query, level: level?.join(","), unassigned: unassigned === true ? "true" : undefined })}`,
    ),
  alertContext: (id: string) => json<AlertContext>(`/v1/alerts/${encodeURIComponent(id)}/context`),
  changeAlerts: (
    body: ({ ids: string[] } | { where: AlertWhere; expect: number }) & { change: AlertPatch },
  ) => json<{ changed: string[] }>("/v1/alerts/bulk", send("POST", body)),
  precision: async () => (await json<{ rules: RulePrecision[] }>("/v1/rules/precision")).rules,
  exceptions: async () => (await json<{ exceptions: Exception[] }>("/v1/exceptions")).exceptions,
  exceptionDraft: (alertId: string) =>
    json<ExceptionDraft>(`/v1/alerts/${encodeURIComponent(alertId)}/exception`),
  previewException: (body: Pick<NewException, "rule" | "where" | "days">) =>
    json<ExceptionPreview>("/v1/exceptions/preview", send("POST", body)),
  createException: (body: NewException) => json<Exception>("/v1/exceptions", send("POST", body)),
  endException: (id: string, reason: string) =>
    json<Exception>(`/v1/exceptions/${encodeURIComponent(id)}/end`, send("POST", { reason })),
  alert: (id: string) => json<Alert>(`/v1/alerts/${encodeURIComponent(id)}`),
  patchAlert: (id: string, patch: AlertPatch) =>
    json<Alert>(`/v1/alerts/${encodeURIComponent(id)}`, send("PATCH", patch)),
  reviews: (query: { status?: ReviewStatus; limit?: number; cursor?: string }) =>
    json<ReviewPage>(`/v1/reviews${toQueryString(query)}`),
  review: (id: string) => json<Review>(`/v1/reviews/${encodeURIComponent(id)}`),
  makeReview: (period: { from: string; to: string }) => json<Review>("/v1/reviews", send("POST", period)),
  commentReview: (id: string, text: string) =>
    json<Review>(`/v1/reviews/${encodeURIComponent(id)}/comments`, send("POST", { text })),
  signReview: (id: string, body: { statement: string; contentSha256: string }) =>
    json<Review>(`/v1/reviews/${encodeURIComponent(id)}/sign`, send("POST", body)),
  /** The token is in this answer and nowhere else, ever. */
  createIngestKey: (name: string) =>
    json<{ token: string }>("/v1/keys", send("POST", { role: "ingest", name })),
  evidence: (id: string) =>
    json<{ events: IndexedEvent[]; pruned: number[] }>(`/v1/alerts/${encodeURIComponent(id)}/evidence`),
  exportEvidence: async (query: EvidenceQuery, signal: AbortSignal): Promise<EvidenceFile> => {
    const response = await request(`/v1/evidence${toQueryString({ ...query })}`, { signal });
    const { headers } = response;
    return {
      name: FILE_NAME.exec(headers.get("content-disposition") ?? "")?.[1] ?? "telltale-evidence.zip",
      events: Number(headers.get("telltale-events") ?? 0),
      limited: headers.get("telltale-limited") === "true",
      blob: await response.blob(),
    };
  },
  targets: async () => (await json<{ targets: ForwardTarget[] }>("/v1/forward")).targets,
  deadLetters: async (name: string) =>
    (await json<{ letters: DeadLetter[] }>(`${toTarget(name)}/dead-letters`)).letters,
  pauseTarget: (name: string) => json<unknown>(`${toTarget(name)}/pause`, send("POST", {})),
  resumeTarget: (name: string) => json<unknown>(`${toTarget(name)}/resume`, send("POST", {})),
  replayTarget: (name: string, start: { from: number } | { time: string }, reason: string) =>
    json<unknown>(`${toTarget(name)}/replay`, send("POST", { ...start, reason })),
  createTarget: (settings: TargetSettings, reason: string) =>
    json<unknown>("/v1/forward", send("POST", { settings, reason })),
  changeTarget: (name: string, settings: TargetSettings, reason: string) =>
    json<unknown>(toTarget(name), send("PUT", { settings, reason })),
  removeTarget: (name: string, reason: string) => json<unknown>(toTarget(name), send("DELETE", { reason })),
  channels: async () => (await json<{ channels: NotifyChannel[] }>("/v1/notifications")).channels,
  deliveries: async (filter: { channel?: string | undefined; state?: string | undefined }) => {
    const path = `/v1/notifications/deliveries${toQueryString({ limit: 50, ...filter })}`;
    return (await json<{ deliveries: NotifyDelivery[] }>(path)).deliveries;
  },
  pauseChannel: (name: string) => json<unknown>(`${toChannel(name)}/pause`, send("POST", {})),
  resumeChannel: (name: string) => json<unknown>(`${toChannel(name)}/resume`, send("POST", {})),
  testChannel: (name: string) => json<NotifyTest>(`${toChannel(name)}/test`, send("POST", {})),
  retryDelivery: (id: string) =>
    json<unknown>(`/v1/notifications/deliveries/${encodeURIComponent(id)}/retry`, send("POST", {})),
  retention: () => json<Retention>("/v1/retention"),
  placeHold: (hold: { name: string; reason: string; scope: HoldScope }) =>
    json<unknown>("/v1/holds", send("POST", hold)),
  releaseHold: (id: string, reason: string) =>
    json<unknown>(`/v1/holds/${encodeURIComponent(id)}`, send("DELETE", { reason })),
  sources: (signal?: AbortSignal) => json<Sources>("/v1/sources", signal === undefined ? {} : { signal }),
  learn: () => json<LearnStatus>("/v1/learn"),
  /** `range`: how far back, such as `24h`. */
  hidden: (range: string, signal?: AbortSignal) =>
    json<Hidden>(`/v1/protect/hidden?from=-${range}`, signal === undefined ? {} : { signal }),
  erasures: () => json<{ erasures: Erasure[] }>("/v1/erasures"),
  previewErasure: (subject: { subject: string; tenant?: string }) =>
    json<ErasurePreview>("/v1/erasures/preview", send("POST", subject)),
  requestErasure: (body: { subject: string; tenant?: string; reason: string }) =>
    json<Erasure>("/v1/erasures", send("POST", body)),
  approveErasure: (id: string) =>
    json<Erasure>(`/v1/erasures/${encodeURIComponent(id)}/approve`, send("POST", {})),
  cancelErasure: (id: string, reason: string) =>
    json<Erasure>(`/v1/erasures/${encodeURIComponent(id)}/cancel`, send("POST", { reason })),
  previewProtection: (body: { event: unknown } | { text: string }) =>
    json<Preview>("/v1/protect/preview", send("POST", body)),
  keys: async () => (await json<{ keys: ApiKey[] }>("/v1/keys")).keys,
  createKey: (key: NewApiKey) => json<{ key: ApiKey; token: string }>("/v1/keys", send("POST", key)),
  revokeKey: (id: string, reason: string) =>
    json<unknown>(`/v1/keys/${encodeURIComponent(id)}`, send("DELETE", { reason })),
  checkpoint: async () => (await request("/log/checkpoint")).text(),
} as const;
