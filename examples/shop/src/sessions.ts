// SPDX-License-Identifier: Apache-2.0
import { createHash, randomBytes } from "node:crypto";
import type { Request, Response } from "express";
import type { Account } from "./accounts.js";

const COOKIE = "shop_session";

/** Who is signed in, by a cookie. */
export class Sessions {
  readonly #accounts = new Map<string, Account>();

  start(response: Response, account: Account): void {
    const token = randomBytes(24).toString("base64url");
    this.#accounts.set(token, account);
    response.cookie(COOKIE, token, { httpOnly: true, sameSite: "strict" });
  }

  end(request: Request, response: Response): void {
    this.#accounts.delete(tokenOf(request));
    response.clearCookie(COOKIE);
  }

  find(request: Request): Account | undefined {
    return this.#accounts.get(tokenOf(request));
  }
}

function tokenOf(request: Request): string {
  return new RegExp(`(?:^|; )${COOKIE}=([\\w-]+)`).exec(request.headers.cookie ?? "")?.[1] ?? "";
}

/** Tells sessions apart in the log without being of use to whoever reads it. */
export function sessionHash(request: Request): string {
  return createHash("sha256").update(tokenOf(request)).digest("hex").slice(0, 16);
}
