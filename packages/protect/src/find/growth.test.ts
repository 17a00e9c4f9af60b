// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from "vitest";
import { createNameJudges } from "../names/verdict.js";
import { createFinder } from "./find.js";
import { KEPT_KINDS } from "./personal.js";
import { createDetectors } from "./registry.js";

// Every detector on the shapes that are worst for it: many beginnings that never end, long runs, separators without values.
const SHAPES: Record<string, string> = {
  "PEM beginnings": "-----BEGIN PRIVATE KEY-----",
  "PEM words": "-----BEGIN RSA RSA RSA RSA ",
  dashes: "-",
  "JWT beginnings": "eyJ",
  "JWT parts": "eyJaaaaaaaa.",
  "JWT dots": "eyJaaaaaaaa.....",
  "AWS beginnings": "AKIA",
  "AWS almost": "AKIAAAAAAAAAAAAAAAAAAAAAAAA ",
  "GitHub beginnings": "ghp_",
  "GitHub fine-grained": "github_pat_",
  "GitHub server": "ghs_1_eyJ",
  "Slack beginnings": "xoxb-",
  "Slack hooks": "hooks.slack.com/services/",
  "Stripe beginnings": "sk_live_",
  "Google beginnings": "AIza",
  "Google refresh": "1//0",
  "Google access": "ya29.",
  "npm beginnings": "npm_",
  "SendGrid beginnings": "SG.aaaaaaaaaaaaaaaaaaaaaa.",
  "Telltale beginnings": "tt_ingest_a_",
  schemes: "://",
  "URL users": "a://b:c@",
  "URL late at": "a://b:c/d@ ",
  "URL almost": "https://user:pass/",
  "long URL user":
    "://aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
  "bearer words": "bearer ",
  "bearer tokens": "Bearer aaaaaaaa ",
  "basic tokens": "Basic QUFB",
  ats: "@",
  "mail locals": "a@",
  "mail domains": "a@b.",
  "mail long": "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa@bbbbbbbbbbbb",
  "encoded ats": "%40",
  "percent signs": "%",
  "percent and at": "%%%%%%%%@",
  digits: "4",
  "spaced digits": "4 ",
  "dashed digits": "4-",
  cards: "4111111111111111 ",
  "account numbers": "4111111111111111=",
  "bare ids": "52998224725 ",
  "dashed ids": "123-45-6789 ",
  "dotted ids": "529.982.247-25 ",
  "ids and words": "ssn 123456780 ",
  "bank accounts": "account number 123456 ",
  "twelve digits": "123456789012 ",
  "groups of two": "12 34 56 ",
  "letters and digits": "A1",
  "Italian ids": "RSSMRA80A01H501U ",
  ibans: "DE44500105175407324931 ",
  "IBAN beginnings": "DE44 ",
  "IBAN groups": "DE44 5001 0517 5407 3249 31 ",
  "zones of passports": "P<UTO<<",
  fillers: "<",
  "track beginnings": "%B4111111111111111^",
  "second tracks": ";4111111111111111=2512",
  "card codes": "cvv 123 ",
  pins: "PIN 1234 ",
  telephones: "+14155552671 ",
  "telephones and words": "phone 0151 1234567 ",
  "telephone beginnings": "+1 ",
  brackets: "(415) ",
  equals: "=",
  colons: ":",
  "names without values": "password=",
  "names and colons": "password:",
  "names and blanks": "password:          ",
  "names and brackets": "password=[",
  "names and quotes": 'password="',
  "names and escaped quotes": 'password=\\"',
  backslashes: 'password="\\\\\\\\\\\\\\\\',
  "otp lists": "otp:[ ",
  credentials: "credentials:",
  auths: "auth=",
  states: "token=missing ",
  elements: "<password>",
  "open elements": "<password",
  "cookie lines": "cookie:a;",
  digests: "authorization: digest ",
  basics: "token: basic ",
  "pairs in values":
    "password=aaaa,bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb",
  commas: "password=,,,,,,,,",
  ampersands: "password=a&b&c&d&",
  "encoded brackets": "%5D%5D%5D%5D=",
  "long names": "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa=",
  "two words": "api key=",
  spoken: "password is ",
  "spoken options": "--password ",
  "spoken quotes": "password '",
  identified: "identified by '",
  markers: "password=[masked:password]",
  "marker beginnings": "[masked:",
  "card markers": "[masked:card 411111",
  "AI beginnings": "sk-proj-",
  "AI almost": "sk-aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa-",
  "Atlassian beginnings": "ATATT3",
  "AWS with bases": "AKIAAAAAAAAAAAAAAAAA aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa ",
  "Azure keys": "storage account key aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa=",
  "Entra beginnings": "aaa1Q~",
  "Databricks beginnings": "dapi",
  "Docker beginnings": "dckr_pat_",
  "GitLab beginnings": "glpat-",
  "GitLab jobs": "glcbt-a_",
  "Grafana beginnings": "glc_eyJ",
  "mail keys": "key-",
  "mail hex": "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa-us",
  "PyPI beginnings": "pypi-Ag",
  "Twilio beginnings": "SK0",
  "Vault beginnings": "hvs.",
  "Terraform beginnings": "aaaaaaaaaaaaaa.atlasv1.",
  "vendor beginnings": "discord.com/api/webhooks/",
  "vendor bots": "123456789:AA",
  "Discord words": "Discord MaaaaaaaaaaaaaaaaaaaaaaaaaA.",
  "key lines": "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\n",
  "key ends": "-----END PRIVATE KEY-----",
  "PuTTY lines": "Private-Lines: 1\n",
  "JSON web keys": '"kty":"d":"',
  "password hashes": "$6$",
  "long password hashes": "$argon2id$aaaaaaaaaaaaaaaaaaaaaaaaaaa",
  "DSN users": "sqlplus a:b@",
  "DSN slashes": "sqlplus a/",
  "Oracle words": "connect aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa/b ",
  commands: "mysql ",
  "command words": "curl a a a a a a a a a a a a ",
  "command options": "mysql -u ",
  "command echoes": "echo a | sudo ",
  "command users": "htpasswd curl -u a:",
  labels: "name=password value ",
  "label gaps": "name: password              value ",
  tuples: "value ('password','",
  "tuple beginnings": '["password", "',
  inserts: "insert into a (password) values (",
  "insert rows": "insert into a (password) values ('a'),('b'),",
  "insert columns": "insert into a (password,password,password,",
  "link words": "/reset/",
  "link segments": "/reset/aaaaaaaaaaaaaaaaaaaa/",
  "link queries": "/reset?a=b&a=b&",
  "OAuth codes": "oauth code=",
  "OAuth states": "oauth&state=aaaaaa&",
  "signed addresses": "&sig=&sv=",
  "signed parameters": "?x-amz-signature=aaaaaaaa",
  "one-time addresses": "otpauth://",
  "one-time codes": "otp code ",
  "one-time seeds": "totp secret AAAA ",
  "told passwords": "password for aaaa is ",
  "introduced passwords": "with password user a password ",
  "changed passwords": "password from aaaa to ",
  "password before": "aaaaaaaa is the ",
  "login attempts": "login attempt [a/",
  "opaque names": "key=state=session=",
  "opaque values": "key=aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
  "cookie pairs": "cookie: a=b; c=d; ",
  "cookies in quotes": 'cookie: "a=b;',
  "YAML blocks": "password: |\n a\n",
  "tags with attributes": '<password a="b">',
  "tags without beginnings": '">',
  proofs: "digest a=response=",
  lookalikes: "\u0440\u0430ssword=",
  "zero width": "p\u200b",
  "full width": "\uff50\uff41\uff53\uff53\uff1d",
  foreign: "\u5bc6\u7801\uff1a",
  accents: "contrasen\u0303a=",
  "lone surrogates": "\ud800=",
  nul: "\u0000password=",
};

/** Shapes for the detectors that run only when a policy asks for them. */
const KEPT_SHAPES: Record<string, string> = {
  "addresses of hosts": "10.1.2.3 ",
  "long addresses": "2001:db8::1 ",
  "hexadecimal groups": "ab:",
  hardware: "00:1b:44:11:3a:b7 ",
  vehicles: "1HGCM82633A004352 ",
};

const { secretOf } = createNameJudges();
const finders = {
  default: createFinder(createDetectors(secretOf)),
  asking: createFinder(createDetectors(secretOf, KEPT_KINDS)),
};
const CASES = [
  ...Object.entries(SHAPES).map(([name, shape]) => [name, shape, finders.default] as const),
  ...Object.entries(KEPT_SHAPES).map(([name, shape]) => [name, shape, finders.asking] as const),
];

/** Milliseconds of CPU time, which other processes on the machine do not add to. */
function timeOf(work: () => void): number {
  const start = process.cpuUsage();
  work();
  const used = process.cpuUsage(start);
  return (used.user + used.system) / 1000;
}

function repeat(shape: string, length: number): string {
  return shape.repeat(Math.ceil(length / shape.length)).slice(0, length);
}

/** Milliseconds for 40 kB on an idle machine. */
const LIMIT = 5;
/** Takes {@link YARDSTICK_MS} to parse on an idle machine; measured along, it tells how slow the machine is now. */
const YARDSTICK = JSON.stringify(
  Array.from({ length: 5000 }, (_, i) => ({
    id: `id-${i}`,
    name: "value",
    list: [i, i + 1],
    text: "a text of some length",
  })),
);
const YARDSTICK_MS = 2.8;
// Four times the text may cost four times the time; a quadratic scan costs sixteen times as much.
const GROWTH = 8;
const ROUNDS = 30;

describe("time on hostile texts", () => {
  it.each(CASES)(
    "%s: linear, 40 kB under 5 ms",
    (_, shape, find) => {
      for (const text of [
        repeat(shape, 40_000),
        `password=${repeat(shape, 40_000)}`,
        `x ${repeat(`${shape}!`, 40_000)}`,
      ]) {
        const quarter = text.slice(0, 10_000);
        let whole = Number.POSITIVE_INFINITY;
        let part = Number.POSITIVE_INFINITY;
        let yardstick = Number.POSITIVE_INFINITY;
        // Squared: what shares the core shares its caches too, and a scan that finds much needs them more than the yardstick does.
        const limit = (): number => LIMIT * Math.max(1, yardstick / YARDSTICK_MS) ** 2;
        // Below half a millisecond the clock says nothing about growth.
        const growth = (): number => Math.max(whole, 0.5) / Math.max(part, 0.125);
        // The best of many rounds is what the code costs; a round in which a neighbour had the caches says nothing.
        for (let round = 0; round < ROUNDS; round++) {
          whole = Math.min(
            whole,
            timeOf(() => find(text, "text")),
          );
          part = Math.min(
            part,
            timeOf(() => find(quarter, "text")),
          );
          if (round > 0 && whole < LIMIT && growth() < GROWTH) break;
          yardstick = Math.min(
            yardstick,
            timeOf(() => JSON.parse(YARDSTICK)),
          );
        }
        expect(whole).toBeLessThan(limit());
        expect(growth()).toBeLessThan(GROWTH);
      }
    },
    60_000,
  );
});
