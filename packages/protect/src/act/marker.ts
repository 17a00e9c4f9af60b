// SPDX-License-Identifier: Apache-2.0

/** What stands in the place of a hidden value: `[removed:password]` because of the field's name, `[masked:jwt]` because of its content. */
export function markRemoved(kind: string): string {
  return `[removed:${kind}]`;
}

export function markMasked(kind: string): string {
  return `[masked:${kind}]`;
}

/** First six and last four digits stay (PCI DSS 4.0, 3.4.1: the most that may be shown). `digits` is 14 to 19 digits. */
export function markCard(digits: string): string {
  return `[masked:card ${digits.slice(0, 6)}${"*".repeat(digits.length - 10)}${digits.slice(-4)}]`;
}

/** The last four letters or digits stay. */
export function markLastFour(kind: string, lastFour: string): string {
  return `[masked:${kind} ****${lastFour}]`;
}

/** `token` is 128 bits in base64url. Tokens of different epochs cannot be compared. */
export function markToken(kind: string, epoch: number, token: string): string {
  return `[token:${kind}:${epoch}:${token}]`;
}

/** `keyId` names the key, `body` is base64url. */
export function markEncrypted(kind: string, keyId: string, body: string): string {
  return `[encrypted:${kind}:${keyId}:${body}]`;
}

/** `segmentId` names the time slice, `body` is base64url. */
export function markSealed(kind: string, segmentId: string, body: string): string {
  return `[sealed:${kind}:${segmentId}:${body}]`;
}

/** A marker that stands for a value which a key opens, or which can be compared. */
export type KeyedMarker =
  | { readonly type: "token"; readonly kind: string; readonly epoch: number; readonly token: string }
  | { readonly type: "encrypted"; readonly kind: string; readonly keyId: string; readonly body: string }
  | { readonly type: "sealed"; readonly kind: string; readonly segmentId: string; readonly body: string };

const PLAIN_MARKER =
  /\[(?:masked|removed):[a-z][a-z0-9_]{0,31}(?: (?:[0-9]{6}\*{1,13}|\*{4})[0-9A-Za-z]{4})?\](?:#[0-9]{1,6})?/y;
const KEYED_HEAD =
  /\[(?:token:[a-z][a-z0-9_]{0,31}:[1-9][0-9]{0,8}:|(?:encrypted|sealed):[a-z][a-z0-9_]{0,31}:[\w-]{22}:)/y;
const KEYED_PARTS = /^\[(\w+):(\w+):([\w-]+):([\w-]+)\]$/;

const TOKEN_CHARS = 22; // 16 bytes
/** Version, encapsulated key, number and tag of a sealed empty text: 1 + 32 + 8 + 16 bytes. An encrypted body has more around it. */
const SHORTEST_BODY = 76;
/** More than an event may have. */
const LONGEST_BODY = 131_072;

const OPEN = 91;
const CLOSE = 93;

/**
 * The offset just after the marker that starts at `at`, or -1. A sender may write a marker himself: then there is nothing to hide in it.
 * Bodies hold no bracket, so a text of many beginnings is read once.
 */
export function markerEnd(text: string, at: number): number {
  if (text.charCodeAt(at) !== OPEN) return -1;
  const letter = text.charCodeAt(at + 1);
  if (letter === 109 || letter === 114) return matchEnd(PLAIN_MARKER, text, at);
  return letter === 116 || letter === 101 || letter === 115 ? keyedEnd(text, at) : -1;
}

function matchEnd(pattern: RegExp, text: string, at: number): number {
  pattern.lastIndex = at;
  return pattern.test(text) ? pattern.lastIndex : -1;
}

function keyedEnd(text: string, at: number): number {
  const body = matchEnd(KEYED_HEAD, text, at);
  if (body === -1) return -1;
  let end = body;
  while (end - body <= LONGEST_BODY && isBase64url(text.charCodeAt(end))) end++;
  if (text.charCodeAt(end) !== CLOSE) return -1;
  const length = end - body;
  const fits = text.charCodeAt(at + 1) === 116 ? length === TOKEN_CHARS : isBody(text, body, length);
  return fits ? end + 1 : -1;
}

/** A body of version 1: its first byte is 1. */
function isBody(text: string, at: number, length: number): boolean {
  return length >= SHORTEST_BODY && length <= LONGEST_BODY && /^A[Q-Za-f]/.test(text.slice(at, at + 2));
}

function isBase64url(code: number): boolean {
  return (
    (code >= 97 && code <= 122) ||
    (code >= 65 && code <= 90) ||
    (code >= 48 && code <= 57) ||
    code === 45 ||
    code === 95
  );
}

export function isMarker(text: string): boolean {
  return markerEnd(text, 0) === text.length;
}

/** Reads a text that is one whole token, encrypted or sealed value; undefined when it is none. Whether a key opens it is not looked at. */
export function parseMarker(text: string): KeyedMarker | undefined {
  if (!isMarker(text)) return undefined;
  const [, type, kind = "", place = "", body = ""] = KEYED_PARTS.exec(text) ?? [];
  if (type === "token") return { type, kind, epoch: Number(place), token: body };
  if (type === "encrypted") return { type, kind, keyId: place, body };
  return type === "sealed" ? { type, kind, segmentId: place, body } : undefined;
}

/** A part of a text: offsets in UTF-16 code units, `end` exclusive. */
export interface Span {
  readonly start: number;
  readonly end: number;
}

/** Where markers stand in a text, in order. Each character is looked at a bounded number of times. */
export function markersOf(text: string): Span[] {
  const markers: Span[] = [];
  for (let start = text.indexOf("["); start !== -1; ) {
    const end = markerEnd(text, start);
    if (end !== -1) markers.push({ start, end });
    start = text.indexOf("[", end === -1 ? start + 1 : end);
  }
  return markers;
}
