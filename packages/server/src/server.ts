// SPDX-License-Identifier: Apache-2.0
import path from "node:path";
import { openLog, type Log } from "@telltale/log";
import type { FastifyInstance } from "fastify";
import { openAccess, type Access } from "./access/access.js";
import { toSetupPath } from "./access/setup.js";
import type { AlertStore } from "./alert/alert.js";
import { SourceChainKeeper } from "./chain/open.js";
import { RatchetTable } from "./chain/ratchet-table.js";
import { Ratchets } from "./chain/ratchets.js";
import { Closing } from "./closing.js";
import type { LoadedConfig } from "./config/config.js";
import { Control } from "./control/control.js";
import { openExports } from "./evidence/open.js";
import { openDesks, type Desks } from "./desks.js";
import { openDetect } from "./follow/detect/open.js";
import { type Forwarding, openForwarding } from "./follow/forward/open.js";
import { openIndex } from "./follow/index/index-follower.js";
import type { Search } from "./follow/index/search.js";
import type { LearnFollower } from "./follow/learn/learn.js";
import { openLearn } from "./follow/learn/open.js";
import { openRetention, type Retention } from "./follow/retain/open.js";
import type { Retain } from "./follow/retain/retain.js";
import { FollowerRunner } from "./follow/runner.js";
import { Snapshots } from "./follow/snapshots.js";
import { startHeartbeat } from "./heartbeat.js";
import { closeHttp, createHttp, toBaseUrl } from "./http.js";
import { loadStaticUi } from "./http/static-ui.js";
import { reportClock, reportRecovery, reportRollback, reportVerdict } from "./integrity/reports.js";
import { SelfCheck } from "./integrity/self-check.js";
import { createRotateHandler } from "./log-key/control.js";
import { createLoggers, type Loggers } from "./logger.js";
import { createMetrics, type Metrics } from "./metrics.js";
import { openSyslog } from "./pipeline/ingest/syslog/open.js";
import { Pipeline } from "./pipeline/pipeline.js";
import type { PrepareTools } from "./pipeline/prepare.js";
import { ReceivedClock, verifyReceived } from "./pipeline/received-clock.js";
import { Fingerprint, makeFingerprintSeed } from "./pipeline/seal/fingerprint.js";
import { restoreWindow } from "./pipeline/seal/restore.js";
import { Sealer } from "./pipeline/seal/sealer.js";
import { WorkerPool } from "./pipeline/worker-pool.js";
import { openErasing, type Erasing } from "./protect/erase/open.js";
import { openProtection, type Protection } from "./protect/open.js";
import { registerProcessMetrics } from "./process-metrics.js";
import { ConsistencyProofs } from "./routes/consistency.js";
import type { StatusSource } from "./routes/deps.js";
import { registerIngest } from "./routes/ingest.js";
import { registerRoutes } from "./routes/routes.js";
import { Backtests } from "./rules/backtests.js";
import { openReviews } from "./review/open.js";
import type { Reviews } from "./review/reviews.js";
import { openStream } from "./routes/open-stream.js";
import { type OpenedRules, openRules, watchRules } from "./rules/open.js";
import { SelfLogEmitter } from "./self-log-emitter.js";
import { openState, type State } from "./state/state.js";
import { SuspicionReporter } from "./suspicion.js";
import { startTimestamps } from "./timestamp/daily.js";
import { readVersion } from "./version.js";
import { openWitnesses, startWitnesses } from "./witness/open.js";
import type { Witnesses } from "./witness/witnesses.js";

/** A server that accepts events. */
export interface RunningServer {
  /** Address that people open. */
  readonly url: string;
  /** One-time link for the first administrator; undefined when there is one already. */
  readonly setupUrl: string | undefined;
  /** Stops accepting, finishes what was accepted, closes everything. */
  close(): Promise<void>;
}

export interface StartOptions {
  /** Shown in the UI: this log holds demonstration data. */
  demo?: boolean;
  /**
   * Told once when the log cannot be written any more. Nothing is acknowledged from then on; the process should
   * exit, because only a new start recovers. Default: exits with code 70.
   */
  onFatal?: (error: Error) => void;
}

interface Core {
  loaded: LoadedConfig;
  options: StartOptions;
  version: string;
  loggers: Loggers;
  metrics: Metrics;
  state: State;
  log: Log;
  witnesses: Witnesses | undefined;
  rules: OpenedRules;
  control: Control;
  closing: Closing;
  /** Why the server cannot do its work, null while it can. */
  health: { problem: string | null; isFull: () => boolean };
}

/** Builds the whole server. The only place that knows all parts. Throws when any of them refuses to start. */
export async function startServer(loaded: LoadedConfig, options: StartOptions = {}): Promise<RunningServer> {
  const closing = new Closing();
  try {
    const core = await openCore(loaded, options, closing);
    const flow = await openPipeline(core);
    await startSelf(core, flow);
    const people = await openPeople(core, flow);
    const followers = await openFollowers(core, flow, people);
    await startWitnesses(core.witnesses, {
      ...core,
      ...flow,
      ...people,
      dataDir: loaded.config.dataDir,
      onLoud: (message, facts) => core.loggers.server.error(facts, message),
      onError: (error) =>
        core.loggers.seal.error({ err: error }, "an alarm about witnesses could not be told"),
    });
    return await openHttp(core, flow, people, followers);
  } catch (error) {
    await closing.run();
    throw error;
  }
}

async function openCore(loaded: LoadedConfig, options: StartOptions, closing: Closing): Promise<Core> {
  const { config } = loaded;
  const loggers = createLoggers(config.logLevel);
  closing.add(() => loggers.flush());
  const fatal = options.onFatal ?? exitOnFatal;
  const health: Core["health"] = { problem: null, isFull: () => false };
  const control = new Control();
  // The log comes first: it takes the lock on the directory.
  const log = await openLog({
    dataDir: config.dataDir,
    ...(config.headDir && { headDir: config.headDir }),
    create: { originName: config.originName },
    accept: config.accept,
    onControl: control.accept,
    onFatal(error) {
      health.problem = "The log cannot be written; only a new start recovers.";
      loggers.seal.fatal({ err: error }, "the log cannot be written; stopping, a new start recovers");
      loggers.flush();
      fatal(error);
    },
  });
  closing.add(() => log.close());
  const witnesses = await openWitnesses({
    settings: config.witness,
    dataDir: config.dataDir,
    log,
    onError: (error) => loggers.seal.error({ err: error }, "trouble with the witnesses"),
  });
  // After everything that appends and before the log: its last events are witnessed, too.
  closing.add(() => witnesses?.close());
  const state = openState(path.join(config.dataDir, "state.db"));
  closing.add(() => state.close());
  const rules = openRules(config);
  return {
    loaded,
    options,
    version: readVersion(),
    loggers,
    metrics: createMetrics(),
    state,
    log,
    witnesses,
    rules,
    control,
    closing,
    health,
  };
}

function exitOnFatal(): void {
  process.exit(70);
}

interface Flow {
  protection: Protection;
  pipeline: Pipeline;
  selfLog: SelfLogEmitter;
  sources: SourceChainKeeper;
}

async function openPipeline(core: Core): Promise<Flow> {
  const { loaded, version, loggers, log, rules, closing, health, state } = core;
  const protection = await openProtection({
    ...loaded,
    state,
    onTrouble: (message, error) => loggers.protect.error({ err: error }, message),
  });
  closing.add(() => protection.keys.close());
  const sealer = new Sealer(log);
  const fingerprintSeed = makeFingerprintSeed();
  const fingerprint = new Fingerprint(fingerprintSeed);
  const table = new RatchetTable();
  const { lastReceived } = await restoreWindow(log, sealer, fingerprint);
  const tools: PrepareTools = {
    ...protection.tools,
    ...rules.tools(),
    fingerprint,
    ratchets: new Ratchets(table),
  };
  const { plan, supply } = protection;
  const data = { rules: rules.forWorkers(), fingerprintSeed, ratchets: table.shared, protection: plan };
  const workers = new WorkerPool(loaded.config.workers, data, {
    supply,
    onError: (error) => loggers.ingest.error({ err: error }, "an ingest worker failed and was replaced"),
  });
  closing.add(() => workers.close());
  const selfLog: SelfLogEmitter = new SelfLogEmitter({
    seal: (events) => pipeline.ingestInternal(events),
    onError: (error) => loggers.seal.error({ err: error }, "events about Telltale itself were lost"),
    version,
  });
  verifyReceived(lastReceived, Date.now(), loaded.config.accept.includes("clock_behind"));
  const clock = new ReceivedClock({
    now: Date.now,
    monotonic: () => performance.now(),
    last: lastReceived,
    onStep: (stepMs) => reportClock(selfLog, stepMs),
  });
  const suspicion = new SuspicionReporter(selfLog);
  const pipeline: Pipeline = new Pipeline({
    sealer,
    workers,
    tools,
    clock,
    protection: rules.follow(protection.attach({ tools, workers, selfLog }), tools, workers),
    onSuspicion: (each) => suspicion.report(each),
  });
  closing.add(() => selfLog.flush());
  closing.add(() => suspicion.close());
  const sources = await SourceChainKeeper.open({
    log,
    table,
    selfLog,
    snapshots: new Snapshots(followersDir(loaded)),
    isUp: () => health.problem === null && !health.isFull(),
    onError: (error, what) => loggers.seal.error({ err: error }, what),
  });
  closing.add(() => sources.close());
  return { protection, pipeline, selfLog, sources };
}

/** What Telltale says of itself, by itself and when asked over the control socket. */
async function startSelf(core: Core, { pipeline, selfLog, protection }: Flow): Promise<void> {
  const { loaded, loggers, log, control, closing } = core;
  closing.add(await watchRules({ ...core, selfLog, logger: loggers.detect }));
  const { dataDir, tsa } = loaded.config;
  reportRecovery(selfLog, log.recovery);
  const rotate_protect = await protection.tell(selfLog);
  control.serve({ rotate_key: createRotateHandler(log, selfLog), rotate_protect });
  closing.add(() => control.close());
  const onError = (error: Error): void => loggers.seal.warn({ err: error }, "no timestamp");
  closing.add(startTimestamps(tsa, { dataDir, log, selfLog, now: Date.now, onError }));
  closing.add(
    startHeartbeat(selfLog, () => ({
      size: log.size,
      events: pipeline.counts.events,
      uptimeSeconds: Math.round(process.uptime()),
    })),
  );
}

function followersDir({ config }: LoadedConfig): string {
  return path.join(config.dataDir, "followers");
}

interface People extends Desks {
  access: Access;
}

async function openPeople(core: Core, flow: Flow): Promise<People> {
  const { loaded, loggers, state, closing } = core;
  const { selfLog } = flow;
  const onError = (error: unknown): void =>
    loggers.access.error({ err: error }, "access control failed in the background");
  const access = await openAccess({ state, selfLog, onError });
  closing.add(() => access.close());
  const onAlertError = (error: unknown): void =>
    loggers.alert.error({ err: error }, "an alert could not be told or answered");
  return { access, ...(await openDesks({ ...core, ...loaded, ...flow, onError: onAlertError })) };
}

interface Followers {
  search: Search;
  backtests: Backtests;
  runner: FollowerRunner;
  check: SelfCheck;
  forwarding: Forwarding;
  learn: LearnFollower | undefined;
  retention: Retention;
  reviews: Reviews;
  erasures: Erasing["erasures"];
}

async function openFollowers(core: Core, flow: Flow, { alerts, exceptions }: People): Promise<Followers> {
  const { loaded, loggers, metrics, state, log, rules, closing } = core;
  const { dataDir } = loaded.config;
  const opened = await openIndex({
    dir: path.join(dataDir, "index"),
    log,
    logName: "main",
    origin: log.origin,
    onError: (error) => loggers.index.error({ err: error }, "trouble with the index"),
  });
  const reportTo = { selfLog: flow.selfLog, logger: loggers.server };
  const snapshotDir = followersDir(loaded);
  const snapshots = new Snapshots(snapshotDir);
  const watched = { rules: rules.inForce, alerts, exceptions, ...state, snapshots, ...flow };
  const detect = openDetect(watched, metrics);
  const runner = new FollowerRunner({
    log,
    logName: "main",
    onError: (name, error) =>
      loggers.follow.error({ err: error, follower: name }, "a follower failed and tries again"),
    onAhead: (follower, next, size) => reportRollback(reportTo, { follower, next, size }),
  });
  const forwarding = openForwarding({
    config: loaded.config,
    log,
    state,
    runner,
    selfLog: flow.selfLog,
    metrics,
    env: process.env,
    onError: (error) => loggers.follow.error({ err: error }, "a target of forwarding cannot be used"),
  });
  const retention = await openRetention({
    config: loaded.config,
    log,
    state,
    selfLog: flow.selfLog,
    dropBefore: (before) => opened.dropBefore(before),
    onError: (error, what) => loggers.follow.error({ err: error, follower: "retain" }, what),
  });
  closing.add(() => retention.stop());
  const onError = (error: unknown): void => loggers.protect.error({ err: error }, "an erasure met trouble");
  const erasing = openErasing({ ...loaded, state, ...flow, onError });
  closing.add(() => erasing.stop());
  const { retain } = retention;
  core.health.isFull = () => retention.disk.full;
  const learn = openLearning(core, flow.selfLog, snapshotDir);
  closing.add(() => runner.close());
  // Runs before the runner is closed, which would wait for a target that does not answer.
  closing.add(() => forwarding.forwarders.stop());
  const learning = learn === undefined ? [] : [learn];
  const own = [opened.follower, detect, retain, erasing.follower, ...learning];
  await runner.start([...own, ...forwarding.forwarders.followers]);
  await forwarding.managed.open();
  registerProcessMetrics(metrics, { log, runner, ...flow });
  const check = new SelfCheck({
    dataDir,
    headDir: loaded.config.headDir,
    vkey: () => log.vkey,
    onVerdict: (verdict) => reportVerdict(reportTo, verdict),
    onError: (error) => loggers.server.error({ err: error }, "the log could not be verified"),
  });
  closing.add(() => check.close());
  check.start();
  const { search } = opened;
  const reviews = openReviewing(core, flow, { alerts, search, check, retain });
  const backtests = new Backtests({ log, candidates: opened.candidates, rules: rules.sources });
  closing.add(() => backtests.close());
  const { erasures } = erasing;
  return { search, backtests, runner, check, forwarding, learn, retention, reviews, erasures };
}

function openLearning(
  { loaded, loggers, state, closing }: Core,
  selfLog: SelfLogEmitter,
  snapshotDir: string,
): LearnFollower | undefined {
  const learn = openLearn({
    config: loaded.config,
    selfLog,
    cursors: state.cursors,
    snapshotDir,
    onWarning: (message) => loggers.follow.warn(message),
  });
  if (learn !== undefined) closing.add(() => learn.stop());
  return learn;
}

function openReviewing(
  { loaded, loggers, state, log, rules, closing }: Core,
  { selfLog, pipeline }: Flow,
  { check, ...parts }: { alerts: AlertStore; search: Search; check: SelfCheck; retain: Retain },
): Reviews {
  const reviewing = openReviews({
    ...parts,
    state,
    log,
    selfLog,
    seal: (events) => pipeline.ingestInternal(events),
    rules: rules.reviewed,
    integrity: () => check.verified(),
    settings: loaded.config.review,
    onError: (error) => loggers.server.error({ err: error }, "a review met trouble and is tried again"),
  });
  closing.add(() => reviewing.close());
  return reviewing.reviews;
}

async function openHttp(
  core: Core,
  flow: Flow,
  people: People,
  followers: Followers,
): Promise<RunningServer> {
  const { loaded, options, loggers, metrics, log, closing } = core;
  const { config, secrets } = loaded;
  const { pipeline, selfLog } = flow;
  const { access, alerts } = people;
  const app = createHttp({ config, secrets, access, selfLog, metrics, logger: loggers.http });
  const stream = openStream(core, alerts);
  const status: StatusSource = {
    version: core.version,
    startedAt: Date.now(),
    demo: options.demo ?? false,
    followers: () => followers.runner.status(),
    verified: () => followers.check.verified(),
    unhealthy: () => core.health.problem,
    rules: () => core.rules.status(),
    unready: () => flow.protection.unready(),
  };
  registerIngest(app, {
    pipeline,
    checkpoint: () => log.checkpoint(),
    proofs: new ConsistencyProofs({
      consistency: (from, to) => log.consistency(from, to),
      onError: (error) => loggers.seal.error({ err: error }, "growth of the log could not be proven"),
    }),
    chainKey: (id) => access.keys.chainKey(id),
    isFull: () => core.health.isFull(),
  });
  const syslog = await openSyslog({
    config,
    pipeline,
    selfLog,
    onError: (error) => loggers.ingest.warn({ err: error }, "syslog waits for the log"),
  });
  if (syslog !== undefined) closing.add(() => syslog.close());
  registerRoutes(
    app,
    {
      ...people,
      rules: () => core.rules.inForce.current().set,
      db: core.state.db,
      log,
      witnesses: core.witnesses,
      ...followers,
      exports: openExports({ ...core, ...flow, alerts, search: followers.search, settings: config.witness }),
      status,
      stream,
      selfLog,
      metrics,
      forwarding: { ...followers.forwarding, file: config.forwardFile },
      learning: () => followers.learn?.status(),
      sources: flow.sources.chains,
      policy: flow.protection.plan.policy,
      protectStore: flow.protection.store,
      now: Date.now,
    },
    config,
    await loadStaticUi(),
  );
  closing.add(() => closeHttp(app));
  await app.listen({ host: config.host, port: config.port });
  return toRunning(core, app, access);
}

/** The server as it is handed out: it listens already. */
async function toRunning(core: Core, app: FastifyInstance, access: Access): Promise<RunningServer> {
  const { loaded, loggers, log, closing } = core;
  const url = toBaseUrl(app, loaded.config);
  const token = await access.setup.issue();
  const { dataDir, workers, logLevel } = loaded.config;
  loggers.server.info(
    {
      url,
      version: core.version,
      dataDir,
      rules: core.rules.inForce.current().sources.length,
      workers,
      logLevel,
      log: log.size,
    },
    "started",
  );
  return {
    url,
    setupUrl: token === undefined ? undefined : `${url}${toSetupPath(token)}`,
    close() {
      loggers.server.info("stopping");
      return closing.run();
    },
  };
}
