// SPDX-License-Identifier: Apache-2.0
import { foldWords, hasPhrase } from "./context.js";
import { ID_PHRASES } from "./ids/ids.js";
import { PHONE_PHRASES } from "./phone/phone.js";
import { VIN_PHRASES } from "./vin/vin.js";

const LONGEST = 48;
const PHRASES = [PHONE_PHRASES, ID_PHRASES, VIN_PHRASES];

/**
 * The words of a field's name when they tell what a number under it is (`nhsNumber`, `tax_id`, `phone`), else undefined. A number alone does
 * not tell: a detector sees the words before it, as it sees those of a sentence.
 */
export function tellingWords(name: string): string | undefined {
  if (name.length > LONGEST) return undefined;
  const words = foldWords(name);
  return PHRASES.some((phrases) => hasPhrase(words, phrases)) ? words.trim() : undefined;
}
