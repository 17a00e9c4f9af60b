// SPDX-License-Identifier: Apache-2.0
import { isLive } from "../find/detector.js";
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

/** What templates write: `${TOKEN}`, `$TOKEN`, `{{ token }}`, `%s`, `%(token)s`, `<your key>`, `[key]`; what documentation does: one character all along, `password1`. */
const TEMPLATE =
  /^(?:\$[{(]|\{\{|%\(|<[^>]*>$|\[[^\]]*\]$|\$[A-Z_][A-Z0-9_]*$|%[a-z]$)|^(.)\1*$|^(?:test|change)[-_ ]?me|^password\d{0,3}$/i;

/**
 * Whether what stands under a secret name is a credential for sure, so that its owner is told: far stricter than what is hidden.
 * Kinds that expire by themselves or cannot be replaced (codes, cookies, cards) are never told.
 */
export function isCredential({ kind }: NameVerdict, value: string): boolean {
  const shortest = SHORTEST.get(kind);
  if (shortest === undefined || value.length < shortest || value.length > LONGEST) return false;
  if (isPlaceholder(value) || isState(value) || TEMPLATE.test(value) || !isLive(value)) return false;
  return kind === "password" ? !/\s/.test(value) : looksGenerated(value);
}
