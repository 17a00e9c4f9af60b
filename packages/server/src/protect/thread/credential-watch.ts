// SPDX-License-Identifier: Apache-2.0
import { createHmac } from "node:crypto";
import type { CredentialSeen } from "@telltale/protect";

/** A credential that was found in an event, without its value. It crosses threads. */
export interface CredentialFound {
  readonly path: string;
  readonly kind: string;
  /** 128 bits of HMAC-SHA-256 under the server's own key, base64url: equal for equal values, and nothing to try values against. */
  readonly fingerprint: string;
  readonly app: string;
  readonly via: string;
  readonly tenant: string | undefined;
  /** Line of the event in what was prepared. */
  readonly line: number;
}

/** Told of one group; a body made of credentials must not become a flood of reports. */
const MAX_FOUND = 100;
const FINGERPRINT_BYTES = 16;

/** Collects what `onCredential` tells while a group is protected. Values are hashed on the spot and kept nowhere. */
export class CredentialWatch {
  readonly #key: () => Uint8Array | undefined;
  #found: CredentialFound[] = [];
  #app = "";
  #via = "";
  #tenant: string | undefined;
  #line = 0;

  /** `key` gives the key of fingerprints; while it gives none nothing is reported. */
  constructor(key: () => Uint8Array | undefined) {
    this.#key = key;
  }

  /** The event that is looked at next. */
  at(
    line: number,
    app: string,
    sender: { readonly via: string; readonly tenant?: string | undefined },
  ): void {
    this.#line = line;
    this.#app = app;
    this.#via = sender.via;
    this.#tenant = sender.tenant;
  }

  readonly see = ({ path, kind, value }: CredentialSeen): void => {
    const key = this.#key();
    if (key === undefined || this.#found.length >= MAX_FOUND) return;
    this.#found.push({
      path,
      kind,
      fingerprint: createHmac("sha256", key)
        .update(value)
        .digest()
        .subarray(0, FINGERPRINT_BYTES)
        .toString("base64url"),
      app: this.#app,
      via: this.#via,
      tenant: this.#tenant,
      line: this.#line,
    });
  };

  /** What was found since the last call; undefined when nothing was. */
  take(): readonly CredentialFound[] | undefined {
    if (this.#found.length === 0) return undefined;
    const found = this.#found;
    this.#found = [];
    return found;
  }
}
