// SPDX-License-Identifier: Apache-2.0
import type { Socket } from "node:net";

/** A request has one line, and so has its answer. */
const MAX_LINE = 64 * 1024;
const PATIENCE_MS = 10_000;
/** More at once than any person starts. */
const MAX_OPEN = 16;

/** What a command on this machine may ask of the running server. Closed. */
export type ControlCommand = "rotate_key" | "rotate_protect";

/** Answers a request; what it throws is told as a message. */
export type ControlHandler = (input: Readonly<Record<string, unknown>>) => Promise<Record<string, unknown>>;

function parseRequest(line: string): { command: string; input: Record<string, unknown> } | undefined {
  try {
    const value: unknown = JSON.parse(line);
    if (typeof value !== "object" || value === null || Array.isArray(value)) return undefined;
    const { command, ...input } = value as Record<string, unknown>;
    return typeof command === "string" ? { command, input } : undefined;
  } catch {
    return undefined;
  }
}

/**
 * DATA/control.sock: commands of whoever may use the data directory anyway. The operating system decides who that is, by the
 * modes of the directory (0700) and of the socket; nothing here is reachable over a network.
 */
export class Control {
  #handlers: ReadonlyMap<string, ControlHandler> | undefined;
  #open = 0;

  /** From now on requests are answered; before, and after `close`, the server is starting or stopping. */
  serve(handlers: Readonly<Record<ControlCommand, ControlHandler>>): void {
    this.#handlers = new Map(Object.entries(handlers));
  }

  close(): void {
    this.#handlers = undefined;
  }

  /** A connection to the socket; also that of somebody who only looks whether a server is running. */
  readonly accept = (socket: Socket): void => {
    if (this.#open >= MAX_OPEN) return void socket.destroy();
    this.#open++;
    let text = "";
    socket.setEncoding("utf8");
    socket.setTimeout(PATIENCE_MS, () => socket.destroy());
    socket.on("error", () => socket.destroy()); // the other side went away: there is nobody to tell
    socket.once("close", () => this.#open--);
    const take = (chunk: string): void => {
      text += chunk;
      const end = text.indexOf("\n");
      if (end < 0 && text.length <= MAX_LINE) return;
      socket.off("data", take);
      socket.setTimeout(0); // the work may take longer than the question
      void this.#answer(end < 0 ? "" : text.slice(0, end)).then((answer) =>
        socket.end(`${JSON.stringify(answer)}\n`),
      );
    };
    socket.on("data", take);
  };

  async #answer(line: string): Promise<Record<string, unknown>> {
    const request = parseRequest(line);
    if (request === undefined) return { error: { code: "bad_request", message: "not a command" } };
    if (this.#handlers === undefined) {
      return { error: { code: "not_ready", message: "the server is starting or stopping; try again" } };
    }
    const handler = this.#handlers.get(request.command);
    if (handler === undefined) return { error: { code: "unknown_command", message: "an unknown command" } };
    try {
      return { result: await handler(request.input) };
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error);
      return { error: { code: "failed", message } };
    }
  }
}
