// SPDX-License-Identifier: Apache-2.0
import { neutralize } from "@telltale/event";
import { toBase64 } from "@telltale/merkle";
import {
  type CheckedCheckpoint,
  describeRanges,
  type EvidenceRelation,
  type EvidenceReport,
} from "@telltale/merkle/evidence";
import type { ExitName } from "../exit-codes.js";
import type { Paint, Style } from "../ui/colour.js";
import { plural } from "../ui/units.js";
import type { BundleComparison } from "../verify/bundle.js";

const MAX_RANGES = 8;

function describeCheckpoint({ head, cosigned }: CheckedCheckpoint): string {
  const root = toBase64(head.root).slice(0, 12);
  const by = cosigned.map(({ name, seconds, trusted }) => {
    const time = new Date(Number(seconds) * 1000);
    const at = Number.isNaN(time.getTime()) ? "?" : time.toISOString();
    return `${neutralize(name)}${trusted ? "" : " (named by the bundle only)"} at ${at}`;
  });
  return `${plural(Number(head.size), "event")}, root ${root}…, ${by.length === 0 ? "cosigned by nobody" : `cosigned by ${by.join(", ")}`}`;
}

/** What was checked, for people: everything under the verdict. */
export function formatEvidence(report: EvidenceReport): string[] {
  const { key, checkpoints, manifest, proven, total, checked, firstBad } = report;
  const lines = [`  checked    ${checked} of ${plural(total, "event")} proven`];
  if (checked > 0) lines.push(`  proven     ${describeRanges(proven, MAX_RANGES)}`);
  if (firstBad !== undefined) lines.push(`  first bad  ${firstBad}`);
  if (key !== undefined) {
    lines.push(`  log        ${neutralize(key.origin)}`);
    lines.push(
      `  key        ${key.fingerprint}${key.from === "given" ? " (the one that you gave)" : " (came with the bundle)"}`,
    );
  }
  for (const checkpoint of checkpoints) lines.push(`  checkpoint ${describeCheckpoint(checkpoint)}`);
  if (manifest !== undefined)
    lines.push(`  made       ${neutralize(manifest.made)} by ${neutralize(manifest.by)}`);
  return lines;
}

/** The report as JSON has it. */
export function toEvidenceJson(report: EvidenceReport): Record<string, unknown> {
  const { checkpoints, proven, ...rest } = report;
  return {
    ...rest,
    proven: proven.map(({ first, next }) => [first, next]),
    checkpoints: checkpoints.map(({ note, head, cosigned, quorum }) => ({
      origin: head.origin,
      size: Number(head.size),
      root: toBase64(head.root),
      cosigned: cosigned.map(({ seconds, ...each }) => ({ ...each, seconds: Number(seconds) })),
      quorum,
      note,
    })),
  };
}

const RELATIONS: Record<EvidenceRelation["kind"], { exit: ExitName; word: string; style: Style }> = {
  agree: { exit: "ok", word: "AGREE", style: "green" },
  forked: { exit: "failed", word: "TWO HISTORIES", style: "red" },
  other_log: { exit: "unverifiable", word: "OTHER LOG", style: "yellow" },
  not_proven: { exit: "unverifiable", word: "NOT COMPARED", style: "yellow" },
  nothing_shared: { exit: "ok", word: "NOTHING SHARED", style: "yellow" },
};

/** The exit of a comparison of two bundles. */
export function toBundleExit({ kind }: EvidenceRelation): ExitName {
  return RELATIONS[kind].exit;
}

function quoted(title: string, text: string): string[] {
  return [
    `  ${title}`,
    ...text
      .trimEnd()
      .split("\n")
      .map((line) => `    ${neutralize(line)}`),
  ];
}

/** How two bundles stand to each other; where they contradict, what proves it to anybody, verbatim. */
export function formatCompared({ other, verdict, relation }: BundleComparison, paint: Paint): string[] {
  const { word, style } = RELATIONS[relation.kind];
  const lines = ["", `${paint("bold", paint(style, word))}  ${neutralize(relation.message)}`];
  lines.push(`  other      ${neutralize(other)} (by itself: ${verdict})`);
  if (relation.kind !== "forked") return lines;
  if (relation.proofs !== undefined)
    for (const [i, proof] of relation.proofs.entries())
      lines.push(
        ...quoted(
          `proof of event ${relation.indices?.[i] ?? "?"} in the ${i === 0 ? "first" : "second"}`,
          proof,
        ),
      );
  else
    for (const [i, note] of relation.checkpoints.entries())
      lines.push(...quoted(`${i === 0 ? "first" : "second"} signed checkpoint`, note));
  return lines;
}
