// SPDX-License-Identifier: Apache-2.0
import type { CliIo } from "../io.js";
import type { Account, Shopper } from "./shopper.js";

const ITEMS = [
  ["lantern", "24.90"],
  ["rope", "12.50"],
  ["compass", "39.00"],
  ["map", "8.20"],
] as const;

function pick<T>(list: readonly T[]): T {
  const one = list[Math.floor(Math.random() * list.length)];
  if (one === undefined) throw new Error("nothing to pick from");
  return one;
}

/** One customer with a browser, and the shop's administrator with another. */
export interface Customer {
  shopper: Shopper;
  account: Account;
}

const BALANCE = "500.00";

/** Sign in, look around, order something, look at the order. Now and then a password is mistyped once. */
async function shopOnce(io: CliIo, { shopper, account }: Customer, admin: Customer): Promise<void> {
  if (Math.random() < 0.06) {
    await shopper.signIn(account.name, `${account.password}x`);
    await io.sleep(1500);
  }
  await shopper.signIn(account.name, account.password);
  await io.sleep(800 + Math.random() * 1500);
  const [item, amount] = pick(ITEMS);
  const id = await shopper.order(item, amount);
  await io.sleep(500 + Math.random() * 1500);
  if (id !== undefined) await shopper.readOrder(id);
  // Out of money: the demo goes on for as long as somebody watches.
  else await refill(account, admin);
}

async function refill({ name }: Account, admin: Customer): Promise<void> {
  await admin.shopper.signIn(admin.account.name, admin.account.password);
  await admin.shopper.updateBalance(name, BALANCE);
}

/** Ordinary days of the shop's customers, one visit after the other, until `io.signal` fires. */
export async function shopAllDay(
  io: CliIo,
  customers: readonly Customer[],
  admin: Customer,
  onError: (error: unknown) => void,
): Promise<void> {
  while (!io.signal.aborted) {
    try {
      await shopOnce(io, pick(customers), admin);
    } catch (error) {
      if (!io.signal.aborted) onError(error);
    }
    await io.sleep(1000 + Math.random() * 2500);
  }
}
