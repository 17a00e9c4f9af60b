// SPDX-License-Identifier: Apache-2.0
import type { ControlHandler } from "../control/control.js";
import type { SealingSelfLog } from "../self-log.js";
import { type KeyedLog, parseReason, rotateKey } from "./rotate.js";

/** `telltale key rotate` on the machine of the running server. Changes come one after another. */
export function createRotateHandler(log: KeyedLog, selfLog: SealingSelfLog): ControlHandler {
  let turn: Promise<unknown> = Promise.resolve();
  return (input) => {
    const rotation = turn.then(async () => {
      const why = parseReason(input.why);
      const id = parseReason(input.by);
      if (why === undefined || id === undefined)
        throw new Error("a change of the key needs a reason and a name");
      return {
        ...(await rotateKey(log, (events) => selfLog.seal(events), { by: { kind: "system", id }, why })),
      };
    });
    turn = rotation.catch(() => undefined); // the caller has the error
    return rotation;
  };
}
