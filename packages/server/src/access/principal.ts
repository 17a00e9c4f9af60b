// SPDX-License-Identifier: Apache-2.0
import type { KeyRole, UserRole } from "./permissions.js";

/** An API key that proved itself. `id` is what events carry as `via`. */
export interface KeyPrincipal {
  readonly kind: "key";
  readonly id: string;
  readonly name: string;
  readonly role: KeyRole;
  /** The only app an ingest key may speak for; undefined: any. */
  readonly app: string | undefined;
  readonly tenant: string | undefined;
}

/** A person with a live session. */
export interface UserPrincipal {
  readonly kind: "user";
  readonly id: string;
  readonly name: string;
  readonly role: UserRole;
  readonly tenant: string | undefined;
  /** SHA-256 of the cookie value, hex; names the session in the state. */
  readonly session: string;
  /** What an unsafe request must repeat in `x-csrf-token`. */
  readonly csrf: string;
}

/** Who makes a request. */
export type Principal = KeyPrincipal | UserPrincipal;
