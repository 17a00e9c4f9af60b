// SPDX-License-Identifier: Apache-2.0
import { createProtector } from "@telltale/protect";
import { describe, expect, it } from "vitest";
import type { NormalEvent } from "../stages.js";
import { KeyLineWatch } from "./key-lines.js";
import { protectEvent } from "./protect.js";

const protector = createProtector();
const body = (n: number): string => Buffer.alloc(48, `line ${n} of a key`).toString("base64");
const PEM = ["-----BEGIN PRIVATE KEY-----", body(1), body(2), body(3), "-----END PRIVATE KEY-----"];

function eventOf(message: string, instance = "web-1"): NormalEvent {
  const source = { app: "shop", instance };
  return { v: 1, id: "x", time: "t", source, action: "x", message } as unknown as NormalEvent;
}

function send(watch: KeyLineWatch, message: string, instance?: string): NormalEvent {
  const event = eventOf(message, instance);
  protectEvent(event, protector, { received: "2026-11-22T10:00:00.000Z", via: "k" }, watch);
  return event;
}

describe("a private key, line by line", () => {
  it("is hidden in each event of its source, and says so", () => {
    const watch = new KeyLineWatch();
    for (const line of PEM) {
      const event = send(watch, `out: ${line}`);
      expect(event.message).not.toContain(line.slice(0, 24));
      expect(event.protected?.fields).toContainEqual({ path: "message", how: "masked", kind: "private_key" });
    }
    expect(send(watch, "started").message).toBe("started");
    expect(send(watch, body(4)).message).toBe(body(4));
  });

  it("hides nothing of another source, nor of one that writes between", () => {
    const watch = new KeyLineWatch();
    send(watch, PEM[0] as string);
    expect(send(watch, body(1), "web-2").message).toBe(body(1));
    expect(send(watch, "user logged in").message).toBe("user logged in");
    expect(send(watch, body(2)).message).toBe("[masked:private_key]");
    send(watch, PEM[4] as string);
  });

  it("protects what stands beside it", () => {
    const watch = new KeyLineWatch();
    const { message } = send(watch, "password=hunter2x -----BEGIN PRIVATE KEY-----");
    expect(message).not.toContain("hunter2x");
    expect(message).toContain("[masked:private_key]");
  });
});
