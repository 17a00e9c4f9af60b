// SPDX-License-Identifier: Apache-2.0
import { readFileSync, statSync } from "node:fs";
import path from "node:path";
import { Secret } from "../../config/secrets.js";
import { TargetError } from "./target.js";

/** What a reference is resolved with; the environment of the start, and the file system. */
export interface SecretSources {
  readonly env: Readonly<Record<string, string | undefined>>;
  /** The text of a file of at most `maxBytes`. Throws when there is none, or it is larger. */
  readFile(path: string, maxBytes: number): string;
  /** Why a reference (`env:…`, `file:…`) may not be used, as the end of a sentence about it; undefined when it may. */
  refusal?(reference: string): string | undefined;
}

export function systemSecrets(env: Readonly<Record<string, string | undefined>>): SecretSources {
  return {
    env,
    readFile(file, maxBytes) {
      const found = statSync(file);
      // A device or a pipe has no size, and no end.
      if (!found.isFile()) throw Object.assign(new Error("no file"), { code: "ENOTFILE" });
      const { size } = found;
      if (size > maxBytes) throw Object.assign(new Error("too large"), { code: "EFBIG" });
      return readFileSync(file, "utf8");
    },
  };
}

const MAX_BYTES = 16 * 1024;
const FORM = /^(?:env:([A-Za-z_][A-Za-z0-9_]{0,199})|file:(.{1,4096}))$/;

/** True for `env:NAME` and `file:PATH`, however wrong the rest. */
export function isSecretReference(text: string): boolean {
  return /^(?:env|file):/.test(text);
}

/**
 * Where a secret is: `env:NAME` or `file:/path`. It is read whenever it is used, so a token renewed in its file is taken
 * without a restart. What was read stands nowhere else.
 */
export class SecretRef {
  readonly reference: string;
  readonly #sources: SecretSources;

  private constructor(reference: string, sources: SecretSources) {
    this.reference = reference;
    this.#sources = sources;
  }

  /** Undefined for what is no reference; it may be a secret written out, so the text belongs in no message. */
  static parse(text: string, sources: SecretSources): SecretRef | undefined {
    const found = FORM.exec(text);
    if (found === null || (found[2] !== undefined && !path.isAbsolute(found[2]))) return undefined;
    return new SecretRef(text, sources);
  }

  /** Throws TargetError `misconfigured`, which names the reference. */
  read(): Secret {
    const refusal = this.#sources.refusal?.(this.reference);
    if (refusal !== undefined) throw new TargetError("misconfigured", `${this.reference} ${refusal}`);
    const value = this.#text().trim();
    if (value === "") throw new TargetError("misconfigured", `${this.reference} is not set or empty`);
    // It goes into headers: no line breaks, nothing beyond ASCII.
    if (!/^[\x21-\x7e]+$/.test(value)) {
      throw new TargetError("misconfigured", `${this.reference} holds characters that no secret may have`);
    }
    return new Secret(value);
  }

  #text(): string {
    const found = FORM.exec(this.reference);
    if (found?.[1] !== undefined) return this.#sources.env[found[1]] ?? "";
    try {
      return this.#sources.readFile(found?.[2] ?? "", MAX_BYTES);
    } catch (cause) {
      const { code } = cause as { code?: unknown };
      throw new TargetError("misconfigured", `${this.reference} cannot be read (${String(code)})`, { cause });
    }
  }
}
