// SPDX-License-Identifier: Apache-2.0
import type { Detector } from "../find/detector.js";
import { KEPT_KINDS } from "../find/personal.js";
import { createDetectors } from "../find/registry.js";
import { SECRET_NAMES } from "../names/list.js";
import { createNameJudges } from "../names/verdict.js";

/** Kinds that are not the name of the detector that finds them. A test finds those that are missing. */
const MORE_KINDS = ["aws_secret_key", "basic_auth", "url_password", "custom"] as const;

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
  "aws_secret_key",
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

function kindsOf({ name, kinds = [] }: Detector): readonly string[] {
  return [name, ...kinds];
}

let listed: Kinds | undefined;

/** The kinds that a policy may speak of. */
export function listKinds(): Kinds {
  listed ??= collectKinds();
  return listed;
}

function collectKinds(): Kinds {
  const detectors = createDetectors(createNameJudges().secretOf, KEPT_KINDS);
  const secrets = detectors.filter((detector) => detector.class === "secret").flatMap(kindsOf);
  return {
    known: new Set([
      ...detectors.flatMap(kindsOf),
      ...SECRET_NAMES.map(({ kind }) => kind),
      ...KEPT_KINDS,
      ...MORE_KINDS,
    ]),
    secret: new Set([...secrets, ...SECRET_KINDS]),
  };
}
