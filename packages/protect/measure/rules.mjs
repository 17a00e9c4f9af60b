// SPDX-License-Identifier: Apache-2.0
// The forty rows that the protector is measured by: for each the values and the texts in which they stand.
import * as c from "./credentials.mjs";
import * as p from "./people.mjs";
import * as fresh from "./fresh.mjs";
import { NAMED, PROSE, TOKEN, VALUE } from "./shapes.mjs";

const FRESH = new Map([
  [NAMED, fresh.NAMED],
  [TOKEN, fresh.TOKEN],
  [VALUE, fresh.VALUE],
  [PROSE, fresh.PROSE],
]);

/**
 * `group`: `structured` (a form or a check tells it), `prose` (a password in free text), `kept` (found only when a policy asks for it).
 * `values` gives `[name, value]`; the name goes where the texts have `%k`. `seen` are the texts that the detectors were written
 * against, `fresh` those that were not looked at for that; not every row has such. `near` gives what looks alike and must stay.
 */
function rule(row, name, group, values, shapes, near) {
  const seen = [...shapes.tune, ...shapes.held];
  return { row, name, group, values, seen, fresh: FRESH.get(shapes) ?? [], near };
}

const named = (names, value) => (r) => [r.pick(names), value(r)];
const plain = (value) => named(["value", "data", "result", "key"], value);
const texts = (tune, held) => ({ tune, held });

const HEADER = texts(
  [
    "%k %v",
    '"authorization":"%k %v"',
    "Authorization: %k %v",
    "curl -H 'Authorization: %k %v' https://api.example.com/v1",
    "headers={authorization=%k %v, accept=*/*}",
  ],
  [
    "> Authorization: %k %v",
    '{:authorization=>"%k %v"}',
    "['authorization': '%k %v']",
    "Proxy-Authorization: %k %v",
    'req failed authorization="%k %v" status=401',
    "HTTP_AUTHORIZATION=%k %v",
  ],
);

const COOKIES = texts(
  [
    "Cookie: %k=%v; lang=en",
    "Set-Cookie: %k=%v; Path=/; HttpOnly; Secure",
    '{"cookie":"theme=dark; %k=%v"}',
    "curl -b '%k=%v' https://example.com",
  ],
  [
    "headers: { cookie: 'lang=en; %k=%v' }",
    "< set-cookie: %k=%v; Max-Age=3600",
    'HTTP_COOKIE="%k=%v"',
    'curl --cookie "%k=%v" https://example.com',
  ],
);

const URLS = texts(
  [
    "connecting to https://%u:%v@host.example.com/path",
    "git clone https://%u:%v@git.example.com/o/r.git",
    'url="ftp://%u:%v@files.example.com"',
    "proxy=http://%u:%v@10.0.0.1:3128",
  ],
  [
    "fetch failed: https://%u:%v@api.example.com/?a=1 (503)",
    "remote: http://%u:%v@[::1]:8080/x",
    "redirect_to=wss://%u:%v@ws.example.com:443",
    "sftp://%u:%v@backup.example.com/dir timed out",
  ],
);

const DATABASES = texts(
  [
    "postgres://%u:%v@db:5432/shop",
    "mysql://%u:%v@db.internal/shop?ssl=true",
    "Server=db;Database=shop;User Id=%u;Password=%v;",
    "jdbc:mysql://db/shop?user=%u&password=%v",
    "redis://:%v@cache:6379/0",
  ],
  [
    "mongodb+srv://%u:%v@cluster0.example.mongodb.net/db",
    "amqp://%u:%v@mq:5672/vhost",
    "Data Source=db;Initial Catalog=x;Uid=%u;Pwd=%v",
    "host=db port=5432 user=%u password=%v dbname=x",
    "jdbc:oracle:thin:%u/%v@//db:1521/XE",
    "jdbc:sqlserver://db;user=%u;password=%v;encrypt=true",
  ],
);

const PEM = texts(
  ["key follows:\n%v\n", '{"key":"%e"}', "ssl_key=%e", "%v"],
  ['echo "%v" > id_rsa', "error parsing '%e'", "  key: |\n    %v"],
);

const SIGNED = texts(
  [
    "https://b.s3.amazonaws.com/o?X-Amz-Expires=60&X-Amz-Signature=%v",
    "https://storage.googleapis.com/b/o?X-Goog-Date=20260101T000000Z&X-Goog-Signature=%v",
    "https://a.blob.core.windows.net/c/b?sv=2022-11-02&se=2026-12-01&sp=r&sig=%v",
  ],
  [
    "GET /o?X-Amz-Signature=%v&x-id=GetObject 200",
    '"url":"https://a.blob.core.windows.net/c?sp=rl&sig=%v&sv=2022"',
    "X-Amz-Security-Token=%v",
  ],
);

const OTP = texts(
  ["otpauth://totp/Shop:%u?secret=%v&issuer=Shop", '{"totp_secret":"%v"}', "totpSeed=%v"],
  ["otpauth://hotp/%u?issuer=X&counter=1&secret=%v", "mfa seed: %v", "<otpSecret>%v</otpSecret>"],
);

const LINKS = texts(
  [
    "GET /reset-password/%v 200",
    "https://example.com/password/reset?token=%v",
    "https://example.com/invite/%v",
    "GET /magic-link?token=%v HTTP/1.1",
  ],
  [
    "POST /auth/reset_password/%v/confirm 302",
    "link https://app.example.com/verify-email/%v sent to user",
    "https://example.com/accept-invite?code=%v",
    "/users/password/edit?reset_password_token=%v",
  ],
);

const OAUTH = texts(
  [
    "GET /cb?code=%v&state=xyz",
    "grant_type=refresh_token&refresh_token=%v",
    "client_id=web&client_secret=%v",
    '"id_token":"%v"',
    "code_verifier=%v",
  ],
  [
    "POST /token grant_type=authorization_code&code=%v&redirect_uri=https%3A%2F%2Fa.example",
    "SAMLResponse=%v&RelayState=x",
    "client_assertion=%v",
    '{"refresh_token": "%v", "expires_in": 3600}',
    "{refresh_token=%v, token_type=bearer}",
  ],
);

/** Rows 1 to 26. */
const CREDENTIALS = [
  rule(1, "JWT", "structured", plain(c.jwt), TOKEN, (r) => `eyJ${r.chars("abc", 6)}.${r.digits(4)}`),
  rule(
    2,
    "Authorization header",
    "structured",
    (r) =>
      r.pick([() => ["Bearer", c.bearer(r)], () => ["Basic", c.basic(r)], () => ["Token", c.bearer(r)]])(),
    HEADER,
  ),
  rule(3, "Cookie values", "structured", named(["sid", "auth", "remember_me", "session"], c.cookie), COOKIES),
  rule(
    4,
    "session ids",
    "structured",
    named(["PHPSESSID", "JSESSIONID", "connect.sid", "ASP.NET_SessionId", "sessionid"], c.session),
    NAMED,
  ),
  rule(
    5,
    "password under its name",
    "structured",
    named(
      [
        "password",
        "passwd",
        "pwd",
        "userPassword",
        "db_password",
        "passphrase",
        "Passwort",
        "contraseña",
        "senha",
      ],
      c.password,
    ),
    NAMED,
  ),
  rule("5b", "password in free text", "prose", named(["password"], c.password), PROSE),
  rule(6, "URL credentials", "structured", plain(c.bearer), URLS),
  rule(7, "database connections", "structured", plain(c.bearer), DATABASES),
  rule(8, "private key blocks", "structured", plain(c.pem), PEM),
  rule(9, "AWS access key id", "structured", plain(c.awsId), TOKEN, (r) => `AKIA-${r.chars("ABC", 6)}`),
  rule(
    10,
    "AWS secret key",
    "structured",
    named(["aws_secret_access_key", "secretAccessKey", "AWS_SECRET_ACCESS_KEY"], c.awsSecret),
    NAMED,
  ),
  rule(
    11,
    "signed URLs",
    "structured",
    plain((r) => r.chars("0123456789abcdef", 64)),
    SIGNED,
  ),
  rule(
    12,
    "GitHub",
    "structured",
    plain((r) => (r.below(3) ? c.github(r) : c.githubFine(r))),
    TOKEN,
    () => "ghp_example",
  ),
  rule(13, "GitLab", "structured", plain(c.gitlab), TOKEN),
  rule(
    14,
    "npm, PyPI",
    "structured",
    plain((r) => (r.below(2) ? c.npm(r) : c.pypi(r))),
    TOKEN,
    () => "npm_config_registry",
  ),
  rule(
    15,
    "Slack",
    "structured",
    plain((r) => (r.below(3) ? c.slack(r) : `https://hooks.slack.com/services/${c.slackHook(r)}`)),
    TOKEN,
  ),
  rule(
    16,
    "Stripe",
    "structured",
    plain((r) => (r.below(3) ? c.stripe(r) : c.stripeHook(r))),
    TOKEN,
    () => "sk_live_mode",
  ),
  rule(
    17,
    "Google",
    "structured",
    plain((r) => (r.below(2) ? c.google(r) : c.googleSecret(r))),
    TOKEN,
  ),
  rule(18, "AI vendors", "structured", plain(c.ai), TOKEN, () => "hf_hub_download"),
  rule(
    19,
    "SendGrid, Twilio, Mailgun",
    "structured",
    plain((r) => r.pick([c.sendgrid, c.twilio, c.mailgun])(r)),
    TOKEN,
  ),
  rule(
    20,
    "Azure",
    "structured",
    (r) => r.pick([() => ["AccountKey", c.azureStorage(r)], () => ["client_secret", c.entra(r)]])(),
    NAMED,
  ),
  rule(
    21,
    "Vault, Atlassian, Docker, Grafana",
    "structured",
    plain((r) => r.pick([c.vault, c.atlassian, c.databricks, c.docker, c.grafana])(r)),
    TOKEN,
  ),
  rule(22, "OTP seeds", "structured", plain(c.otpSeed), OTP),
  rule(
    "22b",
    "one-time codes",
    "structured",
    named(["otp", "otp_code", "mfa_code", "verification_code"], c.otpCode),
    NAMED,
  ),
  rule(23, "OAuth, SAML", "structured", plain(c.opaque), OAUTH),
  rule(24, "reset and invite links", "structured", plain(c.linkToken), LINKS),
  rule(
    25,
    "age, WIF",
    "structured",
    plain((r) => (r.below(2) ? c.ageKey(r) : c.wif(r))),
    TOKEN,
  ),
  rule(
    26,
    "value under a secret name",
    "structured",
    named(
      ["api_key", "apiKey", "X-API-Key", "secret", "auth_token", "signing_key", "webhookSecret"],
      c.opaque,
    ),
    NAMED,
  ),
];

const luhnWrong = (r) => p.cardDigits(r).replace(/\d$/, (digit) => (Number(digit) + 5) % 10);
const ibanWrong = (r) => `DE00${r.digits(18)}`;
const area = (lists) => (r) => lists[r.pick(Object.keys(lists))](r);

/** Rows 27 to 40. */
const PERSONAL = [
  rule(27, "card number", "structured", named(["card", "pan", "payment", "value"], p.card), VALUE, luhnWrong),
  rule(
    28,
    "CVV, tracks",
    "structured",
    (r) =>
      r.pick([
        () => ["cvv", r.digits(3)],
        () => ["cvc2", r.digits(3)],
        () => ["track", p.track(r)],
        () => ["pin_block", r.chars("0123456789ABCDEF", 16)],
      ])(),
    NAMED,
  ),
  rule(29, "IBAN", "structured", named(["iban", "account", "IBAN", "value"], p.iban), VALUE, ibanWrong),
  rule(
    30,
    "ABA routing, account",
    "structured",
    (r) =>
      r.pick([
        () => [r.pick(["routing number", "ABA", "routing_number"]), p.routing(r)],
        () => [r.pick(["account number", "bank_account", "acct no"]), p.account(r)],
      ])(),
    VALUE,
  ),
  rule(
    31,
    "US SSN, ITIN",
    "structured",
    named(["SSN", "ssn", "social security number", "tax id"], (r) => (r.below(4) ? p.ssn(r) : p.itin(r))),
    VALUE,
    (r) => `000-${r.digits(2)}-${r.digits(4)}`,
  ),
  rule(
    32,
    "UK NINO, NHS",
    "structured",
    (r) =>
      r.pick([
        () => [r.pick(["NINO", "national insurance"]), p.nino(r)],
        () => [r.pick(["NHS number", "nhs_no", "NHS"]), p.nhs(r)],
      ])(),
    VALUE,
  ),
  rule(33, "EU ids", "structured", area(p.EUROPE), VALUE),
  rule(34, "ids of the world", "structured", area(p.WORLD), VALUE),
  rule(
    35,
    "passport MRZ",
    "structured",
    named(["mrz", "passport"], p.mrz),
    texts(["%v", "scan: %v", '{"mrz":"%v"}'], ["read <%v>", "ocr result\n%v\nconfidence 0.98"]),
  ),
  rule(
    36,
    "e-mail",
    "structured",
    named(["email", "to", "user", "contact"], p.email),
    VALUE,
    (r) => `logo@${r.between(2, 3)}x.png`,
  ),
  rule(
    37,
    "phone",
    "structured",
    named(["phone", "tel", "mobile", "to"], p.phone),
    VALUE,
    (r) => `+0${r.digits(3)}`,
  ),
  rule(
    "37b",
    "phone without country",
    "structured",
    named(["phone", "tel", "mobile", "Telefon", "call"], p.localPhone),
    VALUE,
  ),
  rule(38, "IP address", "kept", named(["ip", "addr", "from"], p.ip), VALUE, () => "10.2.3"),
  rule(39, "IMEI, ICCID, IMSI, MAC, VIN", "kept", area(p.DEVICES), VALUE),
  rule(
    40,
    "fields named for a person",
    "kept",
    area(p.PERSONAL_FIELDS),
    texts(["§json", '{"%k":"%v","ok":true}'], ["§json", 'user=%u %k="%v" ok']),
  ),
];

export const RULES = [...CREDENTIALS, ...PERSONAL];
