// SPDX-License-Identifier: Apache-2.0

/**
 * True when the bytes hold an escaped surrogate. JSON and JavaScript allow a lone one; DuckDB's reader does not and
 * would give a row of NULLs. Canonical lines escape nothing else that looks like it, so this is rare and cheap to ask.
 */
export function holdsSurrogate(bytes: Buffer): boolean {
  return bytes.indexOf("\\ud") >= 0 || bytes.indexOf("\\uD") >= 0;
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

/** The lines repaired, as many out as in: all of them, or only those that hold an escaped surrogate. */
export function repairLines(bytes: Buffer, which: "all" | "surrogates"): Buffer {
  const lines = bytes.toString("utf8").split("\n");
  lines.pop();
  const repaired = lines.map((line) => (which === "all" || /\\ud/i.test(line) ? repairLine(line) : line));
  return Buffer.from(repaired.map((line) => `${line}\n`).join(""));
}
