// SPDX-License-Identifier: Apache-2.0
import { isIP, type LookupFunction } from "node:net";
import path from "node:path";
import { isMap, isScalar, isSeq, type LineCounter, type Node, type YAMLMap } from "yaml";
import { ConfigError, type ConfigErrorCode } from "../../config/config-error.js";
import { isPublicAddress } from "../../alert/notify/address.js";
import type { Fence } from "./fence.js";
import { isLoopback } from "./loopback.js";
import { isSecretReference, SecretRef, type SecretSources } from "./secret-ref.js";

/** What all sections of one file share. */
export interface SectionSource {
  /** As shown in messages; empty for settings that came over the API. */
  readonly file: string;
  readonly lines: LineCounter;
  readonly secrets: SecretSources;
  /** What a target may reach; undefined for the operator's own file: anything. */
  readonly fence?: Fence;
}

const MAX_TEXT = 4096;

/**
 * One mapping of a configuration file, read key by key. Each error names file, line and key, and never a value: a secret
 * may stand where none belongs. `finish` refuses the keys that nobody has asked for.
 */
export class Section {
  readonly #source: SectionSource;
  readonly #path: string;
  readonly #map: YAMLMap;
  readonly #asked = new Set<string>();

  constructor(source: SectionSource, path: string, node: unknown, at: Node | undefined) {
    this.#source = source;
    this.#path = path;
    if (!isMap(node)) throw this.#error("bad_value", at, path, "must be a mapping of keys to values");
    this.#map = node;
  }

  /** Throws ConfigError about a key, or about the whole section. */
  fail(key: string | undefined, message: string, code: ConfigErrorCode = "bad_value"): never {
    const pair = key === undefined ? undefined : this.#pair(key);
    const node = pair === undefined ? this.#map : ((pair.value ?? pair.key) as Node);
    throw this.#error(code, node, this.#pathOf(key), message);
  }

  has(key: string): boolean {
    return this.#pair(key) !== undefined;
  }

  optionalText(key: string): string | undefined {
    const value = this.#scalar(key);
    if (value === undefined) return undefined;
    if (typeof value !== "string" || value.trim() === "" || value.length > MAX_TEXT)
      this.fail(key, "must be a text (put it in quotes)");
    // oxlint-disable-next-line no-control-regex -- control characters are what is looked for
    if (/[\x00-\x1f\x7f]/.test(value)) this.fail(key, "may hold no control characters");
    return value;
  }

  text(key: string): string {
    return this.optionalText(key) ?? this.fail(key, "is missing");
  }

  oneOf<const T extends string>(key: string, values: readonly T[], fallback: T): T {
    const value = this.optionalText(key);
    if (value === undefined) return fallback;
    return values.find((each) => each === value) ?? this.fail(key, `must be one of ${values.join(", ")}`);
  }

  /** A list of texts; a single text is a list of one. Empty when the key is missing and `min` is 0. */
  texts(key: string, { min, max }: { min: number; max: number }): string[] {
    const pair = this.#pair(key);
    if (pair === undefined) return min === 0 ? [] : this.fail(key, "is missing");
    const items = isSeq(pair.value) ? pair.value.items : [pair.value];
    const texts = items.map((item) => {
      const value: unknown = isScalar(item) ? item.value : undefined;
      if (typeof value !== "string" || value.trim() === "" || value.length > MAX_TEXT)
        return this.fail(key, "must be a list of texts (put them in quotes)");
      // oxlint-disable-next-line no-control-regex -- control characters are what is looked for
      if (/[\x00-\x1f\x7f]/.test(value)) this.fail(key, "may hold no control characters");
      return value;
    });
    if (texts.length < min || texts.length > max) this.fail(key, `must have ${min} to ${max} entries`);
    return texts;
  }

  integer(key: string, bounds: { min: number; max: number; fallback: number }): number {
    const value = this.#scalar(key);
    if (value === undefined) return bounds.fallback;
    const { min, max } = bounds;
    if (typeof value !== "number" || !Number.isInteger(value) || value < min || value > max)
      this.fail(key, `must be a whole number from ${min} to ${max}`);
    return value;
  }

  flag(key: string): boolean {
    const value = this.#scalar(key);
    if (value !== undefined && typeof value !== "boolean") this.fail(key, "must be true or false");
    return value ?? false;
  }

  /** A reference that can be read now; a file is read again whenever its secret is used. */
  optionalSecret(key: string): SecretRef | undefined {
    const text = this.optionalText(key);
    if (text === undefined) return undefined;
    const found = SecretRef.parse(text, this.#source.secrets);
    if (found === undefined) {
      this.fail(
        key,
        "must say where the secret is, as env:NAME or file:/absolute/path; secrets do not stand in this file",
        "bad_secret",
      );
    }
    try {
      found.read();
    } catch (error) {
      this.fail(key, (error as Error).message, "bad_secret");
    }
    return found;
  }

  secret(key: string): SecretRef {
    return this.optionalSecret(key) ?? this.fail(key, "is missing: env:NAME or file:/absolute/path");
  }

  /** An address that is a host and a port; what protects the way to it is said elsewhere. */
  address(key: string, schemes: readonly string[]): URL {
    const text = this.text(key);
    const url = URL.canParse(text) ? new URL(text) : this.fail(key, "must be an address");
    if (!schemes.includes(url.protocol.slice(0, -1)))
      this.fail(key, `must begin with ${schemes.map((each) => `${each}://`).join(" or ")}`);
    if (url.hostname === "") this.fail(key, "names no host");
    if (url.username !== "" || url.password !== "")
      this.fail(key, "may hold no user and no password: name them under their own keys", "bad_secret");
    if (!["", "/"].includes(url.pathname) || url.search !== "" || url.hash !== "")
      this.fail(key, "has a host and a port, and nothing behind them");
    return url;
  }

  /**
   * An address with one of the schemes. It may be a reference, as some addresses are secrets. What is not encrypted leaves this
   * machine only with `allowPlaintext: true`.
   */
  url(key: string, schemes: { readonly encrypted: string; readonly plain: string }): URL {
    const text = this.text(key);
    const isReference = isSecretReference(text);
    const written = isReference ? this.secret(key).read().reveal() : text;
    const url = URL.canParse(written) ? new URL(written) : this.fail(key, "must be an address");
    const { encrypted, plain } = schemes;
    if (![`${encrypted}:`, `${plain}:`].includes(url.protocol))
      this.fail(key, `must begin with ${encrypted}:// or ${plain}://`);
    if (url.hostname === "") this.fail(key, "names no host");
    if (url.username !== "" || url.password !== "")
      this.fail(key, "may hold no user and no password: name them under their own keys", "bad_secret");
    if (url.hash !== "") this.fail(key, "may have no part after #");
    this.#verifyReach(key, url.hostname);
    const isAllowed = this.flag("allowPlaintext");
    if (url.protocol === `${plain}:` && !isLoopback(url.hostname) && !isAllowed) {
      this.fail(
        key,
        `would send events and secrets over the network unencrypted: use ${encrypted}://, or say allowPlaintext: true`,
      );
    }
    return url;
  }

  /** How names are looked up; empty where every address is fine. */
  get reach(): { readonly lookup?: LookupFunction } {
    const lookup = this.#source.fence?.lookup;
    return lookup === undefined ? {} : { lookup };
  }

  /** Names are judged when they are looked up, which an address written as such never is. */
  #verifyReach(key: string, hostname: string): void {
    if (this.#source.fence?.lookup === undefined) return;
    const host = hostname.replace(/^\[|\]$/g, "");
    const isPrivate = isLoopback(host) || (isIP(host) !== 0 && !isPublicAddress(host));
    if (isPrivate) {
      this.fail(
        key,
        "leads to this machine or a private network: set TELLTALE_FORWARD_ALLOW_PRIVATE=true, or name the target in the file of TELLTALE_FORWARD",
      );
    }
  }

  /** Where a target writes: the path under the key, or the one place that is left to what is fenced. */
  outputFile(key: string, name: string): string {
    const { fence } = this.#source;
    const file = this.optionalText(key);
    if (fence !== undefined) {
      if (file !== undefined) this.fail(key, "is chosen by the server: leave it out");
      return path.join(fence.filesDir, `${name}.jsonl`);
    }
    if (file === undefined) return this.fail(key, "is missing");
    if (!path.isAbsolute(file)) this.fail(key, "must be absolute");
    return file;
  }

  /** True for settings of somebody who need not be trusted with this machine. */
  get isFenced(): boolean {
    return this.#source.fence !== undefined;
  }

  /** The text of a file that the key names. */
  optionalFile(key: string, maxBytes: number): string | undefined {
    const file = this.optionalText(key);
    if (file === undefined) return undefined;
    const refusal = this.#source.secrets.refusal?.(`file:${file}`);
    if (refusal !== undefined) return this.fail(key, refusal, "unreadable_file");
    try {
      return this.#source.secrets.readFile(file, maxBytes);
    } catch (cause) {
      const { code } = cause as { code?: unknown };
      return this.fail(key, `names a file that cannot be read (${String(code)})`, "unreadable_file");
    }
  }

  optionalSection(key: string): Section | undefined {
    const pair = this.#pair(key);
    if (pair === undefined) return undefined;
    return new Section(this.#source, this.#pathOf(key), pair.value, pair.key as Node);
  }

  sections(key: string): Section[] {
    const pair = this.#pair(key);
    if (pair === undefined) this.fail(undefined, `has no ${key}`);
    if (!isSeq(pair.value)) this.fail(key, "must be a list");
    return pair.value.items.map(
      (item, i) => new Section(this.#source, `${key}[${i}]`, item, item as Node | undefined),
    );
  }

  /** Refuses keys that were not asked for: a misspelt setting is not a default. */
  finish(): void {
    for (const pair of this.#map.items) {
      const key = isScalar(pair.key) ? String(pair.key.value) : "";
      if (this.#asked.has(key)) continue;
      const known = [...this.#asked].sort((a, b) => a.localeCompare(b)).join(", ");
      const shown = this.#pathOf(/^[\w-]{1,60}$/.test(key) ? key : undefined);
      throw this.#error("bad_value", pair.key as Node, shown, `is not known here; known are ${known}`);
    }
  }

  #pathOf(key: string | undefined): string {
    if (key === undefined) return this.#path;
    return this.#path === "" ? key : `${this.#path}.${key}`;
  }

  #pair(key: string): YAMLMap["items"][number] | undefined {
    this.#asked.add(key);
    return this.#map.items.find((each) => isScalar(each.key) && each.key.value === key);
  }

  #scalar(key: string): unknown {
    const pair = this.#pair(key);
    if (pair === undefined) return undefined;
    if (!isScalar(pair.value) || pair.value.value === null)
      this.fail(key, "has no value, or not a single one");
    return pair.value.value;
  }

  #error(code: ConfigErrorCode, node: Node | undefined, path: string, message: string): ConfigError {
    const offset = node?.range?.[0];
    const line = offset === undefined ? "" : `:${this.#source.lines.linePos(offset).line}`;
    const { file } = this.#source;
    const place = file === "" ? "" : `${file}${line}: `;
    const subject = path === "" ? (file === "" ? "the target" : "the file") : path;
    return new ConfigError(code, `${place}${subject} ${message}.`);
  }
}
