// SPDX-License-Identifier: Apache-2.0
import type { Follower, SealedBatch } from "../../follow/follower.js";
import type { Cursors } from "../../state/cursors.js";
import type { Erasures } from "./erasures.js";
import { findCertificates } from "./find-certificates.js";

const NAME = "erase";
const VERSION = 1;
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

  async handle({ first, count, bytes }: SealedBatch): Promise<void> {
    for (const { alias, keys, at } of findCertificates(bytes)) await this.#erasures.enforce(alias, keys, at);
    this.#next = first + count;
  }

  async idle(): Promise<void> {
    if (this.#next !== this.#saved) await this.#save();
  }

  close(): Promise<void> {
    return this.#save();
  }

  async #save(): Promise<void> {
    await this.#cursors.put({ follower: NAME, version: VERSION, next: this.#next });
    this.#saved = this.#next;
  }
}
