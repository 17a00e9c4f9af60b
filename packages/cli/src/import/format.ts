// SPDX-License-Identifier: Apache-2.0
import { findSource, SOURCES, type SourceOptions } from "@telltale/server/sources";
import { createJsonLines } from "./jsonl.js";
import type { LineIds } from "./line-ids.js";
import { createSourceLines } from "./source-lines.js";

/** What one line became. `events` are JSON texts without line ends, ready to be sent. */
export type ImportedLine =
  | {
      readonly kind: "events";
      readonly events: readonly string[];
      /** When each of them happened, as its source wrote it; undefined where it says nothing usable. */
      readonly times: readonly (string | undefined)[];
    }
  | { readonly kind: "skipped"; readonly why: string }
  | { readonly kind: "rejected"; readonly code: string; readonly message: string };

/** Reads the lines of one file, in order. Never throws. */
export type LineReader = (number: number, bytes: Buffer, ids: LineIds) => ImportedLine;

export interface ImportFormat {
  readonly name: string;
  open(options: SourceOptions): LineReader;
  /** See LineSource.guessYear. */
  guessYear(first: string, last: string, options: SourceOptions): number | undefined;
}

/** Names that `--format` takes: our own events, and every log source that the server knows. */
export const FORMAT_NAMES: readonly string[] = ["jsonl", ...SOURCES.map((each) => each.name)];

/** The format of that name, if there is one. */
export function findFormat(name: string): ImportFormat | undefined {
  if (name === "jsonl") return { name, open: () => createJsonLines(), guessYear: () => undefined };
  const source = findSource(name);
  if (source === undefined) return undefined;
  return {
    name,
    open: (options) => createSourceLines(source.open(options)),
    guessYear: (first, last, options) => source.guessYear(first, last, options),
  };
}
