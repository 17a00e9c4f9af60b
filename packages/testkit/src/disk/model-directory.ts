// SPDX-License-Identifier: Apache-2.0
import type { Random } from "../random.js";
import { type CutStyle, ModelFile } from "./model-file.js";

export type ModelNode = ModelFile | ModelDirectory;

/** One change of names: what disappears and what appears happen together, as rename(2) promises. */
interface Change {
  remove?: string;
  put?: { name: string; node: ModelNode };
}

/** A directory whose names are durable only after it was synced itself. */
export class ModelDirectory {
  #entries = new Map<string, ModelNode>();
  #durable = new Map<string, ModelNode>();
  #pending: Change[] = [];

  get(name: string): ModelNode | undefined {
    return this.#entries.get(name);
  }

  get names(): string[] {
    return [...this.#entries.keys()];
  }

  put(name: string, node: ModelNode): void {
    this.#change({ put: { name, node } });
  }

  remove(name: string): void {
    this.#change({ remove: name });
  }

  rename(from: string, to: string): void {
    const node = this.#entries.get(from);
    if (node === undefined) throw new Error(`BUG: no ${from} to rename`);
    this.#change({ remove: from, put: { name: to, node } });
  }

  #change(change: Change): void {
    apply(this.#entries, change, true);
    this.#pending.push(change);
  }

  sync(): void {
    this.#durable = new Map(this.#entries);
    this.#pending = [];
  }

  /** A sync that fails: names are in the journal, not in the cache, so whatever is not durable yet is still pending. */
  failSync(): void {
    // Nothing is known to be durable that was not before.
  }

  /** The directory, and all below it, that is there when the power comes back. */
  afterCut(random: Random, style: CutStyle): ModelDirectory {
    const directory = new ModelDirectory();
    for (const [name, node] of this.#afterCut(random, style)) {
      const after = node.afterCut(random, style);
      if (after instanceof ModelFile) after.links = 1;
      directory.#entries.set(name, after);
    }
    directory.sync();
    return directory;
  }

  #afterCut(random: Random, { inOrder, keep }: CutStyle): Map<string, ModelNode> {
    const entries = new Map(this.#durable);
    const reached = inOrder ? random.below(this.#pending.length + 1) : this.#pending.length;
    for (const change of this.#pending.slice(0, reached)) {
      if (inOrder || random.next() < keep) apply(entries, change, false);
    }
    return entries;
  }
}

function apply(entries: Map<string, ModelNode>, { remove, put }: Change, counts: boolean): void {
  for (const name of [remove, put?.name]) {
    const gone = name === undefined ? undefined : entries.get(name);
    if (counts && gone instanceof ModelFile) gone.links -= 1;
    if (name !== undefined) entries.delete(name);
  }
  if (put === undefined) return;
  entries.set(put.name, put.node);
  if (counts && put.node instanceof ModelFile) put.node.links += 1;
}
