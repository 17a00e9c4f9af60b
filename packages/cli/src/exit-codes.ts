// SPDX-License-Identifier: Apache-2.0

/**
 * THE list of exit codes. 0 to 4 are what a check found; the others are those of sysexits.h, and 130 is what a shell
 * gives for Ctrl-C. `docs/reference/cli.md` holds the same list; a test compares the two in both directions.
 */
export const EXIT_CODES = {
  ok: { code: 0, meaning: "Done; for `verify`: intact" },
  failed: { code: 1, meaning: "A check failed; for `verify`: tampered" },
  incomplete: { code: 2, meaning: "Done in part: lines were refused, or for `verify` a range is missing" },
  unwitnessed: { code: 3, meaning: "`verify --require-witness`: only this server vouches for the log" },
  unverifiable: { code: 4, meaning: "`verify`: nothing could be checked" },
  usage: { code: 64, meaning: "The command line is wrong" },
  noInput: { code: 66, meaning: "A file or directory that should be read is not there" },
  unreachable: { code: 69, meaning: "The server cannot be reached, or cannot start" },
  internal: { code: 70, meaning: "A bug in Telltale" },
  cannotWrite: { code: 73, meaning: "A file or directory cannot be written" },
  tryLater: { code: 75, meaning: "The server was too busy all the time; try again later" },
  notPermitted: { code: 77, meaning: "The key is missing, wrong, or its role does not allow this" },
  interrupted: { code: 130, meaning: "Stopped by Ctrl-C before the work was done" },
} as const;

export type ExitName = keyof typeof EXIT_CODES;

/** The number that a process ends with. */
export function toExitCode(name: ExitName): number {
  return EXIT_CODES[name].code;
}
