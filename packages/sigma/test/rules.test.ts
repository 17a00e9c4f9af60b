// SPDX-License-Identifier: Apache-2.0
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { compileRules, createCorrelator, parseSigma, type Finding } from "../src/index.js";

const root = fileURLToPath(new URL("../../../rules", import.meta.url));
const folders = readdirSync(root, { withFileTypes: true })
  .filter((area) => area.isDirectory())
  .flatMap((area) => readdirSync(join(root, area.name)).map((name) => join(area.name, name)));
const documentsOf = (folder: string) =>
  parseSigma(readFileSync(join(root, folder, "rule.yml"), "utf8"), join("rules", folder, "rule.yml"));
const ruleSet = compileRules(folders.flatMap(documentsOf));

interface Line {
  readonly time: string;
  readonly received: string;
}

function readEvents(folder: string, name: string): Line[] {
  const text = readFileSync(join(root, folder, name), "utf8");
  return text
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line) as Line);
}

/** As the detect follower does: an event's own time counts when it is within five minutes of `received`. */
function timeOf({ time, received }: Line): number {
  const own = Date.parse(time);
  const server = Date.parse(received);
  return Math.abs(own - server) <= 300_000 ? own : server;
}

function findingsOf(events: readonly Line[]): Finding[] {
  const correlator = createCorrelator(ruleSet);
  const found = events.flatMap((event, index) => [
    ...correlator.observe({ index, time: timeOf(event), event, matches: ruleSet.match(event) }),
  ]);
  // Nothing comes any more: what did not happen comes true.
  return [...found, ...correlator.advance(Date.parse("2030-01-01T00:00:00Z"))];
}

/** Ids of the documents in a folder that yield findings themselves. */
function generatingIds(folder: string): string[] {
  const own = new Set(documentsOf(folder).map(({ id }) => id));
  return [...ruleSet.rules, ...ruleSet.correlations]
    .filter(({ document, generates }) => generates && own.has(document.id))
    .map(({ id }) => id);
}

describe("every shipped rule", () => {
  it.each(folders)("%s has its four files and full metadata", (folder) => {
    const files = ["rule.yml", "fires.jsonl", "silent.jsonl", "README.md"];
    expect(files.filter((file) => !existsSync(join(root, folder, file)))).toEqual([]);
    for (const document of documentsOf(folder)) {
      expect(document.id).toBeDefined();
      expect(document.name).toBeDefined();
      expect(document.description).toBeDefined();
    }
    for (const id of generatingIds(folder)) {
      const document = [...ruleSet.rules, ...ruleSet.correlations].find((one) => one.id === id)?.document;
      expect(document?.falsepositives.length).toBeGreaterThan(0);
      expect(document?.references.length).toBeGreaterThan(0);
      expect(document?.tags.filter((tag) => /^attack\.t\d{4}/.test(tag)).length).toBeGreaterThan(0);
      expect(document?.tags.filter((tag) => tag.startsWith("owasp.")).length).toBeGreaterThan(0);
    }
  });

  it.each(folders)("%s fires: each of its documents finds something in fires.jsonl", (folder) => {
    const found = new Set(findingsOf(readEvents(folder, "fires.jsonl")).map(({ ruleId }) => ruleId));
    expect(generatingIds(folder).filter((id) => !found.has(id))).toEqual([]);
  });

  it.each(folders)("%s is silent on silent.jsonl", (folder) => {
    const own = new Set(generatingIds(folder));
    const found = findingsOf(readEvents(folder, "silent.jsonl")).filter(({ ruleId }) => own.has(ruleId));
    expect(found.map(({ title, trigger }) => ({ title, trigger }))).toEqual([]);
  });
});

const fires = (folder: string): Finding[] => findingsOf(readEvents(folder, "fires.jsonl"));

describe("the sequence of a whole attack", () => {
  it("brute force names the address, also where the user is unknown", () => {
    const findings = fires("authentication/password-brute-force");
    const address = findings.filter(
      ({ title, group }) => title.startsWith("Password") && group["client.ip"] === "198.51.100.23",
    );
    expect(address.map(({ count }) => count)).toEqual([5, 6]);
    expect(address[0]?.evidence).toEqual([6, 7, 8, 9, 10]);
  });

  it("success after failures shows the failures and the success", () => {
    const [first] = fires("authentication/success-after-failures").filter(({ level }) => level === "high");
    expect(first).toMatchObject({ key: "alice", count: 7, evidence: [0, 1, 2, 3, 4, 5, 6], trigger: 6 });
  });
});
