// SPDX-License-Identifier: Apache-2.0
import { isPlaceholder, isState, looksGenerated } from "../find/named/words.js";
import type { NameVerdict } from "./verdict.js";

/** Of passwords people choose themselves; of the others, what is shorter is no key that opens anything. */
const SHORTEST: ReadonlyMap<string, number> = new Map([
  ["password", 6],
  ["secret", 12],
  ["token", 16],
  ["api_key", 16],
  ["private_key", 32],
  ["authorization", 16],
  ["credentials", 12],
]);

const LONGEST = 8192;

/** What documentation and templates write: `${TOKEN}`, `{{ token }}`, `%s`, `<your key>`, `your-api-key-here`, one character all along. */
const EXAMPLE =
  /^(?:\$|%|\{\{|<|\[)|^(.)\1*$|example|your[-_ ]|changeme|change_me|placeholder|dummy|sample|test[-_ ]?(?:key|token|secret|password)|^password\d{0,3}$/i;

/**
 * Whether what stands under a secret name is a credential for sure, so that its owner is told: far stricter than what is hidden.
 * Kinds that expire by themselves or cannot be replaced (codes, cookies, cards) are never told.
 */
export function isCredential({ kind }: NameVerdict, value: string): boolean {
  const shortest = SHORTEST.get(kind);
  if (shortest === undefined || value.length < shortest || value.length > LONGEST) return false;
  if (isPlaceholder(value) || isState(value) || EXAMPLE.test(value)) return false;
  return kind === "password" ? !/\s/.test(value) : looksGenerated(value);
}
