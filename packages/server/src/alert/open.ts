// SPDX-License-Identifier: Apache-2.0
import { LogError } from "@telltale/log";
import type { RuleSet } from "@telltale/sigma";
import type { LoadedConfig } from "../config/config.js";
import type { Metrics } from "../metrics.js";
import type { SealingSelfLog } from "../self-log.js";
import type { State } from "../state/state.js";
import type { AlertStore } from "./alert.js";
import { Exceptions } from "./exceptions/exceptions.js";
import { toScope } from "./exceptions/scope.js";
import { configuredChannels } from "./notify/configured.js";
import { createNoticeQueue, NO_NOTICES } from "./notify/notice-queue.js";
import { openNotifications, type Notifications } from "./notify/notifications.js";
import { startNotifier } from "./notify/notifier.js";
import { Runbooks } from "./runbook.js";
import { createAlertStore } from "./store.js";

/** How often is looked for what time has ended: snoozes and exceptions. */
const LOOK_MS = 5_000;

export interface OpenAlertsOptions extends Pick<LoadedConfig, "config" | "secrets"> {
  readonly state: State;
  readonly selfLog: SealingSelfLog;
  readonly metrics: Metrics;
  /** The rules in force. */
  readonly rules: () => RuleSet;
  /** Where their files are. */
  readonly ruleFolders: readonly string[];
  readonly onError: (error: unknown) => void;
}

export interface OpenedAlerts {
  readonly alerts: AlertStore;
  readonly exceptions: Exceptions;
  readonly runbooks: Runbooks;
  readonly notifications: Notifications;
  close(): Promise<void>;
}

/** The alerts, their exceptions, and what tells them to the outside. */
export async function openAlerts({
  config,
  secrets,
  rules,
  ruleFolders,
  ...parts
}: OpenAlertsOptions): Promise<OpenedAlerts> {
  const { channels, routes, publicUrl } = configuredChannels({ config, secrets });
  const lifecycle = channels.filter((each) => each.hasLifecycle).map((each) => each.name);
  const now = Date.now;
  const notices =
    channels.length === 0 ? NO_NOTICES : createNoticeQueue({ routes, lifecycle, publicUrl, now });
  const { alertLevel } = config;
  const alerts = createAlertStore({ ...parts, alertLevel, notices });
  const scopeOf = (ruleId: string) => toScope(rules(), ruleId);
  const exceptions = await Exceptions.open({ ...parts, now, scopeOf });
  const made = channels.map((each) => ({ ...each, channel: each.create() }));
  const notifier = startNotifier({ ...parts, channels: made, publicUrl });
  const notifications = await openNotifications({ ...parts, channels: made, notifier, publicUrl, now });
  const unsubscribe = alerts.subscribe(() => notifier.wake());
  const stopLooking = startLooking(alerts, exceptions, parts.onError);
  return {
    alerts,
    exceptions,
    runbooks: new Runbooks(rules, ruleFolders),
    notifications,
    async close() {
      unsubscribe();
      await stopLooking();
      await notifier.close();
    },
  };
}

function startLooking(
  alerts: Pick<AlertStore, "wake">,
  exceptions: Pick<Exceptions, "look" | "flush">,
  onError: (error: unknown) => void,
): () => Promise<void> {
  let looking: Promise<void> | undefined;
  const look = async (): Promise<void> => {
    try {
      await alerts.wake();
      await exceptions.look();
    } catch (error) {
      // A log that cannot be written says so itself; the event waits in the state and is sealed later.
      if (!(error instanceof LogError)) onError(error);
    }
  };
  const timer = setInterval(() => {
    looking ??= look().finally(() => {
      looking = undefined;
    });
  }, LOOK_MS);
  timer.unref();
  return async () => {
    clearInterval(timer);
    await looking;
    await exceptions.flush();
  };
}
