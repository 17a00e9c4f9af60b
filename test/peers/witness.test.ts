// SPDX-License-Identifier: Apache-2.0
// Others' code on both sides of C2SP tlog-witness: our log asks litewitness (FiloSottile/torchwood, Go), and a log written with
// golang.org/x/mod's sumdb/note and sumdb/tlog asks our witness.
//   go install filippo.io/torchwood/cmd/litewitness@latest    or built from a checkout; also needs ssh-agent and ssh-keygen
//   TELLTALE_LITEWITNESS=/path/to/litewitness npx vitest run test/peers/witness.test.ts
import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { writeFileSync } from "node:fs";
import type { AddressInfo } from "node:net";
import path from "node:path";
import { addWatched, initWitness, openLog, WitnessedFile, WitnessStore } from "@telltale/log";
import { verifyWitnessed } from "@telltale/merkle";
import { nodeCrypto } from "@telltale/merkle/node";
import { tempDir, toBatch } from "@telltale/testkit";
import Database from "libsql";
import { afterAll, afterEach, describe, expect, it } from "vitest";
import { createWitnessServer } from "../../packages/cli/src/witness/http.js";
import { openWitnesses } from "../../packages/server/src/witness/open.js";
import { parseWitnessSettings } from "../../packages/server/src/witness/settings.js";
import { freePort, until } from "../harness.js";

const litewitness = process.env["TELLTALE_LITEWITNESS"] ?? "litewitness";
const dir = tempDir("witness-peers", true);
const running: ChildProcess[] = [];

/** Why a program cannot be run; undefined when it can. */
function whyNot(program: string, args: string[]): string | undefined {
  try {
    execFileSync(program, args, { stdio: "ignore" });
    return undefined;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    return code === undefined ? undefined : `${program} cannot be run (${code})`; // it ran, and did not like the arguments
  }
}
const noLitewitness =
  whyNot(litewitness, ["-h"]) ?? whyNot("ssh-keygen", ["-?"]) ?? whyNot("ssh-agent", ["-?"]);

function go(...args: string[]): void {
  execFileSync("go", args, { cwd: dir.path, stdio: "pipe" });
}

/** Builds the log in Go. Why it cannot be; undefined when it is built. */
function buildGoPeer(): string | undefined {
  const missing = whyNot("go", ["version"]);
  if (missing !== undefined) return missing;
  writeFileSync(path.join(dir.path, "main.go"), GO_CLIENT);
  const module = "module peer\n\ngo 1.23\n\nrequire golang.org/x/mod v0.24.0\n";
  writeFileSync(path.join(dir.path, "go.mod"), module);
  try {
    go("mod", "tidy");
  } catch (error) {
    return `golang.org/x/mod cannot be had: ${String((error as { stderr?: unknown }).stderr)
      .trim()
      .slice(0, 200)}`;
  }
  go("build", "-o", "peer", ".");
  return undefined;
}

afterEach(async () => {
  for (const child of running.splice(0)) {
    const gone = new Promise((resolve) => child.once("exit", resolve));
    if (child.exitCode === null && child.signalCode === null) {
      child.kill("SIGTERM");
      await gone;
    }
  }
});
afterAll(() => dir.dispose());

function start(program: string, args: string[]): { child: ChildProcess; output: () => string } {
  const child = spawn(program, args, { stdio: ["ignore", "pipe", "pipe"], cwd: dir.path });
  running.push(child);
  let printed = "";
  for (const stream of [child.stdout, child.stderr])
    stream.on("data", (chunk: Buffer) => (printed += chunk.toString()));
  return { child, output: () => printed };
}

describe.skipIf(noLitewitness !== undefined)("litewitness", () => {
  it("cosigns our log as it grows, and our verifier believes it", async () => {
    const log = await openLog({
      dataDir: path.join(dir.path, "data"),
      create: { originName: "telltale.example" },
      onFatal(error) {
        throw error;
      },
    });
    const append = (count: number) =>
      log.append(toBatch(Array.from({ length: count }, (_, i) => `{"n":${i}}`)));
    await append(5);
    const db = new Database(path.join(dir.path, "lite.db"));
    db.exec(`CREATE TABLE log (origin TEXT PRIMARY KEY, tree_size INTEGER NOT NULL, tree_hash TEXT NOT NULL);
      CREATE TABLE key (origin TEXT NOT NULL, key TEXT NOT NULL, FOREIGN KEY(origin) REFERENCES log(origin));`);
    const empty = Buffer.from(nodeCrypto.sha256(new Uint8Array())).toString("base64");
    db.prepare("INSERT INTO log VALUES (?, 0, ?)").run(log.origin, empty);
    db.prepare("INSERT INTO key VALUES (?, ?)").run(log.origin, log.vkey);
    db.close();
    const socket = path.join(dir.path, "agent.sock");
    start("ssh-agent", ["-D", "-a", socket]);
    execFileSync("ssh-keygen", ["-q", "-t", "ed25519", "-N", "", "-f", path.join(dir.path, "id")]);
    const fingerprint = execFileSync("ssh-keygen", ["-lf", path.join(dir.path, "id.pub")], {
      encoding: "utf8",
    });
    await until("the agent", async () => {
      const env = { ...process.env, SSH_AUTH_SOCK: socket };
      try {
        execFileSync("ssh-add", ["-q", path.join(dir.path, "id")], { env, stdio: "ignore" });
        return true;
      } catch {
        return undefined;
      }
    });
    const port = await freePort();
    const key = fingerprint.split(" ")[1] ?? "";
    const lite = start(litewitness, [
      "-name",
      "lite.example/w",
      "-db",
      "lite.db",
      "-ssh-agent",
      socket,
      "-listen",
      `127.0.0.1:${port}`,
      "-key",
      key,
    ]);
    const vkey = await until("litewitness", async () =>
      /vkey=(\S+)/.exec(lite.output())?.[1]?.replaceAll('"', ""),
    );
    const url = `http://127.0.0.1:${port}`;
    await until("its port", () =>
      fetch(url).then(
        () => true as const,
        () => undefined,
      ),
    );
    const settings = parseWitnessSettings(`${vkey}=${url}`, undefined, 1000);
    const errors: Error[] = [];
    const witnesses = await openWitnesses({
      settings,
      dataDir: path.join(dir.path, "data"),
      log,
      onError: (error) => void errors.push(error),
    });
    for (const more of [0, 1, 300, 4000]) {
      if (more > 0) await append(more);
      await witnesses?.round();
      expect(witnesses?.status(), lite.output()).toMatchObject({
        state: "witnessed",
        newest: { size: log.size },
      });
    }
    const note = await new WitnessedFile(path.join(dir.path, "data")).read();
    if (note === undefined || settings === undefined) throw new Error("nothing was kept");
    const judged = verifyWitnessed(nodeCrypto, note, log.keys, settings.policy);
    expect(judged).toMatchObject({ quorum: true, head: { size: BigInt(log.size) } });
    expect(errors).toEqual([]);
    await witnesses?.close();
    await log.close();
  });
});

const GO_CLIENT = `package main

import (
	"bytes"
	"crypto/ed25519"
	"crypto/rand"
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"io"
	"maps"
	"net/http"
	"os"
	"sort"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

type hashes map[int64]tlog.Hash

func (h hashes) ReadHashes(indexes []int64) ([]tlog.Hash, error) {
	var out []tlog.Hash
	for _, i := range indexes {
		out = append(out, h[i])
	}
	return out, nil
}

type tree struct {
	stored hashes
	size   int64
}

func (t *tree) clone() *tree { return &tree{stored: maps.Clone(t.stored), size: t.size} }

func (t *tree) grow(n int64, tag string) {
	for end := t.size + n; t.size < end; t.size++ {
		added := must(tlog.StoredHashes(t.size, fmt.Appendf(nil, "%s %d", tag, t.size), t.stored))
		at := tlog.StoredHashIndex(0, t.size)
		for i, hash := range added {
			t.stored[at+int64(i)] = hash
		}
	}
}

func must[T any](value T, err error) T {
	if err != nil {
		panic(err)
	}
	return value
}

func main() {
	if len(os.Args) < 3 {
		skey, vkey := must2(note.GenerateKey(rand.Reader, "go.example/log"))
		fmt.Printf("%s\\n%s\\n", skey, vkey)
		return
	}
	url, witness, signer := os.Args[1], os.Args[2], must(note.NewSigner(os.Args[3]))
	postAs := func(t *tree, old int64, signer note.Signer) (int, string, string) {
		head := must(tlog.TreeHash(t.size, t.stored))
		text := fmt.Sprintf("%s\\n%d\\n%s\\n", signer.Name(), t.size, base64.StdEncoding.EncodeToString(head[:]))
		msg := must(note.Sign(&note.Note{Text: text}, signer))
		var body bytes.Buffer
		fmt.Fprintf(&body, "old %d\\n", old)
		if old > 0 && old < t.size {
			for _, hash := range must(tlog.ProveTree(t.size, old, t.stored)) {
				fmt.Fprintln(&body, base64.StdEncoding.EncodeToString(hash[:]))
			}
		}
		body.WriteString("\\n")
		body.Write(msg)
		response := must(http.Post(url+"/add-checkpoint", "text/plain", &body))
		answer := must(io.ReadAll(response.Body))
		return response.StatusCode, string(answer), text
	}
	post := func(t *tree, old int64) (int, string, string) { return postAs(t, old, signer) }
	log, fork := &tree{stored: hashes{}}, &tree{stored: hashes{}}
	last := int64(0)
	for _, n := range []int64{1, 2, 5, 248, 1, 900} {
		log.grow(n, "a")
		status, answer, text := post(log, last)
		if status != 200 || !cosigned(witness, answer, text) {
			panic(fmt.Sprintf("size %d: %d %s", log.size, status, answer))
		}
		last = log.size
	}
	if status, answer, _ := post(log, 5); status != 409 || answer != fmt.Sprintf("%d\\n", last) {
		panic(fmt.Sprintf("stale: %d %s", status, answer))
	}
	fork.grow(last+3, "b")
	if status, answer, _ := post(fork, last); status != 422 {
		panic(fmt.Sprintf("fork: %d %s", status, answer))
	}
	if status, answer, _ := post(log, last+1); status != 400 {
		panic(fmt.Sprintf("old larger than the tree: %d %s", status, answer))
	}
	for name, want := range map[string]int{"go.example/log": 403, "go.example/unknown": 404} {
		skey, _ := must2(note.GenerateKey(rand.Reader, name))
		if status, answer, _ := postAs(log, last, must(note.NewSigner(skey))); status != want {
			panic(fmt.Sprintf("%s under another key: %d %s", name, status, answer))
		}
	}
	// Two trees at once, both of which extend what was cosigned: one of them, and the other is told of it.
	left, right := log.clone(), log.clone()
	left.grow(7, "left")
	right.grow(9, "right")
	answers := make(chan string)
	for _, t := range []*tree{left, right} {
		go func() {
			status, answer, _ := post(t, last)
			if status == 200 {
				answer = fmt.Sprint("cosigned ", t.size)
			}
			answers <- fmt.Sprintf("%d %s", status, strings.TrimSuffix(answer, "\\n"))
		}()
	}
	both := []string{<-answers, <-answers}
	sort.Strings(both)
	size, _ := strings.CutPrefix(both[0], "200 cosigned ")
	if both[1] != "409 "+size {
		panic(fmt.Sprint("two at once: ", both))
	}
	fmt.Println("ok", last)
}

func must2(a, b string, err error) (string, string) {
	if err != nil {
		panic(err)
	}
	return a, b
}

// cosigned checks a cosignature/v1 by hand: x/mod knows no such keys.
func cosigned(vkey, answer, text string) bool {
	parts := strings.SplitN(vkey, "+", 3)
	key := must(base64.StdEncoding.DecodeString(parts[2]))
	line, found := strings.CutPrefix(strings.TrimSuffix(answer, "\\n"), "\\u2014 "+parts[0]+" ")
	raw, err := base64.StdEncoding.DecodeString(line)
	if !found || err != nil || len(raw) != 76 || fmt.Sprintf("%x", raw[:4]) != parts[1] || key[0] != 4 {
		return false
	}
	message := fmt.Sprintf("cosignature/v1\\ntime %d\\n%s", binary.BigEndian.Uint64(raw[4:12]), text)
	return ed25519.Verify(key[1:], []byte(message), raw[12:])
}
`;

const noGo = buildGoPeer();
for (const reason of [noLitewitness, noGo]) if (reason !== undefined) console.log(`left out: ${reason}`);

describe.skipIf(noGo !== undefined)("a log in Go", () => {
  it("is cosigned by our witness as it grows, its fork is not, and it meets every status of the protocol", async () => {
    const [skey = "", vkey = ""] = execFileSync(path.join(dir.path, "peer"), { encoding: "utf8" }).split(
      "\n",
    );
    await initWitness(path.join(dir.path, "w"), "witness.example/w");
    const store = await WitnessStore.open({ dir: path.join(dir.path, "w") });
    await addWatched(store.paths, vkey);
    const server = createWitnessServer({ store, log: () => undefined });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const { child, output } = start(path.join(dir.path, "peer"), [url, store.vkey, skey]);
    const code = await new Promise((resolve) => child.once("exit", resolve));
    expect([code, output()]).toEqual([0, "ok 1157\n"]);
    await new Promise((resolve) => server.close(resolve));
    server.closeAllConnections();
    await store.close();
  }, 120_000);
});
