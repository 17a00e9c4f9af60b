// SPDX-License-Identifier: Apache-2.0
import { useState } from "react";
import type { Alert, AlertPatch } from "../../shared/api/alert-types.js";
import { useHotkeys } from "../../shared/hotkeys.js";
import { say } from "../../shared/ui/toast.js";
import type { AlertsSearch } from "./search-state.js";

interface AlertKeysInput {
  alerts: readonly Alert[];
  open: Alert | undefined;
  change: (part: Partial<AlertsSearch>, replace?: boolean) => void;
  decide: (alert: Alert, patch: AlertPatch) => Promise<boolean>;
  me: string;
  allowed: boolean;
  /** Marks or unmarks one for a change of many. */
  select: (id: string) => void;
  /** Something is marked: keys that decide act on all of it. */
  hasSelection: boolean;
  takeSelection: () => void;
  clearSelection: () => void;
}

export const VERDICT_BUTTON = "alert-verdict";
export const RESOLVE_BUTTON = "alert-resolve";
export const COMMENT_FIELD = "alert-comment";
export const SNOOZE_BUTTON = "alert-snooze";
export const EXCEPTION_BUTTON = "alert-exception";
export const BULK_VERDICT = "alerts-verdict";
export const BULK_RESOLVE = "alerts-resolve";
export const BULK_SNOOZE = "alerts-snooze";

/** Presses a control of the details once they are on the screen. */
function press(id: string, how: "click" | "focus"): void {
  requestAnimationFrame(() => {
    const control = document.getElementById(id);
    // What it opens stands beside it, so it must be where people look.
    control?.scrollIntoView({ block: "nearest" });
    control?.[how]();
  });
}

/** Triage without the mouse. Keys act on the open alert, else on the marked one, which they open. */
export function useAlertKeys(input: AlertKeysInput): number {
  const { alerts, open, change, decide, me, allowed, hasSelection } = input;
  const [at, setAt] = useState<string>();
  const openId = open?.id;
  const [followed, setFollowed] = useState<string>();
  if (openId !== followed) {
    // The place follows the details, and stays when they close.
    setFollowed(openId);
    if (openId !== undefined) setAt(openId);
  }
  const cursor = at === undefined ? -1 : alerts.findIndex((alert) => alert.id === at);

  const step = (by: 1 | -1) => {
    const next = alerts[cursor === -1 ? 0 : Math.min(alerts.length - 1, Math.max(0, cursor + by))];
    if (next === undefined) return;
    setAt(next.id);
    if (openId !== undefined) change({ alert: next.id }, true);
  };
  const act = (action: (alert: Alert) => void) => () => {
    const alert = open ?? alerts[cursor];
    if (alert === undefined) return;
    if (!allowed) return say("Your role may read alerts but not decide on them.");
    action(alert);
  };
  /** Of all that are marked where any are, else of the one. */
  const many = (all: () => void, action: (alert: Alert) => void) => (hasSelection ? all : act(action));
  const openAnd = (id: string, how: "click" | "focus") =>
    act((alert) => {
      if (openId !== alert.id) change({ alert: alert.id });
      press(id, how);
    });
  useHotkeys({
    j: () => step(1),
    k: () => step(-1),
    ArrowDown: () => step(1),
    ArrowUp: () => step(-1),
    Enter: () => {
      const alert = alerts[cursor];
      if (alert !== undefined) change({ alert: alert.id });
    },
    Escape: () => {
      if (openId === undefined && hasSelection) input.clearSelection();
      else change({ alert: undefined });
    },
    x: () => {
      const alert = alerts[cursor] ?? alerts[0];
      if (alert === undefined) return;
      setAt(alert.id);
      input.select(alert.id);
    },
    a: many(input.takeSelection, (alert) => {
      void decide(alert, {
        assignee: me,
        ...(alert.status === "new" ? { status: "in_progress" as const } : {}),
      });
    }),
    n: act((alert) => {
      if (alert.status !== "new") void decide(alert, { status: "new" });
    }),
    v: hasSelection ? () => press(BULK_VERDICT, "click") : openAnd(VERDICT_BUTTON, "click"),
    r: hasSelection ? () => press(BULK_RESOLVE, "click") : openAnd(RESOLVE_BUTTON, "click"),
    s: hasSelection ? () => press(BULK_SNOOZE, "click") : openAnd(SNOOZE_BUTTON, "click"),
    e: openAnd(EXCEPTION_BUTTON, "click"),
    c: openAnd(COMMENT_FIELD, "focus"),
  });
  return cursor;
}
