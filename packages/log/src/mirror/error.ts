// SPDX-License-Identifier: Apache-2.0

/** What is wrong with the log that is mirrored. Trouble with the mirror's own directory is a `LogError`. */
export type MirrorErrorCode =
  | "bad_source" // bytes that are not what was signed, or not of the format: nothing of them is kept
  | "forked" // the log signed two histories
  | "rolled_back" // the log offers less than it had already signed
  | "wrong_key"; // the checkpoint is not signed with the pinned key

/** `message` says what happened; `evidence` is the folder in which the proof was kept, `full` the one that had no room for it. */
export class MirrorError extends Error {
  readonly code: MirrorErrorCode;
  readonly evidence: string | undefined;
  readonly full: string | undefined;

  constructor(
    code: MirrorErrorCode,
    message: string,
    options: ErrorOptions & { evidence?: string; full?: string } = {},
  ) {
    super(message, options);
    this.name = "MirrorError";
    this.code = code;
    this.evidence = options.evidence;
    this.full = options.full;
  }
}
