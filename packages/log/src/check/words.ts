// SPDX-License-Identifier: Apache-2.0

/** How far a check came that found something changed. All are numbers of events, or the index of one. */
export interface Extent {
  /** Events that were signed, by the head or, without one, by the newest published checkpoint. */
  readonly size: number;
  /** Events below this are proven. */
  readonly provenTo: number;
  /** Events that were read from the beginning on, pruned ones among them. */
  readonly reached: number;
  readonly firstBad: number | undefined;
  readonly hasHead: boolean;
}

function events(from: number, to: number): string {
  return to - from === 1 ? `Event ${from}` : `Events ${from} to ${to - 1}`;
}

function proven({ provenTo, size, hasHead }: Extent): string {
  if (provenTo === 0) {
    const why = size === 0 && !hasHead ? ": nothing that is signed says how many there were" : "";
    return `No event is proven${why}.`;
  }
  return `${events(0, provenTo)} ${provenTo === 1 ? "is" : "are"} proven.`;
}

/** Between the last proven event and the first bad one: read, but under no signature that still holds. */
function unproven({ provenTo, firstBad, reached }: Extent): string[] {
  const to = Math.min(firstBad ?? reached, reached);
  if (to <= provenTo) return [];
  const one = to - provenTo === 1;
  const [was, it] = one ? ["was", "it"] : ["were", "them"];
  return [
    `${events(provenTo, to)} ${was} read, but no signed checkpoint ends with ${it}: nothing proves ${it}.`,
  ];
}

/** What is bad, what is proven, and what is neither, so that every event is accounted for. */
export function describeExtent(extent: Extent): string {
  const { size, provenTo, firstBad, hasHead } = extent;
  if (size > 0 && provenTo >= size) {
    const all = `All ${size} events`;
    if (!hasHead)
      return `${all} that the published checkpoints know of are proven; whether there were more, nothing says.`;
    const where = firstBad === undefined ? "" : `, first at event ${firstBad}`;
    return `${all} are proven: what was changed lies beside them${where}.`;
  }
  const bad = firstBad === undefined ? [] : [`First bad event: ${firstBad}.`];
  return [...bad, proven(extent), ...unproven(extent)].join(" ");
}
