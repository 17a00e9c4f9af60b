// SPDX-License-Identifier: Apache-2.0

/** Somebody who can sign in to the example shop. */
export interface Account {
  name: string;
  password: string;
}

/** One browser at the example shop. A refusal by the shop is an answer, not an error; true: it did it. */
export interface Shopper {
  readonly address: string;
  signIn(name: string, password: string): Promise<boolean>;
  /** The number of the new order; undefined when the shop refused it. */
  order(item: string, amount: string): Promise<string | undefined>;
  readOrder(id: string): Promise<boolean>;
  createUser(account: Account, superuser: boolean): Promise<boolean>;
  setRole(name: string, role: string): Promise<boolean>;
  updateBalance(name: string, balance: string): Promise<boolean>;
}

const ANSWER_MS = 10_000;

/**
 * Opens a browser that seems to be at `address`: the shop believes the proxy header of its own machine. Addresses are
 * of the blocks for documentation (RFC 5737), which belong to nobody.
 */
export function openShopper(
  shopUrl: string,
  { address, userAgent }: { address: string; userAgent: string },
  signal: AbortSignal,
): Shopper {
  let cookie = "";

  async function send(method: string, path: string, body?: unknown): Promise<Response> {
    const response = await fetch(shopUrl + path, {
      method,
      headers: {
        "content-type": "application/json",
        "x-forwarded-for": address,
        "user-agent": userAgent,
        ...(cookie === "" ? {} : { cookie }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      signal: AbortSignal.any([signal, AbortSignal.timeout(ANSWER_MS)]),
    });
    cookie = response.headers.get("set-cookie")?.split(";", 1)[0] ?? cookie;
    return response;
  }

  async function does(method: string, path: string, body?: unknown): Promise<boolean> {
    const response = await send(method, path, body);
    await response.arrayBuffer();
    return response.ok;
  }

  return {
    address,
    signIn: (name, password) => does("POST", "/login", { name, password }),
    async order(item, amount) {
      const response = await send("POST", "/orders", { item, amount });
      const answer = (await response.json()) as { id?: unknown };
      return response.ok && typeof answer.id === "string" ? answer.id : undefined;
    },
    readOrder: (id) => does("GET", `/orders/${encodeURIComponent(id)}`),
    createUser: (account, superuser) => does("POST", "/admin/users", { ...account, superuser }),
    setRole: (name, role) => does("POST", `/admin/users/${encodeURIComponent(name)}/role`, { role }),
    updateBalance: (name, balance) => does("POST", "/update-balance", { name, balance }),
  };
}
