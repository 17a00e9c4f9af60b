// SPDX-License-Identifier: Apache-2.0

/**
 * Code points that may deceive whoever looks at a text: C0 and C1 controls with ANSI's ESC and CSI, line separators,
 * bidirectional overrides and isolates, the byte order mark, interlinear annotations. First and last of each range.
 */
export const DECEPTIVE: readonly (readonly [number, number])[] = [
  [0x00, 0x1f],
  [0x7f, 0x9f],
  [0x061c, 0x061c],
  [0x200e, 0x200f],
  [0x2028, 0x202e],
  [0x2066, 0x2069],
  [0xfeff, 0xfeff],
  [0xfff9, 0xfffb],
];

function toHex(code: number): string {
  return `\\u${code.toString(16).padStart(4, "0")}`;
}

/** The source of a regular expression's class (without brackets) of the deceptive code points from `lowest` on. */
export function deceptiveClass(lowest = 0): string {
  return DECEPTIVE.filter(([, last]) => last >= lowest)
    .map(([first, last]) => `${toHex(Math.max(first, lowest))}-${toHex(last)}`)
    .join("");
}

/** Whether a code point may deceive whoever looks at it. */
export function isDeceptive(code: number): boolean {
  for (const [first, last] of DECEPTIVE) {
    if (code < first) return false;
    if (code <= last) return true;
  }
  return false;
}

const ESCAPED = new RegExp(`[${deceptiveClass(0x7f)}]`);
const ESCAPED_ALL = new RegExp(`[${deceptiveClass(0x7f)}]`, "g");

/**
 * Turns deceptive characters of a JSON text into `\u` escapes. Sound on the whole text at once, because outside
 * strings JSON has only ASCII; what is below U+0020 and lone surrogates `JSON.stringify` has escaped already.
 */
export function escapeDeceptive(json: string): string {
  if (!ESCAPED.test(json)) return json;
  return json.replace(ESCAPED_ALL, (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, "0")}`);
}

const HIDDEN = new RegExp(`[${deceptiveClass()}]|\\p{Surrogate}`, "u");
const HIDDEN_ALL = new RegExp(`[${deceptiveClass()}]|\\p{Surrogate}`, "gu");

/**
 * Makes control characters, ANSI escapes and bidirectional overrides visible, for showing text to people: `␛[31m`,
 * `<U+202E>`. The result is one line that cannot move a cursor, change a colour or turn a direction.
 */
export function neutralize(text: string): string {
  if (!HIDDEN.test(text)) return text;
  return text.replace(HIDDEN_ALL, (char) => {
    const code = char.charCodeAt(0);
    if (code < 0x20) return String.fromCharCode(0x2400 + code);
    if (code === 0x7f) return "\u2421";
    return `<U+${code.toString(16).toUpperCase().padStart(4, "0")}>`;
  });
}
