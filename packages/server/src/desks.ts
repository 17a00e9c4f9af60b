// SPDX-License-Identifier: Apache-2.0
import type { AlertStore } from "./alert/alert.js";
import type { Notifications } from "./alert/notify/notifications.js";
import { openAlerts, type OpenAlertsOptions } from "./alert/open.js";
import type { Closing } from "./closing.js";
import type { LoadedRules } from "./pipeline/rules.js";
import type { Protection } from "./protect/open.js";
import { openRespond, type Responding } from "./respond/open.js";

/** What people decide at: alerts, who is told of them, and what applications are told to do. */
export interface Desks extends Omit<Responding, "close"> {
  readonly alerts: AlertStore;
  readonly notifications: Notifications;
}

export interface DesksOptions extends OpenAlertsOptions {
  readonly rules: LoadedRules;
  readonly protection: Pick<Protection, "store" | "plan">;
  readonly closing: Closing;
}

export async function openDesks(options: DesksOptions): Promise<Desks> {
  const { config, rules, protection, closing } = options;
  const { alerts, notifications, ...alerting } = await openAlerts(options);
  closing.add(() => alerting.close());
  const { decisions, decisionStream, ...responding } = await openRespond({
    ...options,
    alerts,
    keys: protection.store,
    policy: protection.plan.policy,
    rules: () => rules.set,
    byRules: config.respondRules,
  });
  closing.add(() => responding.close());
  return { alerts, notifications, decisions, decisionStream };
}
