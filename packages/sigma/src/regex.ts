// SPDX-License-Identifier: Apache-2.0
import { RE2JS } from "re2js";
import { SigmaError, type Place } from "./errors.js";
import type { Budget } from "./size.js";

const MAX_SOURCE = 10_000;
/** Compiled instructions a regex may need; repeats such as `(a{500}){500}` are refused by this or by RE2 itself. */
const MAX_PROGRAM = 50_000;

/**
 * Compiles a Sigma regex; it searches anywhere in the value and is case-sensitive unless flagged (specification 2.1, "re").
 * RE2 matches in time linear in the value, so no rule can slow the engine down; what RE2 has not (look-around,
 * back-references) is an error and not an approximation.
 */
export function compileRegex(
  regex: { source: string; flags: string },
  place: Place,
  budget?: Budget,
): (text: string) => boolean {
  if (regex.source.length > MAX_SOURCE)
    throw new SigmaError("bad_regex", place, `longer than ${MAX_SOURCE} characters`);
  let flags = 0;
  if (regex.flags.includes("i")) flags |= RE2JS.CASE_INSENSITIVE;
  if (regex.flags.includes("m")) flags |= RE2JS.MULTILINE;
  if (regex.flags.includes("s")) flags |= RE2JS.DOTALL;
  try {
    const compiled = RE2JS.compile(regex.source, flags);
    if (compiled.programSize() > MAX_PROGRAM) throw new Error("too complex");
    budget?.regex(compiled.programSize(), place);
    return (text) => compiled.test(text);
  } catch (cause) {
    if (cause instanceof SigmaError) throw cause;
    const reason = cause instanceof Error ? cause.message : "cannot be compiled";
    throw new SigmaError("bad_regex", place, `regex "${regex.source.slice(0, 100)}": ${reason}`, { cause });
  }
}
