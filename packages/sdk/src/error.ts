// SPDX-License-Identifier: Apache-2.0

/** What may go wrong inside the SDK. The application goes on in every case. */
export type TelltaleErrorCode =
  /** The server refused one event; it is lost. */
  | "event_rejected"
  /** Events were dropped; `sdk_events_lost` tells the server as soon as it can be reached. */
  | "events_lost"
  /** The server cannot be reached or asks to wait; events are kept and sent again. */
  | "delivery_delayed"
  /** The server refuses the key (401, 403); events are kept and sent again. */
  | "key_refused"
  /** The address is not that of a Telltale server; events are kept and sent again. */
  | "wrong_address"
  /** The key would travel unencrypted. */
  | "insecure_url"
  /** The log that acknowledges is shorter than it was: events are gone. */
  | "log_rollback"
  /** The log that acknowledges is no continuation of what it was. */
  | "log_fork"
  /** The log that acknowledges is not signed by its key. */
  | "log_wrong_key"
  /** The server does not prove that its log continues what it was. */
  | "log_unproven"
  /** The second address (`alarmUrl`) does not take an alarm. */
  | "alarm_failed"
  /** The spool cannot be written; events wait in memory. */
  | "spool_failed"
  /** What was read back from the spool is not what was written. */
  | "spool_damaged"
  /** The server does not tell what it has decided; the last known decisions hold until they run out. */
  | "decisions_unavailable"
  /** `emitAndWait` only: the event is not known to be kept. */
  | "not_kept"
  /** The SDK itself failed. */
  | "internal";

/** Two texts that the log signed and that cannot both be true; either may be missing. */
export interface LogEvidence {
  /** The checkpoint that was remembered. */
  remembered: string | undefined;
  /** What the server answered instead. */
  answered: string | undefined;
}

/**
 * Handed to `onError`; never thrown into the application, except that `emitAndWait` rejects with `not_kept`. Its message
 * carries neither key nor event data.
 */
export class TelltaleError extends Error {
  readonly code: TelltaleErrorCode;
  /** With the codes `log_…`. */
  readonly evidence: LogEvidence | undefined;

  constructor(
    code: TelltaleErrorCode,
    message: string,
    options: ErrorOptions & { evidence?: LogEvidence } = {},
  ) {
    super(message, options);
    this.name = "TelltaleError";
    this.code = code;
    this.evidence = options.evidence;
  }
}

/** Milliseconds in which one kind of error is reported once. */
const QUIET_MS = 10_000;

/** Tells of something that went wrong. The text is made only when it is told. */
export type Report = (
  code: TelltaleErrorCode,
  text: () => string,
  cause?: unknown,
  evidence?: LogEvidence,
) => void;

/**
 * Makes the reporter of errors: hands each to `onError`, or to Node's process warnings when there is none; at most
 * one of a code in ten seconds, except the refusal of single events. What `onError` throws is swallowed: there is
 * nobody left to tell.
 */
export function createReporter(onError: ((error: TelltaleError) => void) | undefined): Report {
  const last = new Map<TelltaleErrorCode, number>();
  return (code, text, cause, evidence) => {
    const now = performance.now();
    const before = last.get(code);
    const isQuiet = before !== undefined && now - before < QUIET_MS;
    if (isQuiet && !(code === "event_rejected" && onError !== undefined)) return;
    last.set(code, now);
    const error = new TelltaleError(code, text(), {
      ...(cause === undefined ? {} : { cause }),
      ...(evidence === undefined ? {} : { evidence }),
    });
    try {
      if (onError === undefined) process.emitWarning(error.message, { type: "TelltaleWarning", code });
      else onError(error);
    } catch {
      // The application's own handler failed.
    }
  };
}
