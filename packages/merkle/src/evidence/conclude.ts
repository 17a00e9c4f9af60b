// SPDX-License-Identifier: Apache-2.0
import type { Manifest } from "./manifest.js";
import { countOf, describeRanges } from "./ranges.js";
import type { CheckedCheckpoint, EvidenceKey, EvidenceReport } from "./report.js";
import type { Tally } from "./tally.js";

export interface Concluded {
  tally: Tally;
  options: { requireWitness?: boolean; policy?: unknown };
  manifest: Manifest | undefined;
  key: EvidenceKey | undefined;
  checkpoints: CheckedCheckpoint[];
}

function plural(count: number, noun: string): string {
  return `${count.toLocaleString("en")} ${noun}${count === 1 ? "" : "s"}`;
}

/** What a reader must know besides the verdict, so that he does not take it for more than it is. */
function notesOf({ tally, manifest, key, checkpoints }: Concluded): string[] {
  const notes: string[] = [];
  if (key?.from === "bundle")
    notes.push(
      `the key came with the bundle: compare its fingerprint, ${key.fingerprint}, with one that you have from elsewhere`,
    );
  const named = new Set(
    checkpoints.flatMap(({ cosigned }) => cosigned.filter(({ trusted }) => !trusted)).map(({ name }) => name),
  );
  if (named.size > 0)
    notes.push(
      `cosigned by ${[...named].join(", ")}, whom only the bundle names: name whom you believe with a policy of your own`,
    );
  if (manifest?.limited === true)
    notes.push("more events were found than its limit allowed: it does not hold them all");
  if (manifest?.complete === false)
    notes.push("the search did not reach all events: the newest were not indexed yet, or it ran out of time");
  if (tally.recorded)
    notes.push(
      `the log itself recorded which events were exported (event ${manifest?.record}): none was taken out since`,
    );
  else if (tally.checked > 0)
    notes.push(
      "it proves the events that it holds, and not that there are no others: nothing in it says which were exported",
    );
  return notes;
}

/** Why those whom the verifier believes do not vouch for all of it; undefined when they do or nobody asked. */
function whyUnwitnessed({ tally, options }: Concluded): string | undefined {
  if (options.policy === undefined)
    return options.requireWitness === true ? "you named no witnesses to believe" : undefined;
  const last = tally.proven.at(-1);
  if (last === undefined || last.next <= tally.witnessedSize) return undefined;
  return tally.witnessedSize === 0
    ? "too few of the witnesses that you trust have cosigned it"
    : `the events from ${tally.witnessedSize} on are newer than what the witnesses that you trust have cosigned`;
}

function intact(all: Concluded): Pick<EvidenceReport, "verdict" | "message"> {
  const { tally, key, checkpoints } = all;
  const what = tally.checked === 1 ? "the event is" : `all ${plural(tally.checked, "event")} are`;
  const size = checkpoints[0]?.head.size ?? 0n;
  const sentence = `${what} in the log ${key?.origin ?? "?"} of ${plural(Number(size), "event")} as it was signed`;
  const gap = whyUnwitnessed(all);
  return gap === undefined
    ? { verdict: "intact", message: sentence }
    : { verdict: "unwitnessed", message: `${sentence}, but ${gap}` };
}

function judge(all: Concluded): Pick<EvidenceReport, "verdict" | "message"> {
  const { tally, key, manifest } = all;
  const rest =
    tally.checked === 0
      ? "no event is proven"
      : `${plural(tally.checked, "event")} of ${tally.total.toLocaleString("en")} still proven: ${describeRanges(tally.proven)}`;
  if (tally.isTampered) {
    const first = tally.firstBad === undefined ? "" : `. First bad event: ${tally.firstBad}`;
    return { verdict: "tampered", message: `the bundle was changed: ${tally.findings[0]}${first}; ${rest}` };
  }
  if (key === undefined)
    return { verdict: "unverifiable", message: "there is no key to verify the bundle with" };
  if (tally.isIncomplete)
    return { verdict: "incomplete", message: `something is missing: ${tally.findings[0]}; ${rest}` };
  if (tally.checked === 0)
    return { verdict: "unverifiable", message: "the bundle holds no event: there was nothing to check" };
  const gone = countOf(manifest?.missing ?? []);
  if (gone > 0) {
    const which = describeRanges(manifest?.missing ?? []);
    return {
      verdict: "incomplete",
      message: `${plural(gone, "event")} that ${gone === 1 ? "was" : "were"} asked for had been removed by retention (${which}); ${rest}`,
    };
  }
  return intact(all);
}

/** The report of everything that was found. */
export function conclude(all: Concluded): EvidenceReport {
  const { tally, manifest, key, checkpoints } = all;
  tally.settle();
  return {
    ...judge(all),
    findings: tally.findings,
    notes: notesOf(all),
    total: tally.total,
    checked: tally.checked,
    proven: tally.proven,
    ...(tally.firstBad === undefined ? {} : { firstBad: tally.firstBad }),
    ...(key === undefined ? {} : { key }),
    checkpoints,
    ...(manifest === undefined ? {} : { manifest }),
  };
}
