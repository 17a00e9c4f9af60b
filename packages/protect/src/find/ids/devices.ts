// SPDX-License-Identifier: Apache-2.0
import { isOneDigit, passesLuhn } from "../checks.js";
import type { IdKind } from "./forms.js";

export const DEVICES: readonly IdKind[] = [
  {
    kind: "imei",
    told: ["000000000000000", "00-000000-000000-0", "000000-00-000000-0", "00 000000 000000 0"],
    words: "imei|imeisv|device imei",
    check: (id) => passesLuhn(id) && !isOneDigit(id),
  },
  {
    kind: "iccid",
    told: ["0000000000000000000", "00000000000000000000", "000000000000000000"],
    words: "iccid|sim|sim card|sim serial",
    check: (id) => id.startsWith("89") && passesLuhn(id), // ITU-T E.118
  },
  {
    kind: "imsi",
    told: ["000000000000000", "00000000000000"],
    words: "imsi",
    check: (id) => /^[2-79]/.test(id), // ITU-T E.212: a country code of a region
  },
];
