// SPDX-License-Identifier: Apache-2.0
import { SearchError } from "./error.js";

/** Lets a bounded number of searches run and a bounded number wait. */
export class Gate {
  readonly #limit: number;
  readonly #queue: number;
  #running = 0;
  readonly #waiting: { start: () => void; refuse: (error: SearchError) => void }[] = [];
  #closed = false;

  constructor(limit: number, queue: number) {
    this.#limit = limit;
    this.#queue = queue;
  }

  /** Waits for a turn, at most `ms`; gives the function that ends it. Throws SearchError when there is no room. */
  async enter(ms: number): Promise<() => void> {
    if (this.#closed) throw new SearchError("search_closed", "The server is stopping");
    if (this.#running < this.#limit) {
      this.#running++;
    } else if (this.#waiting.length >= this.#queue) {
      throw new SearchError("search_busy", "Too many searches at once; try again in a moment");
    } else {
      await this.#wait(ms);
    }
    let left = false;
    return () => {
      if (left) return;
      left = true;
      const next = this.#waiting.shift();
      if (next === undefined) this.#running--;
      else next.start();
    };
  }

  #wait(ms: number): Promise<void> {
    return new Promise<void>((resolve, reject) => {
      const timer = setTimeout(() => {
        this.#waiting.splice(this.#waiting.indexOf(entry), 1);
        reject(new SearchError("search_timeout", "Other searches took too long; try again"));
      }, ms);
      const entry = {
        start: () => {
          clearTimeout(timer);
          resolve();
        },
        refuse: (error: SearchError) => {
          clearTimeout(timer);
          reject(error);
        },
      };
      this.#waiting.push(entry);
    });
  }

  /** Refuses those who wait and those who come. */
  close(): void {
    this.#closed = true;
    for (const entry of this.#waiting.splice(0)) {
      entry.refuse(new SearchError("search_closed", "The server is stopping"));
    }
  }
}
