// SPDX-License-Identifier: Apache-2.0
import { LogError, MirrorError } from "@telltale/log";
import { CliFailure, systemCode } from "../failure.js";

const HINTS: Record<MirrorError["code"], string> = {
  forked: "Treat the server as taken over. What this mirror holds is untouched: telltale verify DIR",
  rolled_back:
    "Either the server was attacked, or an old copy of it was put back. What this mirror holds is untouched: telltale verify DIR",
  wrong_key:
    "Is --from the right server? A new key has to be introduced by the old one; another log needs a mirror in another directory",
  bad_source: "Nothing of it was kept. Check the log on the server: telltale verify --data DIR",
};

/** The failure of the command that any error of a mirror stands for; what is none of a mirror's errors passes through. */
export function toMirrorFailure(error: unknown): unknown {
  if (error instanceof MirrorError) {
    const detail = error.evidence === undefined ? [] : [`The evidence is kept in ${error.evidence}`];
    if (error.full !== undefined) detail.push(`no room for more evidence in ${error.full}`);
    const loud = error.code === "bad_source" ? error.message : `ALARM: ${error.message}`;
    return new CliFailure("failed", loud, HINTS[error.code], { cause: error, detail });
  }
  if (error instanceof LogError) {
    const isState = error.code === "damaged" || error.code === "key_invalid" || error.code === "key_missing";
    const hint =
      error.code === "damaged" ? "telltale verify DIR says what is wrong with this mirror" : undefined;
    return new CliFailure(isState ? "failed" : "cannotWrite", error.message, hint, { cause: error });
  }
  if (!(error instanceof CliFailure) && systemCode(error) !== undefined) {
    return new CliFailure("cannotWrite", (error as Error).message, undefined, { cause: error });
  }
  return error;
}

/** Trouble that may pass: the server is away, busy, refuses the key for now, or serves something broken. */
export function isPassing(error: unknown): boolean {
  if (error instanceof MirrorError) return error.code === "bad_source";
  return error instanceof CliFailure && ["unreachable", "tryLater", "notPermitted"].includes(error.code);
}
