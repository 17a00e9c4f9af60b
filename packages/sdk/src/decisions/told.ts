// SPDX-License-Identifier: Apache-2.0

/** The hardest first. */
export const DECISION_KINDS = ["block", "revoke_session", "step-up"] as const;
/** `block`: do not serve. `revoke_session`: end what was signed in before. `step-up`: ask for more proof. */
export type DecisionKind = (typeof DECISION_KINDS)[number];

const TARGET_TYPES = ["actor", "ip", "session"] as const;

/** A decision as the server tells it, checked. Times are spans, so the two clocks need not agree. */
export interface Told {
  readonly id: string;
  readonly kind: DecisionKind;
  readonly target: { readonly type: (typeof TARGET_TYPES)[number]; readonly value: string };
  readonly reason: string;
  readonly leftMs: number;
  readonly agoMs: number;
}

/** No decision holds for longer. */
const MAX_SPAN_MS = 90 * 86_400_000;

function span(value: unknown): number | undefined {
  return typeof value === "number" && value >= 0 ? Math.min(value, MAX_SPAN_MS) : undefined;
}

/** Undefined for what is no decision, or one of a kind that this version does not know. */
export function parseTold(value: unknown): Told | undefined {
  if (typeof value !== "object" || value === null) return undefined;
  const { id, kind: given, target, reason, leftMs, agoMs } = value as Record<string, unknown>;
  if (typeof id !== "string" || id === "" || id.length > 64) return undefined;
  if (typeof target !== "object" || target === null) return undefined;
  const { type: written, value: text } = target as Record<string, unknown>;
  const kind = DECISION_KINDS.find((each) => each === given);
  const type = TARGET_TYPES.find((each) => each === written);
  const left = span(leftMs);
  if (kind === undefined || type === undefined || left === undefined) return undefined;
  if (typeof text !== "string" || text === "" || text.length > 256) return undefined;
  return {
    id,
    kind,
    target: { type, value: text },
    reason: typeof reason === "string" ? reason.slice(0, 500) : "",
    leftMs: left,
    agoMs: span(agoMs) ?? 0,
  };
}
