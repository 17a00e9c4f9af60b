// SPDX-License-Identifier: Apache-2.0
import type { Express, Request, Response } from "express";
import { signedIn, textOf } from "./guards.js";
import { formatAmount } from "./orders.js";
import type { Shop } from "./shop.js";

/** Signing in and out, and forgetting a password. */
export function addSignInRoutes(app: Express, { telltale, accounts, sessions }: Shop): void {
  app.post("/login", async (req, res) => {
    const name = textOf(req, "name");
    const account = accounts.find(name);
    const isRight = await accounts.isPassword(account, textOf(req, "password"));
    if (account === undefined || !isRight) {
      const reason = account === undefined ? "unknown_user" : "bad_password";
      telltale.authn.loginFail({ actor: { type: "user", id: name }, reason });
      res.status(401).json({ error: "wrong name or password" });
      return;
    }
    sessions.start(res, account);
    telltale.authn.loginSuccess({ actor: { type: "user", id: name, roles: [account.role] } });
    res.json({ name, role: account.role, balance: formatAmount(account.balance) });
  });

  app.post("/logout", signedIn, (req, res) => {
    sessions.end(req, res);
    telltale.session.logout();
    res.sendStatus(204);
  });

  // audit() records success, failure and duration by itself; the same answer for every name gives none away.
  const requestReset = telltale.audit(
    "password_reset_requested",
    (_req: Request, res: Response) => {
      res.status(202).json({ message: "if we know you, a mail is on its way" });
    },
    { details: (req) => ({ targets: [{ type: "user", id: textOf(req, "name") }] }) },
  );
  app.post("/password-reset", requestReset);
}
