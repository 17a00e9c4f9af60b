// SPDX-License-Identifier: Apache-2.0
import { lookup as dnsLookup } from "node:dns";
import type { LookupFunction } from "node:net";
import { isIP } from "node:net";
import { isPublicAddress, toCheckedLookup } from "./address.js";
import { DeliveryError } from "./channel.js";

const REFUSAL = "leads to a private address, and TELLTALE_NOTIFY_PRIVATE_HOSTS does not name it";

/** A host as it is compared: lower case, without the brackets of IPv6 and the dot of a full name. */
export function toHostName(hostname: string): string {
  return hostname
    .replace(/^\[|\]$/g, "")
    .replace(/\.$/, "")
    .toLowerCase();
}

/**
 * Where messages may go: the public internet, and the private hosts that the operator named. A channel connects only to
 * addresses that were judged here, so a name that answers something else a moment later (DNS rebinding) changes nothing.
 */
export class Reach {
  readonly #allowed: ReadonlySet<string>;
  readonly #lookup: typeof dnsLookup;

  constructor(privateHosts: readonly string[] = [], lookup: typeof dnsLookup = dnsLookup) {
    this.#allowed = new Set(privateHosts.map(toHostName));
    this.#lookup = lookup;
  }

  /** Why a host may not be asked, as the end of a sentence about it; undefined for a name, which is judged when it is looked up. */
  refusal(hostname: string): string | undefined {
    const host = toHostName(hostname);
    if (this.#allowed.has(host)) return undefined;
    if (host === "localhost" || host.endsWith(".localhost")) return REFUSAL;
    return isIP(host) !== 0 && !isPublicAddress(host) ? REFUSAL : undefined;
  }

  /** Throws DeliveryError for an address that is refused: Node asks no look-up for an address written as such. */
  verify(hostname: string): void {
    const why = this.refusal(hostname);
    if (why !== undefined) throw new DeliveryError(`the host ${why}`, { isFinal: true });
  }

  /** What connections to this host look names up with. */
  lookupFor(hostname: string): LookupFunction {
    if (this.#allowed.has(toHostName(hostname))) return this.#lookup as unknown as LookupFunction;
    return toCheckedLookup(this.#lookup, () => new DeliveryError(`the name ${REFUSAL}`));
  }

  /** One checked address of a host, for clients that take no look-up of ours. Rejects with DeliveryError. */
  resolve(hostname: string): Promise<string> {
    const host = toHostName(hostname);
    this.verify(host);
    if (isIP(host) !== 0) return Promise.resolve(host);
    return new Promise((resolve, reject) => {
      this.lookupFor(host)(host, { all: false }, (error, address) => {
        if (error === null && typeof address === "string" && address !== "") resolve(address);
        else if (error instanceof DeliveryError) reject(error);
        else reject(new DeliveryError(`the name ${host} has no address`, { cause: error }));
      });
    });
  }
}
