// SPDX-License-Identifier: Apache-2.0
import { StringDecoder } from "node:string_decoder";

export interface StreamMessage {
  readonly event: string;
  readonly data: string;
}

/** More of one message is not kept. */
export const MAX_MESSAGE = 8 * 2 ** 20;

/**
 * Reads server-sent events (HTML Living Standard, section 9.2) from pieces as they come. Throws when a message grows beyond
 * `MAX_MESSAGE` characters.
 */
export class EventStreamReader {
  readonly #decoder = new StringDecoder("utf8");
  #line = "";
  #event = "";
  #data: string[] = [];
  #length = 0;

  *read(piece: Uint8Array): Generator<StreamMessage> {
    const lines = this.#decoder.write(Buffer.from(piece.buffer, piece.byteOffset, piece.length)).split("\n");
    lines[0] = this.#line + (lines[0] ?? "");
    this.#line = lines.pop() ?? "";
    if (this.#line.length + this.#length > MAX_MESSAGE) throw new Error("a message is too long");
    for (const line of lines) {
      const message = this.#take(line.endsWith("\r") ? line.slice(0, -1) : line);
      if (message !== undefined) yield message;
    }
  }

  #take(line: string): StreamMessage | undefined {
    if (line === "") return this.#finish();
    if (line.startsWith("event:")) this.#event = line.slice(6).trim().slice(0, 100);
    else if (line.startsWith("data:")) {
      const text = line.slice(5).replace(/^ /, "");
      this.#length += text.length;
      if (this.#length > MAX_MESSAGE) throw new Error("a message is too long");
      this.#data.push(text);
    }
    return undefined;
  }

  #finish(): StreamMessage | undefined {
    const message = { event: this.#event, data: this.#data.join("\n") };
    const isEmpty = this.#data.length === 0;
    this.#event = "";
    this.#data = [];
    this.#length = 0;
    return isEmpty ? undefined : message;
  }
}
