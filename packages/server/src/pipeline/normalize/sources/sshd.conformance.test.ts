// SPDX-License-Identifier: Apache-2.0
import { readFileSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import type { SourceEvent } from "./source.js";
import { sshd } from "./sshd.js";

const root = fileURLToPath(new URL("../../../../../../", import.meta.url));
const vectors = process.env["TELLTALE_VECTORS"] ?? path.join(root, "../shared/vectors");
const lines = readFileSync(path.join(vectors, "openssh/OpenSSH_2k.log"), "utf8").split(/\r?\n/);
const NOW = Date.UTC(2026, 10, 22);

function readAll() {
  const parser = sshd.open({ now: () => NOW });
  const events: SourceEvent[] = [];
  const others: Record<string, number> = {};
  for (const line of lines) {
    const parsed = parser.parse(line);
    if (parsed.kind === "events") events.push(...parsed.events);
    else others[parsed.why] = (others[parsed.why] ?? 0) + 1;
  }
  return { events, others };
}

function countBy(
  list: readonly SourceEvent[],
  key: (event: SourceEvent) => string | undefined,
): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const each of list) counts[key(each) ?? ""] = (counts[key(each) ?? ""] ?? 0) + 1;
  return counts;
}

describe("2,000 lines of a real sshd log", () => {
  const { events, others } = readAll();
  const failures = events.filter((each) => each.action === "authn_login_fail");

  it("has 528 failed passwords, counted independently", () => {
    let counted = 0;
    for (const line of lines) {
      if (!line.includes("Failed password")) continue;
      counted += Number(/repeated (\d+) times/.exec(line)?.[1] ?? 1);
    }
    expect(counted).toBe(528);
    expect(failures).toHaveLength(counted);
  });
  it("has one accepted login", () => {
    const accepted = events.filter((each) => each.action === "authn_login_success");
    expect(accepted.map((each) => [each.actor?.id, each.client?.ip])).toEqual([["fztu", "119.137.62.142"]]);
  });
  it("names twelve addresses with five failures or more", () => {
    const byAddress = Object.entries(countBy(failures, (each) => each.client?.ip)).filter(
      ([, count]) => count >= 5,
    );
    expect(byAddress.sort((a, b) => b[1] - a[1])[0]).toEqual(["183.62.140.253", 286]);
    expect(byAddress).toHaveLength(12);
    expect(failures.every((each) => each.client?.ip !== undefined && each.client.port !== undefined)).toBe(
      true,
    );
  });
  it("keeps the leading space of a user name", () => {
    expect(failures.some((each) => each.actor?.id === " 0101")).toBe(true);
  });
  it("accounts for every line: an event, or skipped for a reason; none is unreadable or of unknown meaning", () => {
    expect(others).toEqual({
      "PAM repeats a failure": 629,
      "PAM repeats failures": 17,
      "repeats an invalid user": 113,
    });
    expect(countBy(events, (each) => each.action)).toMatchObject({
      sshd_disconnected: 468,
      sshd_invalid_user: 113,
    });
    expect(countBy(events, (each) => each.action)).not.toHaveProperty("sshd_message");
  });
  it("puts all into the newest year that is not in the future", () => {
    expect(new Set(events.map((each) => each.time.slice(0, 10)))).toEqual(new Set(["2025-12-10"]));
  });
});
