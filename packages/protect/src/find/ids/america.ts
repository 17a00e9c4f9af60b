// SPDX-License-Identifier: Apache-2.0
import { isDate, isOneDigit, numberAt, passesLuhn, weigh } from "../checks.js";
import type { IdKind } from "./forms.js";

/** SSA, POMS RM 10201.035: no area 000, 666 or 900 and above, no group 00, no serial number 0000. Two numbers of old advertisements are nobody's. */
function isSsn(id: string): boolean {
  if (id.startsWith("9") || id.startsWith("000") || id.startsWith("666")) return false;
  if (id.startsWith("00", 3) || id.endsWith("0000")) return false;
  return !isOneDigit(id) && id !== "123456789";
}

/** IRS, IRM 3.21.263: 9.., and groups 50 to 65, 70 to 88, 90 to 92, 94 to 99. */
function isItin(id: string): boolean {
  const group = numberAt(id, 3, 2);
  return (
    id.startsWith("9") &&
    ((group >= 50 && group <= 65) ||
      (group >= 70 && group <= 88) ||
      (group >= 90 && group !== 93 && group <= 99))
  );
}

function brazilDigit(digits: string, weights: readonly number[]): number {
  const rest = weigh(digits, weights) % 11;
  return rest < 2 ? 0 : 11 - rest;
}

function isCpf(id: string): boolean {
  return (
    !isOneDigit(id) &&
    brazilDigit(id, [10, 9, 8, 7, 6, 5, 4, 3, 2]) === numberAt(id, 9, 1) &&
    brazilDigit(id, [11, 10, 9, 8, 7, 6, 5, 4, 3, 2]) === numberAt(id, 10, 1)
  );
}

function isCnpj(id: string): boolean {
  return (
    !isOneDigit(id) &&
    brazilDigit(id, [5, 4, 3, 2, 9, 8, 7, 6, 5, 4, 3, 2]) === numberAt(id, 12, 1) &&
    brazilDigit(id, [6, 5, 4, 3, 2, 9, 8, 7, 6, 5, 4, 3, 2]) === numberAt(id, 13, 1)
  );
}

function isSin(id: string): boolean {
  return !id.startsWith("8") && passesLuhn(id) && !isOneDigit(id);
}

const CURP = "0123456789ABCDEFGHIJKLMNÑOPQRSTUVWXYZ";

/** Name, day of birth, sex, state; the last digit checks all before it in base 37 (Segob, DOF 18/10/2021). */
function isCurp(id: string): boolean {
  if (!/^[A-Z]{4}\d{6}[HMX][A-Z]{5}[A-Z0-9]\d$/.test(id)) return false;
  if (!isDate(numberAt(id, 6, 2), numberAt(id, 8, 2))) return false;
  let sum = 0;
  for (let i = 0; i < 17; i++) sum += CURP.indexOf(id.charAt(i)) * (18 - i);
  return (10 - (sum % 10)) % 10 === numberAt(id, 17, 1);
}

function isCuit(id: string): boolean {
  if (!/^(?:2[03457]|3[034])/.test(id)) return false;
  const rest = 11 - (weigh(id, [5, 4, 3, 2, 7, 6, 5, 4, 3, 2]) % 11);
  return (rest === 11 ? 0 : rest === 10 ? 9 : rest) === numberAt(id, 10, 1);
}

function isRut(id: string): boolean {
  const body = id.slice(0, -1);
  if (!/^\d+$/.test(body)) return false;
  let sum = 0;
  for (let i = 0; i < body.length; i++) sum += numberAt(body, body.length - 1 - i, 1) * ((i % 6) + 2);
  const rest = 11 - (sum % 11);
  return id.charAt(body.length) === (rest === 11 ? "0" : rest === 10 ? "K" : String(rest));
}

export const AMERICA: readonly IdKind[] = [
  {
    kind: "ssn",
    sure: ["000-00-0000"],
    told: ["000000000", "000 00 0000", "000.00.0000"],
    words: "ssn|ssns|social security|soc sec|social security number|tax id|taxpayer id|tin|social",
    check: isSsn,
  },
  {
    kind: "itin",
    sure: ["000-00-0000"],
    told: ["000000000", "000 00 0000"],
    words: "itin|individual taxpayer|tax id|taxpayer id|tin|ssn|social security number",
    check: isItin,
  },
  {
    kind: "br_cpf",
    sure: ["000.000.000-00"],
    told: ["00000000000", "000000000-00"],
    words: "cpf|cadastro de pessoas fisicas",
    check: isCpf,
  },
  { kind: "br_cnpj", sure: ["00.000.000/0000-00"], told: ["00000000000000"], words: "cnpj", check: isCnpj },
  {
    kind: "ca_sin",
    told: ["000000000", "000 000 000", "000-000-000"],
    words: "sin|social insurance|social insurance number|numero d assurance sociale|nas",
    check: isSin,
  },
  { kind: "mx_curp", sure: ["AAAA000000AAAAAA00", "AAAA000000AAAAAAA0"], words: "curp", check: isCurp },
  { kind: "ar_cuit", sure: ["00-00000000-0"], told: ["00000000000"], words: "cuit|cuil", check: isCuit },
  {
    kind: "cl_rut",
    sure: ["00.000.000-A", "00.000.000-0", "0.000.000-0", "0.000.000-A"],
    told: ["00000000-0", "00000000-A", "0000000-0", "0000000-A"],
    words: "rut|run|rol unico tributario",
    check: isRut,
  },
];
