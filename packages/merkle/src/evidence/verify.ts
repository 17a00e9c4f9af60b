// SPDX-License-Identifier: Apache-2.0
import { parseUtf8 } from "../bytes.js";
import type { MerkleCrypto } from "../crypto.js";
import { MerkleError } from "../error.js";
import { leafHash } from "../hash.js";
import { type KeyHistory, keysFrom, MAX_KEY_HISTORY_BYTES, parseKeyHistory } from "../key-history.js";
import { type KeyRange, rangeOfOne } from "../key-ranges.js";
import { parsePolicy, type PolicyWitness, type WitnessPolicy } from "../policy.js";
import { parseReceipt } from "../receipt.js";
import { verifyInclusion } from "../verify.js";
import { ED25519, formatVkey, parseVkey, type VerifierKey } from "../vkey.js";
import { CheckpointBook } from "./checkpoint-book.js";
import { conclude } from "./conclude.js";
import {
  type EvidenceFiles,
  isLayoutName,
  LAYOUT,
  MAX_EVENTS,
  MAX_MANIFEST,
  MAX_SMALL,
  parseProofName,
  proofName,
  readAll,
  readWhole,
} from "./files.js";
import { keyFingerprint } from "./fingerprint.js";
import { linesOf } from "./lines.js";
import { type Manifest, parseManifest } from "./manifest.js";
import { indicesOf } from "./ranges.js";
import { findRecordGap, isExportRecord } from "./record.js";
import type { CheckedEvent, EvidenceKey, EvidenceReport } from "./report.js";
import { Tally } from "./tally.js";

export interface VerifyEvidenceOptions {
  crypto: MerkleCrypto;
  /** The log's key as the verifier knows it; otherwise the one in the bundle is believed, and the report says so. */
  vkey?: string;
  /** Whose cosignatures the verifier believes. */
  policy?: WitnessPolicy;
  /** Answer `unwitnessed` unless enough of those have cosigned every event. */
  requireWitness?: boolean;
  onProgress?: (progress: { checked: number; total: number }) => void;
  /** Called for each event, in order, with what was found. */
  onEvent?: (event: CheckedEvent) => void;
  /** Stops between two events: the report then says that not everything was checked. */
  signal?: { readonly aborted: boolean };
}

/** Let the page breathe: a browser verifies on the thread that draws. */
const PAUSE_EVERY = 64;

class EvidenceCheck {
  readonly tally = new Tally();
  readonly #files: EvidenceFiles;
  readonly #options: VerifyEvidenceOptions;
  #manifest: Manifest | undefined;
  #key: { verifier: VerifierKey; ranges: readonly KeyRange[]; told: EvidenceKey } | undefined;
  #book: CheckpointBook | undefined;

  constructor(files: EvidenceFiles, options: VerifyEvidenceOptions) {
    this.#files = files;
    this.#options = options;
  }

  async run(): Promise<EvidenceReport> {
    const { tally } = this;
    for (const name of this.#files.names)
      if (!isLayoutName(name)) tally.wrong(`it holds a file that no bundle has: ${name.slice(0, 200)}`);
    await this.#readManifest();
    await this.#readKey();
    if (this.#key !== undefined) {
      await this.#openBook(this.#key.ranges);
      await this.#checkEvents();
      await this.#linkCheckpoints();
    }
    return conclude({
      tally,
      options: this.#options,
      manifest: this.#manifest,
      key: this.#key?.told,
      checkpoints: this.#book?.checked ?? [],
    });
  }

  /** A file of the bundle; its absence, or that it cannot be read, is told. */
  async #read(name: string, most = MAX_SMALL, isNeeded = true): Promise<Uint8Array | undefined> {
    try {
      const bytes = await readWhole(this.#files, name, most);
      if (bytes === undefined && isNeeded) this.tally.gone(`${name} is missing`);
      return bytes;
    } catch (error) {
      this.tally.wrong(wordsOf(error));
      return undefined;
    }
  }

  async #readManifest(): Promise<void> {
    const bytes = await this.#read(LAYOUT.manifest, MAX_MANIFEST);
    if (bytes === undefined) return;
    await this.tally.attempt("", () => {
      this.#manifest = parseManifest(bytes);
    });
  }

  async #readKey(): Promise<void> {
    const { crypto, vkey: given } = this.#options;
    const bytes = await this.#read(LAYOUT.vkey);
    let beside: string | undefined;
    if (bytes !== undefined)
      await this.tally.attempt(`${LAYOUT.vkey}: `, () => {
        beside = parseUtf8(bytes).replace(/\n$/, "");
        toLogKey(crypto, beside);
      });
    const history = await this.#readHistory();
    const vkey = given ?? beside;
    if (vkey === undefined) return;
    try {
      const verifier = toLogKey(crypto, vkey);
      const ranges = history === undefined ? rangeOfOne(verifier) : keysFrom(history, verifier);
      if (beside !== undefined && !ranges.some(({ key }) => formatVkey(key) === beside))
        this.tally.wrong("the key in the bundle is not the key that you gave");
      const all = ranges.map(({ key }) => formatVkey(key));
      const fingerprint = keyFingerprint(crypto, vkey);
      const from = given === undefined ? "bundle" : "given";
      this.#key = { verifier, ranges, told: { vkey, all, origin: verifier.name, fingerprint, from } };
    } catch (error) {
      if (!(error instanceof MerkleError)) throw error;
      if (given !== undefined) this.tally.wrong(`the given key: ${error.message}`);
    }
    const stated = this.#manifest?.origin;
    if (this.#key !== undefined && stated !== undefined && stated !== this.#key.verifier.name)
      this.tally.wrong("manifest.json speaks of another log than the key");
  }

  /** What leads from one key of the log to the next, where there were several. */
  async #readHistory(): Promise<KeyHistory | undefined> {
    const bytes = await this.#read(LAYOUT.keys, MAX_KEY_HISTORY_BYTES, false);
    let history: KeyHistory | undefined;
    if (bytes !== undefined)
      await this.tally.attempt(`${LAYOUT.keys}: `, () => {
        history = parseKeyHistory(this.#options.crypto, bytes);
      });
    return history;
  }

  async #openBook(logKeys: readonly KeyRange[]): Promise<void> {
    const { crypto, policy: trusted } = this.#options;
    let witnesses: PolicyWitness[] = [];
    const bytes = await this.#read(LAYOUT.policy);
    if (bytes !== undefined)
      await this.tally.attempt("", () => {
        const policy = parsePolicy(crypto, bytes);
        const named = policy.logs.map(({ key }) => formatVkey(key));
        if (!logKeys.some(({ key }) => named.includes(formatVkey(key))))
          throw new MerkleError("bad_policy", "the policy in the bundle is of another log");
        witnesses = policy.witnesses;
      });
    const book = new CheckpointBook({ crypto, logKeys, trusted, named: witnesses });
    this.#book = book;
    for (const name of [LAYOUT.checkpoint, LAYOUT.witnessed]) {
      const note = await this.#read(name, MAX_SMALL, name === LAYOUT.checkpoint);
      if (note !== undefined)
        await this.tally.attempt(`${name} is not what the log's key signed: `, () => {
          book.take(parseUtf8(note));
        });
    }
  }

  async #linkCheckpoints(): Promise<void> {
    const book = this.#book;
    if (book === undefined) return;
    const proof = await this.#read(LAYOUT.consistency, MAX_SMALL, false);
    await this.tally.attempt("the two checkpoints do not belong together: ", () => {
      if (book.findUnlinked(proof) !== undefined)
        this.tally.gone(
          "nothing shows that the two checkpoints are of one history: witnessed.consistency is missing",
        );
    });
  }

  /** Which events there ought to be: as the manifest says, else as there are proofs. */
  #expected(): number[] {
    const proofs = this.#files.names
      .map(parseProofName)
      .filter((index) => index !== undefined)
      .sort((a, b) => a - b)
      .slice(0, MAX_EVENTS);
    if (this.#manifest === undefined) return proofs;
    const expected = [...indicesOf(this.#manifest.events)];
    const listed = new Set(expected);
    for (const index of proofs)
      if (!listed.has(index))
        this.tally.wrong(`it holds a proof of event ${index}, which is not one of its events`);
    return expected;
  }

  async #checkEvents(): Promise<void> {
    const { tally } = this;
    const expected = this.#expected();
    const { onProgress, signal } = this.#options;
    const names = new Set(this.#files.names);
    tally.total = expected.length;
    let at = 0;
    try {
      if (!names.has(LAYOUT.events)) throw new MissingFile();
      for await (const line of linesOf(this.#files.open(LAYOUT.events))) {
        if (signal?.aborted === true) break;
        const index = expected[at++];
        if (index === undefined) {
          tally.wrong("it holds more events than it lists");
          break;
        }
        await this.#checkEvent(index, line, names);
        if (at % PAUSE_EVERY === 0) await pause();
        onProgress?.({ checked: at, total: expected.length });
      }
    } catch (error) {
      if (error instanceof MissingFile) tally.gone(`${LAYOUT.events} is missing`);
      else tally.wrong(wordsOf(error), expected[at]);
    }
    if (at < expected.length) tally.absent(expected.slice(at), signal?.aborted === true);
    const { record } = this.#manifest ?? {};
    if (record !== undefined && !expected.includes(record))
      tally.wrong("it names a record of the export that it does not hold");
  }

  async #checkEvent(index: number, line: Uint8Array, names: ReadonlySet<string>): Promise<void> {
    const { onEvent } = this.#options;
    const name = proofName(index);
    if (!names.has(name)) {
      this.tally.unproven(index);
      onEvent?.({ index, line, problem: "its proof is missing" });
      return;
    }
    let receipt = "";
    try {
      receipt = parseUtf8(await readAll(this.#files, name, MAX_SMALL));
      const size = this.#verifyEvent(index, line, receipt);
      this.tally.good(index, size);
      this.#checkRecord(index, line);
    } catch (error) {
      const problem = wordsOf(error);
      this.tally.wrong(`event ${index} is not what was signed: ${problem}`, index);
      onEvent?.({ index, line, problem });
      return;
    }
    onEvent?.({ index, line, receipt });
  }

  /** Throws MerkleError unless the line stands at this index of the log; the size of the tree that it was proven in. */
  #verifyEvent(index: number, line: Uint8Array, receipt: string): CheckedSize {
    const { crypto } = this.#options;
    const { index: stated, proof, checkpoint } = parseReceipt(receipt);
    if (stated !== BigInt(index)) throw new MerkleError("bad_receipt", "its proof is of another event");
    const checked = (this.#book as CheckpointBook).take(checkpoint);
    const { size, root } = checked.head;
    verifyInclusion(crypto, { index: stated, size, leafHash: leafHash(crypto, line), proof, root });
    return { size: Number(size), quorum: checked.quorum };
  }

  #checkRecord(index: number, line: Uint8Array): void {
    const manifest = this.#manifest;
    if (manifest?.record !== index) return;
    if (!isExportRecord(line)) this.tally.wrong(`event ${index} is said to record the export, and does not`);
    else {
      const gap = findRecordGap(this.#options.crypto, manifest, line);
      if (gap === undefined) this.tally.recorded = true;
      else this.tally.wrong(gap);
    }
  }
}

interface CheckedSize {
  size: number;
  quorum: boolean;
}

class MissingFile extends Error {}

function toLogKey(crypto: MerkleCrypto, vkey: string): VerifierKey {
  const key = parseVkey(crypto, vkey);
  if (key.type !== ED25519) throw new MerkleError("bad_key", "it is the key of a witness, not of a log");
  return key;
}

function wordsOf(error: unknown): string {
  return error instanceof Error ? error.message : "it cannot be read";
}

function pause(): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, 0);
  });
}

/**
 * Check a bundle from the bytes of its events: the signatures of its checkpoints, the place of every event in the signed tree, and
 * that nothing was taken out or added. Never throws and never accepts, whatever the files hold.
 */
export async function verifyEvidence(
  files: EvidenceFiles,
  options: VerifyEvidenceOptions,
): Promise<EvidenceReport> {
  const check = new EvidenceCheck(files, options);
  try {
    return await check.run();
  } catch (error) {
    const message = `the bundle could not be checked: ${wordsOf(error)}`;
    return {
      verdict: "unverifiable",
      message,
      findings: [message],
      notes: [],
      total: 0,
      checked: 0,
      proven: [],
      checkpoints: [],
    };
  }
}
