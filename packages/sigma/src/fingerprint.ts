// SPDX-License-Identifier: Apache-2.0
import type { SigmaDocument } from "./types.js";

/** Two 53-bit halves of a text hash (cyrb53): enough to notice a change, not to resist a forger. */
export function hashText(text: string): string {
  return (
    half(text, 0x2545f491).toString(16).padStart(14, "0") +
    half(text, 0x9e3779b9).toString(16).padStart(14, "0")
  );
}

function half(text: string, seed: number): number {
  let high = 0xdeadbeef ^ seed;
  let low = 0x41c6ce57 ^ seed;
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i);
    high = Math.imul(high ^ unit, 2654435761);
    low = Math.imul(low ^ unit, 1597334677);
  }
  high = Math.imul(high ^ (high >>> 16), 2246822507) ^ Math.imul(low ^ (low >>> 13), 3266489909);
  low = Math.imul(low ^ (low >>> 16), 2246822507) ^ Math.imul(high ^ (high >>> 13), 3266489909);
  return 4294967296 * (2097151 & low) + (high >>> 0);
}

/** The document as text: Maps are written as lists; where it stood in which file does not matter. */
export function describe(document: SigmaDocument): string {
  return JSON.stringify(document, (key, value: unknown) => {
    if (key === "place" || key === "rulesPlace") return undefined;
    return value instanceof Map ? [...(value as ReadonlyMap<string, unknown>)] : value;
  });
}

export function toFingerprint(documents: readonly SigmaDocument[]): string {
  return hashText(documents.map((document) => hashText(describe(document))).join(" "));
}
