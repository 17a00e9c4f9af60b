// SPDX-License-Identifier: Apache-2.0
// What integrations/ hands to others, against what Telltale really writes.
import { readdirSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import path from "node:path";
import { VOCABULARY, type SecurityEvent } from "@telltale/event";
import { describe, expect, it, test } from "vitest";
import { SAMPLES } from "../packages/event/test/samples.js";
import { parseForwardConfig } from "../packages/server/src/follow/forward/config.js";
import { toFileLine } from "../packages/server/src/follow/forward/to/json-file.js";
import { toSyslogMessage } from "../packages/server/src/follow/forward/to/syslog-message.js";
import { root } from "./harness.js";
import { decode, evaluate, parseXml, readRules, type Rule } from "./wazuh-rules.js";

const folder = path.join(root, "integrations");
const read = (file: string): string => readFileSync(path.join(folder, file), "utf8");
const everything = SAMPLES["everything"]!;

const lineOf = (event: SecurityEvent): string => toFileLine({ index: 7, address: "main:7", event }).trimEnd();
const messageOf = (event: SecurityEvent, enterprise?: number): string =>
  toSyslogMessage(
    { index: 7, address: "main:7", event },
    { host: "log-1", software: "0.1.0", enterprise, maxBytes: 8192 },
  );

describe("integrations/wazuh", () => {
  const rules = readRules(read("wazuh/telltale_rules.xml"));
  const decoders = parseXml(read("wazuh/telltale_decoders.xml"));
  const ruleFor = (text: string): Rule | undefined => {
    const decoded = decode(text, decoders);
    return decoded === undefined ? undefined : evaluate(decoded, rules);
  };

  test.each(readdirSync(path.join(folder, "wazuh")).filter((name) => name.endsWith(".xml")))(
    "%s is well-formed",
    (name) => {
      expect(parseXml(read(`wazuh/${name}`)).length).toBeGreaterThan(0);
    },
  );

  it("has rules in the range for one's own, each once, each with a level, a group or a parent that exists", () => {
    const ids = rules.map(({ id }) => id);
    expect(new Set(ids).size).toBe(ids.length);
    for (const { id, level, parents, counts, mitre, description } of rules) {
      expect(id).toBeGreaterThanOrEqual(100_700);
      expect(id).toBeLessThan(100_800);
      expect(level).toBeGreaterThanOrEqual(0);
      expect(level).toBeLessThanOrEqual(15);
      expect(ids).toEqual(
        expect.arrayContaining([...parents, ...(counts === undefined ? [] : [counts.rule])]),
      );
      for (const technique of mitre) expect(technique).toMatch(/^T\d{4}(?:\.\d{3})?$/);
      expect(description).not.toBe("");
    }
  });

  it("names only fields that our lines have", () => {
    const decoded = decode(lineOf(everything), decoders);
    for (const { fields, counts, description } of rules) {
      const inText = [...description.matchAll(/\$\(([^)]+)\)/g)].map(([, name = ""]) => name);
      for (const name of [
        ...fields.map((field) => field.name),
        ...inText,
        ...(counts === undefined ? [] : [counts.same]),
      ])
        expect([...(decoded?.fields.keys() ?? [])]).toContain(name);
    }
  });

  it("gives every action exactly one rule, the same from the file and by syslog", () => {
    const seen = new Set<number>();
    for (const { action, level } of VOCABULARY) {
      const event = { ...everything, action, level };
      const rule = ruleFor(lineOf(event));
      expect(rule?.level, action).toBeGreaterThanOrEqual(3);
      // A rule for an action never makes less of it than its level does.
      if (level === "critical") expect(rule?.level, action).toBeGreaterThanOrEqual(10);
      for (const enterprise of [undefined, 32_473])
        expect(ruleFor(messageOf(event, enterprise))?.id, action).toBe(rule?.id);
      if (rule !== undefined) seen.add(rule.id);
    }
    // Every rule that is not a step on the way is somebody's.
    const leaves = rules.filter(({ id, counts }) => counts === undefined && id >= 100_710);
    expect(leaves.map(({ id }) => id).filter((id) => !seen.has(id))).toEqual([]);
  });

  it("gives a level to actions that it does not know, and to lines that were shortened", () => {
    for (const [level, wanted] of [
      ["info", 3],
      ["warn", 6],
      ["critical", 12],
    ] as const)
      expect(ruleFor(lineOf({ ...everything, action: "own_thing", level }))?.level).toBe(wanted);
    const long = { ...everything, action: "authn_login_fail", data: { long: "x".repeat(60_000) } };
    expect(ruleFor(messageOf(long))?.id).toBe(100_720);
  });

  it("says nothing about lines of others", () => {
    for (const text of [
      '{"event":{"action":"authn_login_fail"}}',
      '{"telltale":{"address":"x"}}',
      "<108>1 - - sshd - - - x",
      "text",
    ])
      expect(ruleFor(text)).toBeUndefined();
  });
});

describe("the configuration of each guide", () => {
  const secrets = {
    env: { SPLUNK_HEC_TOKEN: "5a1b6c2e", OPENSEARCH_PASSWORD: "secret-word", ELASTIC_API_KEY: "key-key" },
    readFile: () => "",
  };
  test.each(["opensearch", "elastic", "splunk", "wazuh"])("%s can be used", (name) => {
    const [target] = parseForwardConfig(read(`${name}/forward.yaml`), "forward.yaml", secrets);
    expect(target?.name).toBe(name);
  });

  test("and so can those for keeps, without the files of certificates", () => {
    for (const name of ["opensearch", "elastic", "splunk"]) {
      const [, text = ""] = /```yaml\n([^]*?)```/.exec(read(`${name}/README.md`)) ?? [];
      const indent = /^ */.exec(text)?.[0].length ?? 0;
      const lines = text.split("\n").map((line) => line.slice(indent));
      const plain = lines.filter((line) => !line.includes("tls:")).join("\n");
      expect(parseForwardConfig(plain, "forward.yaml", secrets)).toHaveLength(1);
    }
  });
});

interface Service {
  readonly image: string;
  readonly profiles: readonly string[];
  readonly ports?: readonly string[];
  readonly volumes?: readonly string[];
  readonly depends_on?: Readonly<Record<string, unknown>>;
}

describe("integrations/compose.yaml", () => {
  // The parser that the server has.
  const { parse } = createRequire(path.join(root, "packages/server/package.json"))("yaml") as {
    parse: (text: string) => unknown;
  };
  const compose = parse(read("compose.yaml")) as {
    readonly services: Readonly<Record<string, Service>>;
    readonly volumes: Readonly<Record<string, unknown>>;
  };

  it("starts nothing without being asked, listens on this machine only, and has its volumes and services", () => {
    for (const [name, service] of Object.entries(compose.services)) {
      expect(service.image, name).toMatch(/:[\d.]+$/);
      expect(service.profiles, name).toHaveLength(1);
      for (const port of service.ports ?? []) expect(port).toMatch(/^127\.0\.0\.1:\d+:\d+$/);
      for (const volume of service.volumes ?? [])
        expect(Object.keys(compose.volumes)).toContain(volume.split(":")[0]);
      for (const other of Object.keys(service.depends_on ?? {}))
        expect(compose.services[other]?.profiles).toEqual(service.profiles);
    }
  });
});
