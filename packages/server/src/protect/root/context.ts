// SPDX-License-Identifier: Apache-2.0

/**
 * What a wrapped key is for. It is authenticated with the key and written down nowhere: a key that was moved to another place does not
 * open there.
 */
export interface KeyContext {
  /** "" while there is one tenant. */
  readonly tenant: string;
  /** What the key protects: "root", "subject", "class", "token", "fixed". */
  readonly class: string;
  /** Which of them: the id of the key. */
  readonly purpose: string;
}

/** The context as bytes that are the same for no two contexts. */
export function contextBytes({ tenant, class: klass, purpose }: KeyContext): Buffer {
  return Buffer.from(JSON.stringify(["telltale key v1", tenant, klass, purpose]));
}
