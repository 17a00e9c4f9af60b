// SPDX-License-Identifier: Apache-2.0
import {
  consistencyProof,
  emptyRoot,
  formatAddCheckpoint,
  leafHash,
  nodeHash,
  type ReadNode,
  treeRoot,
} from "@telltale/merkle";
import { nodeCrypto } from "@telltale/merkle/node";
import { createSigner, type Signer } from "../src/keys.js";

/** A log in memory that can sign whatever it likes: the same key for as many histories as a test wants. */
export class SignedTree {
  readonly signer: Signer;
  readonly #tag: string;

  constructor(tag = "a", signer = createSigner(`example.com/log-${tag}`).signer) {
    this.#tag = tag;
    this.signer = signer;
  }

  /** Another history under the same key. */
  fork(tag: string): SignedTree {
    return new SignedTree(tag, this.signer);
  }

  readonly node: ReadNode = (height, index) => {
    if (height === 0) return leafHash(nodeCrypto, Buffer.from(`${this.#tag} ${index}`));
    const left = this.node(height - 1, 2n * index) as Uint8Array;
    return nodeHash(nodeCrypto, left, this.node(height - 1, 2n * index + 1n) as Uint8Array);
  };

  async root(size: number): Promise<Uint8Array> {
    return size === 0 ? emptyRoot() : treeRoot(nodeCrypto, BigInt(size), this.node);
  }

  async checkpoint(size: number): Promise<string> {
    return this.signer.signCheckpoint(size, Buffer.from(await this.root(size)));
  }

  /** An honest add-checkpoint request, but for what `change` says. */
  async request(
    oldSize: number,
    size: number,
    change: { checkpoint?: string; proof?: Uint8Array[] } = {},
  ): Promise<Buffer> {
    const checkpoint = change.checkpoint ?? (await this.checkpoint(size));
    const proof =
      change.proof ??
      (oldSize <= size ? await consistencyProof(nodeCrypto, BigInt(oldSize), BigInt(size), this.node) : []);
    return Buffer.from(formatAddCheckpoint({ oldSize: BigInt(oldSize), proof, checkpoint }));
  }
}
