// SPDX-License-Identifier: Apache-2.0
import type { NextFunction, Request, Response } from "express";
import type { Account } from "./accounts.js";

/** The account that is signed in. */
export function accountOf(res: Response): Account {
  return res.locals.account as Account;
}

/** Refuses whoever is not signed in; the middleware records the 401. */
export function signedIn(_req: Request, res: Response, next: NextFunction): void {
  if (res.locals.account === undefined) res.status(401).json({ error: "sign in first" });
  else next();
}

/** Refuses whoever is no administrator; the middleware records the 403. */
export function adminOnly(_req: Request, res: Response, next: NextFunction): void {
  if ((res.locals.account as Account | undefined)?.role === "admin") next();
  else res.status(403).json({ error: "not for you" });
}

/** A text of the body, or nothing. */
export function textOf(req: Request, name: string): string {
  const value: unknown = (req.body as Record<string, unknown> | undefined)?.[name];
  return typeof value === "string" ? value : "";
}
