// SPDX-License-Identifier: Apache-2.0

/** A key that encrypts values. Whoever has destroyed it has erased them. */
export interface DataKey {
  /** 22 base64url characters: 128 random bits. Stands in the marker. */
  readonly id: string;
  /** 32 bytes. */
  readonly key: Uint8Array;
}

/** A subject of the log: a person whose data can be erased. */
export interface SubjectRecord {
  /** Stands in the place of the id: `sub_` and 26 characters of lower-case base32, 128 random bits. */
  readonly alias: string;
  readonly key: DataKey;
}

/** Subjects as the walk meets them. */
export interface Subjects {
  /** The record of a subject, or undefined when it is not known here yet. */
  get(tenant: string | undefined, id: string): SubjectRecord | undefined;
}

/** For which key a value is encrypted. */
export interface EncryptContext {
  /** Under this subject's key; without one, under the key of the kind and the day. */
  readonly subject?: SubjectRecord;
  /** The UTC day of `received`: `2026-11-22`. */
  readonly day: string;
}

/**
 * What only a server with keys can do. The SDK has none of it.
 *
 * Every function is synchronous and MAY throw: then the value is removed. None keeps a value.
 */
export interface Acts {
  /** The whole marker. Equal values of one tenant and kind get equal tokens within one epoch, and no others. */
  tokenize(tenant: string | undefined, kind: string, value: string): string;
  /** An address that shares as many leading bits with other such addresses as the real ones share; undefined when `value` is no IP address. */
  tokenizeIp(tenant: string | undefined, value: string): string | undefined;
  /** The whole marker. Equal values do not get equal markers. */
  encrypt(kind: string, value: string, context: EncryptContext): string;
  /** The whole marker of a value that nobody here can open again. */
  seal?(kind: string, value: string): string;
}

const ALIAS = /^sub_[a-z2-7]{26}$/;

/** True for what stands in the place of a subject's id. */
export function isAlias(text: string): boolean {
  return text.length === 30 && ALIAS.test(text);
}
