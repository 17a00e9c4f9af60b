// SPDX-License-Identifier: Apache-2.0
import type { Acts, DataKey, SubjectRecord, Subjects } from "@telltale/protect";
import { createActs } from "@telltale/protect/acts";
import type { SubjectName } from "../keys/subject-store.js";
import type { Needs, Supply } from "./needs.js";
import { Recent } from "./recent.js";

/** The keys that every thread has from the start. It crosses threads, so it is plain data. */
export interface KeyMaterial {
  /** The newest epoch makes the tokens. */
  readonly epoch: { readonly epoch: number; readonly key: Uint8Array };
  readonly ip: Uint8Array;
  readonly fingerprint: Uint8Array;
}

/** News for a thread. `lock`: keys are not to be had any more and nothing may be kept of them. */
export type KeyNews =
  | { readonly news: "material"; readonly material: KeyMaterial }
  | { readonly news: "lock" }
  | { readonly news: "forget"; readonly alias: string };

export interface ThreadKeysOptions {
  /** Public key of write-only fields (X25519, PEM). */
  readonly sealTo?: string | undefined;
  readonly now?: () => number;
  readonly subjects?: number;
}

/** Some 400 bytes each. */
const SUBJECTS = 20_000;
/** Kinds times days: events of another day than today come in the minutes around midnight only. */
const CLASSES = 500;
const FORGOTTEN = 10_000;

/**
 * Subjects and keys as one thread knows them: all synchronous, all bounded. What is not known is noted, the main thread is asked, and the group is prepared
 * again with the answer at hand.
 */
export class ThreadKeys implements Subjects {
  readonly acts: Acts;
  readonly #subjects: Recent<string, SubjectRecord>;
  readonly #classes = new Recent<string, DataKey>(CLASSES);
  /** What the group at hand asked for: it must find it, however many there are. */
  readonly #asked = new Map<string, SubjectRecord>();
  /** Erased lately: what was on its way to this thread then must not be taken. */
  readonly #forgotten = new Recent<string, true>(FORGOTTEN);
  #material: KeyMaterial | undefined;
  #wantedSubjects = new Map<string, SubjectName>();
  #wantedClasses = new Map<string, { kind: string; day: string }>();

  constructor({ sealTo, now = Date.now, subjects = SUBJECTS }: ThreadKeysOptions = {}) {
    this.#subjects = new Recent(subjects);
    // Derived keys are made when they are first used, so what stands in for the material must throw when it is missing.
    this.acts = this.#createActs(sealTo, now);
  }

  /** Key of fingerprints; undefined while keys are not to be had. */
  get fingerprintKey(): Uint8Array | undefined {
    return this.#material?.fingerprint;
  }

  get(tenant: string | undefined, id: string): SubjectRecord | undefined {
    const place = placeOf(tenant, id);
    return this.#asked.get(place) ?? this.#subjects.get(place);
  }

  hear(news: KeyNews): void {
    switch (news.news) {
      case "material":
        this.#material = news.material;
        return;
      case "forget":
        this.#forgotten.set(news.alias, true);
        this.#subjects.deleteWhere(({ alias }) => alias === news.alias);
        return;
      case "lock":
        this.#material = undefined;
        this.#subjects.clear();
        this.#classes.clear();
        this.#asked.clear();
    }
  }

  /** Notes that the group cannot be protected without these subjects. */
  want(tenant: string | undefined, ids: readonly string[]): void {
    for (const id of ids) this.#wantedSubjects.set(placeOf(tenant, id), { tenant, id });
  }

  /** What was missing since the last call; undefined when nothing was. Also lets go of what the group before had asked for. */
  takeNeeds(): Needs | undefined {
    if (this.#wantedSubjects.size === 0 && this.#wantedClasses.size === 0) {
      if (this.#asked.size > 0) this.#asked.clear();
      return undefined;
    }
    const needs: Needs = {
      subjects: [...this.#wantedSubjects.values()],
      classes: [...this.#wantedClasses.values()],
    };
    this.#wantedSubjects = new Map();
    this.#wantedClasses = new Map();
    return needs;
  }

  supply({ subjects, classes }: Supply): void {
    for (const { tenant, id, record } of subjects) {
      if (this.#forgotten.get(record.alias) === true) continue;
      const place = placeOf(tenant, id);
      this.#asked.set(place, record);
      this.#subjects.set(place, record);
    }
    for (const { kind, day, key } of classes) this.#classes.set(`${kind} ${day}`, key);
  }

  #createActs(sealTo: string | undefined, now: () => number): Acts {
    const material = (): KeyMaterial => {
      if (this.#material === undefined) throw new Error("there are no keys at the moment");
      return this.#material;
    };
    let made: { of: KeyMaterial; acts: Acts } | undefined;
    // The key of addresses is fixed for a server; it comes with the first material, and not before.
    const acts = (): Acts => {
      const of = material();
      if (made?.of.ip !== of.ip) made = { of, acts: createActs(toActKeys(of)) };
      return made.acts;
    };
    const toActKeys = ({ ip }: KeyMaterial): Parameters<typeof createActs>[0] => ({
      epoch: () => material().epoch.epoch,
      tokenKey: () => material().epoch.key,
      ipKey: ip,
      classKey: (kind, day) => this.#classKey(kind, day),
      ...(sealTo === undefined ? {} : { sealTo: { publicKey: sealTo, now } }),
    });
    return {
      tokenize: (tenant, kind, value) => acts().tokenize(tenant, kind, value),
      tokenizeIp: (tenant, value) => acts().tokenizeIp(tenant, value),
      encrypt: (kind, value, context) => acts().encrypt(kind, value, context),
      ...(sealTo === undefined
        ? {}
        : { seal: (kind: string, value: string) => sealWith(acts(), kind, value) }),
    };
  }

  #classKey(kind: string, day: string): DataKey | undefined {
    const place = `${kind} ${day}`;
    const key = this.#classes.get(place);
    if (key === undefined && this.#material !== undefined) this.#wantedClasses.set(place, { kind, day });
    return key;
  }
}

function sealWith(acts: Acts, kind: string, value: string): string {
  const sealed = acts.seal?.(kind, value);
  if (sealed === undefined) throw new Error("BUG: acts with a public key that do not seal");
  return sealed;
}

/** No tenant has a NUL in its name, so no two subjects have one place. */
function placeOf(tenant: string | undefined, id: string): string {
  return `${tenant ?? ""}\0${id}`;
}
