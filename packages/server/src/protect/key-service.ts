// SPDX-License-Identifier: Apache-2.0
import type { State } from "../state/state.js";
import { ensureClassKey } from "./keys/class-keys.js";
import { addEpoch, openEpochs, type TokenEpoch } from "./keys/epochs.js";
import { type FixedKeys, openFixedKeys } from "./keys/fixed-keys.js";
import { Keyring, KeyringError } from "./keys/keyring.js";
import { SubjectStore } from "./keys/subject-store.js";
import type { RootKey, RootKeyDescription } from "./root/root-key.js";
import type { Needs, Supply } from "./thread/needs.js";
import type { KeyMaterial, KeyNews } from "./thread/thread-keys.js";

/** What there is while the root key can be used. */
export interface OpenKeys {
  readonly keyring: Keyring;
  readonly fixed: FixedKeys;
  /** The oldest first; the last one makes tokens. */
  readonly epochs: readonly TokenEpoch[];
  readonly subjects: SubjectStore;
}

export interface KeyServiceParts {
  readonly state: State;
  readonly root: RootKey;
  readonly now: () => number;
  /** How long keys are used without word from the root key, in milliseconds. Undefined: for ever, as it is here. */
  readonly cacheMs: number | undefined;
  /** Told of each change: keys are here, will be gone when nothing changes, are gone. */
  readonly onState: (state: KeyState, error?: unknown) => void;
}

/** `cached`: the root key does not answer, and what it opened before is still used. `locked`: nothing can be protected. */
export type KeyState = "open" | "cached" | "locked";

/** How often a root key elsewhere is asked whether it still opens what it wrapped. */
const CHECK_MS = 60_000;
/** How often while it is waited for. */
const RETRY_MS = 5_000;

/**
 * The keys of a running server: opened by the root key, used from memory, and given up when a root key elsewhere has not answered for too
 * long. What needs a key then is refused; nothing is ever stored unprotected instead.
 */
export class KeyService {
  readonly #parts: KeyServiceParts;
  readonly #listeners: ((news: KeyNews) => void)[] = [];
  #open: OpenKeys | undefined;
  #state: KeyState = "locked";
  #lastWord = 0;
  #timer: NodeJS.Timeout | undefined;
  #work: Promise<unknown> = Promise.resolve();

  private constructor(parts: KeyServiceParts) {
    this.#parts = parts;
  }

  /** Opens the keys. With a root key elsewhere that does not answer it resolves locked, and goes on trying. */
  static async open(parts: KeyServiceParts): Promise<KeyService> {
    const service = new KeyService(parts);
    try {
      await service.#unlock();
      service.#state = "open";
    } catch (error) {
      // A root key that is here and does not open is nothing that passes: the start is refused.
      if (parts.cacheMs === undefined) throw error;
      parts.onState("locked", error);
    }
    service.#schedule();
    return service;
  }

  get isLocked(): boolean {
    return this.#open === undefined;
  }

  get state(): KeyState {
    return this.#state;
  }

  /** Throws KeyringError `locked` while the root key is not to be had. */
  mustOpen(): OpenKeys {
    if (this.#open === undefined) throw new KeyringError("locked", "the keys are not to be had");
    return this.#open;
  }

  describe(): Promise<RootKeyDescription> {
    return this.#parts.root.describe();
  }

  /** The listener hears the keys that there are now, and everything later. */
  subscribe(listener: (news: KeyNews) => void): void {
    this.#listeners.push(listener);
    if (this.#open !== undefined) listener(toNews(this.#open));
  }

  /** What threads need to protect events, durable when it resolves. Rejects with KeyringError. */
  readonly supply = async ({ subjects, classes }: Needs): Promise<Supply> => {
    const open = this.mustOpen();
    const records = await open.subjects.ensure(subjects);
    const keys: Supply["classes"][number][] = [];
    for (const each of classes)
      keys.push(await ensureClassKey({ ...this.#parts, keyring: open.keyring }, each));
    return {
      subjects: subjects.map((subject, i) => ({ ...subject, record: records[i]! })),
      classes: keys,
    };
  };

  /** A subject was erased: no thread may go on using its record. */
  forget(alias: string): void {
    this.#tell({ news: "forget", alias });
  }

  /** A new generation of the root key; every data key is wrapped anew. The log is not touched. */
  rotateRoot(): Promise<{ root: RootKeyDescription; keys: number }> {
    return this.#alone(async () => {
      const { keyring } = this.mustOpen();
      const root = await this.#parts.root.rotate();
      return { root, ...(await keyring.rewrap()) };
    });
  }

  /** A new epoch of tokens: from now on equal values get other tokens than before. Old ones are still found. */
  rotateTokens(): Promise<TokenEpoch> {
    return this.#alone(async () => {
      const open = this.mustOpen();
      const epoch = await addEpoch({ ...this.#parts, keyring: open.keyring });
      this.#open = { ...open, epochs: [...open.epochs, epoch] };
      this.#tell(toNews(this.#open));
      return epoch;
    });
  }

  /** Asks the root key again; the timer does this by itself. Never rejects. */
  check(): Promise<void> {
    return this.#alone(async () => {
      try {
        if (this.#open === undefined) await this.#unlock();
        else await this.#open.keyring.verify();
        this.#lastWord = this.#parts.now();
        this.#change("open");
      } catch (error) {
        this.#onSilence(error);
      }
    });
  }

  async close(): Promise<void> {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    await this.#work.catch(() => undefined);
    this.#open?.keyring.lock();
    this.#open = undefined;
  }

  async #unlock(): Promise<void> {
    const { state, now } = this.#parts;
    const keyring = await Keyring.open(this.#parts);
    const fixed = await openFixedKeys(state, keyring, now);
    const epochs = await openEpochs({ state, keyring, now });
    const subjects = new SubjectStore({ state, keyring, lookupKey: fixed.lookup, now });
    this.#open = { keyring, fixed, epochs, subjects };
    this.#lastWord = now();
    this.#tell(toNews(this.#open));
  }

  #onSilence(error: unknown): void {
    const { cacheMs = Number.POSITIVE_INFINITY, now } = this.#parts;
    if (this.#open === undefined) return this.#change("locked", error);
    if (now() - this.#lastWord < cacheMs) return this.#change("cached", error);
    this.#open.keyring.lock();
    this.#open = undefined;
    this.#tell({ news: "lock" });
    this.#change("locked", error);
  }

  #change(to: KeyState, error?: unknown): void {
    if (this.#state === to) return;
    this.#state = to;
    this.#parts.onState(to, error);
  }

  #tell(news: KeyNews): void {
    for (const listener of this.#listeners) listener(news);
  }

  /** What changes keys is done one after another. */
  #alone<T>(work: () => Promise<T>): Promise<T> {
    const turn = this.#work.catch(() => undefined).then(work);
    this.#work = turn;
    return turn;
  }

  #schedule(): void {
    if (this.#parts.cacheMs === undefined) return;
    const wait = this.#state === "open" ? CHECK_MS : RETRY_MS;
    this.#timer = setTimeout(() => void this.#tick(), wait);
    this.#timer.unref();
  }

  async #tick(): Promise<void> {
    await this.check();
    if (this.#timer !== undefined) this.#schedule();
  }
}

function toNews({ epochs, fixed }: OpenKeys): KeyNews {
  const newest = epochs.at(-1)!;
  const material: KeyMaterial = {
    epoch: { epoch: newest.epoch, key: newest.key },
    ip: fixed.ip,
    fingerprint: fixed.fingerprint,
  };
  return { news: "material", material };
}
