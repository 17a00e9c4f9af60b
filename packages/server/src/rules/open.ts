// SPDX-License-Identifier: Apache-2.0
import { mkdirSync } from "node:fs";
import path from "node:path";
import type { SigmaFilter } from "@telltale/sigma";
import type { ExceptionSource } from "../alert/exceptions/source.js";
import type { Config } from "../config/config.js";
import type { PrepareTools } from "../pipeline/prepare.js";
import {
  createRulesInForce,
  loadRules,
  type LoadedRules,
  readOwnSources,
  readRuleSources,
  type RuleSource,
  type RulesInForce,
} from "../pipeline/rules.js";
import type { RulesForWorkers, WorkerPool } from "../pipeline/worker-pool.js";
import { shippedRules } from "../rules-folder.js";
import type { SealingSelfLog } from "../self-log.js";
import type { State } from "../state/state.js";
import { readFolderState } from "./folder-state.js";
import { noFilters, RulesKeeper, type RulesStatus, toStatus } from "./keeper.js";
import type { Loggers } from "../logger.js";
import { loadTold, saveTold } from "./memory.js";

/** How often the folders are looked at. A change is taken over at the second look that finds it unchanged. */
const LOOK_MS = 1000;
/** Looking takes at most this share of the time: a folder of thousands of files is looked at less often. */
const LOOK_SHARE = 20;

/** Rules that are in force, and what is needed to keep them so. */
export interface OpenedRules {
  readonly inForce: RulesInForce;
  /** Reads the folders; `filters` are the active exceptions. Throws RulesError, SigmaError. */
  readonly load: (filters?: readonly SigmaFilter[]) => LoadedRules;
  readonly folders: readonly string[];
  /** Why the operator's own folder is not in force, if it is not. */
  readonly firstError: unknown;
  /** How the rules are; `watchRules` answers better once it runs. */
  status: () => RulesStatus;
  /** What the preparation of events matches by. */
  tools(): Pick<PrepareTools, "rules" | "ruleSet">;
  /** What a worker starts with. */
  forWorkers(): RulesForWorkers;
  /** What a review says of the rules. */
  reviewed: () => { set: string; count: number };
  /** The files in force. */
  sources: () => RuleSource[];
  /** Hands each change to those that match events: preparation on this thread, and the workers. Gives `protection` back. */
  follow<P extends { ownTools: PrepareTools }>(
    protection: P,
    tools: PrepareTools,
    workers: Pick<WorkerPool, "useRules">,
  ): P;
}

/**
 * Loads the rules: the shipped ones, or those of `--rules` instead; and the operator's own in DATA/rules beside them. Throws RulesError
 * and SigmaError for the first kind. A mistake in DATA/rules does not keep a server from recording events: it starts
 * without that folder and says so.
 */
export function openRules(config: Pick<Config, "rulesDir" | "dataDir">): OpenedRules {
  const base = config.rulesDir ?? shippedRules();
  const own = path.join(config.dataDir, "rules");
  mkdirSync(own, { recursive: true, mode: 0o700 });
  const load: OpenedRules["load"] = (filters = []) =>
    loadRules([...readRuleSources([base]), ...readOwnSources(own)], filters);
  let first: LoadedRules;
  let firstError: unknown;
  try {
    first = load();
  } catch (error) {
    firstError = error;
    // Throws what is wrong with these, if it is they.
    first = loadRules(readRuleSources([base]));
  }
  const inForce = createRulesInForce(first);
  const since = Date.now();
  const status = (): RulesStatus => toStatus(inForce.current(), since, null);
  return { inForce, load, folders: [base, own], firstError, status, ...usesOf(inForce) };
}

function usesOf(
  inForce: RulesInForce,
): Pick<OpenedRules, "tools" | "forWorkers" | "reviewed" | "sources" | "follow"> {
  const tools: OpenedRules["tools"] = () => {
    const { set, name } = inForce.current();
    return { rules: set, ruleSet: name };
  };
  const forWorkers: OpenedRules["forWorkers"] = () => {
    const { sources, filters } = inForce.current();
    return { sources, filters };
  };
  return {
    tools,
    forWorkers,
    reviewed() {
      const { name, sources } = inForce.current();
      return { set: name, count: sources.length };
    },
    sources: () => inForce.current().sources,
    follow(protection, own, workers) {
      inForce.subscribe(() => {
        for (const each of [own, protection.ownTools]) Object.assign(each, tools());
        workers.useRules(forWorkers());
      });
      return protection;
    },
  };
}

export interface WatchRulesOptions {
  readonly rules: OpenedRules;
  readonly filters?: ExceptionSource;
  readonly state: State;
  readonly selfLog: SealingSelfLog;
  readonly logger: Pick<Loggers["detect"], "error">;
  readonly now?: () => number;
  readonly lookMs?: number;
}

/** Tells what changed since the last run, then watches the folders, the exceptions and SIGHUP. Gives what ends it. */
export async function watchRules(options: WatchRulesOptions): Promise<() => Promise<void>> {
  const { rules: opened, logger, filters = noFilters, state, selfLog, lookMs = LOOK_MS } = options;
  // How long a look at the folders takes. What follows from it, compiling and sealing, is rare and must not delay the next.
  let lookedFor = 0;
  const keeper = new RulesKeeper({
    inForce: opened.inForce,
    load: () => opened.load(filters.active()),
    refilter: ({ sources }) => loadRules(sources, filters.active()),
    async state() {
      const began = performance.now();
      const found = await readFolderState(opened.folders);
      lookedFor = performance.now() - began;
      return found;
    },
    seal: (events) => selfLog.seal(events),
    told: { load: () => loadTold(state), save: (told) => saveTold(state, told) },
    onProblem: (problem) => logger.error({ problem }, "rules were refused and are not in force"),
    onError: (error) => logger.error({ err: error }, "the rules could not be looked at"),
    now: options.now ?? Date.now,
    firstError: opened.firstError,
  });
  opened.status = () => keeper.status();
  await keeper.start();
  let timer: NodeJS.Timeout | undefined;
  let looking = Promise.resolve();
  let closed = false;
  const plan = (ms: number): void => {
    if (closed) return;
    timer = setTimeout(() => {
      looking = keeper.look().then(() => plan(Math.max(lookMs, LOOK_SHARE * lookedFor)));
    }, ms).unref();
  };
  plan(lookMs);
  const onHangup = (): void => void keeper.reload("signal");
  process.on("SIGHUP", onHangup);
  const unsubscribe = filters.subscribe(() => void keeper.refilter());
  return async () => {
    closed = true;
    clearTimeout(timer);
    unsubscribe();
    process.off("SIGHUP", onHangup);
    await looking;
  };
}
