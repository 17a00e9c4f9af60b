// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from "vitest";
import { MemoryKeys } from "../../test/reveal-keys.js";
import { resolveNames } from "./real-names.js";
import { NO_KEYS } from "./reveal.js";

const keys = new MemoryKeys();
const alias = keys.alias("alice");
const tokens = [1, 2].map((epoch) => keys.token("session", "abc", epoch));

describe("resolveNames", () => {
  it("finds a person by name under the alias, too, and writes down the alias only", async () => {
    expect(await resolveNames(keys, "actor.id:alice AND action:authn_login_fail", undefined)).toEqual({
      query: `(actor.id:alice OR actor.id:${alias}) AND action:authn_login_fail`,
      written: `actor.id:${alias} AND action:authn_login_fail`,
      resolved: [{ field: "actor.id", as: "alias" }],
    });
  });
  it("finds a session under the tokens of all epochs", async () => {
    const found = await resolveNames(keys, "NOT session:abc", undefined);
    for (const token of tokens) expect(found?.query).toContain(token);
    expect(found?.query).toMatch(/^NOT \(actor\.session:abc OR /);
    expect(found?.written).not.toContain(":abc ");
    expect(found?.resolved).toEqual([{ field: "actor.session", as: "token" }]);
  });
  it("adds nothing for a name that nobody has, for a pattern, and for other fields", async () => {
    for (const query of ["actor.id:bob", "actor.id:ali*", "action:alice", "alice", "", "actor.id:*"])
      expect(await resolveNames(keys, query, undefined), query).toBeUndefined();
    expect(await resolveNames(NO_KEYS, "actor.id:alice OR session:abc", undefined)).toBeUndefined();
  });
  it("searches what was typed when the wider search would be too long", async () => {
    const many = Array.from({ length: 60 }, () => "session:abc OR actor.id:alice").join(" OR ");
    expect(await resolveNames(keys, many, undefined)).toBeUndefined();
  });
  it("refuses a query that is none", async () => {
    await expect(resolveNames(keys, "actor.id:(", undefined)).rejects.toMatchObject({ name: "QueryError" });
  });
});
