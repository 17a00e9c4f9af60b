// SPDX-License-Identifier: Apache-2.0
import { nextTrigram, TRIGRAMS } from "./chars.js";

/** Letters by how often they stand in log texts, the most frequent first; what is not in it is rarer than all of them. */
const FREQUENT = "etasonirdlcumpghfvbywk";
const SHORTEST = 3;
/** What ordinary events are full of: a literal is not known by a trigram that stands here, if it has another. */
const ORDINARY =
  "authn_login_success authn_login_fail authn_password_change authz_fail authz_admin authz_change user_created user_updated user_deleted session_created " +
  "session_renewed session_expired input_validation_fail excess_rate_limit_exceeded upload_complete api_request malicious_direct_reference privilege_permissions_changed " +
  "sys_startup sys_shutdown sys_restart bad_password invalid_credentials account locked unlocked access denied granted to order orders request response error errors warning " +
  "connection connected refused timeout timed out from user users for with and the is in on of was not login logout logged in failed failure success successful attempt password reset " +
  "requested changed profile updated created deleted production staging development service server client host message application config default update status state " +
  "User Alice Example Access Request Response Mozilla/5.0 (X11; Linux x86_64) (Windows NT 10.0; Win64; x64) (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/537.36 (KHTML, like Gecko) " +
  "Chrome/120.0.0.0 Safari/537.36 Firefox/128.0 curl/8.5.0 python-requests/2.31.0 Googlebot okhttp Go-http-client/1.1 /api/v1/users/12345 /api/orders/12345 /login /index.html /health " +
  "POST GET PUT DELETE PATCH HTTP/1.1 application/json text/html localhost shop-api shop-web eu-west-1 us-east-1 2026-11-22T10:00:00.120Z 203.0.113.7 10.0.0.1 127.0.0.1 INFO WARN ERROR DEBUG " +
  "information query queue worker process file found missing invalid expired token session cache database table record email address sent received processing completed started stopped " +
  "exception stack trace at line column null undefined object number string value type name code order product customer payment invoice report export import download upload admin role group member organization";

/** Bits of {@link Literals.wanted}. */
export const ALONE = 1;
export const BESIDE_BLANK = 2;

/** The last symbol of a trigram that ends with a character. */
const SYMBOLS = Uint8Array.from({ length: 256 }, (_, code) => nextTrigram(0, code));

interface Literal {
  readonly text: string;
  readonly anyCase: boolean;
  /** How many characters stand before the end of the trigram that was chosen. */
  readonly before: number;
  readonly owner: number;
}

/**
 * The literals of all detectors, laid out so that one pass over a text finds those that may be in it: each is known by its rarest trigram.
 */
export class Literals {
  /** For each trigram that some literal was given: {@link ALONE}, and {@link BESIDE_BLANK} where only texts with a blank are wanted. */
  readonly wanted = new Uint8Array(TRIGRAMS);
  /** Where the literals of a trigram stand in `#buckets`; 0 for none. */
  readonly #places = new Int16Array(TRIGRAMS);
  readonly #buckets: Literal[][] = [[]];

  /** Adds the literals of the detector with the number `owner`. `blank`: they are wanted in texts with a blank only. */
  add(literals: readonly string[], owner: number, blank = false): void {
    for (const text of literals) {
      if (text.length < SHORTEST) throw new RangeError(`a literal has at least ${SHORTEST} characters`);
      const before = rarestEnd(text);
      const trigram = trigramAt(text, before);
      if (this.#places[trigram] === 0) this.#places[trigram] = this.#buckets.push([]) - 1;
      const bucket = this.#buckets[this.#places[trigram]!]!;
      bucket.push({ text, anyCase: !/[A-Z]/.test(text), before, owner });
      this.wanted[trigram]! |= blank ? BESIDE_BLANK : ALONE;
    }
  }

  /** Sets `found[owner]` to 1 for every detector that has a literal in `text`. Linear: each place costs its bucket. */
  locate(text: string, found: Uint8Array): void {
    const places = this.#places;
    let trigram = 0;
    for (let i = 0; i < text.length; i++) {
      trigram = ((trigram << 5) | SYMBOLS[text.charCodeAt(i) & 0xff]!) & (TRIGRAMS - 1);
      const place = places[trigram]!;
      if (place === 0) continue;
      const bucket = this.#buckets[place]!;
      for (let each = 0; each < bucket.length; each++) {
        const literal = bucket[each]!;
        if (found[literal.owner] === 0 && standsAt(text, literal, i - literal.before))
          found[literal.owner] = 1;
      }
    }
  }
}

function standsAt(text: string, { text: literal, anyCase }: Literal, start: number): boolean {
  if (start < 0) return false;
  if (!anyCase) return text.startsWith(literal, start);
  for (let i = 0; i < literal.length; i++) {
    const code = literal.charCodeAt(i);
    const other = text.charCodeAt(start + i);
    if (other !== code && !(code >= 97 && code <= 122 && (other | 32) === code)) return false;
  }
  return true;
}

function trigramAt(text: string, end: number): number {
  let trigram = 0;
  for (let i = end - 2; i <= end; i++) trigram = nextTrigram(trigram, text.charCodeAt(i));
  return trigram;
}

/** The offset of the last character of the trigram that ordinary texts have least often. */
function rarestEnd(text: string): number {
  let best = SHORTEST - 1;
  let most = Number.NEGATIVE_INFINITY;
  for (let end = SHORTEST - 1; end < text.length; end++) {
    let rarity = isOrdinary(trigramAt(text, end)) ? -PENALTY : 0;
    for (let i = end - 2; i <= end; i++) rarity += rarityOf(text.charAt(i).toLowerCase());
    // Of equals the last: words begin alike.
    if (rarity < most) continue;
    most = rarity;
    best = end;
  }
  return best;
}

/** More than three letters can be rare. */
const PENALTY = 100;
let ordinary: Uint8Array | undefined;

function isOrdinary(trigram: number): boolean {
  if (ordinary === undefined) {
    ordinary = new Uint8Array(TRIGRAMS);
    let next = 0;
    for (let i = 0; i < ORDINARY.length; i++) {
      next = nextTrigram(next, ORDINARY.charCodeAt(i));
      if (i >= SHORTEST - 1) ordinary[next] = 1;
    }
  }
  return ordinary[trigram] === 1;
}

function rarityOf(character: string): number {
  // Blanks, digits, and signs that share a symbol are everywhere.
  if (!/[a-z_-]/.test(character)) return 0;
  const rank = FREQUENT.indexOf(character);
  return rank === -1 ? FREQUENT.length : rank;
}
