// SPDX-License-Identifier: Apache-2.0
import { createDetectors } from "../find/registry.js";
import { SECRET_NAMES } from "../names/list.js";
import { createNameJudges } from "../names/verdict.js";

/** Kinds that are not the name of the detector that finds them. A test finds those that are missing. */
const MORE_KINDS = ["basic_auth", "url_password", "custom", "ip"] as const;

/** Kinds of names whose values open something. What a detector of the class `secret` finds does, too. */
const SECRET_KINDS = [
  "password",
  "secret",
  "token",
  "api_key",
  "private_key",
  "authorization",
  "credentials",
  "cookie",
  "cvv",
  "pin",
  "otp",
  "basic_auth",
  "url_password",
  "undecided",
] as const;

export interface Kinds {
  /** Every kind that a detector finds or a name gives. */
  readonly known: ReadonlySet<string>;
  /** Of them those that open something: nothing of such a value is ever shown, and no key brings it back. */
  readonly secret: ReadonlySet<string>;
}

/** The kinds that a policy may speak of. */
export function listKinds(): Kinds {
  const detectors = createDetectors(createNameJudges().secretOf);
  const secrets = detectors.filter((detector) => detector.class === "secret").map(({ name }) => name);
  return {
    known: new Set([
      ...detectors.map(({ name }) => name),
      ...SECRET_NAMES.map(({ kind }) => kind),
      ...MORE_KINDS,
    ]),
    secret: new Set([...secrets, ...SECRET_KINDS]),
  };
}
