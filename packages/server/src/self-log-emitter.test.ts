// SPDX-License-Identifier: Apache-2.0
import type { SentEvent } from "@telltale/event";
import { expect, it } from "vitest";
import { SelfLogEmitter } from "./self-log-emitter.js";

it("completes events and seals what queued in one batch", async () => {
  const batches: (readonly SentEvent[])[] = [];
  const emitter = new SelfLogEmitter({
    seal: async (events) => batches.push(events),
    onError() {},
    version: "1.2.3",
    now: () => 1000,
  });
  emitter.emit({ action: "log_viewed" });
  emitter.emit({ action: "authn_login_fail", actor: { type: "user", id: "a" } });
  await emitter.flush();
  expect(batches).toHaveLength(1);
  expect(batches[0]).toMatchObject([
    {
      v: 1,
      action: "log_viewed",
      time: "1970-01-01T00:00:01.000Z",
      source: { app: "telltale", version: "1.2.3" },
    },
    { action: "authn_login_fail", outcome: "failure", actor: { id: "a" } },
  ]);
  expect(batches[0]?.[0]?.id).not.toBe(batches[0]?.[1]?.id);
});

it("never throws, and counts what it could not keep", async () => {
  const errors: Error[] = [];
  const emitter = new SelfLogEmitter({
    seal: async () => {
      throw new Error("disk full");
    },
    onError: (error) => errors.push(error),
    version: "1",
  });
  emitter.emit({ action: "log_viewed" });
  await emitter.flush();
  expect(emitter.lost).toBe(1);
  expect(errors[0]?.message).toBe("disk full");
});
