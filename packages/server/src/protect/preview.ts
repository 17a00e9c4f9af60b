// SPDX-License-Identifier: Apache-2.0
import { EventError, uuidV7 } from "@telltale/event";
import { type CompiledPolicy, createProtector, type ProtectedField } from "@telltale/protect";
import { createThrowawayActs } from "@telltale/protect/acts";
import { compileUserPatterns } from "@telltale/protect/patterns";
import { normalize } from "../pipeline/normalize/normalize.js";
import type { Refusal } from "../pipeline/prepare.js";

/** What would become of an event. Nothing of what was sent is in it. */
export interface EventPreview {
  /** As it would be stored. */
  readonly event: Record<string, unknown>;
  readonly fields: readonly ProtectedField[];
  /** Credentials whose owner would be told. */
  readonly sure: readonly { readonly path: string; readonly kind: string }[];
  /** Version of the policy. */
  readonly policy: string;
}

export interface TextPreview {
  readonly text: string;
  /** How many of each kind were hidden. */
  readonly found: readonly { readonly kind: string; readonly count: number }[];
  readonly policy: string;
}

export interface Previews {
  /** Refuses what would be refused as an event, for the same reasons. */
  ofEvent(input: unknown, tenant: string | undefined): EventPreview | Refusal;
  ofText(text: string): TextPreview;
}

/**
 * Says what the policy in force does with an event, without doing it. Keeps nothing, logs nothing, and has no real key: see
 * {@link createThrowawayActs}.
 */
export function createPreviews(parts: { policy?: CompiledPolicy | undefined; now: () => number }): Previews {
  const { policy, now } = parts;
  const acts = createThrowawayActs();
  const protector = createProtector({
    ...(policy === undefined ? {} : { policy }),
    ...(policy === undefined || policy.patterns.length === 0
      ? {}
      : { patterns: compileUserPatterns(policy.patterns) }),
    acts,
    subjects: acts,
  });
  return {
    ofEvent(input, tenant) {
      const received = new Date(now()).toISOString();
      const sender = { received, via: "preview", ...(tenant === undefined ? {} : { tenant }) };
      // An id that says that it is none: no two events have it, because none is sealed with it.
      const makeId = (): string => uuidV7(now(), new Uint8Array(10));
      try {
        const { event } = normalize(input, sender, makeId);
        const context = tenant === undefined ? { received } : { tenant, received };
        const preview = protector.preview(event as unknown as Record<string, unknown>, context);
        return { ...preview, policy: protector.policy };
      } catch (error) {
        if (!(error instanceof EventError)) throw error;
        return { code: error.code, message: error.message };
      }
    },
    ofText(text) {
      const { text: shown, found } = protector.protectText(text);
      const counts = new Map<string, number>();
      for (const { kind } of found) counts.set(kind, (counts.get(kind) ?? 0) + 1);
      return {
        text: shown,
        found: [...counts].map(([kind, count]) => ({ kind, count })),
        policy: protector.policy,
      };
    },
  };
}
