// SPDX-License-Identifier: Apache-2.0
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { canonicalJson, isCanonical, type SentEvent } from "./index.js";
import { sentEvent } from "../test/arbitrary.js";

const encoder = new TextEncoder();
const DECEPTIVE = /[\p{Cc}\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]/u;

function scan(text: string | Uint8Array): boolean {
  const bytes = typeof text === "string" ? encoder.encode(text) : text;
  // Surrounded by other bytes, as in a batch: nothing outside the range may matter.
  const padded = new Uint8Array(bytes.length + 20).fill(0x22);
  padded.set(bytes, 7);
  return isCanonical(padded, 7, 7 + bytes.length);
}

/** Slow and obvious: parses JSON and throws when any object has one key twice. */
function parseStrictly(text: string): unknown {
  let at = 0;
  const value = (): unknown => {
    if (text[at] === "{") {
      const keys = new Set<string>();
      const result: [string, unknown][] = [];
      at++;
      while (text[at] !== "}") {
        const key = string();
        if (keys.has(key)) throw new Error("one key twice");
        keys.add(key);
        if (text[at++] !== ":") throw new Error("no colon");
        result.push([key, value()]);
        if (text[at] === ",") at++;
      }
      at++;
      return Object.fromEntries(result);
    }
    if (text[at] === "[") {
      const result: unknown[] = [];
      at++;
      while (text[at] !== "]") {
        result.push(value());
        if (text[at] === ",") at++;
      }
      at++;
      return result;
    }
    if (text[at] === '"') return string();
    const word = /^[^,\]}]+/.exec(text.slice(at))?.[0] ?? "";
    at += word.length;
    return JSON.parse(word);
  };
  const string = (): string => {
    const start = at++;
    while (text[at] !== '"') at += text[at] === "\\" ? 2 : 1;
    return JSON.parse(text.slice(start, ++at)) as string;
  };
  return value();
}

function keepsPromise(bytes: Uint8Array): boolean {
  if (!scan(bytes)) return true;
  const text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  const parsed: unknown = JSON.parse(text);
  expect(parseStrictly(text)).toEqual(parsed);
  expect(JSON.parse(canonicalJson(parsed as SentEvent))).toEqual(parsed);
  return !DECEPTIVE.test(text);
}

describe("is canonical", () => {
  test.each([
    "{}",
    '{"v":1}',
    '{"v":1,"id":"x","action":"a"}',
    '{"source":{"app":"shop","seq":9007199254740991}}',
    '{"data":{"a":{"b":[1,-2,0.5,-0.25,true,false,null,"",{},[]]}}}',
    '{"data":{"__proto__":1,"constructor":2,"":3}}',
    '{"message":"Grüße, 世界 👋 \\u0000 \\ud800 \\"\\\\\\/\\n"}',
    '{"targets":[{"type":"user","id":"1"},{"type":"user"}],"changes":[{"field":"a","from":{"x":1},"to":null}]}',
    '{"protected":{"policy":"p","fields":[{"path":"a","how":"masked","kind":"card"}]}}',
    `{"data":${'{"a":'.repeat(31)}1${"}".repeat(31)}}`.replace('{"a":1}', "{}"),
  ])("%s", (text) => {
    expect(scan(text)).toBe(true);
  });

  test("what canonicalJson writes, when keys are plain and numbers have no exponent", () => {
    fc.assert(
      fc.property(sentEvent({ plain: true }), (event) => {
        expect(scan(canonicalJson(event))).toBe(true);
      }),
    );
  });
});

describe("is not canonical", () => {
  test.each([
    ["", "nothing"],
    ["1", "no object"],
    ["[]", "a list"],
    ["{", "no end"],
    ['{"v":1', "no end"],
    ['{"v":1}}', "something behind"],
    ['{"v":1}\n', "a line end"],
    ['{"v":1},', "something behind"],
    ['{ "v":1}', "space"],
    ['{"v": 1}', "space"],
    ['{"v":1,}', "a comma too many"],
    ['{"id":"x","v":1}', "wrong order"],
    ['{"v":1,"v":1}', "one key twice"],
    ['{"foo":1}', "unknown key"],
    ['{"received":"x"}', "a field of the server"],
    ['{"actor":{"id":"x","type":"user"}}', "wrong order inside"],
    ['{"actor":{"foo":1}}', "unknown key inside"],
    ['{"targets":[{"id":"1","type":"user"}]}', "wrong order in a list"],
    ['{"data":{"a":1,"a":1}}', "one key twice in data"],
    ['{"data":{"a":1,"b":{"c":1,"c":2}}}', "one key twice deep in data"],
    ['{"data":{"a":1,"\\u0061":2}}', "one key twice in disguise"],
    ['{"\\u0076":1}', "a key in disguise"],
    ['{"data":{"x":1e3}}', "an exponent"],
    ['{"data":{"x":1E400}}', "an exponent"],
    ['{"data":{"x":9007199254740992}}', "an integer beyond 2^53"],
    ['{"data":{"x":-9007199254740993}}', "an integer beyond 2^53"],
    ['{"data":{"x":123456789012345678901}}', "an integer beyond 2^53"],
    ['{"data":{"x":-0}}', "minus zero"],
    ['{"data":{"x":01}}', "a leading zero"],
    ['{"data":{"x":1.}}', "no digits behind the point"],
    ['{"data":{"x":.5}}', "no digits before the point"],
    ['{"data":{"x":-}}', "no digits"],
    ['{"data":{"x":NaN}}', "no JSON"],
    ['{"data":{"x":tru}}', "no JSON"],
    ['{"data":{"x":nulL}}', "no JSON"],
    ['{"data":["a" "b"]}', "no comma"],
    ['{"message":"\u0000"}', "a raw NUL"],
    ['{"message":"a\nb"}', "a raw line end"],
    ['{"message":"\u001b[31m"}', "a raw ANSI escape"],
    ['{"message":"\u007f"}', "a raw DEL"],
    ['{"message":"\u009b"}', "a raw C1 control"],
    ['{"message":"\u202e"}', "a raw bidi override"],
    ['{"message":"\u2066"}', "a raw bidi isolate"],
    ['{"message":"\u2028"}', "a raw line separator"],
    ['{"data":{"\u202e":1}}', "a raw bidi override in a key"],
    ['\ufeff{"v":1}', "a byte order mark"],
    ['{"message":"\\x"}', "an unknown escape"],
    ['{"message":"\\u12g4"}', "an escape without digits"],
    ['{"message":"\\', "an escape without end"],
    [`{"data":${"[".repeat(32)}${"]".repeat(32)}}`, "too deep"],
    [`{"data":{${Array.from({ length: 65 }, (_, i) => `"k${i}":1`).join(",")}}}`, "too many keys to compare"],
  ])("%s (%s)", (text) => {
    expect(scan(text)).toBe(false);
  });

  test.each([
    [[0xc0, 0x80], "overlong"],
    [[0xc1, 0xbf], "overlong"],
    [[0xe0, 0x80, 0x80], "overlong"],
    [[0xf0, 0x80, 0x80, 0x80], "overlong"],
    [[0xed, 0xa0, 0x80], "surrogate"],
    [[0xf4, 0x90, 0x80, 0x80], "beyond Unicode"],
    [[0xff], "no lead byte"],
    [[0x80], "no lead byte"],
    [[0xe2, 0x82], "cut short"],
    [[0xf0, 0x9f, 0x91], "cut short"],
  ])("bytes %j (%s)", (sequence) => {
    const before = encoder.encode('{"message":"');
    const after = encoder.encode('"}');
    expect(scan(Uint8Array.from([...before, ...sequence, ...after]))).toBe(false);
  });

  test("a range that is none", () => {
    const bytes = encoder.encode('{"v":1}');
    expect(isCanonical(bytes, 0, bytes.length)).toBe(true);
    expect(isCanonical(bytes, 0, bytes.length + 1)).toBe(false);
    expect(isCanonical(bytes, -1, bytes.length)).toBe(false);
    expect(isCanonical(bytes, 3, 2)).toBe(false);
    expect(isCanonical(new Uint8Array(0), 0, 0)).toBe(false);
  });
});

describe("keeps its promise on anything", () => {
  test("random JSON", () => {
    fc.assert(
      fc.property(fc.json({ maxDepth: 6 }), (data) => {
        expect(keepsPromise(encoder.encode(`{"v":1,"data":{"x":${data.replace(/\s+/g, "")}}}`))).toBe(true);
      }),
    );
  });

  test("canonical bytes with a few bytes changed, cut out or repeated", () => {
    const edit = fc.record({
      at: fc.nat(),
      cut: fc.nat({ max: 3 }),
      add: fc.oneof(
        fc.constantFrom(
          '"',
          ",",
          ":",
          "{",
          "}",
          "[",
          "]",
          "\\",
          "0",
          "-",
          ".",
          "e",
          '"a":1,',
          '"v":1,',
          '"id":"",',
        ),
        fc.string({ maxLength: 2 }),
      ),
    });
    fc.assert(
      fc.property(
        sentEvent({ plain: true }),
        fc.array(edit, { minLength: 1, maxLength: 3 }),
        (event, edits) => {
          let text = canonicalJson(event);
          for (const { at, cut, add } of edits) {
            const place = at % (text.length + 1);
            text = text.slice(0, place) + add + text.slice(place + cut);
          }
          expect(keepsPromise(encoder.encode(text))).toBe(true);
        },
      ),
      { numRuns: 3000 },
    );
  });

  test("random bytes inside a string", () => {
    const before = encoder.encode('{"message":"');
    const after = encoder.encode('"}');
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 8 }), (bytes) => {
        expect(keepsPromise(Uint8Array.from([...before, ...bytes, ...after]))).toBe(true);
      }),
      { numRuns: 5000 },
    );
  });
});
