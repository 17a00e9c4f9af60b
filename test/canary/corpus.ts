// SPDX-License-Identifier: Apache-2.0
// Secrets that must be found nowhere once they were sent: of every kind that a detector knows, each in a text as people write it.
import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { KEPT_KINDS } from "../../packages/protect/src/find/personal.js";
import { fakeCharacters, fill } from "../../packages/protect/test/fill.js";
import { root } from "../harness.js";

export interface Canary {
  /** Detector that owns it, or the shape of the sentence around a password. */
  readonly kind: string;
  /** What is sent. */
  readonly text: string;
  /** The parts of it that must be found nowhere. */
  readonly secrets: readonly string[];
  /** `secret`: hidden in every field. `private`: stays in a field that names somebody, so it is sent in free text only. */
  readonly class: "secret" | "private";
}

/** Shorter ones, and digits that are everywhere, would be found by chance. */
const SHORTEST = 12;

/** Detectors whose findings an identity field may keep; {@link Canary.class}. */
const PRIVATE_FOLDERS = new Set(["card", "card-data", "email", "iban", "ids", "mrz", "named", "phone"]);

/** Every canary, the same in every run: those of the detectors' own cases, and passwords in the shapes that text has. */
export function makeCorpus(): Canary[] {
  const canaries = [...casesOfDetectors(), ...passwords(), ...numbers()];
  return canaries.filter(({ secrets }) => secrets.length > 0);
}

const FIND = path.join(root, "packages/protect/src/find");

/** Detectors by the names of their folders: those that hide something under the default policy. */
export function detectorFolders(): string[] {
  return readdirSync(FIND, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map((entry) => entry.name)
    .filter((folder) => casesOf(folder).some(isHidden));
}

type Case = readonly [text: string, expected: string];

function casesOf(folder: string): Case[] {
  return readFileSync(path.join(FIND, folder, "cases/must-mask.jsonl"), "utf8")
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => JSON.parse(line) as Case);
}

/** Addresses of machines and the like stay unless a policy asks for them. */
function isHidden([, expected]: Case): boolean {
  return [...expected.matchAll(/\[(?:masked|removed):([a-z0-9_]+)/g)].some(
    ([, kind = ""]) => !KEPT_KINDS.has(kind),
  );
}

function casesOfDetectors(): Canary[] {
  return detectorFolders().flatMap((folder) =>
    casesOf(folder)
      .filter(isHidden)
      .map(([text, expected]): Canary => {
        const filled = fill(text);
        return {
          kind: folder,
          text: filled,
          secrets: hiddenParts(filled, expected),
          class: PRIVATE_FOLDERS.has(folder) ? "private" : "secret",
        };
      }),
  );
}

const MARKER = /\[(?:masked|removed|token|encrypted):[^\]]*\]/g;

/** What of `text` a marker stands for in `expected`. */
function hiddenParts(text: string, expected: string): string[] {
  const escaped = expected.split(MARKER).map((part) => part.replace(/[\\^$.*+?()[\]{}|]/g, "\\$&"));
  const match = new RegExp(`^${escaped.join("([\\s\\S]+?)")}$`).exec(text);
  const parts = (match ?? []).slice(1);
  // A case may begin with a marker in it: what stands there is no secret.
  return parts.filter((part) => part.length >= SHORTEST && part.search(MARKER) === -1);
}

/** A password that no other text holds. */
const password = (n: number): string => `Xq${fakeCharacters("alnum", 16, `canary-password-${n}`)}`;

/** Those of detectors whose own cases are too short to be looked for. */
const SPOKEN: readonly (readonly [string, (secret: string) => string])[] = [
  ["spoken", (secret) => `his password is ${secret}!`],
  ["spoken", (secret) => `mysql --password ${secret} -h db`],
  ["dsn", (secret) => `dsn app:${secret}@tcp(db:3306)/shop?parseTime=true`],
  ["labelled", (secret) => `<property name="password" value="${secret}"/>`],
  ["spoken-foreign", (secret) => `密码是${secret}`],
  ["spoken", (secret) => `CREATE USER x IDENTIFIED BY '${secret}'`],
];

const SHAPES: readonly (readonly [string, (secret: string) => string])[] = [
  ["key=value", (secret) => `login with password=${secret} failed`],
  ["key: value", (secret) => `pwd: ${secret}`],
  ["JSON", (secret) => `{"user":"bob","passwd":"${secret}","n":1}`],
  ["JSON in JSON", (secret) => JSON.stringify(`{"user":"bob","password":"${secret}"}`)],
  ["query", (secret) => `/reset?password=${secret}&next=/home`],
  ["form", (secret) => `user[password]=${secret}&user[name]=bob`],
  ["userinfo", (secret) => `https://bob:${secret}@host.example/x`],
  ["database", (secret) => `postgres://app:${secret}@db.internal:5432/shop`],
  ["ADO", (secret) => `Server=db;User Id=sa;Password=${secret};Database=shop`],
  ["header", (secret) => `Authorization: Bearer ${secret}`],
  ["cookie", (secret) => `Cookie: sid=${secret}; theme=dark`],
  ["German", (secret) => `Passwort=${secret}`],
  ["Spanish", (secret) => `contraseña: ${secret}`],
  ["environment", (secret) => `DB_PASSWORD=${secret} node app.js`],
  ["XML", (secret) => `<soap:Password>${secret}</soap:Password>`],
];

function passwords(): Canary[] {
  return [...SPOKEN, ...SHAPES].map(([kind, write], n) => ({
    kind,
    text: write(password(n)),
    secrets: [password(n)],
    class: "secret",
  }));
}

/** A card number of this prefix that no document shows, its last digit by ISO/IEC 7812-1 (Luhn). */
function cardNumber(prefix: string, length: number): string {
  const body = `${prefix}${fakeCharacters("digits", length - prefix.length - 1, `canary-card-${prefix}`)}`;
  let sum = 0;
  for (let i = 0; i < body.length; i++) {
    const digit = Number(body[body.length - 1 - i]);
    const doubled = i % 2 === 0 ? digit * 2 : digit;
    sum += doubled > 9 ? doubled - 9 : doubled;
  }
  return `${body}${(10 - (sum % 10)) % 10}`;
}

function numbers(): Canary[] {
  const cards = [cardNumber("4929", 16), cardNumber("5412", 16), cardNumber("3787", 15)];
  const mail = `${fakeCharacters("lower", 14, "canary-mail")}@canary.example.com`;
  return [
    ...cards.map((card): Canary => {
      return { kind: "card", text: `paid with ${card} today`, secrets: [card], class: "private" };
    }),
    { kind: "email", text: `mail to ${mail} bounced`, secrets: [mail], class: "private" },
  ];
}

/**
 * What was cut off is known by the end of its text, which inside another text is somewhere else; the quotes of a Digest header, escaped
 * twice, are not read.
 */
const NOT_INSIDE = /\bcut\b|…|\bDigest username/;

/** Whether a canary is still known when its text stands inside a longer one. */
export function isWhole({ text }: Canary): boolean {
  return !NOT_INSIDE.test(text);
}

/** Percent-encoded once and twice, and in base64 by itself and amid a text. */
function encodingsOf(text: string): Record<string, unknown>[] {
  const action = "canary_sent";
  const once = encodeURIComponent(text);
  const base64 = Buffer.from(text).toString("base64");
  return [
    { action, request: { path: `/x?note=${once}` }, data: { twice: `/x?note=${encodeURIComponent(once)}` } },
    { action, message: `payload ${base64} refused`, data: { body: base64 } },
  ];
}

/** Events with the canary in one field each. */
export function eventsWith(canary: Canary, n: number): Record<string, unknown>[] {
  const { text, class: kept } = canary;
  const action = "canary_sent";
  const free: Record<string, unknown>[] = [
    { action, message: text },
    { action, data: { note: text, list: [text], deep: { er: [{ note: text }] } } },
    { action, data: { [text]: n } },
    ...(!isWhole(canary) ? [] : [{ action, data: { raw: JSON.stringify({ inner: text }) } }]),
    { action, changes: [{ field: "note", from: text, to: n }] },
    { action, [text]: 1 },
    // Wrong types: kept under data._invalid.
    { action, actor: text, client: text, targets: text, changes: text, request: [text] },
  ];
  if (kept === "private") return free;
  // A text that is encoded already would be so once more than is read.
  const encoded =
    canary.kind === "encoded" || !/^[\x20-\x7e]+$/.test(text) || text.startsWith("+")
      ? []
      : encodingsOf(text);
  return [
    ...free,
    ...encoded,
    {
      action,
      actor: { type: "user", id: text, name: text, session: `s${n}` },
      targets: [{ type: "x", id: text, name: text }],
    },
    { action, client: { userAgent: text, ip: text }, reason: text },
    { action, id: text, time: text, level: text, outcome: text, source: { app: text, version: text } },
    { action: text, received: text, via: text, tenant: text, protected: text },
  ];
}
