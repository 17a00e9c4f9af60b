// SPDX-License-Identifier: Apache-2.0

/** What a `LogError` can mean. Closed: a caller may switch over it. */
export type LogErrorCode =
  | "bad_batch" // the caller's batch is malformed; nothing was written
  | "bad_certificate" // the event named does not certify what was pruned, or is to be
  | "bad_format" // DATA/format is missing or unreadable although the directory holds a log
  | "bad_name" // a log or origin name that may not exist
  | "bad_range" // an index or range outside the log
  | "clock_behind" // the clock is far behind the newest signed head
  | "closed" // the log was closed
  | "damaged" // stored bytes do not decode or do not match their own index
  | "disk_full" // no space: the batch was refused, the log goes on
  | "head_ahead_of_data" // the signed head covers more lines than there are
  | "head_changed" // the head store holds something we did not write
  | "head_damaged" // a head slot is unreadable and no crash explains it
  | "head_forged" // a head slot is not signed by this log's key
  | "head_missing" // there is a key but no signed head
  | "held" // events that must be kept are in the range to be pruned
  | "io" // the operating system refused; fatal when it was a write
  | "key_invalid" // the signing key cannot be read or belongs to another log
  | "key_missing" // there is a log but no signing key
  | "locked" // another process holds the directory
  | "log_failed" // an earlier write failed: the fate of this batch is unknown, nothing is acknowledged any more
  | "newer_format" // the directory was written by a newer version
  | "no_log" // there is no log and `create` was not given
  | "pruned" // the events were removed under a certificate; their hashes are kept
  | "rolled_back" // a published checkpoint is ahead of the head
  | "root_mismatch" // the lines do not hash to the signed root
  | "segment_changed" // the open segment is not as we left it: somebody else cut, wrote or removed it
  | "segment_missing"; // the segments do not form an unbroken sequence

/** The one error of this package. Messages say what was expected, what was found and what to do. */
export class LogError extends Error {
  readonly code: LogErrorCode;

  constructor(code: LogErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = "LogError";
    this.code = code;
  }
}

/** Whatever was thrown, as an Error. */
export function toError(error: unknown): Error {
  return error instanceof Error ? error : new LogError("io", String(error));
}
