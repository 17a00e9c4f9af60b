// SPDX-License-Identifier: Apache-2.0
import { LIMITS } from "@telltale/event";
import type { ProtectContext, Treatments } from "../core.js";
import type { Detector } from "../find/detector.js";
import type { Finder } from "../find/find.js";
import type { CompiledPolicy, FieldAct, FieldRule, PolicyRules } from "../policy/compiled.js";
import type { FieldState } from "../policy/field-state.js";
import type { Acts, SubjectRecord, Subjects } from "./acts.js";
import { actorOf, hideIdentity, idOf, missingSubjects } from "./identity.js";
import { markLastFour, markMasked, markRemoved } from "./marker.js";
import { compileRules, type RuleSet } from "./rule-set.js";
import type { Note, Replacement, Treatment } from "./treatment.js";

type Event = Record<string, unknown>;

/** A value that an act failed for is not stored. */
const UNDECIDED: Replacement = { text: markRemoved("undecided"), how: "removed", kind: "undecided" };

/** The least letters and digits of a value of which four may be shown. */
const SHORTEST_SHOWN = 8;

/**
 * Of all that acts put into one event; what comes after is masked. More would not fit a sealed event, where a marker that was cut can never
 * be opened; and a text made of a thousand addresses must not cost a thousand encryptions.
 */
const MOST_CHARACTERS = LIMITS.sealedBytes - 4096;

const KEYED_ACTS: ReadonlySet<FieldAct> = new Set<FieldAct>(["tokenize", "encrypt", "write-only"]);

const DEFAULT_RULES: PolicyRules = { profile: "plain", unknown: "keep", kinds: [], fields: [] };

const NONE: readonly string[] = [];

/** What is needed to treat values, and the same for all events. */
export interface TreatmentTools {
  readonly policy: CompiledPolicy | undefined;
  readonly acts: Acts | undefined;
  readonly subjects: Subjects | undefined;
  readonly detectors: readonly Detector[];
  /** Finds without a policy. */
  readonly find: Finder;
  /** Kinds that are found because some tenant asked for them. */
  readonly asked: ReadonlySet<string>;
}

/** Treatments under a policy; under the default one with acts when there is none. */
export function createTreatments(tools: TreatmentTools): Treatments {
  const { policy, acts, subjects } = tools;
  const compile = (rules: PolicyRules): RuleSet =>
    compileRules(rules, { ...tools, hasActs: acts !== undefined });
  const common = compile(policy ?? DEFAULT_RULES);
  const written = new Map(policy?.tenants);
  // Compiled when a tenant sends its first event: a worker need not know all of them.
  const compiled = new Map<string, RuleSet>();
  const rulesOf = (tenant: string | undefined): RuleSet => {
    if (tenant === undefined || written.size === 0) return common;
    const known = compiled.get(tenant);
    if (known !== undefined) return known;
    const own = written.get(tenant);
    if (own === undefined) return common;
    const rules = compile(own);
    compiled.set(tenant, rules);
    return rules;
  };
  const hasAliases = [policy, ...written.values()].some((rules) => rules?.profile === "erasable");
  return {
    description: JSON.stringify([policy?.version ?? "default", acts !== undefined]),
    of: (event, context, path, preview) =>
      new PolicyTreatment({ rules: rulesOf(context?.tenant), acts, subjects, event, context, path, preview }),
    missingSubjects(event, context) {
      if (!hasAliases || !rulesOf(context?.tenant).erasable) return NONE;
      return missingSubjects(event, (id) => subjects?.get(context?.tenant, id));
    },
  };
}

/** What one event is treated with. */
interface Case {
  readonly rules: RuleSet;
  readonly acts: Acts | undefined;
  readonly subjects: Subjects | undefined;
  readonly event: Event;
  readonly context: ProtectContext | undefined;
  readonly path: () => string;
  readonly preview: boolean;
}

class PolicyTreatment implements Treatment {
  readonly #case: Case;
  readonly find: Finder;
  readonly fields: FieldState | undefined;
  readonly #actor: SubjectRecord | undefined;
  #listed: ReadonlySet<string> | undefined;
  #room = MOST_CHARACTERS;

  constructor(each: Case) {
    this.#case = each;
    this.find = each.rules.find;
    this.fields = each.rules.fields;
    this.#actor = each.rules.erasable ? this.#recordOf(idOf(actorOf(each.event))) : undefined;
  }

  keeps(kind: string): boolean {
    return this.#case.rules.kept.has(kind);
  }

  encrypts(kind: string): boolean {
    return this.#case.rules.kinds.get(kind) === "encrypt";
  }

  isDone(kind: string, again: boolean): boolean {
    if (!isAddressKind(kind) || this.#case.rules.kinds.get(kind) !== "tokenize") return false;
    return again || this.#isListed(kind);
  }

  byKind(kind: string, value: string, shape: string | undefined): Replacement | undefined {
    const act = this.#case.rules.kinds.get(kind);
    return act === undefined || act === "keep" ? undefined : this.#act(act, kind, value, shape, this.#actor);
  }

  byField({ act, kind }: FieldRule, value: string): Replacement | undefined {
    if (act === "tokenize" && isAddressKind(kind) && this.#isListed(kind)) return undefined;
    return this.#act(act, kind, value, undefined, this.#actor);
  }

  hideIdentity(note: Note): void {
    const { rules, event, preview } = this.#case;
    // The usual event: nothing is made for it.
    if (!rules.erasable && actorOf(event)?.["session"] === undefined) return;
    const act = rules.kinds.get("session");
    hideIdentity(event, {
      rules,
      note,
      preview,
      recordOf: (id) => this.#recordOf(id),
      session:
        act === undefined || act === "keep"
          ? undefined
          : (value) => this.#act(act, "session", value, undefined, this.#actor),
      encrypt: (kind, value, subject) => this.#act("encrypt", kind, value, undefined, subject ?? this.#actor),
    });
  }

  #recordOf(id: string | undefined): SubjectRecord | undefined {
    const { subjects, context } = this.#case;
    return id === undefined ? undefined : subjects?.get(context?.tenant, id);
  }

  #act(
    act: FieldAct,
    kind: string,
    value: string,
    shape: string | undefined,
    subject: SubjectRecord | undefined,
  ): Replacement {
    if (!KEYED_ACTS.has(act)) return this.#tryAct(act, kind, value, shape, subject);
    try {
      const replacement = this.#room > 0 ? this.#tryAct(act, kind, value, shape, subject) : undefined;
      this.#room -= replacement?.text.length ?? 0;
      return replacement === undefined || this.#room < 0
        ? { text: markMasked(kind), how: "masked", kind }
        : replacement;
    } catch {
      return UNDECIDED;
    }
  }

  #tryAct(
    act: FieldAct,
    kind: string,
    value: string,
    shape: string | undefined,
    subject: SubjectRecord | undefined,
  ): Replacement {
    const { acts, context } = this.#case;
    switch (act) {
      case "mask":
        return { text: shape ?? markMasked(kind), how: "masked", kind };
      case "last4":
        return { text: lastFour(kind, value), how: "masked", kind };
      case "remove":
        return { text: markRemoved(kind), how: "removed", kind };
      case "tokenize":
        return { text: this.#tokenize(kind, value), how: "tokenized", kind };
      case "encrypt": {
        if (acts === undefined || context === undefined) return UNDECIDED;
        const day = context.received.slice(0, 10);
        const text = acts.encrypt(kind, value, subject === undefined ? { day } : { subject, day });
        return { text, how: "encrypted", kind };
      }
      case "write-only":
        return acts?.seal === undefined
          ? UNDECIDED
          : { text: acts.seal(kind, value), how: "encrypted", kind };
      default:
        return UNDECIDED;
    }
  }

  #tokenize(kind: string, value: string): string {
    const { acts, context } = this.#case;
    if (acts === undefined) throw new Error("there are no keys to make a token with");
    const address = isAddressKind(kind) ? acts.tokenizeIp(context?.tenant, value) : undefined;
    return address ?? acts.tokenize(context?.tenant, kind, value);
  }

  /** What stands in the place of an address is no marker: only the list says that it was hidden. A sender who writes one himself hides his own. */
  #isListed(kind: string): boolean {
    this.#listed ??= listTokens(this.#case.event);
    return this.#listed.size > 0 && this.#listed.has(`${kind} ${this.#case.path()}`);
  }
}

/** Kind and path of every value that was tokenized before. */
function listTokens(event: Event): ReadonlySet<string> {
  const list = (event["protected"] as { fields?: unknown } | null | undefined)?.fields;
  if (!Array.isArray(list)) return new Set();
  const fields = list as ({ path?: unknown; how?: unknown; kind?: unknown } | null)[];
  return new Set(
    fields.flatMap((each) =>
      each?.how === "tokenized" && typeof each.path === "string" ? [`${String(each.kind)} ${each.path}`] : [],
    ),
  );
}

/** `ip` and `client_ip`: tokens of addresses keep their networks. */
function isAddressKind(kind: string): boolean {
  return kind === "ip" || kind.endsWith("_ip");
}

function lastFour(kind: string, value: string): string {
  const shown = value.replace(/[^0-9A-Za-z]/g, "");
  return shown.length < SHORTEST_SHOWN ? markMasked(kind) : markLastFour(kind, shown.slice(-4));
}
