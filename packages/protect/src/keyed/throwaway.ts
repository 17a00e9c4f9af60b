// SPDX-License-Identifier: Apache-2.0
import { createHmac, randomBytes } from "node:crypto";
import type { Acts, SubjectRecord, Subjects } from "../act/acts.js";
import { markEncrypted, markSealed, markToken } from "../act/marker.js";

/** What an encrypted value has around its text: version, nonce, tag, key commitment. */
const AROUND_BYTES = 61;
/** The same of a sealed one: version, encapsulated key, number, tag. */
const AROUND_SEALED_BYTES = 57;
const VERSION = 1;
const ID_BYTES = 16;
const BASE32 = "abcdefghijklmnopqrstuvwxyz234567";
const ALIAS_CHARS = 26;

/**
 * Acts whose markers look as those of the server do and say nothing: their keys were made for this object and are kept nowhere. So a
 * preview cannot be asked for the token or the alias of a name, with which it could be searched. Equal values stay equal.
 */
export function createThrowawayActs(): Acts & Subjects {
  const key = randomBytes(32);
  const mac = (...parts: readonly (string | undefined)[]): Buffer =>
    createHmac("sha256", key).update(JSON.stringify(parts)).digest();
  const idOf = (...parts: readonly (string | undefined)[]): string =>
    mac(...parts)
      .subarray(0, ID_BYTES)
      .toString("base64url");
  return {
    tokenize: (tenant, kind, value) => markToken(kind, 1, idOf("token", tenant, kind, value)),
    tokenizeIp: (tenant, value) => toAddress(value, mac("ip", tenant, value)),
    encrypt: (kind, value, { subject, day }) =>
      markEncrypted(kind, subject?.key.id ?? idOf("class", kind, day), noise(value, AROUND_BYTES)),
    seal: (kind, value) => markSealed(kind, idOf("segment"), noise(value, AROUND_SEALED_BYTES)),
    get: (tenant, id) => toSubject(mac("subject", tenant, id)),
  };
}

/** As long as the real body would be. */
function noise(value: string, around: number): string {
  const body = randomBytes(around + Buffer.byteLength(value));
  body[0] = VERSION;
  return body.toString("base64url");
}

function toAddress(value: string, bytes: Buffer): string | undefined {
  if (/^\d{1,3}(?:\.\d{1,3}){3}$/.test(value)) return [...bytes.subarray(0, 4)].join(".");
  if (!value.includes(":")) return undefined;
  const groups = Array.from({ length: 8 }, (_, i) => bytes.readUInt16BE(2 * i).toString(16));
  return groups.join(":");
}

function toSubject(bytes: Buffer): SubjectRecord {
  const letters = Array.from({ length: ALIAS_CHARS }, (_, i) => BASE32.charAt((bytes[i] ?? 0) & 31));
  return {
    alias: `sub_${letters.join("")}`,
    key: { id: bytes.subarray(0, ID_BYTES).toString("base64url"), key: bytes },
  };
}
