// SPDX-License-Identifier: Apache-2.0
import { createHash } from "node:crypto";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createKeyLines, KEY_LINE_LIMITS, type KeyLines } from "./across.js";

const body = (seed: string): string => createHash("sha512").update(seed).digest("base64").slice(0, 64);

function keyLines(seed: string, count = 12, label = "RSA PRIVATE KEY"): string[] {
  const lines = Array.from({ length: count }, (_, i) => body(`${seed}/${i}`));
  return [`-----BEGIN ${label}-----`, ...lines, `${body(seed).slice(0, 20)}==`, `-----END ${label}-----`];
}

function hidden(lines: KeyLines, source: string, text: string): string {
  const { hide } = lines.next(source, text);
  return hide === undefined ? text : `${text.slice(0, hide.start)}[]${text.slice(hide.end)}`;
}

describe("a private key over many texts", () => {
  it("is hidden line by line, and nothing before or after it", () => {
    const lines = createKeyLines();
    const texts = ["starting", ...keyLines("a"), "done", body("later")];
    expect(texts.map((text) => hidden(lines, "s", text))).toEqual([
      "starting",
      ...keyLines("a").map(() => "[]"),
      "done",
      body("later"),
    ]);
    expect(lines.open).toBe(0);
  });

  it("leaves what a log puts before each line", () => {
    const lines = createKeyLines();
    const texts = keyLines("b", 3).map((line, i) => `2026-11-22 10:00:0${i} app: ${line}`);
    for (const [i, text] of texts.entries())
      expect(hidden(lines, "s", text)).toBe(`2026-11-22 10:00:0${i} app: []`);
  });

  it.each([
    "PRIVATE KEY",
    "EC PRIVATE KEY",
    "OPENSSH PRIVATE KEY",
    "PGP PRIVATE KEY BLOCK",
    "ENCRYPTED PRIVATE KEY",
  ])("knows %s", (label) => {
    const lines = createKeyLines();
    for (const text of keyLines("c", 3, label)) expect(hidden(lines, "s", text)).toBe("[]");
    expect(lines.open).toBe(0);
  });

  it("hides the headers of an encrypted one", () => {
    const lines = createKeyLines();
    const texts = [
      "-----BEGIN RSA PRIVATE KEY-----",
      "Proc-Type: 4,ENCRYPTED",
      "DEK-Info: AES-128-CBC,00AA",
      "",
      body("d"),
    ];
    expect(texts.map((text) => hidden(lines, "s", text))).toEqual(["[]", "[]", "[]", "", "[]"]);
  });

  it("begins and ends inside texts", () => {
    const lines = createKeyLines();
    expect(hidden(lines, "s", `key is -----BEGIN PRIVATE KEY-----${body("e")}`)).toBe("key is []");
    expect(hidden(lines, "s", `${body("f")}-----END PRIVATE KEY----- and so on`)).toBe("[] and so on");
    expect(lines.open).toBe(0);
  });

  it("in one text changes nothing", () => {
    const lines = createKeyLines();
    expect(lines.next("s", keyLines("g").join("\n"))).toEqual({ hide: undefined, open: false });
    expect(lines.next("s", "the PRIVATE KEY was rotated")).toEqual({ hide: undefined, open: false });
    expect(lines.open).toBe(0);
  });

  it("is followed for each source alone", () => {
    const lines = createKeyLines();
    const [first, second] = [keyLines("h"), keyLines("i")];
    for (let i = 0; i < first.length; i++) {
      expect(hidden(lines, "one", first[i]!)).toBe("[]");
      expect(hidden(lines, "two", second[i]!)).toBe("[]");
      expect(hidden(lines, "three", body(`other ${i}`))).toBe(body(`other ${i}`));
    }
    expect(lines.open).toBe(0);
  });

  it("lets other texts between, and ends after too many of them", () => {
    const lines = createKeyLines();
    lines.next("s", "-----BEGIN PRIVATE KEY-----");
    expect(hidden(lines, "s", "GET /health 200")).toBe("GET /health 200");
    expect(hidden(lines, "s", body("j"))).toBe("[]");
    for (let i = 0; i <= KEY_LINE_LIMITS.foreign; i++) lines.next("s", `GET /health ${i}`);
    expect(lines.open).toBe(0);
    expect(hidden(lines, "s", body("k"))).toBe(body("k"));
  });
});

describe("the table", () => {
  it("gives up the oldest key when there are too many", () => {
    const lines = createKeyLines();
    for (let i = 0; i <= KEY_LINE_LIMITS.sources; i++)
      lines.next(`source ${i}`, "-----BEGIN PRIVATE KEY-----");
    expect(lines.open).toBe(KEY_LINE_LIMITS.sources);
    expect(hidden(lines, "source 0", body("l"))).toBe(body("l"));
    expect(hidden(lines, "source 1", body("l"))).toBe("[]");
  });

  it("gives up a key without an end", () => {
    const lines = createKeyLines();
    lines.next("s", "-----BEGIN PRIVATE KEY-----");
    for (let i = 0; i < KEY_LINE_LIMITS.texts; i++) lines.next("s", body(String(i)));
    expect(lines.open).toBe(0);
  });

  it("forgets a source that ended", () => {
    const lines = createKeyLines();
    lines.next("s", "-----BEGIN PRIVATE KEY-----");
    lines.end("s");
    expect(lines.open).toBe(0);
  });

  it("never hides outside a text, and holds no source without an open key, whatever it is fed", () => {
    const piece = fc.constantFrom(
      "-----BEGIN PRIVATE KEY-----",
      "-----END PRIVATE KEY-----",
      "-----BEGIN RSA PRIVATE KEY-----",
      " ",
      "\n",
      "x",
      "==",
      body("p"),
      "Version: 1",
      "\ud800",
    );
    const text = fc.array(piece, { maxLength: 6 }).map((parts) => parts.join(""));
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.constantFrom("a", "b", "c"), text), { maxLength: 40 }), (fed) => {
        const lines = createKeyLines();
        const open = new Set<string>();
        for (const [source, each] of fed) {
          const line = lines.next(source, each);
          if (line.open) open.add(source);
          else open.delete(source);
          expect(lines.open).toBe(open.size);
          if (line.hide === undefined) continue;
          expect(line.hide.start).toBeGreaterThanOrEqual(0);
          expect(line.hide.end).toBeGreaterThanOrEqual(line.hide.start);
          expect(line.hide.end).toBeLessThanOrEqual(each.length);
        }
      }),
    );
  });
});
