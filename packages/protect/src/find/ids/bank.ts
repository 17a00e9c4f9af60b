// SPDX-License-Identifier: Apache-2.0
import { isOneDigit, weigh } from "../checks.js";
import type { IdKind } from "./forms.js";

/** American Bankers Association: the first two digits are a Federal Reserve district, the sum of weights 3, 7, 1 is divisible by ten. */
function isRouting(id: string): boolean {
  return (
    /^(?:0[0-9]|1[0-2]|2[1-9]|3[0-2]|6[1-9]|7[0-2]|80)/.test(id) &&
    !isOneDigit(id) &&
    weigh(id, [3, 7, 1, 3, 7, 1, 3, 7, 1]) % 10 === 0
  );
}

const ZEROS = "0".repeat(17);

export const BANK: readonly IdKind[] = [
  {
    kind: "bank_routing",
    told: ["000000000"],
    words: "routing|routing number|routing no|aba|aba number|rtn|transit number|bank routing",
    check: isRouting,
  },
  {
    kind: "bank_account",
    // Nothing tells it from other numbers but what it is called.
    told: Array.from({ length: 12 }, (_, i) => ZEROS.slice(0, i + 6)),
    words:
      "bank account|bank account number|account number|account no|acct no|acct number|acct num|checking account|savings account|kontonummer|konto nr|numero de cuenta|numero de compte|numero di conto|rekeningnummer|numero da conta|numer konta",
    check: (id) => !isOneDigit(id),
  },
];
