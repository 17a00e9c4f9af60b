// SPDX-License-Identifier: Apache-2.0
import { uuidV7, type SentEvent } from "@telltale/event";
import { Random } from "./random.js";

/** Settings of ordinary traffic. */
export interface TrafficOptions {
  seed: number;
  /** Milliseconds since 1970 of the first event. */
  start: number;
  /** Milliseconds between two events. */
  stepMs: number;
  users?: number;
  apps?: readonly string[];
}

const AGENTS = [
  "Mozilla/5.0 (X11; Linux x86_64; rv:144.0) Gecko/20100101 Firefox/144.0",
  "ShopApp/8.2 (Android 16)",
  "ShopApp/8.2 (iOS 19.1)",
  "okhttp/4.12.0",
];

interface Kind {
  action: string;
  outcome: SentEvent["outcome"];
  level: SentEvent["level"];
  method: string;
  route: string;
  status: number;
  message: string;
}

const KINDS: readonly (Kind & { weight: number })[] = [
  {
    weight: 40,
    action: "api_request",
    outcome: "success",
    level: "info",
    method: "POST",
    route: "/orders",
    status: 201,
    message: "Order placed",
  },
  {
    weight: 22,
    action: "authn_login_success",
    outcome: "success",
    level: "info",
    method: "POST",
    route: "/login",
    status: 200,
    message: "User signed in",
  },
  {
    weight: 3,
    action: "authn_login_fail",
    outcome: "failure",
    level: "warn",
    method: "POST",
    route: "/login",
    status: 401,
    message: "User login attempt",
  },
  {
    weight: 12,
    action: "session_created",
    outcome: "success",
    level: "info",
    method: "POST",
    route: "/login",
    status: 200,
    message: "Session created",
  },
  {
    weight: 10,
    action: "sensitive_read",
    outcome: "success",
    level: "warn",
    method: "GET",
    route: "/orders/:id",
    status: 200,
    message: "Order read",
  },
  {
    weight: 6,
    action: "user_updated",
    outcome: "success",
    level: "info",
    method: "PUT",
    route: "/users/:id",
    status: 200,
    message: "Profile changed",
  },
  {
    weight: 1,
    action: "authz_fail",
    outcome: "denied",
    level: "critical",
    method: "GET",
    route: "/orders/:id",
    status: 403,
    message: "Not the owner of the order",
  },
  {
    weight: 6,
    action: "transaction_captured",
    outcome: "success",
    level: "info",
    method: "POST",
    route: "/payments",
    status: 200,
    message: "Payment captured",
  },
];

const TOTAL_WEIGHT = KINDS.reduce((sum, each) => sum + each.weight, 0);

/** An endless stream of ordinary events of an application, about 480 bytes each; nothing in it is an attack. */
export class Traffic {
  readonly #random: Random;
  readonly #options: Required<TrafficOptions>;
  #time: number;

  constructor(options: TrafficOptions) {
    this.#options = { users: 2000, apps: ["shop-api"], ...options };
    this.#random = new Random(options.seed);
    this.#time = options.start;
  }

  next(): SentEvent {
    const random = this.#random;
    const kind = this.#kind();
    // Most of the traffic comes from few users, but anybody may mistype a password once.
    const ordinary = kind.outcome === "success";
    const user = ordinary ? random.skewed(this.#options.users) : random.below(this.#options.users);
    const ms = this.#time;
    this.#time += this.#options.stepMs;
    const bytes = Uint8Array.from({ length: 10 }, () => random.below(256));
    const order = 10_000 + random.below(90_000);
    return {
      v: 1,
      id: uuidV7(ms, bytes),
      time: new Date(ms).toISOString(),
      source: { app: random.pick(this.#options.apps), env: "production", instance: `pod-${user % 7}` },
      action: kind.action,
      outcome: kind.outcome,
      level: kind.level,
      ...(kind.outcome === "failure" ? { reason: "bad_password" } : {}),
      message: kind.message,
      actor: { type: "user", id: `u${user}`, roles: ["customer"] },
      targets: [{ type: "order", id: String(order) }],
      client: {
        ip: `10.${(user >> 16) & 255}.${(user >> 8) & 255}.${user & 255}`,
        userAgent: AGENTS[user % AGENTS.length]!,
      },
      request: {
        id: random.hex(16),
        method: kind.method,
        path: kind.route.replace(":id", String(order)),
        route: kind.route,
        status: kind.status,
        durationMs: random.below(180),
      },
    };
  }

  #kind(): Kind {
    let at = this.#random.below(TOTAL_WEIGHT);
    for (const kind of KINDS) {
      at -= kind.weight;
      if (at < 0) return kind;
    }
    return KINDS[0]!;
  }
}
