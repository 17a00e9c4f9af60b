// SPDX-License-Identifier: Apache-2.0
import { LogError, type MirrorState, readMirror, isMirror } from "@telltale/log";
import { CliFailure } from "../failure.js";
import { toMirrorFailure } from "./failure.js";

/** What the mirror in a directory says about itself. Throws CliFailure: `noInput` where there is none, `failed` where it is damaged. */
export async function openHeld(dir: string): Promise<MirrorState> {
  if (!isMirror(dir)) throw new CliFailure("noInput", `${dir} is not a mirror`);
  try {
    return await readMirror(dir);
  } catch (error) {
    if (error instanceof LogError && error.code === "no_log") throw new CliFailure("noInput", error.message);
    throw toMirrorFailure(error);
  }
}
