// SPDX-License-Identifier: Apache-2.0

/** Somebody who can sign in to the example shop. */
export interface Account {
  name: string;
  password: string;
}

/** One browser at the example shop. A refusal by the shop is an answer, not an error. */
export interface Shopper {
  readonly address: string;
  signIn(name: string, password: string): Promise<boolean>;
  order(item: string, amount: string): Promise<string | undefined>;
  readOrder(id: string): Promise<boolean>;
  createUser(account: Account): Promise<boolean>;
  setRole(name: string, role: string): Promise<boolean>;
  updateBalance(name: string, balance: string): Promise<boolean>;
}
