// SPDX-License-Identifier: Apache-2.0
// The events of the company of `npm run measure:learn`, and its calendar.

export const USERS = 500;
export const LEAD_DAYS = 21;
export const MONTH_DAYS = 28;
export const DAY = 86_400_000;
export const HOUR = 3_600_000;
/** A Monday. */
export const START = Date.parse("2026-08-31T00:00:00.000Z");
export const MONTH_START = START + LEAD_DAYS * DAY;
/** Days since the start on which most of the company does not work. */
export const HOLIDAYS = new Set([LEAD_DAYS + 9, LEAD_DAYS + 22]);

export const FAR = ["BR", "VN", "KE", "PE", "ID", "UA", "EG"];
export const AGENTS = [
  "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/149.0.0.0 Safari/537.36",
  "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/149.0.0.0 Safari/537.36 Edg/149.0",
  "Mozilla/5.0 (X11; Linux x86_64; rv:149.0) Gecko/20100101 Firefox/149.0",
  "Mozilla/5.0 (Macintosh; Intel Mac OS X 14_5) AppleWebKit/605.1.15 Version/18.0 Safari/605.1.15",
  "Mozilla/5.0 (iPhone; CPU iPhone OS 19_1 like Mac OS X) AppleWebKit/605.1.15 Version/19.1 Mobile Safari/604.1",
  "Mozilla/5.0 (Linux; Android 16; Pixel 9) AppleWebKit/537.36 Chrome/149.0.0.0 Mobile Safari/537.36",
];

/** Action, route, level, weight within an hour's work. */
export const W = {
  read: ["sensitive_read", "/orders/:id", "warn"],
  order: ["api_request", "/orders", "info"],
  update: ["user_updated", "/users/:id", "warn"],
  contact: ["api_request", "/contacts", "info"],
  deal: ["api_request", "/deals/:id", "info"],
  export: ["data_exported", "/export", "warn"],
  stock: ["api_request", "/stock", "info"],
  authorize: ["transaction_authorized", "/payments/:id", "info"],
  refund: ["transaction_refunded", "/refunds", "info"],
  payout: ["transaction_payout", "/payouts", "info"],
  limit: ["transaction_limit_changed", "/limits", "warn"],
  userCreate: ["user_created", "/users", "warn"],
  grant: ["authz_change", "/users/:id/role", "warn"],
  config: ["config_changed", "/config", "warn"],
  impersonate: ["impersonation_started", "/impersonate", "warn"],
  key: ["apikey_created", "/keys", "warn"],
  report: ["api_request", "/reports/:id", "info"],
};

export function address(random, block) {
  return `${block}.${random.below(256)}.${random.below(256)}.${1 + random.below(250)}`;
}

export function toClient({ ip, country, agent }) {
  return { ip, country, userAgent: agent };
}

export function toDeed(ms, name, app, who) {
  const [action, route, level] = W[name];
  return event(ms, { ...who, app, action, route, level });
}

let serial = 0;
export function event(ms, { via, app, action, outcome = "success", level = "info", route, actor, client }) {
  const time = new Date(Math.floor(ms)).toISOString();
  return {
    ms: Math.floor(ms),
    received: time,
    via,
    v: 1,
    id: `e${serial++}`,
    time,
    source: { app },
    action,
    outcome,
    level,
    ...(actor === undefined ? {} : { actor }),
    ...(client === undefined ? {} : { client }),
    ...(route === undefined ? {} : { request: { method: "POST", route } }),
  };
}
