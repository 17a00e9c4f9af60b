// SPDX-License-Identifier: Apache-2.0
import { canonicalJson, EventError, type SentEvent } from "@telltale/event";
import { Contexts, isFields, type Scope } from "./context.js";
import { createConsole, type DevelopmentConsole } from "./development.js";
import { DecisionFollower, type Decisions, NO_DECISIONS } from "./decisions/decisions.js";
import { openByFetch, openByNode } from "./decisions/source.js";
import { createReporter, type Report, TelltaleError } from "./error.js";
import { Heartbeat } from "./heartbeat.js";
import { Lane, type LaneParts, type OutboxParts } from "./lane.js";
import { LOSS_WORDS, type LossReason } from "./losses.js";
import { isInsecure, type Settings, type SpoolOptions } from "./options.js";
import { Queue } from "./queue.js";
import { Recorder } from "./recorder.js";
import { openDirectory } from "./spool/directory.js";
import { Spool } from "./spool/spool.js";
import type { TelltaleStats } from "./telltale.js";
import { createTransport, type Transport } from "./transport.js";
import type { Watch } from "./waiting.js";
import { Alarms, createPostAlarm } from "./witness/alarm.js";
import { FileMemory } from "./witness/file-memory.js";
import { type Evidence, Witness } from "./witness/witness.js";

const EXIT_MS = 2000;
/** The same finding about the log is told again after so many milliseconds, as long as it holds. */
const FINDING_QUIET_MS = 300_000;
const SYSTEM = { type: "system" } as const;

/** All of one `createTelltale` but its surface. */
export class Core {
  readonly contexts = new Contexts();
  readonly console: DevelopmentConsole | undefined;
  readonly decisions: Decisions;
  readonly #following: DecisionFollower | undefined;
  readonly #settings: Settings;
  readonly #report: Report;
  readonly #recorder: Recorder;
  readonly #transport: Transport;
  readonly #witness: Witness;
  readonly #alarms: Alarms | undefined;
  readonly #heartbeat: Heartbeat;
  /** The audit lane first; one lane where there is no spool. */
  readonly #lanes: readonly Lane[];
  readonly #found = new Map<string, number>();
  #emitted = 0;
  #isClosed = false;
  #closing: Promise<boolean> | undefined;
  #hasTriedExit = false;

  constructor(settings: Settings) {
    this.#settings = settings;
    this.console = settings.development ? createConsole(process.stderr) : undefined;
    this.#report = createReporter(settings.onError);
    this.#recorder = new Recorder(settings);
    this.#transport = createTransport(settings);
    const { alarm } = settings;
    this.#alarms =
      alarm === undefined
        ? undefined
        : new Alarms(createPostAlarm(alarm, settings.fetch ?? globalThis.fetch), this.#report);
    const dir = this.#openSpool();
    this.#witness = this.#createWitness(dir);
    this.#lanes = this.#createLanes(dir);
    this.#following = this.#follow();
    this.decisions = this.#following ?? NO_DECISIONS;
    this.#heartbeat = new Heartbeat(settings.heartbeatMs, () => this.#sayAll("source_heartbeat"));
    if (isInsecure(settings.url)) {
      this.#report(
        "insecure_url",
        () => `events and key travel unencrypted to ${settings.url.host}: use https`,
      );
    }
    if (settings.flushOnExit) process.on("beforeExit", this.#beforeExit);
  }

  #follow(): DecisionFollower | undefined {
    const { decisions, url, app, key, fetch } = this.#settings;
    if (decisions === undefined) return undefined;
    const stream = new URL("../v1/decisions/stream", url);
    stream.searchParams.set("app", app);
    const open = fetch === undefined ? openByNode : openByFetch(fetch);
    return new DecisionFollower({ ...decisions, url: stream, key, open, report: this.#report });
  }

  /** The directory of the spool; undefined without one, or where it cannot be used: then all events wait in memory. */
  #openSpool(): string | undefined {
    const { spool } = this.#settings;
    try {
      return spool === undefined ? undefined : openDirectory(spool.directory);
    } catch (cause) {
      this.#reportFailed(cause);
      return undefined;
    }
  }

  #reportFailed(cause: unknown): void {
    this.#report(
      "spool_failed",
      () => `the spool cannot be used, events wait in memory: ${cause instanceof Error ? cause.message : ""}`,
      cause,
    );
  }

  #createWitness(dir: string | undefined): Witness {
    const { logKey, witnessMs, url } = this.#settings;
    return new Witness({
      vkey: logKey,
      memory:
        dir === undefined
          ? undefined
          : new FileMemory(dir, url.href, (why, cause) =>
              this.#report("spool_damaged", () => `what was seen of the log ${why}`, cause),
            ),
      learnKey: async () => (await this.#read("log/vkey")).trimEnd(),
      learnHistory: () => this.#read("log/keys"),
      everyMs: witnessMs,
      now: () => performance.now(),
      onFinding: (evidence) => this.#accuse(evidence),
    });
  }

  /** What the server says of its log at a path. */
  async #read(at: string): Promise<string> {
    const { status, body } = await this.#transport.get(at);
    if (status !== 200) throw new Error(`asked for ${at}, the server answered ${status}`);
    return body;
  }

  #createLanes(dir: string | undefined): Lane[] {
    const settings = this.#settings;
    const parts: LaneParts = {
      settings,
      transport: this.#transport,
      recorder: this.#recorder,
      witness: this.#witness,
      report: this.#report,
      onDelivered: () => {
        this.#hasTriedExit = false;
      },
    };
    const inMemory = new Lane(parts, ({ onLost }) => new Queue(settings.maxBytes, onLost));
    const { spool } = settings;
    if (dir === undefined || spool === undefined) return [inMemory];
    try {
      return [new Lane(parts, (outbox) => this.#createSpool(dir, spool, outbox)), inMemory];
    } catch (cause) {
      this.#reportFailed(cause);
      return [inMemory];
    }
  }

  #createSpool(dir: string, options: Required<SpoolOptions>, outbox: OutboxParts): Spool {
    const { key, maxBytes } = this.#settings;
    return new Spool({
      ...outbox,
      options,
      dir,
      apiKey: key,
      maxMemory: maxBytes,
      onFailed: (cause) => this.#reportFailed(cause),
      onDamaged: (text) => this.#report("spool_damaged", text),
    });
  }

  /** The audit lane, unless there is only one or the event is telemetry. */
  #laneOf({ action, level }: SentEvent): Lane {
    const [audit, telemetry] = this.#lanes as [Lane, Lane | undefined];
    return telemetry !== undefined && this.#settings.isTelemetry({ action, level }) ? telemetry : audit;
  }

  /** Nothing that a caller hands over may make this throw. */
  record(action: string | undefined, input: unknown, scope: Scope | undefined, isOwn: boolean): void {
    this.#record({ action, input, scope, isOwn });
  }

  #record(
    call: { action: string | undefined; input: unknown; scope: Scope | undefined; isOwn: boolean },
    watch?: Watch,
  ): void {
    const { action, input, scope, isOwn } = call;
    try {
      if (this.#isClosed) {
        this.#loseOne("closed", watch);
        return;
      }
      const event = this.#recorder.record(action, input, scope);
      this.#laneOf(event).push(event, event.level === "critical" || watch !== undefined, watch);
      this.#emitted++;
      if (scope !== undefined && isOwn) note(scope, event);
      this.console?.print(event);
    } catch (cause) {
      this.#loseOne("unusable", watch);
      this.#report(
        "internal",
        () => `${describeCall(action, input)} was not recorded: ${toReason(cause)}`,
        cause,
      );
    }
  }

  #loseOne(reason: LossReason, watch: Watch | undefined): void {
    this.#lanes[0]?.loseMany(reason, 1);
    watch?.lost(reason);
  }

  /** Rejects with `not_kept` unless the event is kept, or acknowledged, in time. */
  async recordAndWait(input: unknown, until: "kept" | "acknowledged", ms: number): Promise<void> {
    const scope = this.contexts.current();
    await new Promise<void>((resolve, reject) => {
      const fail = (why: string): void => {
        clearTimeout(timer);
        reject(
          new TelltaleError("not_kept", `${describeCall(undefined, input)} is not known to be kept: ${why}`),
        );
      };
      const done = (): void => {
        clearTimeout(timer);
        resolve();
      };
      // This timer keeps the process alive, on purpose: somebody waits.
      const timer = setTimeout(() => {
        // Where it has not been written yet it is not recorded behind the back of who is told that it is not.
        for (const { outbox } of this.#lanes) outbox.withdraw(watch);
        fail(`nobody said so within ${ms} ms`);
      }, ms);
      const watch: Watch = {
        kept: () => {
          if (until === "kept") done();
        },
        acknowledged: done,
        lost: (reason) => fail(reason === "rejected" ? "the server refused it" : LOSS_WORDS[reason]),
      };
      this.#record({ action: undefined, input, scope, isOwn: true }, watch);
    });
  }

  get #lost(): number {
    return this.#lanes.reduce((sum, { lost }) => sum + lost, 0);
  }

  /** Lost or refused so far. */
  get #failed(): number {
    return this.#lanes.reduce((sum, { lost, counts }) => sum + lost + counts.rejected, 0);
  }

  /** What the SDK says of itself, in every lane that has a chain to speak of. */
  #sayAll(action: "source_heartbeat" | "source_stopped", lanes = this.#lanes): void {
    const { heartbeatMs } = this.#settings;
    for (const lane of lanes) {
      // A lane that never had an event has no chain that the server could miss; the first lane speaks for the process.
      if (lane.seq === 0 && (lane !== this.#lanes[0] || action === "source_stopped")) continue;
      const { waiting, spooled } = this.stats();
      const data = {
        ...(action === "source_heartbeat" ? { everyMs: heartbeatMs } : {}),
        queued: Math.max(0, waiting - spooled),
        spooled,
        lost: this.#lost,
      };
      this.#say(lane, action, data);
    }
  }

  #say(lane: Lane, action: string, data: Record<string, unknown>): SentEvent | undefined {
    try {
      const event = this.#recorder.record(action, { actor: SYSTEM, data }, undefined);
      lane.push(event, true);
      return event;
    } catch (cause) {
      this.#report("internal", () => `${action} was not recorded: ${toReason(cause)}`, cause);
      return undefined;
    }
  }

  /** The log is not what it was: the application's handler hears it, the log itself, and the second address. */
  #accuse({ finding, remembered, answered }: Evidence): void {
    const { code, message } = finding;
    const now = performance.now();
    if (now - (this.#found.get(code) ?? Number.NEGATIVE_INFINITY) < FINDING_QUIET_MS) return;
    this.#found.set(code, now);
    const { origin } = this.#settings.url;
    this.#report(code, () => `${origin}: ${message}`, finding, { remembered, answered });
    // Nothing was ever proven and nobody said that it should be: a server of another kind, and no change for the worse.
    if (code === "log_unproven" && remembered === undefined && this.#settings.logKey === undefined) return;
    const data = {
      finding: code,
      why: message,
      server: origin,
      ...(remembered === undefined ? {} : { remembered }),
      ...(answered === undefined ? {} : { answered: answered.slice(0, LONGEST_TOLD) }),
    };
    const [lane] = this.#lanes;
    const event =
      lane === undefined || this.#isClosed ? undefined : this.#say(lane, "source_log_alarm", data);
    if (event === undefined) return;
    const { boot: _boot, seq: _seq, prev: _prev, ...source } = event.source;
    // Without its place in the chain: the second address does not know the chain.
    this.#alarms?.send(canonicalJson({ ...event, source }));
  }

  async flush(ms: number): Promise<boolean> {
    const before = this.#failed;
    const settled = await Promise.all(this.#lanes.map((lane) => lane.settle(ms)));
    return settled.every(Boolean) && this.#failed === before;
  }

  close(ms: number): Promise<boolean> {
    this.#closing ??= this.#close(ms);
    return this.#closing;
  }

  async #close(ms: number): Promise<boolean> {
    process.off("beforeExit", this.#beforeExit);
    this.#heartbeat.stop();
    const before = this.#failed;
    const start = performance.now();
    const settle = (each: number): Promise<boolean[]> =>
      Promise.all(this.#lanes.map((lane) => lane.settle(each, { untilRefused: true })));
    let settled = await settle(ms);
    this.#isClosed = true;
    const left = (): number => Math.max(0, ms - (performance.now() - start));
    this.#witness.hurry();
    // The last word, behind what was lost on the way; where nothing arrives it is kept only if it can be kept.
    // What one lane cannot deliver no other can: a last word that is only in memory would be one more event lost.
    const isHeard = settled.every(Boolean) && left() > 0;
    const heard = this.#lanes.filter((lane) => isHeard || lane.outbox.isDurable);
    this.#sayAll("source_stopped", heard);
    if (settled.every(Boolean)) settled = await settle(left());
    await Promise.all(this.#lanes.map((lane) => lane.stop()));
    await this.#following?.close();
    await this.#alarms?.close(left());
    await this.#endWitness(left());
    return settled.every(Boolean) && this.#failed === before;
  }

  /** A key that is being learned is worth a moment: it is remembered. */
  async #endWitness(ms: number): Promise<void> {
    const ended = this.#witness.close();
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, ms);
    });
    await Promise.race([ended, late]);
    clearTimeout(timer);
    this.#transport.close();
    await ended;
  }

  /** The process has nothing left to do but what waits here: one try, then it may end. */
  readonly #beforeExit = (): void => {
    if (this.#hasTriedExit || this.#lanes.every(({ outbox }) => outbox.unsettled === 0)) return;
    this.#hasTriedExit = true;
    // It ends on purpose: the server, which expects signs of life, must not take it for silenced.
    if (this.#heartbeat.beats > 0) this.#sayAll("source_stopped");
    for (const lane of this.#lanes) lane.settle(EXIT_MS, { untilRefused: true }).catch(() => undefined);
  };

  stats(): TelltaleStats {
    const sum = (of: (lane: Lane) => number): number =>
      this.#lanes.reduce((total, lane) => total + of(lane), 0);
    return {
      emitted: this.#emitted,
      delivered: sum(({ counts }) => counts.delivered),
      duplicates: sum(({ counts }) => counts.duplicates),
      rejected: sum(({ counts }) => counts.rejected),
      lost: this.#lost,
      retries: sum(({ counts }) => counts.retries),
      waiting: sum(({ outbox }) => outbox.unsettled),
      waitingBytes: sum(({ outbox }) => outbox.cost),
      spooled: sum(({ outbox }) => outbox.onDisk.events),
      spooledBytes: sum(({ outbox }) => outbox.onDisk.bytes),
      provenSize: this.#witness.size === undefined ? undefined : Number(this.#witness.size),
      coarseRoutes: this.console?.coarseRoutes() ?? [],
    };
  }
}

/** Of an answer that is no checkpoint so much is passed on: an event has its own bounds. */
const LONGEST_TOLD = 8192;

/** The call as it stands in the code; of what was handed over only a name. */
function describeCall(action: unknown, input: unknown): string {
  const name: unknown =
    action ?? (isFields(input) ? Object.getOwnPropertyDescriptor(input, "action")?.value : undefined);
  if (typeof name === "string" && /^[\w.-]{1,64}$/.test(name)) return `the event ${name}`;
  return "an event handed to emit";
}

function toReason(cause: unknown): string {
  if (cause instanceof EventError) return `${cause.message} (${cause.code})`;
  return cause instanceof Error ? cause.name : "it cannot be read";
}

function note(scope: Scope, event: SentEvent): void {
  scope.emitted++;
  if (event.outcome === "denied" || event.outcome === "failure") scope.refused = true;
}
