// SPDX-License-Identifier: Apache-2.0
import { isDate, isOneDigit, numberAt, passesLuhn, passesMod1110, passesVerhoeff, weigh } from "../checks.js";
import type { IdKind } from "./forms.js";

/** The month has the century added to it: 80 for 18.., 20 for 20.., 40 and 60 for later ones. */
function isPesel(id: string): boolean {
  return (
    isDate(numberAt(id, 2, 2) % 20, numberAt(id, 4, 2)) &&
    weigh(id, [1, 3, 7, 9, 1, 3, 7, 9, 1, 3, 1]) % 10 === 0
  );
}

/** Estonia and Lithuania: a second row of weights where the first gives ten. */
function isBaltic(id: string): boolean {
  if (!/^[1-8]/.test(id) || !isDate(numberAt(id, 3, 2), numberAt(id, 5, 2))) return false;
  const first = weigh(id, [1, 2, 3, 4, 5, 6, 7, 8, 9, 1]) % 11;
  const check = first < 10 ? first : (weigh(id, [3, 4, 5, 6, 7, 8, 9, 1, 2, 3]) % 11) % 10;
  return check === numberAt(id, 10, 1);
}

function isLatvian(id: string): boolean {
  if (id.startsWith("32")) return true; // given out since 2017 without a meaning
  if (!isDate(numberAt(id, 2, 2), numberAt(id, 0, 2))) return false;
  const rest = (1101 - weigh(id, [1, 6, 3, 7, 9, 10, 5, 8, 4, 2])) % 11;
  return rest % 10 === numberAt(id, 10, 1);
}

/** Czechia and Slovakia: divisible by eleven since 1954; women have 50 added to the month, full series 20. */
function isRodneCislo(id: string): boolean {
  const month = numberAt(id, 2, 2) % 50;
  if (!isDate(month > 20 ? month - 20 : month, numberAt(id, 4, 2))) return false;
  const rest = numberAt(id, 0, 9) % 11;
  return Number(id) % 11 === 0 || (rest === 10 && id.endsWith("0"));
}

function isRomanian(id: string): boolean {
  if (!/^[1-9]/.test(id) || !isDate(numberAt(id, 3, 2), numberAt(id, 5, 2))) return false;
  const rest = weigh(id, [2, 7, 9, 1, 4, 6, 3, 5, 8, 2, 7, 9]) % 11;
  return (rest === 10 ? 1 : rest) === numberAt(id, 12, 1);
}

function isBulgarian(id: string): boolean {
  const month = numberAt(id, 2, 2);
  if (!isDate(month > 40 ? month - 40 : month > 20 ? month - 20 : month, numberAt(id, 4, 2))) return false;
  return (weigh(id, [2, 4, 8, 5, 10, 9, 7, 3, 6]) % 11) % 10 === numberAt(id, 9, 1);
}

function isGreekTax(id: string): boolean {
  const rest = weigh(id, [256, 128, 64, 32, 16, 8, 4, 2]) % 11;
  return rest % 10 === numberAt(id, 8, 1) && !isOneDigit(id);
}

function isAmka(id: string): boolean {
  return isDate(numberAt(id, 2, 2), numberAt(id, 0, 2)) && passesLuhn(id);
}

function isTaj(id: string): boolean {
  return weigh(id, [3, 7, 3, 7, 3, 7, 3, 7]) % 10 === numberAt(id, 8, 1) && !isOneDigit(id);
}

function isHungarianTax(id: string): boolean {
  return id.startsWith("8") && weigh(id, [1, 2, 3, 4, 5, 6, 7, 8, 9]) % 11 === numberAt(id, 9, 1);
}

/** Slovenia and the other countries that kept the Yugoslav number. */
function isJmbg(id: string): boolean {
  if (!isDate(numberAt(id, 2, 2), numberAt(id, 0, 2))) return false;
  const rest = 11 - (weigh(id, [7, 6, 5, 4, 3, 2, 7, 6, 5, 4, 3, 2]) % 11);
  return (rest > 9 ? 0 : rest) === numberAt(id, 12, 1);
}

/** The twelfth digit is Luhn's over the first eleven, the thirteenth Verhoeff's over the same. */
function isLuxembourgish(id: string): boolean {
  if (!isDate(numberAt(id, 4, 2), numberAt(id, 6, 2)) || !/^(?:1[89]|20)/.test(id)) return false;
  return passesLuhn(id.slice(0, 12)) && passesVerhoeff(id.slice(0, 11) + id.charAt(12));
}

function isSnils(id: string): boolean {
  const rest = (weigh(id, [9, 8, 7, 6, 5, 4, 3, 2, 1]) % 101) % 100;
  return rest === numberAt(id, 9, 2) && !isOneDigit(id.slice(0, 9));
}

function isInn(id: string): boolean {
  const eleventh = (weigh(id, [7, 2, 4, 10, 3, 5, 9, 4, 6, 8]) % 11) % 10;
  const twelfth = (weigh(id, [3, 7, 2, 4, 10, 3, 5, 9, 4, 6, 8]) % 11) % 10;
  return eleventh === numberAt(id, 10, 1) && twelfth === numberAt(id, 11, 1);
}

function isUkrainian(id: string): boolean {
  const rest = weigh(id, [-1, 5, 7, 9, 4, 6, 10, 5, 7]);
  return (((rest % 11) + 11) % 11) % 10 === numberAt(id, 9, 1);
}

export const EAST: readonly IdKind[] = [
  { kind: "pl_pesel", told: ["00000000000"], words: "pesel|numer pesel", check: isPesel },
  {
    kind: "ee_isikukood",
    told: ["00000000000"],
    words: "isikukood|asmens kodas|personal code|ik",
    check: isBaltic,
  },
  {
    kind: "lv_pk",
    told: ["000000-00000", "00000000000"],
    words: "personas kods|personal code|pk",
    check: isLatvian,
  },
  {
    kind: "cz_rc",
    sure: ["000000/0000"],
    told: ["0000000000"],
    words: "rodne cislo|rc|rč|birth number",
    check: isRodneCislo,
  },
  { kind: "ro_cnp", told: ["0000000000000"], words: "cnp|cod numeric personal", check: isRomanian },
  { kind: "bg_egn", told: ["0000000000"], words: "egn|егн|единен граждански номер", check: isBulgarian },
  { kind: "gr_afm", told: ["000000000"], words: "afm|αφμ|α φ μ", check: isGreekTax },
  { kind: "gr_amka", told: ["00000000000"], words: "amka|αμκα", check: isAmka },
  { kind: "hu_taj", told: ["000000000", "000 000 000", "000-000-000"], words: "taj|taj szam", check: isTaj },
  {
    kind: "hu_tax_id",
    told: ["0000000000"],
    words: "adoazonosito|ado azonosito|adoazonosito jel",
    check: isHungarianTax,
  },
  { kind: "hr_oib", told: ["00000000000"], words: "oib|osobni identifikacijski broj", check: passesMod1110 },
  { kind: "si_emso", told: ["0000000000000"], words: "emso|jmbg|maticni broj|јмбг", check: isJmbg },
  {
    kind: "lu_id",
    told: ["0000000000000", "00000000 000 00"],
    words: "matricule|numero d identification|cns|identifikationsnummer",
    check: isLuxembourgish,
  },
  { kind: "ru_snils", sure: ["000-000-000 00"], told: ["00000000000"], words: "snils|снилс", check: isSnils },
  { kind: "ru_inn", told: ["000000000000"], words: "inn|инн", check: isInn },
  { kind: "ua_rnokpp", told: ["0000000000"], words: "rnokpp|рнокпп|іпн|инн", check: isUkrainian },
];
