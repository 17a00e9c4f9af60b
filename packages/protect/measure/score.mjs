// SPDX-License-Identifier: Apache-2.0

/** Any marker that may stand in the place of a hidden value. */
const MARKER = /\[(?:masked|removed|token|encrypted|sealed):[^\]\s]*(?: [0-9*]+)?\](?:#\d+)?/g;

/** The spans of `text` that became markers in `hidden`, with the kind of each: what stands between the markers is found again in order. */
export function spansOf(text, hidden) {
  const spans = [];
  let from = 0;
  let at = 0;
  for (const match of hidden.matchAll(MARKER)) {
    const between = hidden.slice(at, match.index);
    at = match.index + match[0].length;
    const start = from + between.length;
    if (text.startsWith(match[0], start)) {
      from = start + match[0].length; // the sender's own marker
      continue;
    }
    const next = new RegExp(MARKER.source).exec(hidden.slice(at));
    const after = next === null ? hidden.slice(at) : hidden.slice(at, at + next.index);
    const end =
      next === null ? text.length - after.length : after === "" ? start : text.indexOf(after, start + 1);
    spans.push({ start, end, kind: /:([^\]: ]*)/.exec(match[0])[1] });
    from = end;
  }
  return spans;
}

const timesIn = (text, part) => text.split(part).length - 1;

/** Whether nothing of a needle is still readable that the text around it does not have too. A card keeps its first six and last four digits. */
function isGone(needle, hidden, around) {
  if (timesIn(hidden, needle) > timesIn(around, needle)) return false;
  if (needle.length < 12 || /^[\d -]{14,23}$/.test(needle)) return true;
  const third = Math.ceil(needle.length / 3);
  const looksOut = (part) => hidden.includes(part) && !around.includes(part);
  return !looksOut(needle.slice(0, third)) && !looksOut(needle.slice(-third));
}

export const emptyScore = () => ({ labelled: 0, found: 0, false: 0, examples: [] });

/** Protects one item and adds what came of it to `score`. */
export function scoreItem(protector, item, score) {
  score.labelled += item.needles.length > 0 ? 1 : 0;
  const { hidden, wrong } =
    item.event === undefined ? protectLine(protector, item) : protectEvent(protector, item);
  const whole = item.text ?? JSON.stringify(item.event);
  const missed = item.needles.filter((needle) => !isGone(needle, hidden, whole.replace(needle, "")));
  if (item.needles.length > 0 && missed.length === 0) score.found++;
  score.false += wrong;
  if (missed.length > 0)
    score.examples.push({ what: "missed", text: item.text ?? JSON.stringify(item.event), hidden });
  if (wrong > 0) score.examples.push({ what: "false", text: item.text ?? "event", hidden });
}

/** Wherever a needle stands: a short one may be part of a time, too. */
function placesOf(text, needle) {
  const places = [];
  for (let start = text.indexOf(needle); start !== -1; start = text.indexOf(needle, start + 1))
    places.push({ start, length: needle.length });
  return places;
}

function protectLine(protector, { text, needles }) {
  const hidden = protector.protectText(text).text;
  const places = needles.flatMap((needle) => placesOf(text, needle));
  const wrong = spansOf(text, hidden).filter(
    (span) => !places.some(({ start, length }) => start < span.end && span.start < start + length),
  );
  return { hidden, wrong: wrong.length };
}

function protectEvent(protector, { event, path, needles }) {
  const copy = structuredClone(event);
  const fields = protector.protect(copy) ?? [];
  const own = fields.filter(
    (field) => field.path.includes(path) || field.path.includes(JSON.stringify(path)),
  );
  return { hidden: JSON.stringify(copy), wrong: fields.length - (needles.length > 0 ? own.length : 0) };
}

/** False masks of lines in which nothing is to be hidden. `kinds`: how many of each. */
export function scoreBenign(protector, lines) {
  const kinds = new Map();
  const examples = [];
  let bytes = 0;
  let masks = 0;
  for (const line of lines) {
    bytes += Buffer.byteLength(line) + 1;
    const { text, found } = protector.protectText(line);
    masks += found.length;
    for (const { kind } of found) kinds.set(kind, (kinds.get(kind) ?? 0) + 1);
    if (found.length > 0) examples.push({ what: "false", text: line, hidden: text });
  }
  return { lines: lines.length, bytes, masks, kinds, examples };
}
