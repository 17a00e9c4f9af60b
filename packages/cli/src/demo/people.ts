// SPDX-License-Identifier: Apache-2.0
import { CliFailure } from "../failure.js";
import { SHOP_FOLDER } from "./shop-process.js";
import type { Account } from "./shopper.js";

/** Who may sign in to the example shop. */
export interface People {
  customers: readonly Account[];
  admin: Account;
}

function isPerson(value: unknown): value is Account & { role: string } {
  const { name, password, role } = (value ?? {}) as Record<string, unknown>;
  return typeof name === "string" && typeof password === "string" && typeof role === "string";
}

/** The shop's own list, so that it stands in one place only. Throws CliFailure when the shop is not built. */
export async function loadPeople(): Promise<People> {
  let people: (Account & { role: string })[];
  try {
    const loaded = (await import(new URL("accounts.js", SHOP_FOLDER).href)) as {
      SAMPLE_PEOPLE: readonly unknown[];
    };
    people = loaded.SAMPLE_PEOPLE.filter(isPerson);
  } catch (error) {
    const hint = "In Telltale's repository: npm run build";
    throw new CliFailure("noInput", "the example shop is not there or not built", hint, { cause: error });
  }
  const admin = people.find((each) => each.role === "admin");
  const customers = people.filter((each) => each.role === "customer");
  if (admin === undefined || customers.length === 0)
    throw new CliFailure("noInput", "the example shop has nobody in it");
  return { admin, customers };
}
