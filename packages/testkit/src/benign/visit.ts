// SPDX-License-Identifier: Apache-2.0
import type { SecurityEvent } from "@telltale/event";
import type { Random } from "../random.js";
import type { Person } from "./people.js";
import { CARRIER } from "./people.js";
import type { Details, Recorder } from "./recorder.js";

const SECOND = 1000;
const MINUTE = 60 * SECOND;

type Client = NonNullable<SecurityEvent["client"]>;

/** One visit of one person to the application: from the first attempt to sign in to the end of the session. */
export class Visit {
  readonly #person: Person;
  readonly #random: Random;
  readonly #recorder: Recorder;
  readonly #session: string;
  #client: Client;
  #time: number;

  constructor(person: Person, start: number, atWork: boolean, random: Random, recorder: Recorder) {
    this.#person = person;
    this.#random = random;
    this.#recorder = recorder;
    this.#time = Math.round(start);
    this.#session = `s_${random.hex(16)}`;
    this.#client = this.#choosePlace(atWork);
  }

  #choosePlace(atWork: boolean): Client {
    const { office, home, isMobile, userAgent, phoneAgent, device, country } = this.#person;
    if (atWork && office !== undefined) return { ip: office, userAgent, country, device };
    if (isMobile && this.#random.next() < 0.5)
      return { ip: this.#random.pick(CARRIER), userAgent: phoneAgent, country, device: `${device}-m` };
    return { ip: home, userAgent, country, device };
  }

  /** Some seconds or minutes later. */
  #wait(least: number, most: number): void {
    this.#time += least + this.#random.below(most - least);
  }

  #add(action: string, details: Details = {}): void {
    const { id, role } = this.#person;
    const actor = { type: "user" as const, id, roles: [role], session: this.#session };
    this.#recorder.add(this.#time, action, { actor, client: this.#client, ...details });
  }

  #chance(probability: number): boolean {
    return this.#random.next() < probability;
  }

  run(): void {
    if (!this.#signIn()) return;
    this.#add("session_created");
    const acts = 2 + this.#random.skewed(40);
    for (let i = 0; i < acts; i++) {
      this.#wait(4 * SECOND, 150 * SECOND);
      // A telephone leaves the house: another address of the carrier, the same browser.
      if (this.#person.isMobile && this.#client.device !== this.#person.device && this.#chance(0.04))
        this.#client = { ...this.#client, ip: this.#random.pick(CARRIER) };
      this.#act();
    }
    this.#end();
  }

  /** False when the person gave up. */
  #signIn(): boolean {
    const { clumsiness, role } = this.#person;
    const request = { method: "POST", path: "/login", route: "/login", status: 401 };
    // A name that does not exist: one letter wrong.
    if (this.#chance(0.008)) {
      const { id } = this.#person;
      this.#add("authn_login_fail", {
        reason: "unknown_user",
        actor: { type: "user", id: `${id}x` },
        request,
      });
      this.#wait(5 * SECOND, 20 * SECOND);
    }
    let failures = 0;
    while (failures < 3 && this.#chance(clumsiness)) failures++;
    const forgot = this.#chance(0.004);
    if (forgot) failures = 3 + this.#random.below(4);
    for (let i = 0; i < failures; i++) {
      this.#add("authn_login_fail", { reason: "bad_password", request });
      this.#wait(4 * SECOND, 30 * SECOND);
    }
    if (forgot) {
      if (failures >= 5) this.#add("authn_login_lock");
      if (!this.#resetPassword()) return false;
    }
    if (!this.#secondFactor()) return false;
    const isNew = this.#chance(role === "customer" ? 0.012 : 0.004);
    this.#add(failures > 0 ? "authn_login_successafterfail" : "authn_login_success", {
      request: { ...request, status: 200 },
      ...(isNew ? { data: { newDevice: true } } : {}),
    });
    if (isNew) this.#settleOnDevice();
    return true;
  }

  #resetPassword(): boolean {
    const { id } = this.#person;
    const targets = [{ type: "user", id }];
    const asked = 1 + this.#random.skewed(4);
    for (let i = 0; i < asked; i++) {
      this.#wait(10 * SECOND, 4 * MINUTE);
      this.#add("password_reset_requested", { targets, actor: { type: "anonymous" } });
    }
    if (this.#chance(0.2)) return false;
    this.#wait(30 * SECOND, 5 * MINUTE);
    this.#add("password_reset_completed", { targets });
    this.#wait(5 * SECOND, 30 * SECOND);
    return true;
  }

  #secondFactor(): boolean {
    if (this.#person.role === "customer" && this.#person.clumsiness > 0.1) return true;
    this.#add("mfa_challenge_sent", { data: { phone: this.#person.phone } });
    this.#wait(4 * SECOND, 25 * SECOND);
    // The telephone lies in another room.
    for (let i = 0; i < 3 && this.#chance(0.015); i++) {
      this.#add("mfa_challenge_fail", { reason: "push_timeout" });
      this.#wait(20 * SECOND, 60 * SECOND);
    }
    for (let i = 0; i < 4 && this.#chance(0.04); i++) {
      this.#add("mfa_challenge_fail", { reason: "bad_code" });
      this.#wait(8 * SECOND, 30 * SECOND);
    }
    if (this.#chance(0.004)) return false;
    this.#add("mfa_challenge_success");
    this.#wait(SECOND, 3 * SECOND);
    return true;
  }

  /** What people do with a new telephone or computer. */
  #settleOnDevice(): void {
    const { phone } = this.#person;
    this.#wait(MINUTE, 5 * MINUTE);
    if (this.#chance(0.25)) {
      if (this.#chance(0.1)) this.#add("mfa_removed", { targets: [{ type: "user", id: this.#person.id }] });
      this.#add("mfa_enrolled", { data: { phone } });
    }
    this.#wait(MINUTE, 5 * MINUTE);
    if (this.#chance(0.04)) this.#add("authn_password_change");
  }

  #act(): void {
    const { role } = this.#person;
    if (this.#chance(0.02)) return this.#mistake();
    if (role === "customer") return this.#shop();
    if (role === "support" && this.#chance(0.12)) return this.#help();
    if (role === "admin" && this.#chance(0.2)) return this.#administer();
    if (role === "developer" && this.#chance(0.004)) return this.#develop();
    if (this.#chance(role === "finance" ? 0.12 : 0.02)) return this.#export();
    this.#work();
  }

  /** Refused pages, dead links, input that is not valid, pages left open too long. */
  #mistake(): void {
    const random = this.#random;
    const object = `o${random.below(90_000)}`;
    const kind = random.below(10);
    if (kind < 3) {
      const tries = 1 + random.skewed(4);
      for (let i = 0; i < tries; i++) {
        const path = `/orders/o${random.below(90_000)}`;
        this.#add("authz_fail", {
          targets: [{ type: "order", id: path.slice(8) }],
          request: { method: "GET", path, route: "/orders/:id", status: 403 },
        });
        this.#wait(2 * SECOND, 20 * SECOND);
      }
    } else if (kind < 6) {
      const path = random.pick(["/orders", "/reports", "/old"]) + `/${object}`;
      this.#add("api_request", {
        outcome: "failure",
        request: { method: "GET", path, route: "*", status: 404 },
      });
    } else if (kind < 9) {
      this.#add("input_validation_fail", {
        reason: random.pick(["not_a_date", "too_long", "missing_field", "bad_iban"]),
        request: { method: "POST", path: "/orders", route: "/orders", status: 400 },
        data: {
          field: random.pick(["date", "comment", "iban"]),
          input: random.pick(["31.02.2026", "O'Brien & Sons", "select a plan; or call us", "DE00"]),
        },
      });
    } else {
      const polls = 1 + random.skewed(12);
      for (let i = 0; i < polls; i++) {
        this.#add("session_use_after_expire", { reason: "expired" });
        this.#wait(5 * SECOND, 30 * SECOND);
      }
    }
  }

  #shop(): void {
    const random = this.#random;
    const order = `o${random.below(900_000)}`;
    const at = random.next();
    const targets = [{ type: "order", id: order }];
    const path = `/orders/${order}`;
    if (at < 0.62)
      this.#add("sensitive_read", {
        targets,
        request: { method: "GET", path, route: "/orders/:id", status: 200, durationMs: random.below(90) },
      });
    else if (at < 0.86)
      this.#add("api_request", {
        request: {
          method: "POST",
          path: "/orders",
          route: "/orders",
          status: 201,
          durationMs: random.below(200),
        },
      });
    else if (at < 0.95) this.#pay(targets);
    else if (at < 0.98)
      this.#add("user_updated", {
        targets: [{ type: "user", id: this.#person.id }],
        changes: [
          { field: random.pick(["address", "newsletter", "language", "language"]), from: "a", to: "b" },
        ],
      });
    else if (at < 0.994)
      this.#add("upload_complete", { targets: [{ type: "file", id: `f${random.below(1e6)}` }] });
    else this.#bank();
  }

  #pay(targets: Details["targets"]): void {
    const money = {
      amount: `${1 + this.#random.below(200)}.90`,
      currency: "EUR",
      from: `card_${this.#person.id}`,
      to: "shop",
    };
    this.#add("transaction_initiated", { targets, money });
    this.#wait(SECOND, 5 * SECOND);
    // A card without cover, a wrong code: tried again once or twice.
    while (this.#chance(0.06)) {
      this.#add("transaction_declined", { targets, money });
      this.#wait(10 * SECOND, 40 * SECOND);
    }
    this.#add("transaction_authorized", { targets, money });
    this.#wait(SECOND, 5 * SECOND);
    this.#add("transaction_captured", { targets, money });
  }

  /** Payees, payouts, and now and then a limit. */
  #bank(): void {
    const payee = `payee_${this.#random.below(1e6)}`;
    const at = this.#random.next();
    if (at < 0.02)
      this.#add("transaction_limit_changed", { changes: [{ field: "limit", from: 1000, to: 2000 }] });
    else if (at < 0.04)
      this.#add("user_updated", {
        targets: [{ type: "user", id: this.#person.id }],
        changes: [{ field: "email", from: "a@example.org", to: "b@example.org" }],
      });
    else if (at < 0.3) this.#add("transaction_payee_added", { targets: [{ type: "payee", id: payee }] });
    else
      this.#add("transaction_payout", {
        money: { amount: "50.00", currency: "EUR", to: `payee_${this.#person.id}` },
      });
  }

  #work(): void {
    const random = this.#random;
    const customer = `c${random.below(50_000)}`;
    const targets = [{ type: "customer", id: customer }];
    const at = random.next();
    if (at < 0.6)
      this.#add("sensitive_read", {
        targets,
        request: {
          method: "GET",
          path: `/customers/${customer}`,
          route: "/customers/:id",
          status: 200,
          durationMs: random.below(90),
        },
      });
    else if (at < 0.85)
      this.#add("sensitive_update", { targets, changes: [{ field: "note", from: "a", to: "b" }] });
    else if (at < 0.93) this.#add("sensitive_create", { targets });
    else if (at < 0.97)
      this.#add("upload_complete", { targets: [{ type: "file", id: `f${random.below(1e6)}` }] });
    else if (this.#person.role === "finance" && at < 0.99)
      this.#add("transaction_refunded", { targets, money: { amount: "19.90", currency: "EUR" } });
    else this.#tidy();
  }

  /** Drafts and old documents go, a few at a time. */
  #tidy(): void {
    const count = 1 + this.#random.skewed(14);
    for (let i = 0; i < count; i++) {
      this.#add("sensitive_delete", { targets: [{ type: "draft", id: `d${this.#random.below(1e6)}` }] });
      this.#wait(2 * SECOND, 15 * SECOND);
    }
  }

  #export(): void {
    const count = this.#person.role === "finance" ? 1 + this.#random.skewed(8) : 1;
    for (let i = 0; i < count; i++) {
      const rows = 20 * 2 ** this.#random.below(10);
      this.#add("data_exported", {
        targets: [{ type: "report", id: `r${this.#random.below(500)}` }],
        data: { rows },
      });
      this.#wait(20 * SECOND, 3 * MINUTE);
    }
  }

  /** Somebody calls who cannot get in. */
  #help(): void {
    const targets = [{ type: "user", id: `u${this.#random.below(5000)}` }];
    const at = this.#random.next();
    if (at < 0.5) this.#add("password_reset_requested", { targets });
    else if (at < 0.58) this.#add("mfa_removed", { targets });
    else if (at < 0.8)
      this.#add("user_updated", { targets, changes: [{ field: "address", from: "a", to: "b" }] });
    else {
      this.#add("impersonation_started", { targets });
      this.#wait(MINUTE, 4 * MINUTE);
      this.#add("impersonation_ended", { targets });
    }
  }

  #administer(): void {
    const random = this.#random;
    const user = `u${random.below(5000)}`;
    const targets = [{ type: "user", id: user }];
    const at = random.next();
    if (at < 0.4)
      this.#add("authz_change", {
        targets,
        changes: [{ field: "role", from: "viewer", to: random.pick(["editor", "team-lead", "reader"]) }],
      });
    else if (at < 0.405)
      this.#add("authz_change", { targets, changes: [{ field: "role", from: "editor", to: "admin" }] });
    else if (at < 0.6)
      this.#add("config_changed", {
        changes: [{ field: random.pick(["theme", "mail.footer", "export.limit"]), from: 1, to: 2 }],
      });
    else if (at < 0.64)
      this.#add("webhook_changed", { targets: [{ type: "webhook", id: `w${random.below(9)}` }] });
    else if (at < 0.78) this.#add("authz_admin", { targets });
    else if (at < 0.82) this.#welcome(user);
    else if (at < 0.86)
      for (let i = 1 + random.below(4); i > 0; i--)
        this.#add("user_archived", { targets: [{ type: "user", id: `left${random.below(1e6)}` }] });
    else this.#add("sensitive_read", { targets });
  }

  /** New colleagues begin; one is made by mistake and removed again. */
  #welcome(like: string): void {
    const count = 1 + this.#random.below(8);
    for (let i = 0; i < count; i++) {
      const targets = [{ type: "user", id: `${like}n${this.#random.below(1e6)}` }];
      this.#add("user_created", { targets, data: { role: "viewer" } });
      this.#wait(20 * SECOND, 80 * SECOND);
      if (this.#chance(0.7))
        this.#add("authz_change", { targets, changes: [{ field: "role", from: "viewer", to: "editor" }] });
      if (this.#chance(0.04)) this.#add("user_deleted", { targets });
    }
  }

  #develop(): void {
    const targets = [{ type: "apikey", id: `key_${this.#random.hex(8)}` }];
    this.#add("apikey_created", { targets });
    this.#wait(MINUTE, 10 * MINUTE);
    for (let i = 3 + this.#random.below(20); i > 0; i--) {
      this.#add("apikey_used", { targets });
      this.#wait(2 * SECOND, 40 * SECOND);
    }
  }

  #end(): void {
    if (this.#chance(0.4)) {
      this.#wait(10 * SECOND, 2 * MINUTE);
      this.#add("session_logout");
    } else {
      this.#time += 30 * MINUTE;
      this.#add("session_expired");
    }
  }
}
