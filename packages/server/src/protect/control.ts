// SPDX-License-Identifier: Apache-2.0
import type { ControlHandler } from "../control/control.js";
import { parseReason } from "../log-key/rotate.js";
import { type SealingSelfLog, toActor } from "../self-log.js";
import type { KeyService } from "./key-service.js";

/** What `telltale protect rotate` can begin anew. */
export const ROTATIONS = ["root", "tokens"] as const;

/** `telltale protect rotate` on the machine of the running server. */
export function createProtectRotateHandler(
  keys: Pick<KeyService, "rotateRoot" | "rotateTokens">,
  selfLog: Pick<SealingSelfLog, "seal">,
): ControlHandler {
  return async (input) => {
    const why = parseReason(input["why"]);
    const id = parseReason(input["by"]);
    const what = ROTATIONS.find((each) => each === input["what"]);
    if (why === undefined || id === undefined || what === undefined)
      throw new Error("a rotation needs what to rotate, a reason and a name");
    const done = what === "root" ? await rotateRoot(keys) : await rotateTokens(keys);
    await selfLog.seal([
      {
        action: "log_protection_changed",
        reason: "rotated",
        message:
          what === "root"
            ? "The root key of protection was rotated"
            : "Equal values get other tokens from now on",
        actor: toActor({ kind: "system", id }),
        targets: [{ type: what === "root" ? "root_key" : "token_epoch", id: done.name }],
        data: { why, ...done },
      },
    ]);
    return { what, ...done };
  };
}

async function rotateRoot(
  keys: Pick<KeyService, "rotateRoot">,
): Promise<Record<string, unknown> & { name: string }> {
  const { root, keys: rewrapped } = await keys.rotateRoot();
  const { provider, name, generation = null, generations = null } = root;
  return { provider, name, generation, generations, rewrapped };
}

async function rotateTokens(
  keys: Pick<KeyService, "rotateTokens">,
): Promise<Record<string, unknown> & { name: string }> {
  const { epoch, from } = await keys.rotateTokens();
  return { name: String(epoch), epoch, from };
}
