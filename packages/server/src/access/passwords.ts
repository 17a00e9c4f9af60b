// SPDX-License-Identifier: Apache-2.0
import { hash, verify } from "@node-rs/argon2";
import { ApiError } from "../errors.js";

// OWASP Password Storage Cheat Sheet: argon2id with at least 19 MiB, two passes, one lane.
// `algorithm: 2` is Argon2id; the library's constant enum cannot be used under isolatedModules.
const PARAMETERS = { algorithm: 2, memoryCost: 19_456, timeCost: 2, parallelism: 1 } as const;

const MIN_LENGTH = 12;
const MAX_LENGTH = 256;
const CONCURRENT = 2;
const WAITING = 32;

/** Hashes and checks passwords with bounded memory and work. */
export interface Passwords {
  /** PHC string. Throws ApiError `overloaded` when too many wait. */
  hash(password: string): Promise<string>;
  /** With `undefined` (nobody of that name) it takes as long as with a hash and says no. */
  verify(stored: string | undefined, password: string): Promise<boolean>;
}

/**
 * Refuses a password that a first guess would find. Throws ApiError `weak_password`; the message never repeats it.
 * Length counts more than kinds of characters (NIST SP 800-63B, 3.1.1.2).
 */
export function verifyPasswordStrength(password: string, name: string): void {
  const folded = password.toLowerCase();
  const bad =
    password.length < MIN_LENGTH ||
    password.length > MAX_LENGTH ||
    new Set(folded).size < 5 ||
    /^(.{1,6}?)\1+$/su.test(folded) ||
    (name.length >= 3 && folded.includes(name.toLowerCase())) ||
    /^(?:0?123456789\d*|qwertyuiop.*|password[\d!]*|telltale[\d!]*)$/u.test(folded);
  if (bad) throw new ApiError("weak_password");
}

/** One per server: the queue bounds what all sign-ins together may cost (2 × 19 MiB, 32 waiting). */
export function createPasswords(): Passwords {
  let running = 0;
  const waiting: (() => void)[] = [];
  let decoy: Promise<string> | undefined;

  async function bounded<T>(work: () => Promise<T>): Promise<T> {
    if (running >= CONCURRENT) {
      if (waiting.length >= WAITING) throw new ApiError("overloaded", { retryAfter: 2 });
      await new Promise<void>((resolve) => waiting.push(resolve));
    }
    running++;
    try {
      return await work();
    } finally {
      running--;
      waiting.shift()?.();
    }
  }

  return {
    hash: (password) => bounded(() => hash(password, PARAMETERS)),
    async verify(stored, password) {
      if (password.length > MAX_LENGTH) return false;
      decoy ??= hash("nobody has this password", PARAMETERS);
      const against = stored ?? (await decoy);
      const same = await bounded(() => verify(against, password));
      return same && stored !== undefined;
    },
  };
}
