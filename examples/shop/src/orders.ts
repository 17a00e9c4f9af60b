// SPDX-License-Identifier: Apache-2.0
import { SAMPLE_PEOPLE } from "./accounts.js";

export interface Order {
  id: string;
  customer: string;
  item: string;
  /** Decimal, in euros. */
  amount: string;
}

export class Orders {
  readonly #orders: Order[] = [];

  add(customer: string, item: string, amount: string): Order {
    const order = { id: String(this.#orders.length + 1), customer, item, amount };
    this.#orders.push(order);
    return order;
  }

  find(id: string): Order | undefined {
    return this.#orders.find((order) => order.id === id);
  }

  of(customer: string): Order[] {
    return this.#orders.filter((order) => order.customer === customer);
  }
}

/** Cents of an amount such as `12.50`, or undefined when it is none. */
export function parseAmount(value: unknown): number | undefined {
  if (typeof value !== "string" || !/^\d{1,7}(\.\d{2})?$/.test(value)) return undefined;
  return Math.round(Number(value) * 100);
}

export function formatAmount(cents: number): string {
  return (cents / 100).toFixed(2);
}

export function createSampleOrders(): Orders {
  const orders = new Orders();
  const customers = SAMPLE_PEOPLE.filter(({ role }) => role === "customer");
  for (let i = 0; i < 24; i++) orders.add(customers[i % customers.length]?.name ?? "", "map", "8.20");
  return orders;
}
