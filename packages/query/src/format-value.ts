// SPDX-License-Identifier: Apache-2.0
import type { Glob } from "./glob.js";

/** A value after a colon: as it is where that reads back the same, else in quotes. */
export function formatQuotedOrBare(text: string): string {
  return /^[A-Za-z0-9_/][A-Za-z0-9_./@:+-]*$/.test(text) && text !== "TO" ? text : formatQuoted(text);
}

/** A word of free text: a colon would make it a field, a keyword an operator. */
export function formatWord(text: string): string {
  return /^[A-Za-z0-9_][A-Za-z0-9_./@-]*$/.test(text) && !/^(?:AND|OR|NOT|_exists_)$/.test(text)
    ? text
    : formatQuoted(text);
}

/** A value in quotes, which take every meaning from what is in them. */
export function formatQuoted(text: string): string {
  return `"${text.replace(/["\\]/g, "\\$&")}"`;
}

/** A value with wildcards: never quoted, every character that could mean something else behind a backslash. */
export function formatGlob(glob: Glob): string {
  return glob.map((part) => (typeof part === "object" ? escapeBare(part.text) : part)).join("");
}

function escapeBare(text: string): string {
  return text.replace(/[\s!-,:-@[-^`{-~-]/g, "\\$&");
}

/** True for a character that a backslash takes its meaning from; before any other the backslash is itself. */
export function isSpecial(char: string): boolean {
  return /^[\s!-/:-@[-`{-~]$/.test(char);
}
