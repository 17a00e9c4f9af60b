// SPDX-License-Identifier: Apache-2.0
import { cpSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { addWatched, initWitness, openLog, WitnessedFile, WitnessStore } from "@telltale/log";
import { type TempDir, tempDir, toBatch } from "@telltale/testkit";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { parseSigner } from "../../../log/src/keys.js";
import { originHash } from "../../../log/src/witness/layout.js";
import { SignedTree } from "../../../log/test/signed-tree.js";
import { runCommand } from "../../test/test-io.js";

let temp: TempDir;
let data: string;
let store: WitnessStore;
let now: number;

beforeEach(async () => {
  temp = tempDir("verify-witness");
  data = join(temp.path, "data");
  now = Date.now();
  await initWitness(join(temp.path, "w"), "witness.example.com/w1");
  store = await WitnessStore.open({ dir: join(temp.path, "w"), now: () => now });
});
afterEach(async () => {
  await store.close();
  temp.dispose();
});

/** Appends so many events, has the log witnessed, and appends the newer ones. */
async function makeLog(events: number, newer = 0): Promise<string> {
  const log = await openLog({
    dataDir: data,
    create: { originName: "test" },
    onFatal(error) {
      throw error;
    },
  });
  await log.append(toBatch(Array.from({ length: events }, (_, i) => `{"n":${i}}`)));
  await addWatched(store.paths, log.vkey);
  const { text } = log.checkpoint();
  const answer = await store.addCheckpoint(Buffer.from(`old 0\n\n${text}`));
  if (answer.status !== 200) throw new Error(`not cosigned: ${answer.status}`);
  await new WitnessedFile(data).write(text + answer.body);
  if (newer > 0) await log.append(toBatch(Array.from({ length: newer }, (_, i) => `{"m":${i}}`)));
  await log.close();
  return text + answer.body;
}

const verify = (...more: string[]) => runCommand(["verify", "--data", data, "--require-witness", ...more]);
const trusting = (...more: string[]) => verify("--witness-key", store.vkey, ...more);

/** What the log's key signs about another tree, cosigned by nobody or by the witness. */
async function forge(size: number): Promise<void> {
  const forged = new SignedTree("forged", parseSigner(readFileSync(join(data, "keys/main.key"), "utf8")));
  await new WitnessedFile(data).write(await forged.checkpoint(size));
}

describe("verify --require-witness", () => {
  it("believes the witnesses that it is told, and no others", async () => {
    await makeLog(20);
    const ran = await trusting();
    expect([ran.code, ran.stderr]).toEqual([0, ""]);
    expect(ran.stdout).toContain("INTACT");
    expect((await verify()).code).toBe(3);
    await initWitness(join(temp.path, "w2"), "witness.example.com/w2");
    const other = readFileSync(join(temp.path, "w2/keys/witness.vkey"), "utf8").trim();
    const unknown = await verify("--witness-key", other);
    expect(unknown.code).toBe(3);
    expect(unknown.stdout).toContain("too few of the witnesses");
    expect((await verify("--witness-key", store.vkey, "--witness-key", other)).code).toBe(3);
    const policy = join(temp.path, "policy");
    writeFileSync(policy, `witness a ${store.vkey}\nwitness b ${other}\ngroup g any a b\nquorum g\n`);
    expect((await verify("--policy", policy)).code).toBe(0);
    expect((await verify("--policy", policy, "--witness-key", other)).code).toBe(64);
    writeFileSync(policy, "quorum\n");
    expect((await verify("--policy", policy)).code).toBe(64);
    expect((await verify("--policy", join(temp.path, "none"))).code).toBe(66);
    expect((await verify("--witness-key", readFileSync(join(data, "keys/main.vkey"), "utf8"))).code).toBe(64);
  });

  it("lets newer events pass for a minute, then says how many only the server vouches for", async () => {
    await makeLog(20, 5);
    expect((await trusting()).code).toBe(0);
    now -= 3_600_000;
    await store.close();
    temp.dispose();
    await initWitness(join(temp.path, "w"), "witness.example.com/w1");
    store = await WitnessStore.open({ dir: join(temp.path, "w"), now: () => now });
    await makeLog(20, 5);
    const late = await trusting();
    expect(late.code).toBe(3);
    expect(late.stdout).toContain("only the first 20 were cosigned");
    expect(late.stdout).toContain("newer 5");
    expect((await runCommand(["verify", "--data", data, "--witness-key", store.vkey])).code).toBe(0);
  });

  it("finds that all of it was put back, by what the witness shows", async () => {
    await makeLog(20);
    const shown = join(temp.path, "shown.checkpoint");
    const show = async (): Promise<string> => {
      const origin = parseSigner(readFileSync(join(data, "keys/main.key"), "utf8")).origin;
      writeFileSync(shown, (await store.checkpointOf(originHash(origin))) ?? "");
      return shown;
    };
    expect((await trusting("--evidence", await show())).code).toBe(0);
    const yesterday = join(temp.path, "yesterday");
    cpSync(data, yesterday, { recursive: true });
    const log = await openLog({
      dataDir: data,
      onFatal(error) {
        throw error;
      },
    });
    await log.append(toBatch(['{"n":20}']));
    const proof = (await log.consistency(20, 21)).map((hash) => hash.toString("base64"));
    const { text } = log.checkpoint();
    const answer = await store.addCheckpoint(Buffer.from(["old 20", ...proof, "", text].join("\n")));
    expect(answer.status).toBe(200);
    await log.close();
    rmSync(data, { recursive: true });
    cpSync(yesterday, data, { recursive: true });
    // Log, head store and the cosigned checkpoint beside them agree.
    expect((await trusting()).code).toBe(0);
    const found = await trusting("--evidence", await show());
    expect([found.code, found.stdout]).toEqual([
      1,
      expect.stringContaining("21 events were signed") as string,
    ]);
    const other = new SignedTree();
    writeFileSync(shown, await other.checkpoint(5));
    expect((await trusting("--evidence", shown)).code).toBe(4);
    expect((await trusting("--evidence", join(temp.path, "none"))).code).toBe(66);
  });

  it("says tampered when the log is not what was witnessed", async () => {
    const note = await makeLog(20);
    await forge(30);
    const cut = await trusting();
    expect(cut.code).toBe(1);
    expect(cut.stdout).toContain("30 events were witnessed, the log has 20");
    await forge(7);
    const forked = await trusting();
    expect(forked.code).toBe(1);
    expect(forked.stdout).toContain("the witnesses signed");
    for (let at = 0; at < note.length; at += 11) {
      const bent = Buffer.from(note);
      bent[at] = (bent[at] as number) ^ 1;
      writeFileSync(new WitnessedFile(data).path, bent);
      // Changed: not to be believed, or, in a name or key hint, a line of somebody unknown.
      expect([1, 3], `byte ${at}`).toContain((await trusting()).code);
    }
  });
});
