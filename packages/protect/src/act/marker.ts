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

const MARKER = /\[(?:masked|removed):[a-z][a-z0-9_]{0,31}(?: [0-9]{6}\*{1,13}[0-9]{4})?\](?:#[0-9]{1,6})?/y;

/** The offset just after the marker that starts at `at`, or -1. A sender may write a marker himself: then there is nothing to hide in it. */
export function markerEnd(text: string, at: number): number {
  if (text.charCodeAt(at) !== 91) return -1;
  MARKER.lastIndex = at;
  return MARKER.test(text) ? MARKER.lastIndex : -1;
}

export function isMarker(text: string): boolean {
  return markerEnd(text, 0) === text.length;
}
