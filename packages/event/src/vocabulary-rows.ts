// SPDX-License-Identifier: Apache-2.0
import type { Level, Outcome } from "./shape.js";

/**
 * One action: name, usual level, usual outcome, what is done (present|past, see `toSentence`), when to send it,
 * ECS categories/types, OCSF class.activity (1.8).
 */
export type VocabularyRow = readonly [
  action: string,
  level: Level,
  outcome: Outcome,
  phrase: string,
  summary: string,
  ecs: string,
  ocsf: string,
];

/** OWASP Logging Vocabulary Cheat Sheet (August 2026), by family; names without their `[:parameters]`. */
// biome-ignore format: a table, one action a line
export const OWASP_ROWS = {
  authn: [
    ["authn_login_success", "info", "success", "sign in to {app}|signed in to {app}", "A sign-in succeeded", "authentication/start", "3002.1"],
    ["authn_login_successafterfail", "info", "success", "sign in to {app} after failures|signed in to {app} after failures", "A sign-in succeeded after failed ones", "authentication/start", "3002.1"],
    ["authn_login_fail", "warn", "failure", "sign in to {app}|signed in to {app}", "A sign-in failed", "authentication/start", "3002.1"],
    ["authn_login_fail_max", "warn", "failure", "sign in to {app} too often|reached the limit of failed sign-ins to {app}", "The limit of failed sign-ins was reached", "authentication/start", "3002.1"],
    ["authn_login_lock", "warn", "denied", "|was locked out of {app}", "An account was locked", "iam/user,change", "3001.9"],
    ["authn_password_change", "info", "success", "change a password|changed a password", "A password was changed", "iam/user,change", "3001.3"],
    ["authn_password_change_fail", "critical", "failure", "change a password|changed a password", "A password change failed", "iam/user,change", "3001.3"],
    ["authn_impossible_travel", "critical", "unknown", "|appeared in two places too far apart", "One user, two places, too little time between", "authentication/info", "2004.1"],
    ["authn_token_created", "info", "success", "create a token|created a token", "An access token was made", "iam/creation", "3002.3"],
    ["authn_token_revoked", "info", "success", "revoke a token|revoked a token", "An access token was revoked", "iam/deletion", "3002.99"],
    ["authn_token_reuse", "critical", "denied", "reuse a revoked token|reused a revoked token", "A revoked token was used again", "authentication/info", "3002.99"],
    ["authn_token_delete", "warn", "success", "delete a token|deleted a token", "An access token was deleted", "iam/deletion", "3002.99"],
  ],
  authz: [
    ["authz_fail", "critical", "denied", "use {target:something}|used {target:something}", "Access was refused", "api/access,denied", "6003.99"],
    ["authz_change", "warn", "success", "change the rights of {target:a user}|changed the rights of {target:a user}", "A role or right was changed", "iam/change", "3001.99"],
    ["authz_admin", "warn", "success", "act as administrator on {target:the application}|acted as administrator on {target:the application}", "An administrator did something that matters", "iam/admin,change", "6003.99"],
  ],
  crypt: [
    ["crypt_decrypt_fail", "warn", "error", "decrypt {target:data}|decrypted {target:data}", "Decryption failed", "api/info", "6008.1"],
    ["crypt_encrypt_fail", "warn", "error", "encrypt {target:data}|encrypted {target:data}", "Encryption failed", "api/info", "6008.1"],
  ],
  excess: [
    ["excess_rate_limit_exceeded", "warn", "denied", "|exceeded a rate limit", "A rate limit was exceeded", "api/denied", "6003.99"],
    ["excess_sessions_exceeded", "warn", "denied", "|exceeded the number of sessions", "Too many sessions of one user", "session/info", "3002.1"],
  ],
  upload: [
    ["upload_complete", "info", "success", "upload {target:a file}|uploaded {target:a file}", "An upload was finished", "file/creation", "6006.1"],
    ["upload_stored", "info", "success", "store {target:an upload}|stored {target:an upload}", "An upload was stored elsewhere", "file/change", "6006.7"],
    ["upload_validation", "info", "success", "pass the check of {target:an upload}|passed the check of {target:an upload}", "An upload was checked", "file/info", "6006.99"],
    ["upload_delete", "info", "success", "delete {target:an upload}|deleted {target:an upload}", "An upload was deleted", "file/deletion", "6006.4"],
  ],
  input: [
    ["input_validation_fail", "warn", "failure", "send valid input|sent valid input", "Input was not valid", "web/error", "6003.99"],
    ["input_validation_discrete_fail", "warn", "failure", "choose a listed value|chose a listed value", "A value was sent that the form does not offer", "intrusion_detection/info", "6003.99"],
  ],
  malicious: [
    ["malicious_excess_404", "warn", "unknown", "|asked for many addresses that do not exist", "Many unknown addresses were asked for", "intrusion_detection/info", "2004.1"],
    ["malicious_extraneous", "critical", "unknown", "|sent unexpected extra input", "Unexpected extra input was sent", "intrusion_detection/info", "2004.1"],
    ["malicious_attack_tool", "critical", "unknown", "|used a known attack tool", "A known attack tool was seen", "intrusion_detection/info", "2004.1"],
    ["malicious_sqli", "critical", "denied", "|tried SQL injection", "SQL injection was tried", "intrusion_detection/denied", "2004.1"],
    ["malicious_cors", "critical", "denied", "|sent a request across origins", "A request across origins was refused", "intrusion_detection/denied", "2004.1"],
    ["malicious_csrf", "warn", "denied", "|sent a forged request", "A forged cross-site request was refused", "intrusion_detection/info", "2004.1"],
    ["malicious_csp_violation", "warn", "unknown", "|violated the content security policy", "A browser reported a policy violation", "intrusion_detection/info", "2004.1"],
    ["malicious_direct_reference", "critical", "denied", "|tried to reach {target:an object} directly", "An object of others was referenced directly", "intrusion_detection/denied", "2004.1"],
  ],
  mcp: [
    ["mcp_prompt_injection", "warn", "denied", "|sent a prompt injection", "A prompt injection was seen", "intrusion_detection/info", "2004.1"],
    ["mcp_resource_exhaustion", "warn", "denied", "|exhausted the resources of a model", "A model or tool was used beyond its limits", "intrusion_detection/info", "2004.1"],
    ["mcp_tool_poisoning", "warn", "denied", "|offered a poisoned tool", "A tool description was tampered with", "intrusion_detection/info", "2004.1"],
  ],
  privilege: [
    ["privilege_permissions_changed", "warn", "success", "change the permissions of {target:an object}|changed the permissions of {target:an object}", "Permissions of an object were changed", "iam/change", "3004.3"],
  ],
  sensitive: [
    ["sensitive_create", "warn", "success", "create {target:sensitive data}|created {target:sensitive data}", "Sensitive data was created", "database/change", "3004.1"],
    ["sensitive_read", "warn", "success", "read {target:sensitive data}|read {target:sensitive data}", "Sensitive data was read", "database/access", "3004.2"],
    ["sensitive_update", "warn", "success", "change {target:sensitive data}|changed {target:sensitive data}", "Sensitive data was changed", "database/change", "3004.3"],
    ["sensitive_delete", "warn", "success", "delete {target:sensitive data}|deleted {target:sensitive data}", "Sensitive data was deleted", "database/change", "3004.4"],
  ],
  sequence: [
    ["sequence_fail", "critical", "denied", "skip a step|skipped a step", "Steps were done out of order", "intrusion_detection/info", "6003.99"],
  ],
  session: [
    ["session_created", "info", "success", "start a session|started a session", "A session was started", "session/start", "3002.1"],
    ["session_renewed", "info", "success", "renew a session|renewed a session", "A session was renewed", "session/info", "3002.5"],
    ["session_expired", "info", "success", "let a session end|reached the end of a session", "A session ended by time", "session/end", "3002.2"],
    ["session_logout", "info", "success", "sign out of {app}|signed out of {app}", "A user signed out", "session/end", "3002.2"],
    ["session_use_after_expire", "critical", "denied", "use an expired session|used an expired session", "An expired session was used", "session/info", "3002.1"],
  ],
  sys: [
    ["sys_startup", "warn", "success", "start {app}|started {app}", "The application started", "process/start", "6002.3"],
    ["sys_shutdown", "warn", "success", "stop {app}|stopped {app}", "The application stopped", "process/end", "6002.4"],
    ["sys_restart", "warn", "success", "restart {app}|restarted {app}", "The application restarted", "process/change", "6002.5"],
    ["sys_crash", "warn", "error", "keep {app} running|kept {app} running", "The application crashed", "process/end", "6008.1"],
    ["sys_monitor_disabled", "warn", "success", "switch off {target:a monitor}|switched off {target:a monitor}", "A monitor or log was switched off", "configuration/change", "6002.7"],
    ["sys_monitor_enabled", "warn", "success", "switch on {target:a monitor}|switched on {target:a monitor}", "A monitor or log was switched on", "configuration/change", "6002.6"],
  ],
  user: [
    ["user_created", "warn", "success", "create {target:a user}|created {target:a user}", "A user was created", "iam/user,creation", "3001.1"],
    ["user_updated", "warn", "success", "change {target:a user}|changed {target:a user}", "A user was changed", "iam/user,change", "3001.99"],
    ["user_archived", "warn", "success", "archive {target:a user}|archived {target:a user}", "A user was archived", "iam/user,change", "3001.5"],
    ["user_deleted", "warn", "success", "delete {target:a user}|deleted {target:a user}", "A user was deleted", "iam/user,deletion", "3001.6"],
  ],
} as const satisfies Record<string, readonly VocabularyRow[]>;

/** What the OWASP vocabulary lacks and senders may use, by family. */
// biome-ignore format: a table, one action a line
export const TELLTALE_ROWS = {
  api: [
    ["api_request", "info", "unknown", "send a request to {app}|sent a request to {app}", "A request that changes state and that no finer event described", "web/access", "6003.99"],
  ],
  mfa: [
    ["mfa_enrolled", "info", "success", "enrol a second factor|enrolled a second factor", "A second factor was added", "iam/user,change", "3001.10"],
    ["mfa_removed", "warn", "success", "remove a second factor|removed a second factor", "A second factor was removed", "iam/user,change", "3001.11"],
    ["mfa_challenge_sent", "info", "success", "ask for a second factor|was asked for a second factor", "A second factor was asked for", "authentication/info", "3002.99"],
    ["mfa_challenge_fail", "warn", "failure", "give the second factor|gave the second factor", "A second factor was wrong", "authentication/info", "3002.99"],
    ["mfa_challenge_success", "info", "success", "give the second factor|gave the second factor", "A second factor was right", "authentication/info", "3002.99"],
    ["mfa_recovery_used", "warn", "success", "use a recovery code|used a recovery code", "A recovery code replaced the second factor", "authentication/info", "3002.99"],
  ],
  password_reset: [
    ["password_reset_requested", "info", "success", "ask for a password reset|asked for a password reset", "A password reset was asked for", "iam/user,info", "3001.4"],
    ["password_reset_completed", "info", "success", "reset a password|reset a password", "A password was reset", "iam/user,change", "3001.4"],
    ["password_reset_failed", "warn", "failure", "reset a password|reset a password", "A password reset failed", "iam/user,change", "3001.4"],
  ],
  transaction: [
    ["transaction_initiated", "info", "success", "initiate a payment{money}|initiated a payment{money}", "A payment was begun", "api/creation", "3004.1"],
    ["transaction_authorized", "info", "success", "authorize a payment{money}|authorized a payment{money}", "A payment was authorized", "api/allowed", "3004.3"],
    ["transaction_declined", "warn", "denied", "make a payment{money}|made a payment{money}", "A payment was declined", "api/denied", "3004.3"],
    ["transaction_captured", "info", "success", "capture a payment{money}|captured a payment{money}", "A payment was captured", "api/change", "3004.3"],
    ["transaction_refunded", "info", "success", "refund a payment{money}|refunded a payment{money}", "A payment was refunded", "api/change", "3004.3"],
    ["transaction_reversed", "warn", "success", "reverse a payment{money}|reversed a payment{money}", "A payment was reversed", "api/change", "3004.3"],
    ["transaction_limit_changed", "warn", "success", "change a payment limit|changed a payment limit", "A limit was changed", "configuration/change", "3004.3"],
    ["transaction_payee_added", "warn", "success", "add {target:a payee}|added {target:a payee}", "A payee was added", "api/creation", "3004.1"],
    ["transaction_payout", "info", "success", "pay out {amount:money}|paid out {amount:money}", "Money left to the outside", "api/change", "3004.3"],
    ["transaction_balance_changed", "warn", "success", "change the balance of {target:an account}{money}|changed the balance of {target:an account}{money}", "A balance was changed", "api/change", "3004.3"],
  ],
  apikey: [
    ["apikey_created", "warn", "success", "create {target:an API key}|created {target:an API key}", "An API key was made", "iam/creation", "3004.1"],
    ["apikey_used", "info", "success", "use {target:an API key}|used {target:an API key}", "An API key was used", "api/access", "3004.2"],
    ["apikey_rotated", "info", "success", "rotate {target:an API key}|rotated {target:an API key}", "An API key was replaced", "iam/change", "3004.3"],
    ["apikey_revoked", "warn", "success", "revoke {target:an API key}|revoked {target:an API key}", "An API key was revoked", "iam/deletion", "3004.4"],
  ],
  impersonation: [
    ["impersonation_started", "warn", "success", "act as {target:another user}|began to act as {target:another user}", "Someone began to act as another user", "session/start", "3002.7"],
    ["impersonation_ended", "info", "success", "stop acting as {target:another user}|stopped acting as {target:another user}", "Someone stopped acting as another user", "session/end", "3002.99"],
  ],
  data: [
    ["data_exported", "warn", "success", "export {target:data}|exported {target:data}", "Data left in bulk", "database/access", "6001.7"],
    ["data_imported", "info", "success", "import {target:data}|imported {target:data}", "Data came in bulk", "database/change", "6001.6"],
    ["data_bulk_read", "warn", "success", "read {target:many records}|read {target:many records}", "Many records were read at once", "database/access", "6001.2"],
    ["data_bulk_deleted", "warn", "success", "delete {target:many records}|deleted {target:many records}", "Many records were deleted at once", "database/change", "6001.4"],
  ],
  consent: [
    ["consent_given", "info", "success", "give consent|gave consent", "Consent was given", "iam/user,change", "3004.1"],
    ["consent_withdrawn", "info", "success", "withdraw consent|withdrew consent", "Consent was withdrawn", "iam/user,change", "3004.4"],
  ],
  config: [
    ["config_changed", "warn", "success", "change the configuration|changed the configuration", "The configuration was changed", "configuration/change", "3004.3"],
  ],
  webhook: [
    ["webhook_changed", "warn", "success", "change {target:a webhook}|changed {target:a webhook}", "A webhook was changed", "configuration/change", "3004.3"],
  ],
  integration: [
    ["integration_changed", "warn", "success", "change {target:an integration}|changed {target:an integration}", "An integration was changed", "configuration/change", "3004.3"],
  ],
} as const satisfies Record<string, readonly VocabularyRow[]>;

/** Written by machines: the SDK about itself, and (reserved, refused from senders) Telltale about itself. */
// biome-ignore format: a table, one action a line
export const OWN_ROWS = {
  sdk: [
    ["sdk_events_lost", "warn", "error", "deliver events|delivered events", "The SDK had to drop events; data.count says how many", "process/info", "6008.1"],
  ],
  source: [
    ["source_heartbeat", "info", "success", "show a sign of life|showed a sign of life", "An application's sign of life; data says how often it comes, what waits and what was lost", "process/info", "6002.99"],
    ["source_stopped", "info", "success", "stop reporting|stopped reporting", "An application closed its log on purpose: silence from here on is no finding", "process/end", "6002.4"],
    ["source_log_alarm", "critical", "unknown", "|found that the log does not continue what it was", "An application was shown a log that was cut back, rewritten or signed by another key; data holds both checkpoints", "intrusion_detection/info", "2004.1"],
  ],
  anomaly: [
    ["anomaly_first_seen", "warn", "unknown", "|did something for the first time", "A country, network, device or action that is new for a user", "intrusion_detection/info", "2004.1"],
    ["anomaly_hour", "warn", "unknown", "|was active at an unusual hour", "Activity at an hour that is unusual for a user", "intrusion_detection/info", "2004.1"],
    ["anomaly_rate", "warn", "unknown", "|did something unusually often or seldom", "Far more or far fewer events than at other times", "intrusion_detection/info", "2004.1"],
    ["anomaly_silence", "warn", "unknown", "|fell silent", "A source that normally reports has stopped", "intrusion_detection/info", "2004.1"],
  ],
  telltale: [
    ["telltale_storage_full", "critical", "failure", "|ran out of space", "Events are refused because the disk is nearly full", "host/info", "6002.99"],
    ["telltale_storage_free", "warn", "success", "|has space again", "The disk has space again", "host/info", "6002.99"],
    ["telltale_detect_evicted", "warn", "failure", "|forgot part of what its correlations remember", "Correlations had to forget groups for want of room; data says how many, and an attack may go unseen", "process/info", "6002.99"],
    ["telltale_rules_changed", "warn", "success", "change the detection rules|changed the detection rules", "Detection rules were added, removed or changed; data names them", "configuration/change", "3004.3"],
    ["telltale_rules_refused", "warn", "failure", "|refused the detection rules", "Detection rules have a mistake and are not in force; data says where", "configuration/info", "2004.1"],
    ["telltale_decision_made", "warn", "success", "decide about {target:an actor}|decided about {target:an actor}", "Applications are told to block somebody, to ask for more proof or to end a session; data says what, for how long and why", "iam/change", "3004.1"],
    ["telltale_decision_ended", "info", "success", "end a decision about {target:an actor}|ended a decision about {target:an actor}", "A decision is not in force any more: its time was over, or somebody lifted it", "iam/change", "3004.4"],
    ["telltale_heartbeat", "info", "success", "show a sign of life|showed a sign of life", "The server's own sign of life", "process/info", "6002.99"],
  ],
  log: [
    ["log_viewed", "info", "success", "view {target:the log}|viewed {target:the log}", "Part of the log was looked at", "database/access", "3004.2"],
    ["log_searched", "info", "success", "search the log|searched the log", "The log was searched", "database/access", "3004.2"],
    ["log_exported", "warn", "success", "export {target:the log}|exported {target:the log}", "Part of the log was exported", "database/access", "6001.7"],
    ["log_revealed", "warn", "success", "reveal {target:a hidden value}|revealed {target:a hidden value}", "A hidden value was revealed", "database/access", "3004.2"],
    ["log_verified", "info", "success", "verify the log|verified the log", "The log was verified", "database/info", "3004.99"],
    ["log_alert_decided", "info", "success", "decide {target:an alert}|decided {target:an alert}", "An alert got a state or a verdict", "configuration/change", "3004.3"],
    ["log_exception_created", "warn", "success", "make {target:an exception}|made {target:an exception}", "A rule shall not find some events; data has the filter and what it would have hidden", "configuration/creation", "3004.1"],
    ["log_exception_changed", "info", "success", "change {target:an exception}|changed {target:an exception}", "An exception got another owner, reason or end", "configuration/change", "3004.3"],
    ["log_exception_ended", "info", "success", "end {target:an exception}|ended {target:an exception}", "An exception was ended by a person", "configuration/deletion", "3004.4"],
    ["log_exception_expired", "info", "success", "|ended {target:an exception}: its time was over", "An exception came to its end; the rule finds these events again", "configuration/deletion", "3004.4"],
    ["log_review_created", "info", "success", "make {target:a review}|made {target:a review}", "The review of a period was made", "configuration/creation", "3004.1"],
    ["log_review_opened", "info", "success", "open {target:a review}|opened {target:a review}", "A review was looked at", "database/access", "3004.2"],
    ["log_review_commented", "info", "success", "comment on {target:a review}|commented on {target:a review}", "A review got a comment", "configuration/change", "3004.3"],
    ["log_review_signed", "info", "success", "sign {target:a review}|signed {target:a review}", "A person signed a review; data names its hash", "configuration/change", "3004.3"],
    ["log_review_overdue", "warn", "failure", "|found {target:a review} overdue", "Nobody signed a review in time", "configuration/info", "2004.1"],
    ["log_notification_changed", "warn", "success", "change {target:a channel}|changed {target:a channel}", "A channel of notifications was paused, resumed, tested, or asked to try again", "configuration/change", "3004.3"],
    ["log_notification_failed", "warn", "failure", "|could not notify {target:a channel}", "A notification was given up", "host/info", "2004.1"],
    ["log_notification_dropped", "warn", "failure", "|dropped notifications", "More notifications wait than fit; the alerts are kept, and the next digest tells the number", "host/info", "2004.1"],
    ["log_key_changed", "warn", "success", "change {target:a key}|changed {target:a key}", "A key was made, changed or revoked", "iam/change", "3004.3"],
    ["log_forward_changed", "warn", "success", "change how {target:a target} is fed|changed how {target:a target} is fed", "A target of forwarding was added, changed, removed, paused, resumed or replayed", "configuration/change", "3004.3"],
    ["log_retention_changed", "warn", "success", "change the retention|changed the retention", "The retention was changed", "configuration/change", "3004.3"],
    ["log_hold_placed", "warn", "success", "place {target:a hold}|placed {target:a hold}", "A legal hold was placed", "configuration/change", "3004.3"],
    ["log_hold_released", "warn", "success", "release {target:a hold}|released {target:a hold}", "A legal hold was released", "configuration/change", "3004.3"],
    ["log_pruned", "warn", "success", "prune the log|pruned the log", "Old segments were removed by policy", "database/change", "3004.4"],
    ["log_erased", "warn", "success", "erase {target:a subject}|erased {target:a subject}", "The data of a subject was erased", "database/change", "3004.4"],
    ["log_erasure_requested", "warn", "success", "ask for the erasure of {target:a subject}|asked for the erasure of {target:a subject}", "Somebody asked for the data of a subject to be erased; somebody else has to approve", "database/change", "3004.3"],
    ["log_erasure_deferred", "warn", "failure", "|deferred the erasure of {target:a subject}", "An approved erasure waits for a legal hold", "database/change", "3004.3"],
    ["log_erasure_cancelled", "warn", "success", "cancel the erasure of {target:a subject}|cancelled the erasure of {target:a subject}", "An erasure was cancelled before it was done", "database/change", "3004.3"],
    ["log_credential_seen", "warn", "unknown", "|received a credential from {target:a source}", "A credential was sent to the log and hidden; its owner should rotate it", "intrusion_detection/info", "2004.1"],
    ["log_keys_unavailable", "critical", "failure", "|lost the key that protects events", "The root key does not answer", "host/info", "6002.99"],
    ["log_protection_changed", "warn", "success", "change how events are protected|changed how events are protected", "The policy that hides values was changed, or a key of it was rotated", "configuration/change", "3004.3"],
    ["log_id_conflict", "warn", "unknown", "|sent one id with different content", "One id came with different bytes", "database/info", "2004.1"],
    ["log_gap_detected", "warn", "unknown", "|left a gap in the chain of {target:a source}", "Events of a source are missing", "database/info", "2004.1"],
    ["log_source_silent", "warn", "unknown", "|heard nothing from {target:a source}", "A source stopped reporting", "database/info", "2004.1"],
    ["log_clock_stepped", "warn", "unknown", "|saw the clock step", "A clock stepped", "host/info", "2004.1"],
    ["log_tamper_suspected", "critical", "unknown", "|found signs of tampering", "The log does not verify", "intrusion_detection/info", "2004.1"],
    ["log_unwitnessed", "warn", "failure", "|found too few witnesses", "Too few witnesses cosign the log; events are accepted as before", "database/info", "2004.1"],
    ["log_witnessed", "info", "success", "|was witnessed again", "Enough witnesses cosign the log again", "database/info", "2004.1"],
    ["log_timestamped", "info", "success", "have the log timestamped|had the log timestamped", "A timestamp authority vouches for when the log stood where it stands", "database/info", "3004.99"],
    ["log_timestamp_failed", "warn", "failure", "|got no timestamp", "The timestamp authority gives no usable timestamp; events are accepted as before", "database/info", "2004.1"],
    ["log_successor_started", "warn", "success", "start a successor log|started a successor log", "A new log continues this one", "process/start", "6002.3"],
  ],
} as const satisfies Record<string, readonly VocabularyRow[]>;
