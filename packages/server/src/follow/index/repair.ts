// SPDX-License-Identifier: Apache-2.0

/**
 * True when the bytes hold an escaped surrogate. JSON and JavaScript allow a lone one; DuckDB's reader does not and
 * would give a row of NULLs. Canonical lines escape nothing else that looks like it, so this is rare and cheap to ask.
 */
export function holdsSurrogate(bytes: Uint8Array): boolean {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).indexOf("\\ud") >= 0;
}

/**
 * A line in a form that every JSON reader takes, for the index only: U+FFFD where a text has a lone surrogate, no
 * number beyond a double. A line that is no JSON at all becomes `{}`: it cannot be found by its content, but it keeps
 * its index.
 */
export function repairLine(line: string): string {
  let text: string;
  try {
    text = JSON.stringify(JSON.parse(line));
  } catch {
    return "{}";
  }
  // JSON.stringify escapes exactly the lone surrogates (ECMA-262, QuoteJSONString); `\\` is skipped as a pair.
  return text.replace(/\\\\|\\ud[89a-f][0-9a-f]{2}/g, (found) => (found === "\\\\" ? found : "\uFFFD"));
}

/** Every line repaired; as many lines out as in. */
export function repairLines(bytes: Buffer): Buffer {
  const lines = bytes.toString("utf8").split("\n");
  lines.pop();
  return Buffer.from(lines.map((line) => `${repairLine(line)}\n`).join(""));
}
