// SPDX-License-Identifier: Apache-2.0
import type { Socket } from "node:net";
import { QueryError } from "@telltale/query";
import type { FastifyReply, FastifyRequest } from "fastify";
import type { Logger } from "pino";
import type { ErrorCode } from "../errors.js";
import { ApiError, ERROR_CATALOGUE, toErrorBody } from "../errors.js";

const FASTIFY_CODES = new Map<string, ErrorCode>([
  ["FST_ERR_CTP_BODY_TOO_LARGE", "body_too_large"],
  ["FST_ERR_CTP_INVALID_MEDIA_TYPE", "unsupported_media_type"],
  ["FST_ERR_CTP_EMPTY_JSON_BODY", "bad_request"],
  ["FST_ERR_CTP_INVALID_JSON_BODY", "bad_request"],
  ["FST_ERR_CTP_INVALID_CONTENT_LENGTH", "bad_request"],
  ["FST_ERR_BAD_URL", "bad_request"],
  ["FST_ERR_MAX_PARAM_LENGTH", "not_found"],
]);

/** What is answered for an error, whatever it is. Anything not meant for clients becomes `internal`. */
export function toApiError(error: unknown): ApiError {
  if (error instanceof ApiError) return error;
  if (error instanceof QueryError) {
    return new ApiError("bad_query", { message: error.message, position: error.position, cause: error });
  }
  const { code, statusCode } = (error ?? {}) as { code?: unknown; statusCode?: unknown };
  if (typeof code === "string") {
    const known = FASTIFY_CODES.get(code);
    if (known !== undefined) return new ApiError(known, { cause: error });
    if (code.startsWith("SQLITE_BUSY")) return new ApiError("unavailable", { retryAfter: 1, cause: error });
    if (code === "SQLITE_FULL" || code === "ENOSPC")
      return new ApiError("storage_full", { retryAfter: 30, cause: error });
  }
  // Fastify's own refusals of a request (malformed JSON, a poisoned prototype) carry a 4xx status.
  if (typeof statusCode === "number" && statusCode >= 400 && statusCode < 500) {
    return new ApiError("bad_request", { cause: error });
  }
  return new ApiError("internal", { cause: error });
}

/** Sends the answer of an error. Details of an `internal` one go to the process log and nowhere else. */
export function sendError(
  reply: FastifyReply,
  request: FastifyRequest,
  error: unknown,
  logger: Logger,
): void {
  const answer = toApiError(error);
  if (answer.status >= 500 && answer.code !== "overloaded") {
    logger.error(
      {
        err: answer.cause ?? answer,
        code: answer.code,
        request: request.id,
        route: request.routeOptions?.url,
      },
      "request failed",
    );
  }
  if (answer.retryAfter !== undefined) void reply.header("retry-after", String(answer.retryAfter));
  if (answer.status === 401) void reply.header("www-authenticate", "Bearer");
  const accepts = request.routeOptions?.config?.accepts;
  const message =
    answer.code === "unsupported_media_type" && accepts !== undefined
      ? `The content type of the body is not supported: use ${accepts}.`
      : answer.message;
  const body = toErrorBody(answer.code, message);
  void reply
    .status(answer.status)
    .type("application/json; charset=utf-8")
    .header("cache-control", "no-store")
    .send(answer.position === undefined ? body : { error: { ...body.error, position: answer.position } });
}

/** Answers what is not even HTTP. Nothing of the input is repeated. */
export function answerClientError(error: NodeJS.ErrnoException, socket: Socket): void {
  if (error.code === "ECONNRESET" || !socket.writable) {
    socket.destroy();
    return;
  }
  const status =
    error.code === "HPE_HEADER_OVERFLOW"
      ? "431 Request Header Fields Too Large"
      : error.code === "ERR_HTTP_REQUEST_TIMEOUT"
        ? "408 Request Timeout"
        : "400 Bad Request";
  const body = JSON.stringify(toErrorBody("bad_request", ERROR_CATALOGUE.bad_request.message));
  socket.end(
    `HTTP/1.1 ${status}\r\ncontent-type: application/json; charset=utf-8\r\nx-content-type-options: nosniff\r\ncontent-length: ${Buffer.byteLength(body)}\r\nconnection: close\r\n\r\n${body}`,
  );
}
