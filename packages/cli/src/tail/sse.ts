// SPDX-License-Identifier: Apache-2.0

/** One message of a server-sent event stream (WHATWG HTML, section 9.2). */
export interface SseMessage {
  event: string;
  data: string;
}

/** No event of ours is nearly as long; a server gone wild must not fill the memory. */
const MAX_MESSAGE_CHARS = 4 * 1024 * 1024;

/** Cuts text into messages. `push` gives those that the text completed; comments and unknown fields are left out. */
export class SseParser {
  #rest = "";
  #event = "";
  #data: string[] = [];
  #chars = 0;

  push(text: string): SseMessage[] {
    const messages: SseMessage[] = [];
    // A CR at the very end may be half of a CRLF: it waits for the next text.
    const whole = this.#rest + text;
    const lines = whole.split(/\r\n|\n|\r(?!$)/);
    this.#rest = lines.pop() ?? "";
    if (this.#rest.length + this.#chars > MAX_MESSAGE_CHARS)
      throw new RangeError("a message of the stream is too long");
    for (const line of lines) {
      if (line === "") this.#finish(messages);
      else this.#field(line);
    }
    return messages;
  }

  #field(line: string): void {
    const colon = line.indexOf(":");
    const name = colon === -1 ? line : line.slice(0, colon);
    const value = colon === -1 ? "" : line.slice(colon + 1).replace(/^ /, "");
    if (name === "event") this.#event = value;
    if (name !== "data") return;
    this.#data.push(value);
    this.#chars += value.length;
  }

  #finish(messages: SseMessage[]): void {
    if (this.#data.length > 0)
      messages.push({ event: this.#event || "message", data: this.#data.join("\n") });
    this.#event = "";
    this.#data = [];
    this.#chars = 0;
  }
}
