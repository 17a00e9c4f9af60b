// SPDX-License-Identifier: Apache-2.0
import { openAlerts, type OpenAlertsOptions, type OpenedAlerts } from "./alert/open.js";
import type { Closing } from "./closing.js";
import type { Protection } from "./protect/open.js";
import { openRespond, type Responding } from "./respond/open.js";
import type { OpenedRules } from "./rules/open.js";

/** What people decide at: alerts, who is told of them, and what applications are told to do. */
export type Desks = Omit<Responding, "close"> & Omit<OpenedAlerts, "close">;

export interface DesksOptions extends Omit<OpenAlertsOptions, "rules" | "ruleFolders"> {
  readonly rules: OpenedRules;
  readonly protection: Pick<Protection, "store" | "plan">;
  readonly closing: Closing;
}

export async function openDesks(options: DesksOptions): Promise<Desks> {
  const { config, rules, protection, closing } = options;
  const inForce = () => rules.inForce.current().set;
  const { close, ...alerting } = await openAlerts({ ...options, rules: inForce, ruleFolders: rules.folders });
  closing.add(close);
  const { decisions, decisionStream, ...responding } = await openRespond({
    ...options,
    alerts: alerting.alerts,
    keys: protection.store,
    policy: protection.plan.policy,
    rules: inForce,
    byRules: config.respondRules,
  });
  closing.add(() => responding.close());
  return { ...alerting, decisions, decisionStream };
}
