// SPDX-License-Identifier: Apache-2.0
import { createHash } from "node:crypto";
import { markEncrypted, markSealed, markToken, parseMarker } from "@telltale/protect";
import type { RevealKeys } from "../src/protect/reveal.js";

const id = (...parts: string[]): string =>
  createHash("sha256").update(JSON.stringify(parts)).digest().subarray(0, 16).toString("base64url");

/** Keys in memory: what was hidden can be opened until it is erased. The bodies of its markers hold nothing. */
export class MemoryKeys implements RevealKeys {
  /** The value behind each body. */
  readonly #values = new Map<string, string>();
  readonly #erased = new Set<string>();
  readonly #names = new Map<string, string>();
  /** Set to make the keys unreachable. */
  failure: Error | undefined;
  #next = 0;

  encrypt(kind: string, value: string): string {
    const body = Buffer.alloc(80, this.#next++ % 256);
    body[0] = 1;
    const text = body.toString("base64url");
    this.#values.set(text, value);
    return markEncrypted(kind, id("key", String(this.#next)), text);
  }

  seal(kind: string): string {
    return markSealed(kind, id("segment"), Buffer.alloc(80, 1).toString("base64url"));
  }

  token(kind: string, value: string, epoch = 1): string {
    return markToken(kind, epoch, id("token", kind, value, String(epoch)));
  }

  alias(name: string): string {
    const alias = `sub_${createHash("sha256")
      .update(name)
      .digest("hex")
      .slice(0, 26)
      .replace(/[0189]/g, "a")}`;
    this.#names.set(alias, name);
    return alias;
  }

  erase(text: string): void {
    this.#names.delete(text);
    const marker = parseMarker(text);
    if (marker?.type === "encrypted") this.#erased.add(marker.body);
  }

  async open(text: string): ReturnType<RevealKeys["open"]> {
    if (this.failure !== undefined) throw this.failure;
    const marker = parseMarker(text);
    if (marker?.type !== "encrypted") return { ok: false, why: "damaged" };
    if (this.#erased.has(marker.body)) return { ok: false, why: "erased" };
    const value = this.#values.get(marker.body);
    return value === undefined ? { ok: false, why: "unknown_key" } : { ok: true, value };
  }

  async nameOf(alias: string): Promise<string | undefined> {
    return this.#names.get(alias);
  }

  async aliasOf(_tenant: string | undefined, name: string): Promise<string | undefined> {
    if (this.failure !== undefined) throw this.failure;
    return [...this.#names].find(([, each]) => each === name)?.[0];
  }

  async tokensOf(_tenant: string | undefined, kind: string, value: string): Promise<string[]> {
    return [this.token(kind, value, 1), this.token(kind, value, 2)];
  }
}
