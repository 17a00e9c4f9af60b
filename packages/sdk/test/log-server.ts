// SPDX-License-Identifier: Apache-2.0
import { generateKeyPairSync, type KeyObject, sign } from "node:crypto";
import {
  consistencyProof,
  ED25519,
  emptyRoot,
  formatCheckpoint,
  formatKeyHistory,
  formatNote,
  formatReceipt,
  formatVkey,
  inclusionProof,
  type KeyChange,
  leafHash,
  nodeHash,
  toBase64,
  toKeyId,
  treeRoot,
} from "@telltale/merkle";
import { nodeCrypto } from "@telltale/merkle/node";

/** The log of a server in this process: a real tree, really signed. A test may make it lie: all of it is open. */
export class MemoryLog {
  readonly origin: string;
  /** Hash of each entry. */
  leaves: Uint8Array[] = [];
  #privateKey!: KeyObject;
  #publicKey!: Uint8Array;
  #first: string | undefined;
  readonly #changes: KeyChange[] = [];

  constructor(origin = "telltale/0123456789abcdef0123456789abcdef") {
    this.origin = origin;
    this.changeKey();
  }

  /** From here on another key signs, and nothing leads to it. */
  changeKey(): void {
    const { privateKey, publicKey } = generateKeyPairSync("ed25519");
    this.#privateKey = privateKey;
    this.#publicKey = publicKey.export({ format: "der", type: "spki" }).subarray(12);
  }

  get #keyId(): number {
    return toKeyId(nodeCrypto, this.origin, ED25519, this.#publicKey);
  }

  get vkey(): string {
    return formatVkey({ name: this.origin, keyId: this.#keyId, type: ED25519, publicKey: this.#publicKey });
  }

  /** Changes the key as a server does: the old one names the new one in an event, and both sign the tree. */
  async rotate(): Promise<void> {
    const from = this.vkey;
    const before = { keyId: this.#keyId, secret: this.#privateKey };
    this.changeKey();
    const named = { received: "2026-11-22T00:00:00.000Z", via: "telltale", v: 1, action: "log_key_changed" };
    const entry = JSON.stringify({ ...named, data: { from, to: this.vkey } });
    this.append([entry]);
    const size = BigInt(this.leaves.length);
    const text = formatCheckpoint(this.origin, size, await this.root());
    const after = { keyId: this.#keyId, secret: this.#privateKey };
    const signatures = [before, after].map(({ keyId, secret }) => ({
      name: this.origin,
      keyId,
      signature: new Uint8Array(sign(null, Buffer.from(text), secret)),
    }));
    const proof = await inclusionProof(nodeCrypto, size - 1n, size, (h, i) => this.#node(h, i));
    const checkpoint = formatNote(text, signatures);
    this.#first ??= from;
    this.#changes.push({ entry, proof: formatReceipt({ index: size - 1n, proof, checkpoint }) });
  }

  /** What the log publishes of its keys. */
  get keyHistory(): string {
    return formatKeyHistory(this.#first ?? this.vkey, this.#changes);
  }

  append(lines: readonly string[]): void {
    for (const line of lines) this.leaves.push(leafHash(nodeCrypto, Buffer.from(line)));
  }

  #node(height: number, index: bigint): Uint8Array {
    if (height === 0) return this.leaves[Number(index)] ?? emptyRoot();
    const left = this.#node(height - 1, index * 2n);
    return nodeHash(nodeCrypto, left, this.#node(height - 1, index * 2n + 1n));
  }

  async root(size = this.leaves.length): Promise<Uint8Array> {
    if (size === 0) return emptyRoot();
    return treeRoot(nodeCrypto, BigInt(size), (height, index) => this.#node(height, index));
  }

  sign(text: string): string {
    const signature = new Uint8Array(sign(null, Buffer.from(text), this.#privateKey));
    return formatNote(text, [{ name: this.origin, keyId: this.#keyId, signature }]);
  }

  async checkpoint(size = this.leaves.length): Promise<string> {
    return this.sign(formatCheckpoint(this.origin, BigInt(size), await this.root(size)));
  }

  /** What an acknowledgement says of the log to who has seen `seen` of it, by the header as it came. */
  async claim(seen: string | undefined): Promise<{ checkpoint: string; consistency?: string[] }> {
    const size = this.leaves.length;
    const checkpoint = await this.checkpoint();
    if (seen === undefined || !/^(?:0|[1-9]\d*)$/.test(seen) || Number(seen) > size) return { checkpoint };
    if (seen === "0" || Number(seen) === size) return { checkpoint, consistency: [] };
    const proof = await consistencyProof(nodeCrypto, BigInt(seen), BigInt(size), (h, i) => this.#node(h, i));
    return { checkpoint, consistency: proof.map(toBase64) };
  }
}
