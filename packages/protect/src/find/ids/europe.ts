// SPDX-License-Identifier: Apache-2.0
import { isDate, isOneDigit, mod97, numberAt, passesLuhn, passesMod1110, weigh } from "../checks.js";
import type { IdKind } from "./forms.js";

// Rules as their issuers publish them; most are gathered in the European Commission's "TIN algorithms" (TAXUD, public functional document).

const DNI = "TRWAGMYFPDXBNJZSQVHLCKE";

function isDni(id: string): boolean {
  return id.charAt(8) === DNI.charAt(numberAt(id, 0, 8) % 23) && !isOneDigit(id.slice(0, 8));
}

function isNie(id: string): boolean {
  const lead = "XYZ".indexOf(id.charAt(0));
  return lead !== -1 && id.charAt(8) === DNI.charAt(Number(`${lead}${id.slice(1, 8)}`) % 23);
}

/** Places of odd characters in the Italian alphabet of checks (DM 23/12/1976); digits count as the first ten letters. */
const ODD = [1, 0, 5, 7, 9, 13, 15, 17, 19, 21, 2, 4, 18, 20, 11, 3, 6, 8, 12, 14, 16, 10, 22, 25, 24, 23];

function isCodiceFiscale(id: string): boolean {
  const day = numberAt(id, 9, 2) % 40;
  if (!"ABCDEHLMPRST".includes(id.charAt(8)) || day < 1 || day > 31) return false;
  let sum = 0;
  for (let i = 0; i < 15; i++) {
    const code = id.charCodeAt(i);
    const place = code <= 57 ? code - 48 : code - 65;
    sum += i % 2 === 0 ? ODD[place]! : place;
  }
  return id.charCodeAt(15) === 65 + (sum % 26);
}

/** Sex, year, month and place, then 97 less the remainder. In Corsica the department is 2A or 2B. */
function isNir(id: string): boolean {
  const month = numberAt(id, 3, 2);
  if (!/^[1-478]/.test(id) || !((month >= 1 && month <= 12) || (month >= 20 && month <= 42) || month >= 50))
    return false;
  const body = id.slice(0, 13).replace("2A", "19").replace("2B", "18");
  return /^\d+$/.test(body) && 97 - mod97(body) === numberAt(id, 13, 2);
}

/** One digit of the first ten stands twice or thrice, the others once. */
function isSteuerId(id: string): boolean {
  if (id.startsWith("0") || !passesMod1110(id)) return false;
  const different = new Set(id.slice(0, 10)).size;
  return different === 9 || different === 8;
}

/** Area, day of birth, first letter of the name, serial number, check digit (VKVV § 4). */
function isRentenversicherung(id: string): boolean {
  if (!isDate(numberAt(id, 4, 2), numberAt(id, 2, 2))) return false;
  const letter = String(id.charCodeAt(8) - 64).padStart(2, "0");
  const digits = `${id.slice(0, 8)}${letter}${id.slice(9, 11)}`;
  const weights = [2, 1, 2, 5, 7, 1, 2, 1, 2, 1, 2, 1];
  const sum = weights.reduce((total, weight, i) => {
    const product = weight * (digits.charCodeAt(i) - 48);
    return total + Math.floor(product / 10) + (product % 10);
  }, 0);
  return sum % 10 === numberAt(id, 11, 1);
}

function isBsn(id: string): boolean {
  return !isOneDigit(id) && weigh(id, [9, 8, 7, 6, 5, 4, 3, 2, -1]) % 11 === 0;
}

/** 97 less the remainder of the first nine digits; with a 2 before them for those born since 2000. */
function isBelgian(id: string): boolean {
  const month = numberAt(id, 2, 2) % 20;
  if (month > 12 || numberAt(id, 4, 2) > 31) return false;
  const check = 97 - numberAt(id, 9, 2);
  const body = id.slice(0, 9);
  return Number(body) % 97 === check || Number(`2${body}`) % 97 === check;
}

/** Luhn over the ten digits that count; a coordination number has 60 added to its day. */
function isSwedish(id: string): boolean {
  const ten = id.slice(-10);
  return isDate(numberAt(ten, 2, 2), numberAt(ten, 4, 2) % 60) && passesLuhn(ten);
}

function isFinnish(id: string): boolean {
  // Where a letter stands for the century it is the seventh character.
  const serial = id.length === 11 ? 7 : 6;
  if (id.length === 11 && !"ABCDEFUVWXY".includes(id.charAt(6))) return false;
  if (!isDate(numberAt(id, 2, 2), numberAt(id, 0, 2))) return false;
  const rest = Number(id.slice(0, 6) + id.slice(serial, serial + 3)) % 31;
  return id.charAt(serial + 3) === "0123456789ABCDEFHJKLMNPRSTUVWXY".charAt(rest);
}

function isDanish(id: string): boolean {
  return isDate(numberAt(id, 2, 2), numberAt(id, 0, 2));
}

function isNorwegian(id: string): boolean {
  if (!isDate(numberAt(id, 2, 2) % 40, numberAt(id, 0, 2) % 40)) return false;
  return (
    weigh(id, [3, 7, 6, 1, 8, 9, 4, 5, 2, 1]) % 11 === 0 &&
    weigh(id, [5, 4, 3, 2, 7, 6, 5, 4, 3, 2, 1]) % 11 === 0
  );
}

function isPortuguese(id: string): boolean {
  const rest = weigh(id, [9, 8, 7, 6, 5, 4, 3, 2]) % 11;
  return /^[1235689]/.test(id) && (rest < 2 ? 0 : 11 - rest) === numberAt(id, 8, 1);
}

function isAustrian(id: string): boolean {
  const check = weigh(id, [3, 7, 9, 0, 5, 8, 4, 2, 1, 6]) % 11;
  return !id.startsWith("0") && numberAt(id, 4, 2) <= 31 && check === numberAt(id, 3, 1);
}

function isSwiss(id: string): boolean {
  return id.startsWith("756") && weigh(id, [1, 3, 1, 3, 1, 3, 1, 3, 1, 3, 1, 3, 1]) % 10 === 0;
}

function isIrish(id: string): boolean {
  const extra = id.length === 9 && id.charAt(8) !== "W" ? (id.charCodeAt(8) - 64) * 9 : 0;
  const rest = (weigh(id, [8, 7, 6, 5, 4, 3, 2]) + extra) % 23;
  return id.charAt(7) === "WABCDEFGHIJKLMNOPQRSTUV".charAt(rest);
}

/** HMRC, NIM39110: letters that no prefix has, and prefixes that are not given out. */
function isNino(id: string): boolean {
  return /^[A-CEGHJ-PR-TW-Z][A-CEGHJ-NPR-TW-Z]\d{6}[A-D]$/.test(id) && !/^(?:BG|GB|KN|NK|NT|TN|ZZ)/.test(id);
}

/** NHS data dictionary: modulus 11; a remainder that asks for ten is not given out. */
function isNhs(id: string): boolean {
  return weigh(id, [10, 9, 8, 7, 6, 5, 4, 3, 2, 1]) % 11 === 0 && !isOneDigit(id);
}

export const EUROPE: readonly IdKind[] = [
  {
    kind: "es_dni",
    sure: ["00000000A", "00000000-A", "00.000.000-A"],
    words: "dni|nif|documento nacional de identidad",
    check: isDni,
  },
  { kind: "es_nie", sure: ["A0000000A", "A-0000000-A"], words: "nie|numero de extranjero", check: isNie },
  {
    kind: "it_cf",
    sure: ["AAAAAA00A00A000A", "AAA AAA 00A00 A000A"],
    words: "codice fiscale|cf",
    check: isCodiceFiscale,
  },
  {
    kind: "fr_nir",
    sure: ["0 00 00 00 000 000 00", "0 00 00 0A 000 000 00"],
    told: ["000000000000000", "0000000000000 00", "000000A00000000"],
    words: "nir|insee|securite sociale|num secu|numero secu|carte vitale",
    check: isNir,
  },
  {
    kind: "de_tax_id",
    told: ["00000000000", "00 000 000 000"],
    words:
      "steuer id|steuerid|idnr|id nr|steuer identifikationsnummer|steueridentifikationsnummer|steuernummer|steuerliche identifikationsnummer|tax id|tin",
    check: isSteuerId,
  },
  {
    kind: "de_pension_id",
    sure: ["00000000A000", "00 000000 A 000"],
    words: "rvnr|rentenversicherungsnummer|sozialversicherungsnummer|sv nummer",
    check: isRentenversicherung,
  },
  {
    kind: "nl_bsn",
    told: ["000000000", "0000.00.000", "000 000 000", "000-000-000"],
    words: "bsn|burgerservicenummer|sofinummer|sofi",
    check: isBsn,
  },
  {
    kind: "be_rrn",
    sure: ["00.00.00-000.00"],
    told: ["00000000000", "000000-000-00", "000000-000.00"],
    words:
      "rijksregisternummer|rijksregister|insz|niss|rrn|registre national|numero national|nationaal nummer",
    check: isBelgian,
  },
  {
    kind: "se_personnummer",
    told: ["0000000000", "000000000000", "000000-0000", "000000+0000", "00000000-0000"],
    words: "personnummer|pnr|samordningsnummer|person nummer|personal identity number",
    check: isSwedish,
  },
  {
    kind: "fi_hetu",
    sure: ["000000-000A", "000000+000A", "000000A000A"],
    told: ["000000-0000", "000000+0000", "000000A0000"],
    words: "hetu|henkilotunnus|personbeteckning|sotu",
    check: isFinnish,
  },
  {
    kind: "dk_cpr",
    told: ["000000-0000", "0000000000"],
    words: "cpr|cpr nummer|cpr nr|personnummer",
    check: isDanish,
  },
  {
    kind: "no_fnr",
    told: ["00000000000", "000000 00000"],
    words: "fodselsnummer|fødselsnummer|fnr|personnummer|fodselsnr",
    check: isNorwegian,
  },
  {
    kind: "pt_nif",
    told: ["000000000", "000 000 000"],
    words: "nif|contribuinte|numero de identificacao fiscal|numero fiscal",
    check: isPortuguese,
  },
  {
    kind: "at_svnr",
    told: ["0000000000", "0000 000000", "0000-000000"],
    words: "svnr|sv nr|sozialversicherungsnummer|versicherungsnummer|sv nummer",
    check: isAustrian,
  },
  {
    kind: "ch_ahv",
    sure: ["000.0000.0000.00"],
    told: ["0000000000000"],
    words: "ahv|avs|ahv nr|ahvn",
    check: isSwiss,
  },
  {
    kind: "ie_pps",
    told: ["0000000A", "0000000AA"],
    words: "pps|ppsn|pps number|personal public service",
    check: isIrish,
  },
  {
    kind: "uk_nino",
    sure: ["AA000000A", "AA 00 00 00 A", "AA 000000 A", "AA-00-00-00-A"],
    words: "nino|national insurance|ni number|ni no",
    check: isNino,
  },
  {
    kind: "uk_nhs",
    told: ["0000000000", "000 000 0000", "000-000-0000"],
    words: "nhs|nhs number|nhs no",
    check: isNhs,
  },
];
