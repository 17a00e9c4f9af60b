// SPDX-License-Identifier: Apache-2.0
import type { SentEvent } from "@telltale/event";

/** An event found in somebody else's log; whoever reads the line gives it an id. */
export type SourceEvent = Omit<SentEvent, "id">;

/**
 * What one line became. `skipped`: understood, and it says nothing that another line does not say.
 * `unreadable`: not understood. Both carry a short reason, so that a reader can count and report them.
 */
export type ParsedLine =
  | { readonly kind: "events"; readonly events: readonly SourceEvent[] }
  | { readonly kind: "skipped"; readonly why: string }
  | { readonly kind: "unreadable"; readonly why: string };

/** Turns lines into events, in the order in which they stand in the log. */
export interface LineParser {
  /** One line without its line end. Never throws, whatever the line holds; the work is linear in its length. */
  parse(line: string): ParsedLine;
}

export interface SourceOptions {
  /** Milliseconds since 1970; bounds the guess of a missing year. */
  now: () => number;
  /** Year of the first line, for logs that do not write it. Default: the newest that is not in the future. */
  year?: number;
  /** The time zone that the log was written in: `UTC`, `+02:00` or an IANA name. Default `UTC`. */
  zone?: string;
}

/** One kind of log that Telltale reads. */
export interface LineSource {
  readonly name: string;
  /** For lists and help texts, without a full stop. */
  readonly summary: string;
  /** Throws SourceError `bad_zone`, `bad_year`. */
  open(options: SourceOptions): LineParser;
  /** The year in which a file begins that has these lines first and last; undefined when its lines carry years. */
  guessYear(first: string, last: string, options: SourceOptions): number | undefined;
}

export type SourceErrorCode = "bad_zone" | "bad_year";

/** Reading a log cannot begin: an option is wrong. */
export class SourceError extends Error {
  readonly code: SourceErrorCode;
  constructor(code: SourceErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = "SourceError";
    this.code = code;
  }
}
