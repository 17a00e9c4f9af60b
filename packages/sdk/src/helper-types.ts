// SPDX-License-Identifier: Apache-2.0
import type { SentEvent, VocabularyAction, VocabularyFamilies } from "@telltale/event";

type Optional<T, K extends keyof T> = Omit<T, K> & Partial<Pick<T, K>>;

/** Who did it; a `user` when no type is given. */
export type ActorInput = Optional<NonNullable<SentEvent["actor"]>, "type">;

/** What an event may carry besides its action. All of it may be left out where the context knows it. */
export interface EventDetails
  extends Partial<
    Pick<
      SentEvent,
      "outcome" | "level" | "reason" | "message" | "targets" | "client" | "request" | "changes" | "money"
    >
  > {
  actor?: ActorInput;
  /** Anything else; secrets in it are removed before the event is queued. */
  data?: Record<string, unknown>;
  /** When it happened, if not now. */
  time?: string | Date;
}

/** What `emit` takes: any action with any details. */
export interface EventInput extends EventDetails {
  action: string;
  /** UUIDv7; made when not given. */
  id?: string;
}

type DetailName = keyof EventDetails;

/**
 * What an event of each action cannot do without: its helper asks for it. Actions that are not listed get along with
 * what the context knows.
 */
export interface Needs {
  authn_login_success: "actor";
  authn_login_successafterfail: "actor";
  authn_login_fail: "actor" | "reason";
  authn_login_fail_max: "actor";
  authn_login_lock: "actor" | "reason";
  authn_password_change_fail: "reason";
  authn_impossible_travel: "actor";
  authn_token_revoked: "targets";
  authn_token_reuse: "targets";
  authn_token_delete: "targets";
  authz_fail: "targets";
  authz_change: "targets" | "changes";
  authz_admin: "targets";
  crypt_decrypt_fail: "reason";
  crypt_encrypt_fail: "reason";
  upload_complete: "targets";
  upload_stored: "targets";
  upload_validation: "targets" | "outcome";
  upload_delete: "targets";
  input_validation_fail: "reason";
  input_validation_discrete_fail: "reason";
  malicious_direct_reference: "targets";
  privilege_permissions_changed: "targets" | "changes";
  sensitive_create: "targets";
  sensitive_read: "targets";
  sensitive_update: "targets";
  sensitive_delete: "targets";
  sequence_fail: "reason";
  sys_crash: "reason";
  sys_monitor_disabled: "targets";
  sys_monitor_enabled: "targets";
  user_created: "targets";
  user_updated: "targets" | "changes";
  user_archived: "targets";
  user_deleted: "targets";
  mfa_challenge_fail: "reason";
  password_reset_requested: "targets";
  password_reset_completed: "targets";
  password_reset_failed: "targets" | "reason";
  transaction_initiated: "money";
  transaction_authorized: "money";
  transaction_declined: "money" | "reason";
  transaction_captured: "money";
  transaction_refunded: "money";
  transaction_reversed: "money" | "reason";
  transaction_limit_changed: "targets" | "changes";
  transaction_payee_added: "targets";
  transaction_payout: "money" | "targets";
  transaction_balance_changed: "targets" | "changes";
  apikey_created: "targets";
  apikey_used: "targets";
  apikey_rotated: "targets";
  apikey_revoked: "targets";
  impersonation_started: "targets" | "reason";
  impersonation_ended: "targets";
  data_exported: "targets";
  data_imported: "targets";
  data_bulk_read: "targets";
  data_bulk_deleted: "targets";
  config_changed: "changes";
  webhook_changed: "targets" | "changes";
  integration_changed: "targets" | "changes";
}

type NeedsOf<A extends VocabularyAction> = A extends keyof Needs ? Needs[A] & DetailName : never;

/** The parameter of the helper of one action. */
export type HelperInput<A extends VocabularyAction> = EventDetails & Required<Pick<EventDetails, NeedsOf<A>>>;

/** The helper of one action; its parameter may be left out when the action needs nothing. Never throws. */
export type Helper<A extends VocabularyAction> = [NeedsOf<A>] extends [never]
  ? (details?: HelperInput<A>) => void
  : (details: HelperInput<A>) => void;

/** `login_fail_max` → `loginFailMax`. */
export type Camel<S extends string> = S extends `${infer Head}_${infer Tail}`
  ? `${Head}${Capitalize<Camel<Tail>>}`
  : S;

type HelperName<A extends string, F extends string> = A extends `${F}_${infer Tail}` ? Camel<Tail> : never;

/** One helper for each action of the vocabulary, by family: `telltale.authn.loginFail({ … })`. */
export type Helpers = {
  readonly [F in keyof VocabularyFamilies as Camel<F>]: {
    readonly [A in VocabularyFamilies[F] as HelperName<A, F>]: Helper<A>;
  };
};
