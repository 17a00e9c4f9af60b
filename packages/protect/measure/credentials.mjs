// SPDX-License-Identifier: Apache-2.0
// Values that open something (rows 1 to 26), made at run time: no file of the repository holds a text that looks like a credential.
import { createHash } from "node:crypto";
import { crc32 } from "node:zlib";
import { ALNUM, BASE32, BASE64URL, DIGITS, HEX, LOWER, UPPER } from "./random.mjs";

const base64url = (value) => Buffer.from(JSON.stringify(value)).toString("base64url");

export function jwt(r) {
  const header = base64url({ alg: r.pick(["HS256", "RS256", "ES256"]), typ: "JWT" });
  const payload = base64url({ sub: r.digits(8), exp: 1_900_000_000 + r.below(1e6), scope: "read" });
  return `${header}.${payload}.${r.chars(BASE64URL, r.pick([43, 86]))}`;
}

export const bearer = (r) => r.chars(ALNUM, r.between(24, 48));
export const basic = (r) => Buffer.from(`${r.chars(LOWER, 6)}:${r.chars(ALNUM, 10)}`).toString("base64");
export const digest = (r) => r.chars(HEX, 32);
export const cookie = (r) => r.chars(ALNUM, r.between(20, 40));
export const session = (r) =>
  r.pick([
    () => r.chars(HEX, 32),
    () => r.chars(ALNUM, 26),
    () => `s:${r.chars(BASE64URL, 32)}.${r.chars(ALNUM, 43)}`,
  ])();

const WORDS = [
  "summer",
  "dragon",
  "monkey",
  "Welcome",
  "letmein",
  "Passw0rd",
  "sunshine",
  "Football",
  "qwerty",
  "Charlie",
];

/** As people choose them, and as managers make them. No blanks, quotes or commas: where such a value ends nobody can say. */
export function password(r) {
  return r.pick([
    () => `${r.pick(WORDS)}${r.between(1, 2026)}`,
    () => `${r.pick(WORDS)}${r.pick(["!", "#", "$", "@"])}${r.digits(3)}`,
    () => `${r.chars(ALNUM, 12)}${r.pick(["!", "%", "*", "^"])}`,
    () => r.chars(`${ALNUM}!#$*+-_~`, 16).replace(/^[-+*#!$~_]/, "k"),
    () => `${r.chars(LOWER, 5)}-${r.chars(LOWER, 6)}-${r.digits(2)}`,
    () => `${UPPER[r.below(26)]}${r.chars(LOWER, 7)}${r.digits(2)}`,
  ])();
}

/** Letters only: hard to tell from a word of the sentence. */
export const weakPassword = (r) => `${r.pick(WORDS)}${r.pick(["", r.pick(WORDS)])}`.toLowerCase();

export const opaque = (r) =>
  r.pick([() => r.chars(ALNUM, 32), () => r.chars(HEX, 40), () => r.chars(BASE64URL, 43)])();

export function pem(r) {
  const label = r.pick(["RSA PRIVATE KEY", "PRIVATE KEY", "EC PRIVATE KEY", "OPENSSH PRIVATE KEY"]);
  const lines = Array.from({ length: r.between(4, 12) }, () => r.chars(`${ALNUM}+/`, 64));
  return [`-----BEGIN ${label}-----`, `MII${lines[0].slice(3)}`, ...lines.slice(1), `-----END ${label}-----`];
}

export const awsId = (r) => `${r.pick(["AKIA", "ASIA"])}${r.chars(BASE32, 16)}`;
export const awsSecret = (r) => r.chars(`${ALNUM}+/`, 40);

/** A classic token: 30 random characters and the CRC-32 of them in base 62 (GitHub, 2021). Older Node has no crc32: then without. */
export function github(r) {
  const prefix = r.pick(["ghp_", "gho_", "ghu_", "ghs_", "ghr_"]);
  const body = r.chars(ALNUM, 30);
  return prefix + body + toBase62(typeof crc32 === "function" ? crc32(body) : crcOf(body));
}

function crcOf(text) {
  let crc = ~0;
  for (const byte of Buffer.from(text)) {
    crc ^= byte;
    for (let i = 0; i < 8; i++) crc = (crc >>> 1) ^ (crc & 1 ? 0xedb88320 : 0);
  }
  return ~crc >>> 0;
}

function toBase62(number) {
  const alphabet = `${DIGITS}${UPPER}${LOWER}`;
  let text = "";
  for (let rest = number, i = 0; i < 6; i++, rest = Math.floor(rest / 62)) text = alphabet[rest % 62] + text;
  return text;
}

export const githubFine = (r) => `github_pat_${r.chars(ALNUM, 22)}_${r.chars(ALNUM, 59)}`;
export const gitlab = (r) =>
  `${r.pick(["glpat-", "gldt-", "glrt-", "glptt-"])}${r.chars(BASE64URL, 20).replace(/-/g, "x")}`;
export function npm(r) {
  const body = r.chars(ALNUM, 30);
  return `npm_${body}${toBase62(crcOf(body))}`;
}
export const pypi = (r) => `pypi-AgEIcHlwaS5vcmc${r.chars(BASE64URL, 120).replace(/-/g, "y")}`;
export const slack = (r) =>
  `${r.pick(["xoxb", "xoxp"])}-${r.digits(12)}-${r.digits(12)}-${r.chars(ALNUM, 24)}`;
export const slackHook = (r) =>
  `T${r.chars(UPPER + DIGITS, 8)}/B${r.chars(UPPER + DIGITS, 10)}/${r.chars(ALNUM, 24)}`;
export const stripe = (r) =>
  `${r.pick(["sk_live_", "rk_live_", "sk_test_"])}${r.chars(ALNUM, r.pick([24, 99]))}`;
export const stripeHook = (r) => `whsec_${r.chars(ALNUM, 32)}`;
export const google = (r) => `AIza${r.chars(BASE64URL, 34)}${r.chars(ALNUM, 1)}`;
export const googleSecret = (r) => `GOCSPX-${r.chars(ALNUM, 28)}`;
export const ai = (r) =>
  r.pick([
    () => `sk-proj-${r.chars(ALNUM, 74)}T3BlbkFJ${r.chars(ALNUM, 74)}`,
    () => `sk-ant-api03-${r.chars(ALNUM, 93)}AA`,
    () => `hf_${r.chars(UPPER + LOWER, 34)}`,
    () => `gsk_${r.chars(ALNUM, 52)}`,
  ])();
export const sendgrid = (r) => `SG.${r.chars(ALNUM, 22)}.${r.chars(ALNUM, 43)}`;
export const twilio = (r) => `SK${r.chars(HEX, 32)}`;
export const mailgun = (r) => `key-${r.chars(HEX, 32)}`;
export const azureStorage = (r) => r.bytes(64).toString("base64");
export const entra = (r) => `${r.chars(ALNUM, 3)}8Q~${r.chars(ALNUM, 34)}`;
export const vault = (r) => `hvs.CAESI${r.chars(ALNUM, 88)}`;
export const atlassian = (r) => `ATATT3xFfGF0${r.chars(ALNUM, 171)}=${r.chars("0123456789ABCDEF", 8)}`;
export const databricks = (r) => `dapi${r.chars(HEX, 32)}`;
export const docker = (r) => `dckr_pat_${r.chars(ALNUM, 27)}`;
export function grafana(r) {
  const body = `glsa_${r.chars(ALNUM, 32)}`;
  return `${body}_${crcOf(body).toString(16).padStart(8, "0")}`;
}
export const otpSeed = (r) => r.chars(BASE32, 32);
export const otpCode = (r) => r.digits(6);
export const samlResponse = (r) =>
  Buffer.from(
    `<samlp:Response xmlns:samlp="urn:oasis:names:tc:SAML:2.0:protocol" ID="_${r.chars(HEX, 32)}"/>`,
  ).toString("base64");
export const linkToken = (r) =>
  r.pick([() => r.chars(BASE64URL, 43), () => r.chars(HEX, 64), () => r.chars(ALNUM, 32)])();

const BECH32 = "qpzry9x8gf2tvdw0s3jn54khce6mua7l";

export function ageKey(r) {
  // Bech32 (BIP 173) of 32 bytes under "age-secret-key-".
  const prefix = "age-secret-key-";
  const data = Array.from({ length: 51 }, () => r.below(32)).concat(r.pick([0, 16]));
  const expanded = [
    ...Array.from(prefix, (c) => c.charCodeAt(0) >> 5),
    0,
    ...Array.from(prefix, (c) => c.charCodeAt(0) & 31),
  ];
  let check = 1;
  for (const value of [...expanded, ...data, 0, 0, 0, 0, 0, 0]) {
    const top = check >>> 25;
    check = ((check & 0x1ffffff) << 5) ^ value;
    [0x3b6a57b2, 0x26508e6d, 0x1ea119fa, 0x3d4233dd, 0x2a1462b3].forEach((g, i) => {
      if ((top >> i) & 1) check ^= g;
    });
  }
  check ^= 1;
  const digits = [...data, ...Array.from({ length: 6 }, (_, i) => (check >>> (5 * (5 - i))) & 31)];
  return `${prefix}1${digits.map((d) => BECH32[d]).join("")}`.toUpperCase();
}

const sha = (bytes) => createHash("sha256").update(bytes).digest();

/** Base58Check of a private key for Bitcoin's main network. */
export function wif(r) {
  const body = Buffer.concat([Buffer.from([0x80]), r.bytes(32), Buffer.from([1])]);
  let number = BigInt(`0x${Buffer.concat([body, sha(sha(body)).subarray(0, 4)]).toString("hex")}`);
  const alphabet = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz";
  let text = "";
  for (; number > 0n; number /= 58n) text = alphabet[Number(number % 58n)] + text;
  return text;
}
