// SPDX-License-Identifier: Apache-2.0
import type { SelfLog } from "../self-log.js";
import type { CredentialFound } from "./thread/credential-watch.js";
import { Recent } from "./thread/recent.js";

const DAY_MS = 86_400_000;
const HOUR_MS = 3_600_000;
/** Credentials and places that are remembered as told. */
const MAX_KNOWN = 20_000;
/** Events about one key in an hour; ever new credentials must not fill the log. */
const KEY_BUDGET = 60;
/** Events in an hour, of all keys together. */
const WHOLE_BUDGET = 600;

/** Tells the owner that a credential stands in the log: once a day for each credential and place, bounded in memory and in number. */
export class CredentialReporter {
  readonly #selfLog: SelfLog;
  readonly #now: () => number;
  readonly #told = new Recent<string, number>(MAX_KNOWN);
  #hour = Number.NEGATIVE_INFINITY;
  #spent = new Map<string, number>();
  #whole = 0;
  #untold = 0;

  constructor(selfLog: SelfLog, now: () => number = Date.now) {
    this.#selfLog = selfLog;
    this.#now = now;
  }

  report(found: CredentialFound & { readonly index: number | undefined }): void {
    const now = this.#now();
    const place = `${found.fingerprint} ${found.tenant ?? ""} ${found.path}`;
    const last = this.#told.get(place);
    if (last !== undefined && now >= last && now - last < DAY_MS) return;
    if (!this.#isAffordable(found.via, now)) {
      this.#untold++;
      return;
    }
    this.#told.set(place, now);
    this.#emit(found);
  }

  #isAffordable(via: string, now: number): boolean {
    if (now - this.#hour >= HOUR_MS || now < this.#hour) {
      this.#hour = now;
      this.#spent = new Map();
      this.#whole = 0;
    }
    const spent = this.#spent.get(via) ?? 0;
    if (spent >= KEY_BUDGET || this.#whole >= WHOLE_BUDGET) return false;
    this.#spent.set(via, spent + 1);
    this.#whole++;
    return true;
  }

  #emit({
    path,
    kind,
    fingerprint,
    app,
    via,
    tenant,
    index,
  }: Parameters<CredentialReporter["report"]>[0]): void {
    this.#selfLog.emit({
      action: "log_credential_seen",
      reason: kind,
      message: `A credential (${kind}) was sent to the log by ${app}: rotate it. It was hidden.`,
      targets: [
        { type: "credential", id: fingerprint },
        { type: "api_key", id: via },
      ],
      data: {
        path,
        kind,
        app,
        ...(tenant === undefined ? {} : { ofTenant: tenant }),
        ...(index === undefined ? {} : { index }),
        ...(this.#untold === 0 ? {} : { untold: this.#untold }),
      },
    });
    this.#untold = 0;
  }
}
