// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from "vitest";
import { createLoggers } from "./logger.js";

function capture(level: "debug" | "info" = "info") {
  const lines: string[] = [];
  const loggers = createLoggers(level, { write: (line: string) => void lines.push(line) });
  return { loggers, lines, text: () => lines.join("") };
}

describe("process log", () => {
  it("is one JSON object a line, with name, level and time", () => {
    const { loggers, lines } = capture();
    loggers.http.info({ status: 200 }, "answered");
    loggers.http.debug("not shown");
    expect(lines).toHaveLength(1);
    expect(JSON.parse(lines[0] ?? "")).toMatchObject({
      level: "info",
      name: "http",
      status: 200,
      msg: "answered",
    });
    expect(lines[0]).toMatch(/"time":"\d{4}-/);
  });

  it("holds no secret, wherever it stands", () => {
    const { loggers, text } = capture();
    const password = "Sup3r-unguessable-x";
    const token =
      "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.dozjgNryP4J3jVmNHl0w5N_XgL0n3I9PlFUP0THsR8U";
    loggers.server.info({ password, nested: { Authorization: `Bearer ${token}` } }, "hello");
    loggers.server.warn(`login failed: password=${password}`);
    loggers.server.error({ err: new Error(`refused: Authorization: Bearer ${token}`) }, "failed");
    loggers.server.error({ err: new Error("outer", { cause: new Error(`password=${password}`) }) });
    loggers.access.info({ list: [{ api_key: password }] });
    expect(text()).not.toContain(password);
    expect(text()).not.toContain(token.slice(-20));
    expect(text()).toContain("login failed");
  });

  it("cannot be made to print a second line or a control character", () => {
    const { loggers, lines } = capture();
    loggers.http.info('a\n{"level":"error","msg":"forged"}\u001b[31m\u0000');
    expect(lines).toHaveLength(1);
    expect(lines[0]?.trimEnd()).not.toMatch(/\p{Cc}/u);
  });

  it("survives what cannot be written: cycles, depth, size, getters that throw", () => {
    const { loggers, lines } = capture();
    const cycle: Record<string, unknown> = {};
    cycle["self"] = cycle;
    let deep: Record<string, unknown> = {};
    for (let i = 0; i < 500; i++) deep = { deep };
    loggers.server.info({ cycle });
    loggers.server.info({ deep });
    loggers.server.info("x".repeat(1_000_000));
    loggers.server.info({ ...JSON.parse('{"__proto__":{"a":1}}') }, "proto");
    expect(lines).toHaveLength(4);
    for (const line of lines) expect(line.length).toBeLessThan(40_000);
    expect(({} as Record<string, unknown>)["a"]).toBeUndefined();
  });
});
