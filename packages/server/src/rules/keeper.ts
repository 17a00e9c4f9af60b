// SPDX-License-Identifier: Apache-2.0
import { SigmaError } from "@telltale/sigma";
import type { ExceptionSource } from "../alert/exceptions/source.js";
import type { LoadedRules, RulesInForce } from "../pipeline/rules.js";
import type { SelfEvent } from "../self-log.js";
import { compareRules, isChange, markRules, type RuleChanges } from "./changes.js";
import type { ToldRules } from "./memory.js";

/** Why the rules were read again. Closed. */
export type ReloadCause = "start" | "folder" | "signal" | "exceptions";

/** Why rules are refused, for people. `line` and `key` of a mistake inside a file. */
export interface RulesProblem {
  readonly message: string;
  readonly code: string;
  readonly file?: string;
  readonly line?: number;
  readonly key?: string;
  /** Milliseconds since 1970. */
  readonly since: number;
}

/** How the rules are. */
export interface RulesStatus {
  /** Name of the set in force. */
  readonly set: string;
  /** Rules and correlations in it. */
  readonly count: number;
  /** Milliseconds since 1970 of when it came into force. */
  readonly since: number;
  /** Why what lies in the folders now is not in force; null when it is. */
  readonly problem: RulesProblem | null;
}

export interface RulesKeeperOptions {
  readonly inForce: RulesInForce;
  /** Reads and compiles what is there now. Throws RulesError, SigmaError. */
  readonly load: () => LoadedRules;
  /** The same files with the exceptions that are active now. */
  readonly refilter: (rules: LoadedRules) => LoadedRules;
  /** Changes when `load` would give something else. */
  readonly state: () => Promise<string>;
  /** Seals events; resolves when they are durable. */
  readonly seal: (events: readonly SelfEvent[]) => Promise<void>;
  readonly told: { load(): Promise<ToldRules | undefined>; save(told: ToldRules): Promise<void> };
  readonly onProblem: (problem: RulesProblem) => void;
  readonly onError: (error: unknown) => void;
  readonly now: () => number;
  /** A mistake in the folders that was found before this keeper was made; the rules in force are without them. */
  readonly firstError?: unknown;
}

/** What a mistake means: a server that starts has no older rules of the operator to stay with. */
const REFUSED = {
  start: "The operator's own rules were refused, none of them is in force",
  running: "Rules were refused, the old ones stay in force",
} as const;

/** Rules named in one event; the figures beside them count all. */
const MAX_NAMED = 50;

/**
 * Puts rules in force while the server runs. What is refused changes nothing: the old set stays and the mistake is told in
 * three places, the process log, the status and an event. Never throws.
 */
export class RulesKeeper {
  readonly #options: RulesKeeperOptions;
  #since: number;
  #problem: RulesProblem | null = null;
  /** State of the folders that was loaded or refused, and the one seen last. */
  #judged: string | undefined;
  #seen: string | undefined;
  #running: Promise<void> = Promise.resolve();

  constructor(options: RulesKeeperOptions) {
    this.#options = options;
    this.#since = options.now();
  }

  status(): RulesStatus {
    return toStatus(this.#options.inForce.current(), this.#since, this.#problem);
  }

  /** Tells what changed since the last run, and what was refused at the start. */
  start(): Promise<void> {
    return this.#queue(async () => {
      const { inForce, refilter, state } = this.#options;
      this.#judged = this.#seen = await state();
      inForce.swap(refilter(inForce.current()));
      await this.#tell("start");
      if (this.#options.firstError !== undefined) await this.#refuse(this.#options.firstError, "start");
    });
  }

  /** Reads the folders when they changed and have rested for one call: a copy that is still running is not judged. */
  look(): Promise<void> {
    return this.#queue(async () => {
      const state = await this.#options.state();
      const rested = state === this.#seen;
      this.#seen = state;
      if (!rested || state === this.#judged) return;
      this.#judged = state;
      await this.#reload("folder");
    });
  }

  /** Takes over the exceptions. The files stay those in force: one that was refused does not keep an exception from counting. */
  refilter(): Promise<void> {
    return this.#queue(async () => {
      const { inForce, refilter } = this.#options;
      const next = refilter(inForce.current());
      if (next.name !== inForce.current().name) await this.#use(next, "exceptions");
    });
  }

  /** Reads everything again. */
  reload(cause: ReloadCause): Promise<void> {
    return this.#queue(async () => {
      this.#judged = this.#seen = await this.#options.state();
      await this.#reload(cause);
    });
  }

  /** One change after the other. */
  #queue(work: () => Promise<void>): Promise<void> {
    this.#running = this.#running.then(work).catch((error: unknown) => this.#options.onError(error));
    return this.#running;
  }

  async #reload(cause: ReloadCause): Promise<void> {
    const { inForce, load } = this.#options;
    let next: LoadedRules;
    try {
      next = load();
    } catch (error) {
      await this.#refuse(error, cause);
      return;
    }
    this.#problem = null;
    if (next.name !== inForce.current().name) await this.#use(next, cause);
  }

  async #use(next: LoadedRules, cause: ReloadCause): Promise<void> {
    this.#options.inForce.swap(next);
    this.#since = this.#options.now();
    // True now: the new rules count. If we die before the event is sealed, the next start compares with what was told and tells.
    await this.#tell(cause);
  }

  async #tell(cause: ReloadCause): Promise<void> {
    const { inForce, told, seal } = this.#options;
    const { name, documents, filters } = inForce.current();
    const marks = markRules([...documents, ...filters]);
    const before = await told.load();
    if (before?.name === name) return;
    const changes = compareRules(before?.marks ?? [], marks);
    // The first start has nothing to compare with: its rules are what everybody expects.
    if (before !== undefined && isChange(changes)) await seal([toEvent(cause, before.name, name, changes)]);
    await told.save({ name, marks });
  }

  async #refuse(error: unknown, cause: ReloadCause): Promise<void> {
    const { onProblem, now, seal, inForce } = this.#options;
    const problem = toProblem(error, now());
    this.#problem = problem;
    onProblem(problem);
    const { message, since: _since, ...where } = problem;
    await seal([
      {
        action: "telltale_rules_refused",
        reason: problem.code,
        message: `${REFUSED[cause === "start" ? "start" : "running"]}: ${message}`.slice(0, 1000),
        targets: [{ type: "rule_set", id: inForce.current().name }],
        data: { cause, ...where },
      },
    ]);
  }
}

export function toStatus(
  { name, set }: LoadedRules,
  since: number,
  problem: RulesProblem | null,
): RulesStatus {
  return { set: name, count: set.rules.length + set.correlations.length, since, problem };
}

function toProblem(error: unknown, since: number): RulesProblem {
  const { message, code } = error as { message?: unknown; code?: unknown };
  const said = { message: String(message), code: typeof code === "string" ? code : "unreadable", since };
  if (!(error instanceof SigmaError)) return said;
  const { file, line, key } = error;
  return { ...said, file, line, key };
}

function toEvent(cause: ReloadCause, from: string, to: string, changes: RuleChanges): SelfEvent {
  const { added, removed, changed } = changes;
  const counts = { added: added.length, removed: removed.length, changed: changed.length };
  return {
    action: "telltale_rules_changed",
    reason: cause,
    message: `Detection rules: ${counts.added} added, ${counts.removed} removed, ${counts.changed} changed`,
    actor: { type: "system", id: "telltale" },
    targets: [{ type: "rule_set", id: to }],
    data: {
      cause,
      from,
      counts,
      added: added.slice(0, MAX_NAMED).map((each) => ({ ...each })),
      removed: removed.slice(0, MAX_NAMED).map((each) => ({ ...each })),
      changed: changed.slice(0, MAX_NAMED).map((each) => ({ ...each })),
    },
  };
}

/** For a server without exceptions. */
export const noFilters: ExceptionSource = { active: () => [], subscribe: () => () => {} };
