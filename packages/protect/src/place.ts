// SPDX-License-Identifier: Apache-2.0

/** Names and indices from the event down to a field; what stands behind the field's own depth is of no meaning. */
export type Steps = readonly (string | number)[];

/** A longer name of a changed field is looked up by no rule. */
export const LONGEST_LABEL = 1024;

/** An entry of `changes`. */
export function isChange(steps: Steps, depth: number): boolean {
  return depth === 2 && steps[0] === "changes";
}

/** Fields that other parts of the event are understood by. */
export function isFixed(steps: Steps, depth: number, key: string): boolean {
  if (key === "type") return (depth === 1 && steps[0] === "actor") || (depth === 2 && steps[0] === "targets");
  return key === "field" && isChange(steps, depth);
}

/** Where any JSON may stand, and not what the schema of an event asks for. */
export function isDetail(steps: Steps, depth: number): boolean {
  return (depth > 0 && steps[0] === "data") || (depth > 1 && steps[0] === "changes");
}
