// SPDX-License-Identifier: Apache-2.0

/** Why an event was refused. */
export type EventErrorCode = "not_an_object" | "too_deep" | "no_action";

/** The only error that this package throws on outside data. Its message never repeats the data. */
export class EventError extends Error {
  readonly code: EventErrorCode;

  constructor(code: EventErrorCode, message: string) {
    super(message);
    this.name = "EventError";
    this.code = code;
  }
}
