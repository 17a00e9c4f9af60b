// SPDX-License-Identifier: Apache-2.0
import type { ExplainedNode, Explanation, SeenValues } from "./explain.js";

const HEADS = { and: "all of these", or: "any of these", not: "none of this" } as const;

/** An explanation as lines of text: a tree with `+` for what holds and `-` for what does not, `>` before what decides. */
export function renderExplanation(explanation: Explanation): string {
  const { title, ruleId, fires, detection, exceptions } = explanation;
  const excluding = exceptions.find((one) => one.detection.holds);
  const reason = fires
    ? "fires"
    : detection.holds
      ? `is excluded by "${excluding?.title ?? ""}"`
      : "does not fire";
  const lines = [`${title} (${ruleId}) ${reason}`, ...renderNode(detection, 1)];
  for (const one of exceptions) {
    lines.push(`  filter "${one.title}" ${one.detection.holds ? "excludes it" : "does not apply"}`);
    lines.push(...renderNode(one.detection, 2));
  }
  return `${lines.join("\n")}\n`;
}

function renderNode(node: ExplainedNode, depth: number): string[] {
  const start = `${node.decides ? ">" : " "} ${"  ".repeat(depth)}${node.holds ? "+" : "-"} `;
  const name = node.name === undefined ? "" : `${node.name}: `;
  if (node.op === "test") return [`${start}${name}${renderTest(node)}`];
  const lines = [`${start}${name}${HEADS[node.op]}`];
  for (const arg of node.args) lines.push(...renderNode(arg, depth + 1));
  if (node.omitted > 0) lines.push(`  ${"  ".repeat(depth + 1)}… and ${node.omitted} more`);
  return lines;
}

function renderTest(node: Extract<ExplainedNode, { op: "test" }>): string {
  const { reference } = node;
  const seen = `${node.field === null ? "any value" : node.field} ${node.wanted}; it ${renderValues(node.values)}`;
  return reference === undefined ? seen : `${seen}; ${reference.field} ${renderValues(reference.values)}`;
}

function renderValues(values: SeenValues): string {
  if (values === undefined) return "is missing";
  return `holds ${values.length === 0 ? "nothing" : values.map((value) => JSON.stringify(value)).join(", ")}`;
}
