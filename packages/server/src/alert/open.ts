// SPDX-License-Identifier: Apache-2.0
import type { LoadedConfig } from "../config/config.js";
import type { Metrics } from "../metrics.js";
import type { SealingSelfLog } from "../self-log.js";
import type { State } from "../state/state.js";
import type { AlertStore } from "./alert.js";
import { configuredChannels } from "./notify/configured.js";
import { createNoticeQueue, NO_NOTICES } from "./notify/notice-queue.js";
import { openNotifications, type Notifications } from "./notify/notifications.js";
import { startNotifier } from "./notify/notifier.js";
import { createAlertStore } from "./store.js";

export interface OpenAlertsOptions extends Pick<LoadedConfig, "config" | "secrets"> {
  readonly state: State;
  readonly selfLog: SealingSelfLog;
  readonly metrics: Metrics;
  readonly onError: (error: unknown) => void;
}

/** The alerts, and what tells them to the outside. */
export async function openAlerts({ config, secrets, ...parts }: OpenAlertsOptions): Promise<{
  alerts: AlertStore;
  notifications: Notifications;
  close(): Promise<void>;
}> {
  const { channels, routes, publicUrl } = configuredChannels({ config, secrets });
  const lifecycle = channels.filter((each) => each.hasLifecycle).map((each) => each.name);
  const now = Date.now;
  const notices =
    channels.length === 0 ? NO_NOTICES : createNoticeQueue({ routes, lifecycle, publicUrl, now });
  const alerts = createAlertStore({ ...parts, notices });
  const made = channels.map((each) => ({ ...each, channel: each.create() }));
  const notifier = startNotifier({ ...parts, channels: made, publicUrl });
  const notifications = await openNotifications({ ...parts, channels: made, notifier, publicUrl, now });
  const unsubscribe = alerts.subscribe(() => notifier.wake());
  return {
    alerts,
    notifications,
    async close() {
      unsubscribe();
      await notifier.close();
    },
  };
}
