// SPDX-License-Identifier: Apache-2.0
import { randomBytes, scrypt, timingSafeEqual } from "node:crypto";
import { promisify } from "node:util";

const derive = promisify<string, Buffer, number, Buffer>(scrypt);

export interface Account {
  name: string;
  role: string;
  /** Cents. */
  balance: number;
  salt: Buffer;
  hash: Buffer;
}

/** The people of the example. They exist in this shop's memory only. */
export const SAMPLE_PEOPLE = [
  { name: "alice", password: "alice-likes-lanterns", role: "customer" },
  { name: "bob", password: "bob-climbs-on-ropes", role: "customer" },
  { name: "carol", password: "carol-reads-old-maps", role: "customer" },
  { name: "dave", password: "dave-walks-northwards", role: "customer" },
  { name: "erin", password: "erin-sleeps-in-tents", role: "customer" },
  { name: "frank", password: "frank-cooks-outdoors", role: "customer" },
  { name: "olivia", password: "olivia-runs-this-shop", role: "admin" },
] as const;

const NOBODY = { salt: randomBytes(16), hash: randomBytes(32) };

export class Accounts {
  readonly #byName = new Map<string, Account>();

  find(name: string): Account | undefined {
    return this.#byName.get(name);
  }

  async add(name: string, password: string, role: string): Promise<Account> {
    const salt = randomBytes(16);
    const account = { name, role, balance: 50_000, salt, hash: await derive(password, salt, 32) };
    this.#byName.set(name, account);
    return account;
  }

  /** Takes as long for a name that does not exist, so that names cannot be guessed by the clock. */
  async isPassword(account: Account | undefined, password: string): Promise<boolean> {
    const { salt, hash } = account ?? NOBODY;
    const isEqual = timingSafeEqual(await derive(password, salt, 32), hash);
    return isEqual && account !== undefined;
  }
}

export async function createSampleAccounts(): Promise<Accounts> {
  const accounts = new Accounts();
  await Promise.all(SAMPLE_PEOPLE.map(({ name, password, role }) => accounts.add(name, password, role)));
  return accounts;
}
