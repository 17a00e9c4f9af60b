// SPDX-License-Identifier: Apache-2.0
import type { SecurityEvent } from "@telltale/event";
import { z } from "zod";
import type { Follower, SealedBatch } from "../../follow/follower.js";
import { SELF_VIA } from "../../pipeline/stages.js";
import type { Cursors } from "../../state/cursors.js";
import type { Erasures } from "./erasures.js";

const NAME = "erase";
const VERSION = 1;
const NEEDLE = Buffer.from('"action":"log_erased"');

const certificate = z.object({
  targets: z.array(z.object({ type: z.literal("subject"), id: z.string() })).min(1),
  data: z.object({ keys: z.array(z.string()), destroyed: z.string() }),
});

/**
 * Holds the state to the certificates in the log. When the state is put back from an older copy it has keys again that were destroyed since, and its
 * cursor is older, too: the certificates behind it are met once more, and the keys go again.
 */
export class EnforceFollower implements Follower {
  readonly name = NAME;
  readonly version = VERSION;
  readonly #erasures: Pick<Erasures, "enforce">;
  readonly #cursors: Cursors;
  #next = 0;
  #saved = 0;

  constructor({ erasures, cursors }: { erasures: Pick<Erasures, "enforce">; cursors: Cursors }) {
    this.#erasures = erasures;
    this.#cursors = cursors;
  }

  async start(): Promise<number> {
    const cursor = await this.#cursors.get(NAME);
    this.#next = cursor?.version === VERSION ? cursor.next : 0;
    this.#saved = this.#next;
    return this.#next;
  }

  async rewind(next: number): Promise<void> {
    this.#next = next;
    await this.#save();
  }

  async handle({ first, count, bytes, ends }: SealedBatch): Promise<void> {
    for (let found = bytes.indexOf(NEEDLE); found !== -1; found = bytes.indexOf(NEEDLE, found)) {
      const line = ends.findIndex((end) => end > found);
      await this.#enforce(bytes.toString("utf8", line === 0 ? 0 : ends[line - 1], ends[line]));
      found = ends[line]!;
    }
    this.#next = first + count;
  }

  async idle(): Promise<void> {
    if (this.#next !== this.#saved) await this.#save();
  }

  close(): Promise<void> {
    return this.#save();
  }

  async #enforce(line: string): Promise<void> {
    const event = JSON.parse(line) as SecurityEvent;
    // The needle may stand in a text of a sender. What `via` says was written by the server.
    if (event.via !== SELF_VIA || event.action !== "log_erased") return;
    const parsed = certificate.safeParse(event);
    if (!parsed.success) return;
    const { targets, data } = parsed.data;
    await this.#erasures.enforce(targets[0]!.id, data.keys, data.destroyed);
  }

  async #save(): Promise<void> {
    await this.#cursors.put({ follower: NAME, version: VERSION, next: this.#next });
    this.#saved = this.#next;
  }
}
