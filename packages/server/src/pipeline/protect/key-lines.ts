// SPDX-License-Identifier: Apache-2.0
import { createKeyLines, type ProtectedField, type Protector } from "@telltale/protect";
import type { NormalEvent, Sender } from "../stages.js";

const MARKER = "[masked:private_key]";

/**
 * Private keys that come line by line, as the messages of events that follow one another: syslog and files of text send them so. One for
 * each thread: where two threads prepare two requests of a source at the same time, each follows its own.
 */
export class KeyLineWatch {
  readonly #lines = createKeyLines();
  #undo: () => void = () => undefined;

  /** A group of events begins. */
  begin(): void {
    this.#undo = this.#lines.mark();
  }

  /** The group is prepared again: its lines must not count twice. */
  takeBack(): void {
    this.#undo();
  }

  /** What of a message belongs to a key that began in an earlier event, or goes on in the next: hidden. `sent` is the message as it came. */
  hide(event: NormalEvent, sent: string, sender: Sender, protector: Protector): ProtectedField | undefined {
    if (this.#lines.open === 0 && !sent.includes("PRIVATE KEY")) return undefined;
    const { app, instance = "", boot = "" } = event.source;
    const { hide } = this.#lines.next(JSON.stringify([sender.via, app, instance, boot]), sent);
    if (hide === undefined) return undefined;
    // What stands beside is protected anew: offsets are those of the message as it came.
    const before = protector.protectText(sent.slice(0, hide.start)).text;
    const behind = protector.protectText(sent.slice(hide.end)).text;
    event.message = `${before}${MARKER}${behind}`;
    return { path: "message", how: "masked", kind: "private_key" };
  }
}
