// SPDX-License-Identifier: Apache-2.0

/** Evidence kept of one episode: how it began and how it goes on. */
export const FIRST_EVIDENCE = 10;
export const LAST_EVIDENCE = 40;

/** The time during which a condition holds without a break, in one group. Bounded, however long it lasts. */
export interface Episode {
  count: number;
  firstTime: number;
  lastTime: number;
  readonly head: number[];
  readonly tail: number[];
}

export function startEpisode(
  count: number,
  firstTime: number,
  lastTime: number,
  indices: readonly number[],
): Episode {
  const head = indices.slice(0, FIRST_EVIDENCE);
  const tail = indices.slice(FIRST_EVIDENCE).slice(-LAST_EVIDENCE);
  return { count, firstTime, lastTime, head, tail };
}

/** `since`: the earliest of the added events. */
export function extendEpisode(
  episode: Episode,
  added: number,
  since: number,
  time: number,
  index: number,
): void {
  episode.count += added;
  episode.firstTime = Math.min(episode.firstTime, since);
  episode.lastTime = Math.max(episode.lastTime, time);
  if (episode.head.length < FIRST_EVIDENCE) episode.head.push(index);
  else {
    if (episode.tail.length >= LAST_EVIDENCE) episode.tail.shift();
    episode.tail.push(index);
  }
}

export function toEvidence(episode: Episode): number[] {
  return [...episode.head, ...episode.tail];
}
