// SPDX-License-Identifier: Apache-2.0

/** Closes in the reverse order of opening, also when opening stopped half-way. */
export class Closing {
  readonly #steps: (() => unknown)[] = [];
  add(step: () => unknown): void {
    this.#steps.push(step);
  }
  async run(): Promise<void> {
    const failures: unknown[] = [];
    // A step may wait for a thread or a timer that holds no process. Without this the process would end there, with the log open.
    const alive = setInterval(() => {}, 60_000);
    for (let step = this.#steps.pop(); step !== undefined; step = this.#steps.pop()) {
      try {
        await step();
      } catch (error) {
        failures.push(error);
      }
    }
    clearInterval(alive);
    if (failures.length > 0) throw new AggregateError(failures, "not everything could be closed");
  }
}
