// SPDX-License-Identifier: Apache-2.0
import { MerkleError } from "../error.js";

/** The files of a bundle, wherever they lie: in a zip, in a directory, or dropped on a page. Nothing in them is believed. */
export interface EvidenceFiles {
  /** All of them, each once, with `/` between folders. */
  readonly names: readonly string[];
  /** The bytes of one in pieces; throws MerkleError `bad_evidence` where it cannot be read or is not what it is said to be. */
  open(name: string): AsyncIterable<Uint8Array>;
}

/** What lies where in a bundle. */
export const LAYOUT = {
  readme: "README.md",
  manifest: "manifest.json",
  /** The newest signed checkpoint that the bundle uses, a C2SP signed note. */
  checkpoint: "checkpoint",
  /** An older one that witnesses cosigned, where they have not cosigned the newest. */
  witnessed: "witnessed.checkpoint",
  /** That the newest extends the witnessed one, in the form in which witnesses are asked (C2SP tlog-witness, add-checkpoint). */
  consistency: "witnessed.consistency",
  vkey: "log.vkey",
  /** How the log came to this key from the ones before, where it was changed. */
  keys: "log.keys",
  /** Log, witnesses and quorum as the maker had configured them (C2SP tlog-policy). */
  policy: "policy",
  /** The sealed events, one a line, in the order of their indexes. */
  events: "events.ndjson",
  /** One `<index in 20 digits>.tlog-proof` for each event (C2SP tlog-proof). */
  proofs: "proofs/",
} as const;

const SINGLE: ReadonlySet<string> = new Set(Object.values(LAYOUT).filter((name) => name !== LAYOUT.proofs));
const PROOF = /^proofs\/([0-9]{20})\.tlog-proof$/;

/** How long the small files may be, in bytes. */
export const MAX_SMALL = 1_000_000;
/** A list of ranges has at most twice this many numbers. */
export const MAX_MANIFEST = 4_000_000;
/** A bundle holds at most so many events: more is several bundles. A zip without extensions has room for 65,535 files. */
export const MAX_EVENTS = 50_000;

/** The file that proves the event of this index. */
export function proofName(index: number): string {
  return `${LAYOUT.proofs}${String(index).padStart(20, "0")}.tlog-proof`;
}

/** The index in the name of a proof; undefined for every other name. */
export function parseProofName(name: string): number | undefined {
  const digits = PROOF.exec(name)?.[1];
  const index = Number(digits);
  return digits === undefined || !Number.isSafeInteger(index) ? undefined : index;
}

/** Whether a bundle may have a file of this name. */
export function isLayoutName(name: string): boolean {
  return SINGLE.has(name) || parseProofName(name) !== undefined;
}

/** A whole file of at most `most` bytes; undefined when there is none. Throws `bad_evidence`. */
export async function readWhole(
  files: EvidenceFiles,
  name: string,
  most: number = MAX_SMALL,
): Promise<Uint8Array | undefined> {
  if (!files.names.includes(name)) return undefined;
  return readAll(files, name, most);
}

/** As `readWhole`, for a name that is known to be there. */
export async function readAll(files: EvidenceFiles, name: string, most: number): Promise<Uint8Array> {
  const parts: Uint8Array[] = [];
  let size = 0;
  for await (const part of files.open(name)) {
    size += part.length;
    if (size > most) throw new MerkleError("bad_evidence", `${name} is longer than ${most} bytes`);
    parts.push(part);
  }
  const [only] = parts;
  if (parts.length === 1 && only !== undefined) return only;
  const out = new Uint8Array(size);
  let at = 0;
  for (const part of parts) {
    out.set(part, at);
    at += part.length;
  }
  return out;
}
