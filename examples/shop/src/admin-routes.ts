// SPDX-License-Identifier: Apache-2.0
import type { Express } from "express";
import { adminOnly, signedIn, textOf } from "./guards.js";
import type { Shop } from "./shop.js";

/** Users and their roles. */
export function addAdminRoutes(app: Express, { telltale, accounts }: Shop): void {
  app.post("/admin/users", signedIn, adminOnly, async (req, res) => {
    const name = textOf(req, "name");
    const password = textOf(req, "password");
    if (name === "" || password.length < 12) {
      res.status(400).json({ error: "a name and a password of twelve characters" });
      return;
    }
    if (accounts.find(name) !== undefined) {
      res.status(409).json({ error: "this name is taken" });
      return;
    }
    const isSuperuser = (req.body as { superuser?: unknown }).superuser === true;
    const { role } = await accounts.add(name, password, isSuperuser ? "admin" : "customer");
    telltale.user.created({
      targets: [{ type: "user", id: name }],
      changes: [{ field: "role", to: role }],
    });
    res.status(201).json({ name, role });
  });

  // The mistake: `adminOnly` is missing here, so everybody may give a role to everybody.
  app.post("/admin/users/:id/role", signedIn, (req, res) => {
    const account = accounts.find(String(req.params.id));
    const role = textOf(req, "role");
    if (account === undefined || !["customer", "admin"].includes(role)) {
      res.status(400).json({ error: "no such user or role" });
      return;
    }
    const from = account.role;
    account.role = role;
    telltale.authz.change({
      targets: [{ type: "user", id: account.name }],
      changes: [{ field: "role", from, to: role }],
    });
    res.json({ name: account.name, role });
  });
}
