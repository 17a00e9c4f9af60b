// SPDX-License-Identifier: Apache-2.0
import type { Alert, AlertLevel } from "../alert.js";
import { toLevelOrder } from "../grouping.js";

/** Which alerts a channel is told. All that is said must hold; of a list one entry is enough. */
export interface Route {
  readonly to: readonly string[];
  /** At least this severe. */
  readonly level: AlertLevel | undefined;
  /** Tags, each whole or with `*` at its end. */
  readonly tags: readonly string[];
  /** Ids of rules, each whole or with `*` at its end. */
  readonly rules: readonly string[];
  readonly tenants: readonly string[];
  /** Another channel, told when nobody has acted so long after. */
  readonly escalate: { readonly afterMs: number; readonly to: string } | undefined;
}

/** Where an alert goes. */
export interface Destinations {
  readonly channels: readonly string[];
  /** Channels that are told later; of several routes the soonest. */
  readonly escalations: ReadonlyMap<string, number>;
}

function fits(patterns: readonly string[], values: readonly string[]): boolean {
  if (patterns.length === 0) return true;
  return patterns.some((pattern) =>
    pattern.endsWith("*")
      ? values.some((value) => value.startsWith(pattern.slice(0, -1)))
      : values.includes(pattern),
  );
}

function matches(route: Route, alert: Alert, tenant: string): boolean {
  return (
    (route.level === undefined || toLevelOrder(alert.level) >= toLevelOrder(route.level)) &&
    fits(
      route.tags.map((tag) => tag.toLowerCase()),
      alert.tags.map((tag) => tag.toLowerCase()),
    ) &&
    fits(route.rules, [alert.ruleId]) &&
    fits(route.tenants, [tenant])
  );
}

/** Every route that fits adds its channels; a channel is told once. */
export function routeAlert(routes: readonly Route[], alert: Alert, tenant: string): Destinations {
  const channels = new Set<string>();
  const escalations = new Map<string, number>();
  for (const route of routes) {
    if (!matches(route, alert, tenant)) continue;
    for (const name of route.to) channels.add(name);
    if (route.escalate === undefined) continue;
    const { to, afterMs } = route.escalate;
    escalations.set(to, Math.min(afterMs, escalations.get(to) ?? Number.POSITIVE_INFINITY));
  }
  // Who is told at once need not be told again because nobody acted.
  for (const name of channels) escalations.delete(name);
  return { channels: [...channels], escalations };
}
