// SPDX-License-Identifier: Apache-2.0
import type { Level, Outcome } from "./shape.js";
import { OWASP_ROWS, OWN_ROWS, TELLTALE_ROWS, type VocabularyRow } from "./vocabulary-rows.js";

/** One action of the vocabulary. */
export interface VocabularyEntry {
  readonly action: string;
  readonly family: string;
  /** From the OWASP Logging Vocabulary; the others are Telltale's. */
  readonly owasp: boolean;
  /** Level and outcome of an event that says none. */
  readonly level: Level;
  readonly outcome: Outcome;
  /** What it stands for, one short sentence without full stop. */
  readonly summary: string;
  /** Words for `toSentence`; `present` is empty where the event cannot be undone, refused or tried. */
  readonly phrase: { readonly present: string; readonly past: string };
  /** Elastic Common Schema: `event.category` and `event.type`. */
  readonly ecs: { readonly category: readonly string[]; readonly type: readonly string[] };
  /** Open Cybersecurity Schema Framework 1.8. */
  readonly ocsf: { readonly class_uid: number; readonly activity_id: number };
}

type Rows = typeof OWASP_ROWS & typeof TELLTALE_ROWS;

/** Families of actions that a sender may use, as `{ family: action names }`; the SDK's helpers are typed by it. */
export type VocabularyFamilies = { readonly [F in keyof Rows]: Rows[F][number][0] };

/** Every action that a sender may use. */
export type VocabularyAction = VocabularyFamilies[keyof VocabularyFamilies];

function toEntry(family: string, owasp: boolean, row: VocabularyRow): VocabularyEntry {
  const [action, level, outcome, phrase, summary, ecs, ocsf] = row;
  const [present = "", past = ""] = phrase.split("|");
  const [category = "", type = ""] = ecs.split("/");
  const [classUid, activityId] = ocsf.split(".").map(Number);
  return {
    action,
    family,
    owasp,
    level,
    outcome,
    summary,
    phrase: { present, past },
    ecs: { category: category.split(","), type: type.split(",") },
    ocsf: { class_uid: classUid ?? 0, activity_id: activityId ?? 0 },
  };
}

function toEntries(rows: Record<string, readonly VocabularyRow[]>, owasp: boolean): VocabularyEntry[] {
  return Object.entries(rows).flatMap(([family, list]) => list.map((row) => toEntry(family, owasp, row)));
}

/** Every action that Telltale knows: first OWASP's, then the families that OWASP lacks, then the reserved ones. */
export const VOCABULARY: readonly VocabularyEntry[] = [
  ...toEntries(OWASP_ROWS, true),
  ...toEntries(TELLTALE_ROWS, false),
  ...toEntries(OWN_ROWS, false),
];

const byAction: ReadonlyMap<string, VocabularyEntry> = new Map(
  VOCABULARY.map((entry) => [entry.action, entry]),
);

/** The vocabulary's entry of an action, if it has one. */
export function findAction(action: string): VocabularyEntry | undefined {
  return byAction.get(action);
}

const RESERVED = /^(?:log|anomaly|telltale)_/i;

/**
 * Whether an action may come only from inside Telltale: `log_*`, `anomaly_*`, `telltale_*`. Upper case counts too,
 * because detection rules compare without case.
 */
export function isReservedAction(action: string): boolean {
  if (RESERVED.test(action)) return true;
  // Whoever reads it must not take another sender's words for ours: characters that cannot be seen do not count.
  return NOT_PLAIN.test(action) && RESERVED.test(action.normalize("NFKC").replace(UNSEEN, ""));
}

const NOT_PLAIN = /[^!-~]/;
const UNSEEN = /[\p{Default_Ignorable_Code_Point}\p{Cc}\p{Cf}\s]/gu;
