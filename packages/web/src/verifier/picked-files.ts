// SPDX-License-Identifier: Apache-2.0
import { MerkleError } from "@telltale/merkle";
import type { EvidenceFiles } from "@telltale/merkle/evidence";

/** More than a bundle can have: a folder that was chosen by mistake. */
const MAX_FILES = 70_000;
const PROOF = /^[0-9]{20}\.tlog-proof$/;

/** The place of a file in a bundle: without the folder that was chosen; a proof that was picked alone belongs to the proofs. */
function toName(file: File): string {
  const path = file.webkitRelativePath;
  if (path !== "") return path.slice(path.indexOf("/") + 1);
  return PROOF.test(file.name) ? `proofs/${file.name}` : file.name;
}

/** An unpacked bundle, as files that somebody picked. */
export class PickedFiles implements EvidenceFiles {
  readonly #files: ReadonlyMap<string, File>;

  /** MerkleError `bad_evidence` for more files than a bundle has, or two of one name. */
  constructor(picked: readonly File[]) {
    if (picked.length > MAX_FILES)
      throw new MerkleError("bad_evidence", "these are more files than a bundle can have");
    this.#files = new Map(picked.map((file) => [toName(file), file]));
    if (this.#files.size !== picked.length)
      throw new MerkleError("bad_evidence", "two files have the same name");
  }

  get names(): readonly string[] {
    return [...this.#files.keys()];
  }

  async *open(name: string): AsyncGenerator<Uint8Array> {
    const file = this.#files.get(name);
    if (file === undefined) throw new MerkleError("bad_evidence", `${name} is missing`);
    const size = 1024 * 1024;
    for (let at = 0; at < file.size; at += size)
      yield new Uint8Array(await file.slice(at, at + size).arrayBuffer());
  }
}
