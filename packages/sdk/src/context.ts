// SPDX-License-Identifier: Apache-2.0
import { AsyncLocalStorage } from "node:async_hooks";
import type { Client, RequestInfo } from "@telltale/event";
import { captureFields } from "./capture.js";
import type { ActorInput } from "./helper-types.js";

/** What is true of everything that happens inside one request or job; merged into each event emitted there. */
export interface TelltaleContext {
  actor?: ActorInput;
  client?: Client;
  request?: RequestInfo;
  data?: Record<string, unknown>;
}

/** The state of one request or job; shared by all that runs inside it. */
export interface Scope {
  context: Record<string, unknown>;
  /** What of the request is known only later: route, status. */
  late: (() => RequestInfo) | undefined;
  /** Events emitted inside, those about the request itself left out. */
  emitted: number;
  /** One of them said that something was refused or failed. */
  refused: boolean;
  /** The request has an event that follows its own end, so that none is made for it. */
  audited: boolean;
}

/** Whether a captured value has fields. */
export function isFields(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** Merged field by field. An actor is not: the roles of one person must not become those of another. */
const MERGED = ["client", "request", "data"];

function merge(under: Record<string, unknown>, over: Record<string, unknown>): Record<string, unknown> {
  const merged = { ...under, ...over };
  for (const name of MERGED) {
    const [a, b] = [under[name], over[name]];
    if (isFields(a) && isFields(b)) merged[name] = { ...a, ...b };
  }
  return merged;
}

/** The contexts of one Telltale, carried along asynchronous calls. */
export class Contexts {
  readonly #storage = new AsyncLocalStorage<Scope>();

  /** The scope of whoever calls, if there is one. */
  current(): Scope | undefined {
    return this.#storage.getStore();
  }

  /** A scope inside the current one. */
  open(context: TelltaleContext, late?: () => RequestInfo): Scope {
    const outer = this.current();
    return {
      context: merge(outer?.context ?? {}, captureFields(context)),
      late: late ?? outer?.late,
      emitted: 0,
      refused: false,
      audited: false,
    };
  }

  run<T>(scope: Scope, body: () => T): T {
    return this.#storage.run(scope, body);
  }

  /** Adds to the current scope; does nothing outside of one. */
  add(context: TelltaleContext): void {
    const scope = this.current();
    if (scope !== undefined) scope.context = merge(scope.context, captureFields(context));
  }
}

/** The fields of an event with those of its scope below. */
export function withContext(
  fields: Record<string, unknown>,
  scope: Scope | undefined,
): Record<string, unknown> {
  if (scope === undefined) return fields;
  const late = scope.late === undefined ? {} : { request: scope.late() };
  // Copied anew for each event: what is hidden in one event must not change the context of the next.
  return merge(captureFields(merge(scope.context, late)), fields);
}
