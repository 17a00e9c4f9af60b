// SPDX-License-Identifier: Apache-2.0
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { SecurityEvent } from "@telltale/event";
import type { Log } from "@telltale/log";
import { hashLeaves, openLog, splitLines } from "@telltale/log";
import type { FastifyInstance } from "fastify";
import type { Access } from "../src/access/access.js";
import { openAccess } from "../src/access/access.js";
import type { KeyRole, UserRole } from "../src/access/permissions.js";
import type { AlertStore } from "../src/alert/alert.js";
import { openNotifications } from "../src/alert/notify/notifications.js";
import { createAlertStore } from "../src/alert/store.js";
import type { Config } from "../src/config/config.js";
import { SourceChains } from "../src/chain/source-chains.js";
import { parseConfig } from "../src/config/config.js";
import type { RawConfig } from "../src/config/env.js";
import { EvidenceExports } from "../src/evidence/exports.js";
import { createHttp } from "../src/http.js";
import { openForwarding } from "../src/follow/forward/open.js";
import { FollowerRunner } from "../src/follow/runner.js";
import { DiskWatch, measureDisk } from "../src/follow/retain/disk.js";
import { createHoldStore } from "../src/follow/retain/hold-store.js";
import { DEFAULT_POLICY } from "../src/follow/retain/policy.js";
import { createPolicyMemory } from "../src/follow/retain/policy-memory.js";
import { Retain } from "../src/follow/retain/retain.js";
import { Erasures } from "../src/protect/erase/erasures.js";
import { loadRules } from "../src/pipeline/rules.js";
import { Backtests } from "../src/rules/backtests.js";
import { Reviews } from "../src/review/reviews.js";
import { openTestKeys } from "./protect/test-keys.js";
import type { StaticUi } from "../src/http/static-ui.js";
import { createLoggers } from "../src/logger.js";
import { createMetrics } from "../src/metrics.js";
import type { HistogramRequest, HitsRequest, SearchRequest } from "../src/follow/index/search.js";
import { NO_KEYS, type RevealKeys } from "../src/protect/reveal.js";
import type { RouteDeps } from "../src/routes/deps.js";
import { openRespond } from "../src/respond/open.js";
import { registerRoutes } from "../src/routes/routes.js";
import type { StreamHub } from "../src/routes/stream-hub.js";
import { createStreamHub } from "../src/routes/stream-hub.js";
import { compileRules, parseSigma } from "@telltale/sigma";
import { Exceptions } from "../src/alert/exceptions/exceptions.js";
import { toScope } from "../src/alert/exceptions/scope.js";
import { Runbooks } from "../src/alert/runbook.js";
import type { SelfEvent } from "../src/self-log.js";
import { openState } from "../src/state/state.js";

export const PASSWORD = "a long enough pass phrase";
const SYSTEM = { kind: "system", id: "test" } as const;

/** The rules in force. */
export const RULES = [
  {
    file: "failed.yml",
    text: "title: Failed\nname: failed\nlogsource: {product: telltale}\ndetection: {s: {action: authn_login_fail}, condition: s}\n",
  },
  {
    file: "many.yml",
    text: "title: Many\nname: many\ncorrelation: {type: event_count, rules: [failed], group-by: [actor.id], timespan: 10m, condition: {gte: 3}}\n",
  },
];

/** A signed-in browser: what it sends along. */
export interface Browser {
  cookie: string;
  csrf: string;
}

export interface TestServer {
  app: FastifyInstance;
  access: Access;
  alerts: AlertStore;
  reviews: Reviews;
  log: Log;
  stream: StreamHub;
  events: SelfEvent[];
  /** What a search finds: nothing, unless a test says so. */
  hits: number[];
  searches: (HitsRequest | HistogramRequest | SearchRequest)[];
  logText(): string;
  clock: { now: number };
  /** Set to make a part fail. */
  failures: { search?: Error; seal?: Error; unhealthy?: string; unready?: string };
  append(...events: Partial<SecurityEvent>[]): Promise<void>;
  key(role: KeyRole): Promise<string>;
  browser(role: UserRole, name?: string): Promise<Browser>;
  close(): Promise<void>;
}

/** One rule that alerts of tests can be of. */
const ALERT_RULES = `
title: Refused
id: 00000000-0000-4000-8000-000000000001
logsource: {product: telltale, category: application}
detection: {s: {action: authz_fail}, condition: s}
checklist: [Ask the owner, Look what else came]
level: medium
---
title: Many refused
id: 00000000-0000-4000-8000-000000000002
level: high
correlation: {type: event_count, rules: [00000000-0000-4000-8000-000000000001], group-by: [actor.id], timespan: 10s, condition: {gte: 3}}
`;

const silent = { name: "chat", send: async () => "taken" };

/** A channel that takes everything and tells nobody. */
const testChannel = {
  name: "chat",
  kind: "slack",
  origin: "file",
  hasLifecycle: false,
  limit: undefined,
  quiet: undefined,
  create: () => silent,
  channel: silent,
} satisfies Parameters<typeof openNotifications>[0]["channels"][number];

function onError(error: unknown): never {
  throw error;
}

interface Recorded {
  events: SelfEvent[];
  hits: number[];
  searches: TestServer["searches"];
  lines: string[];
  failures: TestServer["failures"];
  clock: { now: number };
}

function makeSearch({ searches, failures, hits }: Recorded, log: Log): RouteDeps["search"] {
  const whole = () => ({ complete: true, indexed: log.size, size: log.size });
  const asked = (request: HitsRequest | HistogramRequest | SearchRequest): void => {
    if (failures.search !== undefined) throw failures.search;
    searches.push(request);
  };
  return {
    async hits(request) {
      asked(request);
      return { hits: hits.map((index) => ({ index, line: "{}" })), next: null, ...whole() };
    },
    async histogram(request) {
      asked(request);
      return { from: 0, to: 1, bucketMs: 1, unit: "second", buckets: [], total: 0, ...whole() };
    },
    async count(request) {
      asked(request);
      return { total: 0, ...whole() };
    },
    async groups(request) {
      asked(request);
      return { groups: [], distinct: 0, ...whole() };
    },
    async combinations(request) {
      asked(request);
      return { rows: [], distinct: 0, ...whole() };
    },
  };
}

function makeStatus({ failures, clock }: Recorded, log: Log): RouteDeps["status"] {
  return {
    version: "0.1.0",
    startedAt: clock.now - 5_000,
    demo: false,
    followers: () => [{ name: "index", next: log.size, lag: 0 }],
    verified: () => null,
    unhealthy: () => failures.unhealthy ?? null,
    unready: () => failures.unready ?? null,
  };
}

const learning = (): undefined => undefined;

async function openParts(dir: string, recorded: Recorded) {
  const now = () => recorded.clock.now;
  const selfLog = {
    emit: (event: SelfEvent) => void recorded.events.push(event),
    async seal(more: readonly SelfEvent[]) {
      if (recorded.failures.seal !== undefined) throw recorded.failures.seal;
      recorded.events.push(...more);
    },
  };
  const log = await openLog({
    dataDir: dir,
    create: { originName: "test" },
    onFatal(error) {
      throw error;
    },
  });
  const state = openState(join(dir, "state.db"));
  const access = await openAccess({ state, selfLog, now, watchMs: 0 });
  const alerts = createAlertStore({ state, selfLog, now });
  const metrics = createMetrics();
  const stream = createStreamHub({ metrics, now, tickMs: 20 });
  alerts.subscribe((alert) => stream.alert(alert));
  const runner = new FollowerRunner({
    log,
    logName: "main",
    onError: (_, error) => onError(error),
    onAhead() {},
  });
  const config = { dataDir: dir, forward: [], secretsDir: undefined, forwardAllowPrivate: true };
  const env = { TELLTALE_SECRET_WEBHOOK: "a-secret-for-tests-0123456789" };
  const forwarding = {
    ...openForwarding({ config, log, state, runner, selfLog, metrics, env, onError: () => undefined }),
    file: undefined,
  };
  const retain = new Retain({
    log,
    logName: "main",
    selfLog,
    holds: createHoldStore(state.db),
    cursors: state.cursors,
    policy: DEFAULT_POLICY,
    memory: createPolicyMemory(state.db),
    onError,
    now,
  });
  const disk = new DiskWatch({ measure: () => measureDisk(dir), selfLog, onError, now });
  const retention = { retain, disk };
  const erasures = await makeErasures({ state, selfLog, now });
  return {
    ...(await openTestDesks({ state, selfLog, metrics, alerts, now })),
    erasures,
    learning,
    sources: new SourceChains({ onFindings() {}, upMs: () => 0 }),
    now,
    selfLog,
    log,
    witnesses: undefined,
    state,
    access,
    alerts,
    metrics,
    stream,
    forwarding,
    runner,
    retention,
  };
}

/** One channel that takes everything, and decisions that no rule makes. */
async function openTestDesks(
  parts: Pick<Parameters<typeof openRespond>[0], "state" | "selfLog" | "metrics" | "alerts"> & {
    now: () => number;
  },
) {
  const notifications = await openNotifications({
    ...parts,
    channels: [testChannel],
    notifier: { pause() {}, wake() {} },
    publicUrl: undefined,
  });
  const responding = await openRespond({
    ...parts,
    keys: NO_KEYS,
    policy: undefined,
    rules: () => compileRules([]),
    byRules: false,
    onError(error) {
      throw error;
    },
  });
  const { decisions, decisionStream } = responding;
  return { notifications, decisions, decisionStream, closeRespond: () => responding.close() };
}

/** Erasures of a state that has keys. */
async function makeErasures(
  parts: Pick<ConstructorParameters<typeof Erasures>[0], "state" | "selfLog" | "now">,
): Promise<Erasures> {
  const { state, now } = parts;
  return new Erasures({
    ...parts,
    keys: await openTestKeys(state, now),
    holds: createHoldStore(state.db),
    policy: { version: "0123456789abcdef", leftPlain: () => ["client.ip"] },
    backupDays: undefined,
  });
}

/** Reviews whose events are recorded, and which never wait. */
function makeReviews(
  recorded: Recorded,
  parts: Omit<
    ConstructorParameters<typeof Reviews>[0],
    "seal" | "rules" | "integrity" | "searchableFrom" | "pause"
  >,
): Reviews {
  return new Reviews({
    ...parts,
    seal: async (events) => {
      recorded.events.push(...events);
      return { first: null };
    },
    rules: () => ({ set: "0123456789abcdef", count: 8 }),
    integrity: () => null,
    searchableFrom: () => Promise.resolve(undefined),
    pause: () => Promise.resolve(),
  });
}

/** Exports whose record is an event of the real log. */
function makeExports(
  { events, clock }: Recorded,
  parts: Pick<ConstructorParameters<typeof EvidenceExports>[0], "log" | "search" | "alerts"> & { log: Log },
): EvidenceExports {
  return new EvidenceExports({
    ...parts,
    witnesses: undefined,
    policy: undefined,
    async sealAt(event) {
      events.push(event);
      const batch = splitLines(Buffer.from(`${JSON.stringify({ via: "telltale", ...event })}\n`));
      return (await parts.log.append({ ...batch, leafHashes: hashLeaves(batch) })).first;
    },
    now: () => clock.now,
    version: "0.1.0",
  });
}

/** Real state, real log, real routes; only search is a stand-in that remembers what it was asked. */
async function closeParts(parts: Awaited<ReturnType<typeof openParts>>): Promise<void> {
  await parts.closeRespond();
  parts.forwarding.forwarders.stop();
  await parts.runner.close();
  await parts.access.close();
  await parts.state.close();
  await parts.log.close();
}

/** What alerts of the one rule above have beside them: exceptions, runbooks. */
async function openAlerting(parts: Awaited<ReturnType<typeof openParts>>) {
  const rules = compileRules(parseSigma(ALERT_RULES, "rules.yml"));
  const exceptions = await Exceptions.open({
    ...parts,
    onError,
    scopeOf: (ruleId) => toScope(rules, ruleId),
  });
  return { exceptions, rules: () => rules, runbooks: new Runbooks(() => rules, []), db: parts.state.db };
}

export async function startTestServer(
  options: {
    raw?: RawConfig;
    config?: Partial<Config>;
    ui?: StaticUi;
    prepare?: (app: FastifyInstance) => void;
    protectStore?: RevealKeys;
  } = {},
): Promise<TestServer> {
  const dir = mkdtempSync(join(tmpdir(), "telltale-http-"));
  const clock = { now: Date.parse("2026-01-01T00:00:00.000Z") };
  const recorded: Recorded = { events: [], hits: [], searches: [], lines: [], failures: {}, clock };
  const loggers = createLoggers("debug", { write: (line: string) => void recorded.lines.push(line) });
  const { config: defaults, secrets } = parseConfig(options.raw ?? {});
  const config: Config = { ...defaults, ...options.config };
  const parts = await openParts(dir, recorded);
  const { access, alerts, log, stream } = parts;
  const app = createHttp({ ...parts, config, secrets, logger: loggers.http });
  options.prepare?.(app);
  const ui = options.ui ?? { send: () => false };
  const search = makeSearch(recorded, log);
  const reviews = makeReviews(recorded, { ...parts, search, settings: config.review });
  const exports = makeExports(recorded, { ...parts, search });
  const candidates = { find: () => Promise.resolve({ reason: "there is no index" }) };
  const backtests = new Backtests({ log, candidates, rules: { current: () => loadRules(RULES) } });
  const deps = {
    ...parts,
    ...(await openAlerting(parts)),
    search,
    reviews,
    exports,
    backtests,
    status: makeStatus(recorded, log),
    ...(options.protectStore === undefined ? {} : { protectStore: options.protectStore }),
  };
  registerRoutes(app, deps, config, ui);
  await app.ready();
  return {
    app,
    access,
    alerts,
    reviews,
    log,
    stream,
    ...recorded,
    logText: () => recorded.lines.join(""),
    async append(...given) {
      const text = given.map(
        (event) => `${JSON.stringify({ received: "2026-01-01T00:00:00.000Z", ...event })}\n`,
      );
      const batch = splitLines(Buffer.from(text.join("")));
      const { first } = await log.append({ ...batch, leafHashes: hashLeaves(batch) });
      stream.committed({ ...batch, first });
    },
    async key(role) {
      return (await access.keys.create({ role, name: role }, SYSTEM)).token;
    },
    async browser(role, name = role) {
      await access.users.create({ name, password: PASSWORD, role }, SYSTEM);
      const { token, principal } = await access.signIn({ name, password: PASSWORD, address: "127.0.0.1" });
      return { cookie: `telltale_session=${token}`, csrf: principal.csrf };
    },
    async close() {
      await app.close();
      await closeParts(parts);
      rmSync(dir, { recursive: true, force: true });
    },
  };
}
