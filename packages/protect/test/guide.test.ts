// SPDX-License-Identifier: Apache-2.0
import { readFileSync } from "node:fs";
import { createProtector } from "@telltale/protect";
import { compilePolicy, toProtectorOptions } from "@telltale/protect/policy";
import { describe, expect, it } from "vitest";
import { listKinds } from "../src/policy/kinds.js";

const guide = readFileSync(new URL("../../../docs/guides/protect.md", import.meta.url), "utf8");
const policies = [...guide.matchAll(/```yaml\n([\s\S]*?)```/g)].map(([, text = ""]) => text);

describe("the guide", () => {
  it("has policies", () => {
    expect(policies.length).toBeGreaterThanOrEqual(6);
  });

  it("names kinds that there are", () => {
    const [, section = ""] = /## Kinds\n([\s\S]*?)\n## /.exec(guide) ?? [];
    const named = [...section.matchAll(/`([a-z_]+)`/g)].map(([, kind = ""]) => kind);
    expect(named.length).toBeGreaterThan(40);
    expect(named.filter((kind) => !listKinds().known.has(kind))).toEqual([]);
  });

  it.each(policies)("shows a policy that is taken: %j", (text) => {
    const policy = compilePolicy(text);
    expect(createProtector(toProtectorOptions(policy)).policy).toMatch(/^[0-9a-f]{16}$/);
  });
});
