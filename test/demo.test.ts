// SPDX-License-Identifier: Apache-2.0
// The demonstration as a newcomer runs it: alerts appear, and nothing that its people type stays anywhere.
import { spawn } from "node:child_process";
import { readdirSync, readFileSync, statSync } from "node:fs";
import path from "node:path";
import { pathToFileURL } from "node:url";
import { expect, it } from "vitest";
import { freePort, root, temporaryDirectory } from "./harness.js";

interface Person {
  name: string;
  password: string;
}

async function load<T>(file: string): Promise<T> {
  return (await import(pathToFileURL(path.join(root, file)).href)) as T;
}

/** Every password that is typed in the demo: those of its people, mistyped ones, and the attacker's guesses. */
async function typedPasswords(): Promise<string[]> {
  const { SAMPLE_PEOPLE } = await load<{ SAMPLE_PEOPLE: readonly Person[] }>(
    "examples/shop/dist/accounts.js",
  );
  const { GUESSES, SPRAYED } = await load<{ GUESSES: readonly string[]; SPRAYED: string }>(
    "packages/cli/dist/demo/attacker.js",
  );
  const own = SAMPLE_PEOPLE.map(({ password }) => password);
  return [...own, ...own.map((password) => `${password}x`), ...GUESSES, SPRAYED];
}

/** The password as a word of its own; `123456` inside a hash is no password. */
function holds(text: string, password: string): boolean {
  for (let at = text.indexOf(password); at !== -1; at = text.indexOf(password, at + 1)) {
    const around = `${text[at - 1] ?? " "}${text[at + password.length] ?? " "}`;
    if (!/[0-9A-Za-z]/.test(around)) return true;
  }
  return false;
}

function filesIn(dir: string): string[] {
  return readdirSync(dir, { recursive: true, encoding: "utf8" })
    .map((name) => path.join(dir, name))
    .filter((file) => statSync(file).isFile());
}

const EXPECTED_ALERTS = ["brute", "administrator role", "balance", "spray", "very unusual"];

/** One anomaly on the attacker, a forwarder that has to wait, and a review to sign. */
const EXPECTED_NEWS = [/ odd .*authz_change for the first time/, / siem .*busy/, / demo .*review .*waits/];

it("fires its alerts, ends at Ctrl-C, and leaves no password and no token behind", async () => {
  const { dir, clean } = temporaryDirectory();
  const data = path.join(dir, "demo");
  const cli = path.join(root, "packages/cli/bin/telltale.cjs");
  const args = [cli, "demo", "--data", data, "--port", String(await freePort())];
  const child = spawn(process.execPath, args, { stdio: ["ignore", "pipe", "pipe"] });
  let said = "";
  for (const stream of [child.stdout, child.stderr])
    stream.on("data", (chunk: Buffer) => (said += chunk.toString()));
  const ended = new Promise<number | null>((resolve) => child.once("exit", resolve));
  try {
    await expect
      .poll(() => EXPECTED_ALERTS.filter((each) => !alertsIn(said).includes(each)), {
        timeout: 60_000,
        interval: 250,
      })
      .toEqual([]);
    await expect
      .poll(() => EXPECTED_NEWS.filter((each) => !each.test(said)), { timeout: 20_000, interval: 250 })
      .toEqual([]);
    child.kill("SIGINT");
    expect(await ended).toBe(0);

    const setUp = /set-?up[^\s]*[/#=]([A-Za-z0-9_-]{20,})/i.exec(said)?.[1];
    expect(setUp).toBeDefined();
    const passwords = await typedPasswords();
    expect(passwords.length).toBeGreaterThan(20);
    let events = 0;
    for (const file of filesIn(data)) {
      const text = readFileSync(file, "latin1");
      events += text.match(/"action":"authn_login_fail"/g)?.length ?? 0;
      expect(
        passwords.filter((each) => holds(text, each)),
        file,
      ).toEqual([]);
      expect(text, file).not.toMatch(/tt_[a-z]+_[a-z2-7]{12}_[a-z2-7]{52}/);
      expect(text.includes(setUp ?? ""), file).toBe(false);
    }
    // What was looked through does hold what the demo did.
    expect(events).toBeGreaterThan(10);
    expect(passwords.filter((each) => holds(said, each))).toEqual([]);
    expect(said).not.toMatch(/tt_[a-z]+_[a-z2-7]{12}_/);
  } finally {
    child.kill("SIGKILL");
    await ended;
    clean();
  }
});

function alertsIn(said: string): string {
  return said
    .split("\n")
    .filter((line) => /\balert\b/i.test(line))
    .join("\n")
    .toLowerCase();
}
