// SPDX-License-Identifier: Apache-2.0
import { BlockList, isIP } from "node:net";
import { RESPOND_FIELDS, type SigmaRespond } from "@telltale/sigma";
import type { Alert, AlertStore } from "../alert/alert.js";
import type { Decisions } from "./decisions.js";

export interface RuleResponderOptions {
  readonly alerts: Pick<AlertStore, "subscribe" | "list">;
  readonly decisions: Pick<Decisions, "make" | "newestOf">;
  /** What the rule of this id asks for; undefined: nothing. */
  readonly respondOf: (ruleId: string) => SigmaRespond | undefined;
  /** False where the policy hides addresses: a token of an address is the address of somebody else. */
  readonly hasPlainAddresses: boolean;
  readonly now: () => number;
  readonly onError: (error: unknown) => void;
}

const OWN = new BlockList();
OWN.addSubnet("127.0.0.0", 8, "ipv4");
OWN.addAddress("::1", "ipv6");

/** A machine that speaks to itself is a proxy or a check of health; to block it blocks everybody. */
function isOwn(value: string): boolean {
  const family = isIP(value);
  return family !== 0 && OWN.check(value, family === 4 ? "ipv4" : "ipv6");
}

/**
 * Makes the decisions that rules ask for when an alert is raised, and again when it goes on after one has run out. One that a
 * person has lifted is not made again for the same alert.
 */
export class RuleResponder {
  readonly #options: RuleResponderOptions;
  readonly #busy = new Set<string>();
  readonly #running = new Set<Promise<void>>();
  #unsubscribe: (() => void) | undefined;

  constructor(options: RuleResponderOptions) {
    this.#options = options;
  }

  /** Also catches up with alerts that were raised just before the process died. */
  async start(): Promise<void> {
    const { alerts } = this.#options;
    this.#unsubscribe = alerts.subscribe((alert, change) => {
      if (change !== "decided") this.#consider(alert);
    });
    const { alerts: open } = await alerts.list({ status: "open", limit: 200 });
    for (const alert of open) this.#consider(alert);
  }

  async close(): Promise<void> {
    this.#unsubscribe?.();
    await Promise.all(this.#running);
  }

  #consider(alert: Alert): void {
    const wanted = this.#options.respondOf(alert.ruleId);
    if (wanted === undefined || alert.status === "resolved" || this.#busy.has(alert.id)) return;
    this.#busy.add(alert.id);
    const work = this.#respond(alert, wanted)
      .catch(this.#options.onError)
      .finally(() => {
        this.#busy.delete(alert.id);
        this.#running.delete(work);
      });
    this.#running.add(work);
  }

  async #respond(alert: Alert, { decision: kind, about, forMs }: SigmaRespond): Promise<void> {
    const { decisions, hasPlainAddresses, now } = this.#options;
    const value = alert.group[RESPOND_FIELDS[about]];
    if (value === undefined || value === "") return;
    if (about === "ip" && (!hasPlainAddresses || isOwn(value))) return;
    const before = await decisions.newestOf(alert.id);
    const isLifted = before?.ended !== undefined && Date.parse(before.ended) < before.expires;
    const isNewer = before === undefined || alert.lastTime > before.expires;
    if (isLifted || !isNewer || alert.lastTime + forMs <= now()) return;
    await decisions.make(
      {
        kind,
        target: { type: about, value },
        reason: `Rule ${alert.ruleId}: ${alert.title}`.slice(0, 500),
        forMs,
        alert: alert.id,
      },
      { kind: "system", id: "respond", name: "rule" },
    );
  }
}
