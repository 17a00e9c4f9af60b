// SPDX-License-Identifier: Apache-2.0
import { neutralize } from "@telltale/event";
import type { Verdict } from "@telltale/log";
import type { ExitName } from "../exit-codes.js";
import type { Paint, Style } from "../ui/colour.js";
import { formatCount, formatDuration, plural } from "../ui/units.js";

const ENDS: Record<Verdict["verdict"], { exit: ExitName; word: string; style: Style }> = {
  intact: { exit: "ok", word: "INTACT", style: "green" },
  unwitnessed: { exit: "unwitnessed", word: "UNWITNESSED", style: "yellow" },
  incomplete: { exit: "incomplete", word: "INCOMPLETE", style: "yellow" },
  tampered: { exit: "failed", word: "TAMPERED", style: "red" },
  unverifiable: { exit: "unverifiable", word: "UNVERIFIABLE", style: "yellow" },
};

/** The exit of a verdict. Without --require-witness a log that only this server vouches for is in order. */
export function toExit(verdict: Verdict["verdict"], requireWitness: boolean): ExitName {
  return verdict === "unwitnessed" && !requireWitness ? "ok" : ENDS[verdict].exit;
}

const DIGITS = /[0-9a-f]{16,}|\d+/g;

/** Findings that differ only in their numbers, as the first of them and how many more there are. */
export function foldFindings(findings: readonly string[]): string[] {
  const kinds = new Map<string, { first: string; count: number }>();
  for (const finding of findings) {
    const kind = finding.replace(DIGITS, "#");
    const known = kinds.get(kind);
    if (known === undefined) kinds.set(kind, { first: finding, count: 1 });
    else known.count++;
  }
  return [...kinds.values()].map(({ first, count }) =>
    count === 1 ? first : `${first} (and ${count - 1} more like it)`,
  );
}

/** The worst of both: what was changed or is gone counts most. */
export function toWorst(verdict: ExitName, against: ExitName): ExitName {
  return verdict === "failed" || against === "failed" ? "failed" : verdict === "ok" ? against : verdict;
}

/** The verdict in a word and a sentence. */
export function formatHeadline(verdict: Pick<Verdict, "verdict" | "message">, paint: Paint): string {
  const { word, style } = ENDS[verdict.verdict];
  return `${paint("bold", paint(style, word))}  ${neutralize(verdict.message)}`;
}

/** What was found, one line each; what the sentence says already is left out. */
export function formatFindings(verdict: Pick<Verdict, "message" | "findings">): string[] {
  return foldFindings(verdict.findings.filter((each) => each !== verdict.message)).map(
    (finding) => `  found      ${neutralize(finding)}`,
  );
}

/** A verdict for people. */
export function formatVerdict(verdict: Verdict, log: string, ms: number, paint: Paint): string[] {
  const what =
    verdict.size === 0
      ? "no event"
      : `${plural(verdict.checked, "event")} of ${formatCount(verdict.size)} signed`;
  const lines = [formatHeadline(verdict, paint), `  checked    ${what}, in ${formatDuration(ms)}`];
  if (verdict.provenTo !== undefined && verdict.provenTo > 0) {
    lines.push(`  proven     ${log}:0 to ${log}:${verdict.provenTo - 1}`);
  }
  if (verdict.firstBad !== undefined) lines.push(`  first bad  ${log}:${verdict.firstBad}`);
  for (const each of verdict.predecessors ?? []) {
    lines.push(`  succeeds   ${neutralize(`${each.verdict}: ${each.message}`)}`);
  }
  if (verdict.timestamped !== undefined) {
    const { size, time, authority, trusted } = verdict.timestamped;
    const how = trusted ? "" : "; not checked against certificates that you trust (--tsa-ca)";
    lines.push(`  timestamp  the first ${formatCount(size)} at ${time} by ${neutralize(authority)}${how}`);
  }
  return [...lines, ...formatFindings(verdict)];
}
