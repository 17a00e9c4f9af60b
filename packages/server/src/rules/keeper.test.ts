// SPDX-License-Identifier: Apache-2.0
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { tempDir } from "@telltale/testkit";
import { parseSigma, type SigmaFilter } from "@telltale/sigma";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { openState, type State } from "../state/state.js";
import type { SelfEvent } from "../self-log.js";
import type { ExceptionSource } from "../alert/exceptions/source.js";
import { openRules, watchRules } from "./open.js";

const rule = (n: number, action = "a"): string => `
title: Rule ${n}
id: 5f7d2f5c-1c5e-4a2e-9b25-0c8f1f6f000${n}
logsource: { product: telltale }
detection: { selection: { action: ${action} }, condition: selection }
level: low
`;

let dir: ReturnType<typeof tempDir>;
let state: State;
let events: SelfEvent[];
const open: (() => Promise<void>)[] = [];

beforeEach(() => {
  dir = tempDir();
  events = [];
  state = openState(join(dir.path, "state.db"));
  write("base/one", rule(1));
});
afterEach(async () => {
  for (const close of open.splice(0)) await close();
  await state.close();
  dir.dispose();
});

function write(folder: string, text: string): void {
  mkdirSync(join(dir.path, folder), { recursive: true });
  writeFileSync(join(dir.path, folder, "rule.yml"), text);
}

async function start(filters?: ExceptionSource) {
  const rules = openRules({ rulesDir: join(dir.path, "base"), dataDir: dir.path });
  const told: unknown[] = [];
  const close = await watchRules({
    rules,
    state,
    selfLog: {
      emit: (event) => void events.push(event),
      seal: async (more) => void events.push(...more),
    },
    logger: { error: (facts: unknown) => void told.push(facts) } as never,
    lookMs: 5,
    ...(filters === undefined ? {} : { filters }),
  });
  open.push(close);
  return { rules, told, close };
}

async function until(check: () => boolean): Promise<void> {
  for (let i = 0; i < 2000 && !check(); i++) await new Promise((resolve) => setTimeout(resolve, 5));
  expect(check()).toBe(true);
}

const titles = (set: { rules: readonly { document: { title: string } }[] }): string[] =>
  set.rules.map(({ document }) => document.title);

describe("rules while the server runs", () => {
  it("takes over what is added, changed and removed, and tells each change as an event", async () => {
    const { rules } = await start();
    expect(titles(rules.inForce.current().set)).toEqual(["Rule 1"]);
    expect(events).toEqual([]);
    write("rules/two", rule(2));
    await until(() => events.length === 1);
    expect(titles(rules.inForce.current().set)).toEqual(["Rule 1", "Rule 2"]);
    expect(events[0]).toMatchObject({
      action: "telltale_rules_changed",
      reason: "folder",
      data: { counts: { added: 1, removed: 0, changed: 0 }, added: [{ title: "Rule 2" }] },
    });
    write("rules/two", rule(2, "other"));
    await until(() => events.length === 2);
    expect(events[1]).toMatchObject({ data: { counts: { added: 0, removed: 0, changed: 1 } } });
    rmSync(join(dir.path, "rules/two"), { recursive: true });
    await until(() => events.length === 3);
    expect(events[2]).toMatchObject({ data: { removed: [{ title: "Rule 2" }] } });
  });

  it("keeps the old set when a file has a mistake, and says where in log, status and event", async () => {
    const { rules, told } = await start();
    const before = rules.inForce.current();
    write("rules/bad", rule(2).replace("action: a", "action|nonsense: a"));
    await until(() => events.length === 1);
    expect(rules.inForce.current()).toBe(before);
    const where = { file: join(dir.path, "rules/bad/rule.yml"), line: 5 };
    expect(rules.status().problem).toMatchObject(where);
    expect(events[0]).toMatchObject({
      action: "telltale_rules_refused",
      data: { ...where, cause: "folder" },
    });
    expect(told).toMatchObject([{ problem: where }]);
    // The same mistake is told once; when it is put right, nothing is left of it.
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(events.length).toBe(1);
    write("rules/bad", rule(2));
    await until(() => events.length === 2);
    expect(rules.status().problem).toBeNull();
    expect(events[1]).toMatchObject({ action: "telltale_rules_changed" });
  });

  it("starts without DATA/rules when that has a mistake, and says so; a mistake in --rules is fatal", async () => {
    write("rules/bad", "title: [");
    const { rules } = await start();
    expect(titles(rules.inForce.current().set)).toEqual(["Rule 1"]);
    expect(events).toMatchObject([{ action: "telltale_rules_refused", data: { cause: "start" } }]);
    expect(rules.status().problem).not.toBeNull();
    write("base/one", "title: [");
    expect(() => openRules({ rulesDir: join(dir.path, "base"), dataDir: dir.path })).toThrow(
      /flow sequence|Flow sequence/,
    );
  });

  it("tells at the start what was changed while the server was stopped", async () => {
    await (await start()).close();
    write("rules/two", rule(2));
    write("base/one", rule(1, "changed"));
    await start();
    expect(events).toMatchObject([
      {
        action: "telltale_rules_changed",
        reason: "start",
        data: { counts: { added: 1, removed: 0, changed: 1 } },
      },
    ]);
    await start();
    expect(events.length).toBe(1);
  });

  it("lets the operator's own document take the place of a shipped one with the same id", async () => {
    write("rules/mine", rule(1, "mine").replace("Rule 1", "My rule 1"));
    const { rules } = await start();
    expect(titles(rules.inForce.current().set)).toEqual(["My rule 1"]);
    expect(rules.inForce.current().set.match({ action: "mine" })).toEqual([0]);
  });

  it("takes over exceptions, also while the folder is refused, and tells them", async () => {
    const NOT_BOB = `
title: Not Bob
id: 5f7d2f5c-1c5e-4a2e-9b25-0c8f1f6f0009
logsource: { product: telltale }
filter: { rules: [5f7d2f5c-1c5e-4a2e-9b25-0c8f1f6f0001], selection: { actor.id: bob }, condition: selection }
`;
    write("rules/bad", "title: [");
    let active: SigmaFilter[] = [];
    let changed: (() => void) | undefined;
    const { rules } = await start({
      active: () => active,
      subscribe(listener) {
        changed = listener;
        return () => {};
      },
    });
    const match = (): readonly number[] =>
      rules.inForce.current().set.match({ action: "a", actor: { id: "bob" } });
    expect(match()).toEqual([0]);
    active = parseSigma(NOT_BOB, "x").filter((each) => each.kind === "filter");
    changed?.();
    await until(() => events.some(({ reason }) => reason === "exceptions"));
    expect(match()).toEqual([]);
    expect(rules.status().problem).not.toBeNull();
  });

  it("reads again on SIGHUP", async () => {
    const { rules } = await start();
    write("rules/two", rule(2));
    process.emit("SIGHUP");
    await until(() => events.length === 1);
    expect(events[0]).toMatchObject({ reason: expect.stringMatching(/signal|folder/) });
    expect(rules.inForce.current().documents.length).toBe(2);
  });

  it("does not look below hidden folders: they hold copies", async () => {
    write("rules/..data/x", rule(2));
    write("rules/.git/x", "title: [");
    const { rules } = await start();
    expect(titles(rules.inForce.current().set)).toEqual(["Rule 1"]);
    expect(events).toEqual([]);
  });
});
