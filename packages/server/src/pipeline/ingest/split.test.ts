// SPDX-License-Identifier: Apache-2.0
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { splitJson, splitLines, type Split } from "./split.js";

function texts(body: Buffer, split: Split | undefined): string[] | undefined {
  return split?.starts.map((start, i) => body.toString("utf8", start, split.ends[i]));
}

describe("splitLines", () => {
  it("keeps line numbers across blank lines and accepts CRLF and a missing last newline", () => {
    const body = Buffer.from('{"a":1}\r\n\n  {"b":2} \n{"c":3}');
    const split = splitLines(body);
    expect(texts(body, split)).toEqual(['{"a":1}', '{"b":2}', '{"c":3}']);
    expect(split.lines).toEqual([1, 3, 4]);
  });
  it("finds nothing in an empty body", () => {
    expect(splitLines(Buffer.from("")).starts).toEqual([]);
    expect(splitLines(Buffer.from("\n \r\n")).starts).toEqual([]);
  });
});

describe("splitJson", () => {
  it("gives the one object", () => {
    const body = Buffer.from(' {"a":[1,2]}\n');
    expect(texts(body, splitJson(body))).toEqual(['{"a":[1,2]}']);
  });
  it("gives no event for an empty array", () => {
    expect(splitJson(Buffer.from("[ ]"))?.starts).toEqual([]);
  });
  it.each(["", "[", '["a', "[1,,2]", "[1,]", "[1]]", "[}", "[{]", '{"a":1}x]', "[1] 2"])(
    "does not accept %j",
    (text) => {
      const body = Buffer.from(text);
      const split = splitJson(body);
      if (split === undefined) return;
      expect(() => texts(body, split)!.map((each) => JSON.parse(each) as unknown)).toThrow(SyntaxError);
    },
  );
  it("gives the same elements as JSON.parse for any array", () => {
    fc.assert(
      fc.property(fc.array(fc.jsonValue()), fc.constantFrom(0, 1, "\t"), (values, indent) => {
        const body = Buffer.from(JSON.stringify(values, undefined, indent));
        const split = splitJson(body);
        expect(texts(body, split)!.map((each) => JSON.parse(each) as unknown)).toEqual(
          JSON.parse(body.toString()) as unknown,
        );
      }),
    );
  });
  it("never throws on arbitrary bytes", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        splitJson(Buffer.concat([Buffer.from("["), bytes, Buffer.from("]")]));
        splitLines(Buffer.from(bytes));
      }),
    );
  });
});
