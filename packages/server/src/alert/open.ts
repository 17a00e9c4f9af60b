// SPDX-License-Identifier: Apache-2.0
import type { LoadedConfig } from "../config/config.js";
import type { Metrics } from "../metrics.js";
import type { SelfLog } from "../self-log.js";
import type { State } from "../state/state.js";
import type { AlertStore } from "./alert.js";
import { startNotifier } from "./notify/notifier.js";
import { createWebhook } from "./notify/webhook.js";
import { createAlertStore } from "./store.js";

export interface OpenAlertsOptions extends Pick<LoadedConfig, "config" | "secrets"> {
  readonly state: State;
  readonly selfLog: SelfLog;
  readonly metrics: Metrics;
  readonly onError: (error: unknown) => void;
}

/** The alerts, and what tells them to the outside. */
export function openAlerts({ config, secrets, ...parts }: OpenAlertsOptions): {
  alerts: AlertStore;
  close(): Promise<void>;
} {
  const channels =
    config.webhook === undefined || secrets.webhook === undefined
      ? []
      : [createWebhook({ ...config.webhook, secret: secrets.webhook.reveal() })];
  const alerts = createAlertStore({ ...parts, channels: channels.map((each) => each.name) });
  const notifier = startNotifier({ ...parts, channels });
  const unsubscribe = alerts.subscribe(() => notifier.wake());
  return {
    alerts,
    async close() {
      unsubscribe();
      await notifier.close();
    },
  };
}
