// SPDX-License-Identifier: Apache-2.0

/**
 * What a value must look like to be hidden because of its name.
 * `any`: whatever it is, except true, false, null and empty. `code`: holds a digit (a PIN, not "enabled"). `card`: more than four digits.
 * `scalar`: text and numbers; an object under the name is looked into. `userinfo`: `user:password`. `entries`: as `any`, but the names
 * inside an object stay. `opaque`: looks generated and is no UUID or digest, because the name alone says too little.
 */
export type Shape = "any" | "code" | "card" | "scalar" | "userinfo" | "entries" | "opaque";

export interface SecretNames {
  readonly kind: string;
  readonly shape: Shape;
  /** Whole folded names; also the last part of a dotted name. */
  readonly exact?: readonly string[];
  /** Whole folded names, or the last word of one: `pass` in `db_pass`, never in `bypass`. */
  readonly word?: readonly string[];
  /** Endings of folded names that no ordinary word has. */
  readonly ending?: readonly string[];
}

function list(...lines: string[]): readonly string[] {
  return lines.join(" ").split(" ");
}

/** The one table of names that give a secret away. Folded by fold.ts when it is loaded, so they stand here as people write them. */
export const SECRET_NAMES: readonly SecretNames[] = [
  {
    kind: "password",
    shape: "any",
    ending: list(
      "password passwd passphrase pwd passwort kennwort mot_de_passe contraseña contrasenya palavra_passe wachtwoord",
      "пароль парола лозинка",
      "κωδικός συνθηματικό 密码 密碼 口令 パスワード 暗証番号 비밀번호 암호",
    ),
    word: list(
      "psk pass pw psw pswd passcode contrasenia mdp clave parola senha lösenord salasana hasło haslo heslo jelszó şifre",
      "adgangskode passord lykilorð geslo parool sifre sifra zaporka lozinka slaptažodis pasahitza contrasinal",
      "pwrd passwrd pasword passw passwds passphrase losen",
    ),
    exact: list(
      "db_pass user_pass my_pass root_pass admin_pass smtp_pass mail_pass ftp_pass ldap_pass http_pass login_pass",
      "key_pass store_pass wifi_pass mysql_pass pg_pass old_pass new_pass ssh_pass require_pass master_auth",
      "код_доступа құпиясөз salasõna jelszava fjalëkalimi",
      "pw_hash htpasswd shadow_hash clave_secreta parola_chiave mật_khẩu kata_sandi sandi รหัสผ่าน كلمة_المرور كلمة_السر",
      "סיסמה סיסמא पासवर्ड",
    ),
  },
  {
    kind: "secret",
    shape: "any",
    ending: list("secret secret_key_base"),
    exact: list(
      "saml_response saml_request saml_art client_assertion code_verifier oauth_verifier oauth_signature",
      "x_amz_signature x_goog_signature shared_access_signature",
    ),
  },
  {
    kind: "token",
    shape: "any",
    ending: list("token"),
    exact: list("jwt bearer csrf xsrf magic_link"),
  },
  {
    kind: "api_key",
    shape: "any",
    ending: list(
      "api_key secret_key access_key encryption_key decryption_key signing_key master_key shared_key symmetric_key",
      "session_key auth_key hmac_key aes_key storage_key account_key subscription_key license_key licence_key deploy_key",
      "webhook_key recovery_key ingest_key functions_key app_key",
    ),
  },
  {
    kind: "private_key",
    shape: "any",
    ending: list("private_key private_key_pem ssh_key tls_key ssl_key pgp_key gpg_key rsa_key"),
    exact: list(
      "client_key_data seed_phrase mnemonic mnemonic_phrase recovery_phrase secret_phrase backup_phrase wallet_phrase",
      "wallet_seed seed_words key_pem wif xprv",
    ),
  },
  {
    kind: "authorization",
    shape: "any",
    exact: list(
      "authorization proxy_authorization x_authorization http_authorization x_forwarded_authorization auth_header",
    ),
  },
  { kind: "authorization", shape: "userinfo", exact: list("auth") },
  {
    kind: "credentials",
    shape: "scalar",
    exact: list("credential user_credential login_credential basic_auth"),
  },
  { kind: "cookie", shape: "entries", exact: list("cookie set_cookie http_cookie signed_cookie raw_cookie") },
  {
    kind: "session",
    shape: "any",
    exact: list(
      "session_id phpsessid jsessionid jsessionidsso connect.sid asp.net_session_id session_cookie sessid",
      "laravel_session ci_session user_session _session cftoken",
    ),
  },
  {
    kind: "card",
    shape: "card",
    ending: list("card_number card_num card_no credit_card debit_card"),
    exact: list("cc_number cc_num cc_no ccn pan card_pan primary_account_number kreditkartennummer"),
  },
  {
    kind: "cvv",
    shape: "code",
    word: list("cvv cvc cvn"),
    exact: list("card_security_code security_code card_verification_value card_verification_code card_code"),
  },
  { kind: "pin", shape: "code", word: list("pin"), exact: list("pin_code pin_number pin_block") },
  {
    kind: "otp",
    shape: "code",
    word: list("otp totp hotp"),
    exact: list(
      "otp_code totp_code mfa_code tfa_code two_factor_code sms_code verification_code one_time_code device_code",
      "backup_code recovery_code scratch_code confirmation_code otp_seed totp_seed otpauth_url auth_code authorization_code",
      "login_code activation_code reset_code 2fa_code access_code",
    ),
  },
  {
    kind: "ssn",
    shape: "code",
    word: list("ssn"),
    exact: list("social_security_number social_security social_security_no itin"),
  },
  {
    kind: "identity_number",
    shape: "code",
    ending: list(
      "passport_number passport_no drivers_license_number driver_license_number driving_licence_number",
    ),
    exact: list("national_id_number"),
  },
  {
    kind: "secret",
    shape: "opaque",
    word: list("key sid sig signature ticket seed cred creds sess auth secrets"),
    exact: list("state relay_state assertion nonce code oauth_code session access refresh"),
  },
];

/** Names that end like a secret and are none: places in a list, counts, public halves. */
export const PLAIN_NAMES: readonly string[] = list(
  "next_page_token page_token next_token previous_page_token prev_page_token continuation_token sync_token",
  "next_sync_token cursor_token cancellation_token cancel_token public_key_token public_token max_token total_token",
  "prompt_token completion_token input_token output_token reasoning_token idempotency_key cache_key primary_key",
  "foreign_key partition_key sort_key routing_key public_key object_key s3_key kms_key message_key lock_key row_key",
  "hash_key range_key group_key dedup_key event_key host_key ssh_host_key issue_key project_key translation_key",
);

/** What may follow a secret name without making it harmless: `password_hash`, `newPasswordConfirmation`. Anything else does (`token_type`). */
export const TAILS: readonly string[] = list(
  "hash digest salt confirm confirmation repeat again old new current previous plain plaintext cleartext clear",
  "value raw encrypted text string base64 hex pem header data",
);

/** In `{ name: "Authorization", value: "…" }` and `{ field: "password", from: "…", to: "…" }` one says what the other holds. */
export const LABEL_NAMES: readonly string[] = list(
  "field name key header param parameter attribute property column variable",
);
export const SLOT_NAMES: readonly string[] = list(
  "value values from to old new before after previous current old_value new_value",
);

/** `["Authorization", "Basic …", "Accept", "…"]`: names and values in turn. */
export const HEADER_LISTS: readonly string[] = list("raw_headers headers raw_trailers");

/** A bare run of digits under a name that ends in one of these words is an identifier, a time or a size, not a card. */
export const NUMBER_WORDS: readonly string[] = list(
  "id ids uid guid uuid ts time timestamp at ms us ns micros nanos epoch duration seq sequence trace span order offset",
  "count size bytes length index version nonce cursor trace_id span_id order_id request_id user_id account_id message_id",
  "event_id order_number order_no invoice",
);
