// SPDX-License-Identifier: Apache-2.0
import type { SentEvent } from "@telltale/event";

/** What is used of an Express 4 or 5 request. */
export interface RequestLike {
  method?: string | undefined;
  url?: string | undefined;
  originalUrl?: string | undefined;
  baseUrl?: string | undefined;
  headers: Record<string, string | string[] | undefined>;
  route?: unknown;
  socket: { remoteAddress?: string | undefined; remotePort?: number | undefined };
}

/** What is used of an Express 4 or 5 response. */
export interface ResponseLike {
  statusCode: number;
  writableFinished?: boolean;
  headersSent?: boolean;
  once(event: string, listener: () => void): unknown;
}

export type NextLike = (error?: unknown) => void;

/** What a status says about a request. */
export function outcomeOf(status: number): SentEvent["outcome"] {
  if (status === 401 || status === 403) return "denied";
  return status >= 400 ? "failure" : "success";
}
