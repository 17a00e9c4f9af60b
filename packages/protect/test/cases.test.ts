// SPDX-License-Identifier: Apache-2.0
import { readdirSync, readFileSync } from "node:fs";
import { createProtector } from "@telltale/protect";
import { describe, expect, it } from "vitest";
import { KEPT_KINDS } from "../src/find/personal.js";
import { fill } from "./fill.js";
import { maskingPolicy } from "./policy.js";

// A detector is a folder with cases: must-mask.jsonl has `[text, what must become of it]`, must-not.jsonl texts that stay.
const FIND = new URL("../src/find/", import.meta.url);
const detectors = readdirSync(FIND, { withFileTypes: true })
  .filter((entry) => entry.isDirectory())
  .map((entry) => entry.name);

function readCases(detector: string, file: string): unknown[] {
  const lines = readFileSync(new URL(`${detector}/cases/${file}`, FIND), "utf8").split("\n");
  return lines.filter((line) => line !== "").map((line) => JSON.parse(line) as unknown);
}

const byDefault = createProtector();
/** What these find stays unless a policy asks. */
const KEPT = new Set(["ip", "mac", "vin"]);
const asking = createProtector({ policy: maskingPolicy(KEPT_KINDS) });

describe.each(detectors)("%s", (detector) => {
  const protector = KEPT.has(detector) ? asking : byDefault;

  it.each(readCases(detector, "must-mask.jsonl") as [string, string][])("masks %j", (text, expected) => {
    const { text: protectedText } = protector.protectText(fill(text));
    expect(protectedText).toBe(fill(expected));
    expect(protector.protectText(protectedText)).toEqual({ text: protectedText, found: [] });
  });

  it.each((readCases(detector, "must-not.jsonl") as string[]).map((text) => [text]))("leaves %j", (text) => {
    expect(protector.protectText(fill(text))).toEqual({ text: fill(text), found: [] });
  });
});
