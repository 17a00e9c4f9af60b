// SPDX-License-Identifier: Apache-2.0
import type { Telltale } from "@telltale/sdk";
import { telltaleExpress } from "@telltale/sdk/express";
import express, { type Express, type NextFunction, type Request, type Response } from "express";
import { type Accounts, createSampleAccounts } from "./accounts.js";
import { addAdminRoutes } from "./admin-routes.js";
import { addOrderRoutes } from "./order-routes.js";
import { createSampleOrders, type Orders } from "./orders.js";
import { addSignInRoutes } from "./sign-in-routes.js";
import { sessionHash, Sessions } from "./sessions.js";

/** What the routes work with. */
export interface Shop {
  telltale: Telltale;
  accounts: Accounts;
  orders: Orders;
  sessions: Sessions;
}

/**
 * A small shop that reports its security events. It makes two mistakes on purpose, for the demo's attacker to find:
 * `POST /admin/users/:id/role` forgets to ask for an administrator, and `POST /update-balance` should not be there.
 */
export async function createShop({ telltale }: { telltale: Telltale }): Promise<Express> {
  const shop: Shop = {
    telltale,
    accounts: await createSampleAccounts(),
    orders: createSampleOrders(),
    sessions: new Sessions(),
  };
  const app = express();
  app.disable("x-powered-by");

  // First, so that every event of a request knows its client, its id and its route. Only a proxy on this machine is
  // believed about the client's address.
  const { request, errors } = telltaleExpress(telltale, { trustProxy: ["127.0.0.1", "::1"] });
  app.use(request);
  app.use(express.json({ limit: "16kb" }));
  app.use((req, res, next) => {
    const account = shop.sessions.find(req);
    if (account !== undefined) {
      const { name, role } = account;
      // From here on every event of this request says who.
      telltale.setContext({ actor: { type: "user", id: name, roles: [role], session: sessionHash(req) } });
      res.locals.account = account;
    }
    next();
  });

  app.get("/", (_req, res) => {
    res.json({ shop: "Telltale Outdoor", signIn: "POST /login" });
  });
  addSignInRoutes(app, shop);
  addOrderRoutes(app, shop);
  addAdminRoutes(app, shop);

  // Last: unexpected errors become events; what the client sees says nothing about them.
  app.use(errors);
  app.use((error: { status?: number }, _req: Request, res: Response, next: NextFunction) => {
    if (res.headersSent) next(error);
    else res.status(error.status ?? 500).json({ error: "this did not work" });
  });
  return app;
}
