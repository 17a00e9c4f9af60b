// SPDX-License-Identifier: Apache-2.0
import { sign } from "node:crypto";
import {
  cosignedMessage,
  ED25519_COSIGNATURE,
  formatCosignature,
  formatNote,
  formatVkey,
  parseNote,
  policyOfAll,
  type PolicyWitness,
} from "@telltale/merkle";
import { type EvidenceFiles, type RandomAccess, ZipFiles } from "@telltale/merkle/evidence";
import { makeEvidence } from "../src/evidence/make.js";
import { nodeInflate } from "../src/evidence/open.js";
import type { EvidenceRequest, EvidenceSource } from "../src/evidence/source.js";
import { createNoteKey, type NoteKey } from "../src/keys.js";
import type { MemorySource } from "./memory-source.js";

/** A witness that cosigns whatever it is shown. */
export class TestWitness {
  readonly #key: NoteKey;
  readonly policy: PolicyWitness;

  constructor(name: string) {
    this.#key = createNoteKey(name, ED25519_COSIGNATURE).key;
    this.policy = { name, key: this.#key.verifier };
  }

  get vkey(): string {
    return formatVkey(this.#key.verifier);
  }

  cosign(note: string, seconds = 1_763_800_000n): string {
    const { text, signatures } = parseNote(note);
    const signature = formatCosignature(
      seconds,
      sign(null, cosignedMessage(text, seconds), this.#key.secret),
    );
    const { name, keyId } = this.#key.verifier;
    return formatNote(text, [...signatures, { name, keyId, signature }]);
  }
}

export async function toSource(
  log: MemorySource,
  more: Partial<EvidenceSource> = {},
): Promise<EvidenceSource> {
  const { lines } = log;
  return {
    vkey: log.signer.vkey,
    checkpoint: (await log.checkpoint()).toString(),
    pruned: [],
    tile: (level, n, width) => log.tile(level, n, width),
    async *lines(indices) {
      for (const index of indices) yield Buffer.from(lines[index] ?? "");
    },
    ...more,
  };
}

/** A source whose first events a witness has cosigned. */
export async function witnessedSource(
  log: MemorySource,
  witness: TestWitness,
  first: string,
): Promise<EvidenceSource> {
  return toSource(log, { witnessed: witness.cosign(first), policy: policyOfAll([witness.policy]) });
}

export function toRequest(indices: readonly number[], more: Partial<EvidenceRequest> = {}): EvidenceRequest {
  return {
    log: "main",
    selection: { query: "action:authn_login_fail" },
    indices,
    missing: [],
    limited: false,
    complete: true,
    made: "2026-11-22T10:00:00.000Z",
    by: "telltale test",
    ...more,
  };
}

export async function collect(pieces: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const parts: Uint8Array[] = [];
  for await (const piece of pieces) parts.push(piece);
  return Buffer.concat(parts);
}

export async function makeZip(source: EvidenceSource, request: EvidenceRequest): Promise<Buffer> {
  return collect(await makeEvidence(source, request));
}

export function access(bytes: Uint8Array): RandomAccess {
  return {
    size: bytes.length,
    read(offset, length) {
      if (offset + length > bytes.length) return Promise.reject(new Error("read beyond the end"));
      return Promise.resolve(bytes.subarray(offset, offset + length));
    },
  };
}

export function openZip(bytes: Uint8Array): Promise<ZipFiles> {
  return ZipFiles.open(access(bytes), nodeInflate);
}

/** Files in memory that a test can change. */
export class MemoryFiles implements EvidenceFiles {
  readonly files: Map<string, Buffer>;

  constructor(files: Iterable<[string, Buffer]>) {
    this.files = new Map(files);
  }

  static async unpack(zip: Uint8Array): Promise<MemoryFiles> {
    const opened = await openZip(zip);
    const files: [string, Buffer][] = [];
    for (const name of opened.names) files.push([name, await collect(opened.open(name))]);
    return new MemoryFiles(files);
  }

  get names(): string[] {
    return [...this.files.keys()];
  }

  copy(): MemoryFiles {
    return new MemoryFiles([...this.files].map(([name, bytes]) => [name, Buffer.from(bytes)]));
  }

  async *open(name: string): AsyncGenerator<Uint8Array> {
    yield this.files.get(name) as Buffer;
  }

  text(name: string): string {
    return (this.files.get(name) as Buffer).toString();
  }

  edit(name: string, change: (text: string) => string): this {
    this.files.set(name, Buffer.from(change(this.text(name))));
    return this;
  }
}
