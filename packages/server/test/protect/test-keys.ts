// SPDX-License-Identifier: Apache-2.0
import { randomBytes } from "node:crypto";
import { KeyService } from "../../src/protect/key-service.js";
import { GivenKey } from "../../src/protect/root/given-key.js";
import type { State } from "../../src/state/state.js";

/** Keys of a state under a root key that nobody keeps. */
export function openTestKeys(state: State, now: () => number): Promise<KeyService> {
  return KeyService.open({
    state,
    root: new GivenKey([randomBytes(32)], "TEST"),
    now,
    cacheMs: undefined,
    onState: () => undefined,
  });
}
