// SPDX-License-Identifier: Apache-2.0
import { createHash } from "node:crypto";

const ALPHABETS: Record<string, string> = {
  alnum: "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789",
  lower: "abcdefghijklmnopqrstuvwxyz0123456789",
  base32: "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567",
  base64url: "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_",
  base64: "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/",
  hex: "0123456789abcdef",
  digits: "0123456789",
};

/** Deterministic characters, so that the same case is the same text in every run. */
export function fakeCharacters(alphabet: string, length: number, seed: string): string {
  const characters = ALPHABETS[alphabet];
  if (characters === undefined) throw new Error(`unknown alphabet "${alphabet}"`);
  let text = "";
  for (let block = 0; text.length < length; block++) {
    for (const byte of createHash("sha256").update(`${seed}/${block}`).digest())
      text += characters.charAt(byte % characters.length);
  }
  return text.slice(0, length);
}

/**
 * Fills `{{alnum:36}}` in a case with characters. So the cases hold no text that looks like a real credential to the scanners of code hosts.
 */
export function fill(text: string): string {
  return text.replace(/\{\{(\w+):(\d+)\}\}/g, (_, alphabet: string, length: string) =>
    fakeCharacters(alphabet, Number(length), `${alphabet}${length}`),
  );
}
