// SPDX-License-Identifier: Apache-2.0
import { createHash } from "node:crypto";
import type { SigmaDocument } from "@telltale/sigma";

/** A rule as the event of a change names it. */
export interface RuleMark {
  readonly id: string;
  readonly title: string;
  /** First 16 hex digits of the SHA-256 over what the document says; where it stands in which file does not matter. */
  readonly fingerprint: string;
}

/** What another set of rules has that the one before had not. */
export interface RuleChanges {
  readonly added: readonly RuleMark[];
  readonly removed: readonly RuleMark[];
  readonly changed: readonly (RuleMark & { readonly before: string })[];
}

/** Makes the marks of documents, sorted by id. Documents without an id go by their name, else their title. */
export function markRules(documents: readonly SigmaDocument[]): RuleMark[] {
  return documents
    .map((document) => ({
      id: document.id ?? document.name ?? document.title,
      title: document.title,
      fingerprint: fingerprintOf(document),
    }))
    .sort((a, b) => (a.id < b.id ? -1 : a.id > b.id ? 1 : 0));
}

function fingerprintOf(document: SigmaDocument): string {
  const text = JSON.stringify(document, (key, value: unknown) => {
    if (key === "place") return undefined;
    return value instanceof Map ? [...(value as ReadonlyMap<string, unknown>)] : value;
  });
  return createHash("sha256").update(text).digest("hex").slice(0, 16);
}

/** Compares two sets. */
export function compareRules(before: readonly RuleMark[], after: readonly RuleMark[]): RuleChanges {
  const old = new Map(before.map((each) => [each.id, each]));
  const now = new Set(after.map(({ id }) => id));
  const changed = after.flatMap((each) => {
    const was = old.get(each.id)?.fingerprint;
    return was === undefined || was === each.fingerprint ? [] : [{ ...each, before: was }];
  });
  return {
    added: after.filter(({ id }) => !old.has(id)),
    removed: before.filter(({ id }) => !now.has(id)),
    changed,
  };
}

/** False when both sets say the same. */
export function isChange({ added, removed, changed }: RuleChanges): boolean {
  return added.length + removed.length + changed.length > 0;
}
