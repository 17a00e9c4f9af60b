// SPDX-License-Identifier: Apache-2.0
import { hkdfSync } from "node:crypto";
import type { Acts, DataKey } from "../act/acts.js";
import { CryptoPan } from "./crypto-pan.js";
import { encryptValue } from "./encrypt.js";
import { formatAddress, isMapped, toAddressBytes } from "./ip.js";
import { createSealer } from "./sealed.js";
import { tokenOf } from "./token.js";

/** The keys of a server. Functions are asked for each value, so a key may change or go at any time. */
export interface ActKeys {
  /** The epoch that makes tokens now: 1, 2, 3 … */
  readonly epoch: () => number;
  /** The 32 bytes of an epoch's key. MUST throw for an unknown one. */
  readonly tokenKey: (epoch: number) => Uint8Array;
  /** 32 bytes, of which each tenant's own is derived. As long as it stays, addresses stay comparable. */
  readonly ipKey: Uint8Array;
  /** The key for values of a kind without a subject on a UTC day. Undefined: the value is removed. */
  readonly classKey: (kind: string, day: string) => DataKey | undefined;
  /** For write-only fields: an X25519 public key in PEM, and a clock in milliseconds. Without it their values are removed. */
  readonly sealTo?: { readonly publicKey: string; readonly now: () => number };
}

const MOST_TENANTS = 1024;
const KEY_BYTES = 32;
const MAPPED = "::ffff:";

/** What a server with keys can do with values. Throws TypeError when the public key of `sealTo` is none. */
export function createActs(keys: ActKeys): Acts {
  const ciphers = new Map<string, CryptoPan>();
  const cipherOf = (tenant = ""): CryptoPan => {
    const known = ciphers.get(tenant);
    if (known !== undefined) return known;
    const key = new Uint8Array(hkdfSync("sha256", keys.ipKey, "", `telltale ip v1\0${tenant}`, KEY_BYTES));
    const cipher = new CryptoPan(key);
    if (ciphers.size >= MOST_TENANTS) ciphers.clear();
    ciphers.set(tenant, cipher);
    return cipher;
  };
  const { sealTo } = keys;
  return {
    tokenize(tenant, kind, value) {
      const epoch = keys.epoch();
      return tokenOf(keys.tokenKey(epoch), epoch, { tenant, kind, value });
    },
    tokenizeIp(tenant, value) {
      const bytes = toAddressBytes(value);
      if (bytes === undefined) return undefined;
      const cipher = cipherOf(tenant);
      // Both spellings of an IPv4 address get the same stand-in.
      if (isMapped(bytes)) return MAPPED + formatAddress(cipher.anonymize(bytes.subarray(12)));
      return formatAddress(cipher.anonymize(bytes));
    },
    encrypt(kind, value, { subject, day }) {
      const key = subject?.key ?? keys.classKey(kind, day);
      if (key === undefined) throw new Error("there is no key to encrypt this under");
      return encryptValue(kind, value, key);
    },
    ...(sealTo === undefined ? {} : { seal: createSealer(sealTo.publicKey, sealTo.now) }),
  };
}
