// SPDX-License-Identifier: Apache-2.0

/** Says at fixed intervals that a process lives, and keeps count of it. Its timer does not keep the process alive. */
export class Heartbeat {
  readonly #timer: NodeJS.Timeout | undefined;
  #beats = 0;

  /** @param everyMs milliseconds between two beats, the first after as many; 0: none */
  constructor(everyMs: number, beat: () => void) {
    if (everyMs === 0) return;
    this.#timer = setInterval(() => {
      this.#beats++;
      beat();
    }, everyMs).unref();
  }

  /** Signs of life so far. */
  get beats(): number {
    return this.#beats;
  }

  stop(): void {
    clearInterval(this.#timer);
  }
}
