// SPDX-License-Identifier: Apache-2.0
import type { ProtectedField, SentEvent } from "./shape.js";

/**
 * Records what was hidden in an event, beside what its sender hid before: the SDK protects and the server protects
 * again. Writes `event.protected` in place; a second policy is added as `first+second`.
 */
export function addProtected(event: SentEvent, policy: string, fields: readonly ProtectedField[]): void {
  const before = event.protected;
  if (before === undefined) {
    event.protected = { policy, fields: [...fields] };
    return;
  }
  const isKnown = (field: ProtectedField): boolean => before.fields.some(({ path }) => path === field.path);
  const policies = before.policy.split("+");
  event.protected = {
    policy: policies.includes(policy) ? before.policy : `${before.policy}+${policy}`,
    fields: [...before.fields, ...fields.filter((field) => !isKnown(field))],
  };
}
