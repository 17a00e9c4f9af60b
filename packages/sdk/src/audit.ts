// SPDX-License-Identifier: Apache-2.0
import type { Contexts, Scope } from "./context.js";
import type { EventDetails } from "./helper-types.js";
import { outcomeOf, type ResponseLike } from "./http.js";

/** What an audited call adds to its event. */
export interface AuditOptions<F extends (...args: never[]) => unknown> {
  /** Details of the event, or how to read them from the arguments once the call has ended. */
  details?: EventDetails | ((...args: Parameters<F>) => EventDetails);
}

type Record = (scope: Scope | undefined, action: string, details: EventDetails) => void;

function isResponse(value: unknown): value is ResponseLike {
  return (
    typeof value === "object" &&
    value !== null &&
    "statusCode" in value &&
    // An IncomingMessage has one too, but null.
    typeof value.statusCode === "number" &&
    "once" in value &&
    typeof value.once === "function"
  );
}

function isPromise(value: unknown): value is PromiseLike<unknown> {
  return typeof value === "object" && value !== null && "then" in value && typeof value.then === "function";
}

function describeError(error: unknown): EventDetails {
  if (!(error instanceof Error)) return { outcome: "failure", reason: "error" };
  const code: unknown = "code" in error ? error.code : undefined;
  return {
    outcome: "failure",
    reason: typeof code === "string" ? code : error.name,
    data: { error: error.message },
  };
}

/** One audited call. Its event is recorded once, whatever comes first: the end of the response or an error. */
class Call {
  readonly #start = performance.now();
  readonly #record: (details: EventDetails) => void;
  readonly #details: () => EventDetails;
  #isDone = false;

  constructor(record: (details: EventDetails) => void, details: () => EventDetails) {
    this.#record = record;
    this.#details = details;
  }

  #end(result: EventDetails): void {
    if (this.#isDone) return;
    this.#isDone = true;
    const details = this.#details();
    const data = { ...result.data, ...details.data };
    this.#record({
      ...result,
      ...details,
      outcome: result.outcome,
      data: Object.keys(data).length > 0 ? data : undefined,
    });
  }

  #milliseconds(): number {
    return Math.round((performance.now() - this.#start) * 10) / 10;
  }

  failed(error: unknown): void {
    const result = describeError(error);
    this.#end({ ...result, data: { ...result.data, durationMs: this.#milliseconds() } });
  }

  returned(): void {
    this.#end({ outcome: "success", data: { durationMs: this.#milliseconds() } });
  }

  responded(response: ResponseLike): void {
    const status = response.statusCode;
    const isCut = response.writableFinished === false;
    this.#end({
      outcome: isCut ? "error" : outcomeOf(status),
      reason: isCut ? "connection_closed" : status >= 400 ? `status_${status}` : undefined,
      request: { status, durationMs: this.#milliseconds() },
    });
  }
}

/** Makes `Telltale.audit`. */
export function createAudit(contexts: Contexts, record: Record) {
  return <F extends (...args: never[]) => unknown>(
    action: string,
    body: F,
    options: AuditOptions<F> = {},
  ): F => {
    function audited(this: unknown, ...args: Parameters<F>): unknown {
      const scope = contexts.current();
      const response = args.find(isResponse) as ResponseLike | undefined;
      if (scope !== undefined && response !== undefined) scope.audited = true;
      const call = new Call(
        (details) => record(scope, action, details),
        () => readDetails(options.details, args),
      );
      response?.once("finish", () => call.responded(response));
      response?.once("close", () => call.responded(response));
      return follow(call, response !== undefined, () => Reflect.apply(body, this, args) as unknown);
    }
    // Express counts parameters to tell error handlers from others.
    Object.defineProperty(audited, "length", { value: body.length, configurable: true });
    Object.defineProperty(audited, "name", { value: body.name, configurable: true });
    return audited as unknown as F;
  };
}

function readDetails<F extends (...args: never[]) => unknown>(
  details: AuditOptions<F>["details"],
  args: Parameters<F>,
): EventDetails {
  if (typeof details !== "function") return details ?? {};
  try {
    return details(...args);
  } catch {
    // A mistake in how details are read must not change what the audited function does.
    return { data: { details: "[unreadable]" } };
  }
}

/** A response ends its call by itself; anything else ends with its function. */
function follow(call: Call, hasResponse: boolean, run: () => unknown): unknown {
  let result: unknown;
  try {
    result = run();
  } catch (error) {
    call.failed(error);
    throw error;
  }
  if (!isPromise(result)) {
    if (!hasResponse) call.returned();
    return result;
  }
  return Promise.resolve(result).then(
    (value) => {
      if (!hasResponse) call.returned();
      return value;
    },
    (error: unknown) => {
      call.failed(error);
      throw error;
    },
  );
}
