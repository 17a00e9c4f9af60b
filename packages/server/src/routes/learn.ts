// SPDX-License-Identifier: Apache-2.0
import { z } from "zod";
import type { Api } from "./define.js";

/** How far learning is. */
export interface LearnStatus {
  /** Time of the oldest event that was learned from, milliseconds since 1970; undefined while there was none. */
  readonly since: number | undefined;
  readonly graceDays: number;
  readonly streamGraceDays: number;
  readonly users: number;
  readonly streams: number;
}

const count = z.int().min(0);
const learnShape = z.object({
  enabled: z.boolean(),
  since: z.iso.datetime().nullable(),
  graceDays: count,
  streamGraceDays: count,
  users: count,
  streams: count,
});

/** Whether what is usual is being learned; `status` gives undefined when learning is off. */
export function registerLearn(api: Api, status: () => LearnStatus | undefined): void {
  api.route(
    {
      method: "GET",
      url: "/v1/learn",
      access: "status.read",
      summary:
        "Whether what is usual is learned, since when, and how long it takes until something is called unusual",
      answer: learnShape,
    },
    (): z.output<typeof learnShape> => {
      const known = status();
      if (known === undefined)
        return { enabled: false, since: null, graceDays: 0, streamGraceDays: 0, users: 0, streams: 0 };
      const { since, ...rest } = known;
      return { enabled: true, since: since === undefined ? null : new Date(since).toISOString(), ...rest };
    },
  );
}
