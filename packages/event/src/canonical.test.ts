// SPDX-License-Identifier: Apache-2.0
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { sentEvent } from "../test/arbitrary.js";
import { canonicalJson, neutralize, type SentEvent } from "./index.js";

const base: SentEvent = {
  v: 1,
  id: "a",
  time: "2026-11-22T10:00:00.123Z",
  source: { app: "shop" },
  action: "x",
  outcome: "success",
  level: "info",
};

describe("canonicalJson", () => {
  test("puts keys in the order of the schema, at every level, and leaves undefined out", () => {
    const text = canonicalJson({
      data: { b: 1, a: 2 },
      changes: [{ to: { y: 1, x: 2 }, field: "f" }],
      actor: { id: "1", type: "user", name: undefined, onBehalfOf: { name: "n", id: "2" } },
      ...base,
    });
    expect(text).toBe(
      '{"v":1,"id":"a","time":"2026-11-22T10:00:00.123Z","source":{"app":"shop"},"action":"x","outcome":"success",' +
        '"level":"info","actor":{"type":"user","id":"1","onBehalfOf":{"id":"2","name":"n"}},' +
        '"changes":[{"field":"f","to":{"y":1,"x":2}}],"data":{"b":1,"a":2}}',
    );
  });

  test("escapes what deceives and what is no valid Unicode", () => {
    const message = "\u0000\n\u001b[31m\u007f\u009b\u202e\u2066\u2028\ufeff\ud800\udc00\ud800x\udc00";
    const text = canonicalJson({ ...base, message });
    expect(text).toContain(
      '"\\u0000\\n\\u001b[31m\\u007f\\u009b\\u202e\\u2066\\u2028\\ufeff\u{10000}\\ud800x\\udc00"',
    );
    expect((JSON.parse(text) as SentEvent).message).toBe(message);
  });

  test("does not depend on the order of keys and loses nothing", () => {
    fc.assert(
      fc.property(sentEvent(), fc.nat(), (event, turn) => {
        const entries = Object.entries(event);
        const at = turn % entries.length;
        const turned = Object.fromEntries([
          ...entries.slice(at),
          ...entries.slice(0, at),
        ]) as unknown as SentEvent;
        expect(canonicalJson(turned)).toBe(canonicalJson(event));
        expect(JSON.parse(canonicalJson(event))).toEqual(event);
        expect(neutralize(canonicalJson(event))).toBe(canonicalJson(event));
      }),
    );
  });

  test("keeps unknown keys behind the known ones, __proto__ too", () => {
    const event = JSON.parse('{"__proto__":1,"zzz":2,"v":1}') as SentEvent;
    expect(canonicalJson(event)).toBe('{"v":1,"__proto__":1,"zzz":2}');
  });
});
