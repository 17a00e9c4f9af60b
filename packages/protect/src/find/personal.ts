// SPDX-License-Identifier: Apache-2.0
import { PERSONAL_KINDS } from "../names/personal.js";
import { cardCodes, tracks } from "./card-data/card-data.js";
import { card } from "./card/card.js";
import type { Detector } from "./detector.js";
import { email } from "./email/email.js";
import { iban } from "./iban/iban.js";
import { createIds, DEVICE_KINDS } from "./ids/ids.js";
import { ip } from "./ip/ip.js";
import { mac } from "./mac/mac.js";
import { mrz } from "./mrz/mrz.js";
import { phone } from "./phone/phone.js";
import { vin } from "./vin/vin.js";

/** What points to a person or his money, not to what he may open. `asked`: kinds of {@link KEPT_KINDS} that a policy does something with. */
export function createPersonal(asked: ReadonlySet<string>): readonly Detector[] {
  const kept = KEPT.filter(({ name }) => asked.has(name));
  return [tracks, cardCodes, card, iban, mrz, createIds(asked), phone, email, ...kept];
}

/** These do not run unless a policy asks for them. */
const KEPT: readonly Detector[] = [ip, mac, vin];

/** Kinds that stay unless a policy asks for them: those of detectors that are kept by default, and of names of fields. */
export const KEPT_KINDS: ReadonlySet<string> = new Set([
  ...KEPT.map(({ name }) => name),
  ...DEVICE_KINDS,
  ...PERSONAL_KINDS,
]);
