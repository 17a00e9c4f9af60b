// SPDX-License-Identifier: Apache-2.0
import type { SigmaRule } from "@telltale/sigma";

type Expression = SigmaRule["detection"];

/** The fields that a rule asks for, each once, with the other fields it compares them to. */
export function fieldsOf(expression: Expression, found = new Set<string>()): Set<string> {
  if (expression.op === "not") fieldsOf(expression.arg, found);
  else if (expression.op === "test") {
    if (expression.field !== null) found.add(expression.field);
    if (expression.test.kind === "fieldref") found.add(expression.test.field);
  } else for (const each of expression.args) fieldsOf(each, found);
  return found;
}
