// SPDX-License-Identifier: Apache-2.0
import type { CompiledPolicy } from "@telltale/protect";
import type { RuleSet, SigmaRespond } from "@telltale/sigma";
import type { AlertStore } from "../alert/alert.js";
import type { Metrics } from "../metrics.js";
import type { RevealKeys } from "../protect/reveal.js";
import type { SealingSelfLog } from "../self-log.js";
import type { State } from "../state/state.js";
import { createDecisionStream, type DecisionStream } from "./decision-stream.js";
import { openDecisions, type Decisions } from "./decisions.js";
import { RuleResponder } from "./rule-responder.js";

export interface RespondOptions {
  readonly state: State;
  readonly selfLog: SealingSelfLog;
  readonly metrics: Metrics;
  readonly alerts: Pick<AlertStore, "subscribe" | "list">;
  readonly keys: Pick<RevealKeys, "aliasOf" | "nameOf">;
  /** The rules in force. */
  readonly rules: () => RuleSet;
  /** Rules may decide by themselves. */
  readonly byRules: boolean;
  readonly policy: CompiledPolicy | undefined;
  readonly onError: (error: unknown) => void;
}

export interface Responding {
  readonly decisions: Decisions;
  readonly decisionStream: DecisionStream;
  close(): Promise<void>;
}

/** What a rule asks for, by the id that its alerts name: that of the document, else its name or title. */
function respondIn(rules: RuleSet, ruleId: string): SigmaRespond | undefined {
  const found = [...rules.rules, ...rules.correlations].find(({ id }) => id === ruleId);
  return found?.document.respond;
}

/**
 * False where a policy may hide `client.ip`: what stands there can be a token, and a token of an address is the address of
 * somebody else.
 */
function hasPlainAddresses(policy: CompiledPolicy | undefined): boolean {
  if (policy === undefined) return true;
  const all = [policy, ...policy.tenants.map(([, rules]) => rules)];
  return all.every(
    ({ kinds, fields }) =>
      kinds.every(([kind, act]) => kind !== "ip" || act === "keep") &&
      fields.every(({ path: [first = ""], act }) => act === "keep" || !["client", "*", "**"].includes(first)),
  );
}

/** Decisions, who follows them, and the rules that make some. */
export async function openRespond(options: RespondOptions): Promise<Responding> {
  const { metrics, alerts, rules, byRules, policy, onError } = options;
  const now = Date.now;
  const decisions = await openDecisions({ ...options, now });
  const stream = createDecisionStream({ decisions, metrics, now });
  const responder = byRules
    ? new RuleResponder({
        alerts,
        decisions,
        respondOf: (ruleId) => respondIn(rules(), ruleId),
        hasPlainAddresses: hasPlainAddresses(policy),
        now,
        onError,
      })
    : undefined;
  await responder?.start();
  return {
    decisions,
    decisionStream: stream,
    async close() {
      await responder?.close();
      stream.close();
      await decisions.close();
    },
  };
}
