// SPDX-License-Identifier: Apache-2.0
import type { Express } from "express";
import { accountOf, signedIn, textOf } from "./guards.js";
import { formatAmount, parseAmount } from "./orders.js";
import type { Shop } from "./shop.js";

/** Ordering, and looking at orders. */
export function addOrderRoutes(app: Express, { telltale, accounts, orders }: Shop): void {
  app.get("/orders", signedIn, (_req, res) => {
    res.json(orders.of(accountOf(res).name));
  });

  app.get("/orders/:id", signedIn, (req, res) => {
    const order = orders.find(String(req.params.id));
    if (order === undefined) {
      res.status(404).json({ error: "no such order" });
      return;
    }
    const { name, role } = accountOf(res);
    if (order.customer !== name && role !== "admin") {
      telltale.authz.fail({ reason: "not_owner", targets: [{ type: "order", id: order.id }] });
      res.status(403).json({ error: "not your order" });
      return;
    }
    res.json(order);
  });

  app.post("/orders", signedIn, (req, res) => {
    const account = accountOf(res);
    const item = textOf(req, "item");
    const cents = parseAmount(textOf(req, "amount"));
    if (item === "" || cents === undefined) {
      telltale.input.validationFail({ reason: "bad_order", data: { fields: ["item", "amount"] } });
      res.status(400).json({ error: "an order needs an item and an amount" });
      return;
    }
    const money = { amount: formatAmount(cents), currency: "EUR", from: account.name, to: "shop" };
    if (cents > account.balance) {
      telltale.transaction.declined({ money, reason: "insufficient_funds" });
      res.status(402).json({ error: "not enough money" });
      return;
    }
    account.balance -= cents;
    const order = orders.add(account.name, item, money.amount);
    telltale.transaction.captured({ money, targets: [{ type: "order", id: order.id, name: item }] });
    res.status(201).json(order);
  });

  // Left over from the first version of the shop: anybody signed in sets any balance. Whoever wrote it forgot to
  // report it, too; the middleware still records the request, and Telltale's rules know what such a route means.
  app.post("/update-balance", signedIn, (req, res) => {
    const account = accounts.find(textOf(req, "name"));
    const cents = parseAmount(textOf(req, "balance"));
    if (account === undefined || cents === undefined) {
      res.status(400).json({ error: "a name and a balance" });
      return;
    }
    account.balance = cents;
    res.json({ name: account.name, balance: formatAmount(cents) });
  });
}
