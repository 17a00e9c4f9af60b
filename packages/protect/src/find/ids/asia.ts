// SPDX-License-Identifier: Apache-2.0
import { isDate, isOneDigit, numberAt, passesLuhn, passesVerhoeff, weigh } from "../checks.js";
import type { IdKind } from "./forms.js";

/** GB 11643: region, day of birth, serial number, ISO/IEC 7064 mod 11-2. */
function isChinese(id: string): boolean {
  const year = numberAt(id, 6, 4);
  if (!/^[1-689]/.test(id) || year < 1900 || year > 2099) return false;
  if (!isDate(numberAt(id, 10, 2), numberAt(id, 12, 2))) return false;
  const sum = weigh(id, [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2]);
  return id.charAt(17) === "10X98765432".charAt(sum % 11);
}

function isAadhaar(id: string): boolean {
  return /^[2-9]/.test(id) && !isOneDigit(id) && passesVerhoeff(id);
}

/** The fourth letter says what sort of taxpayer it is. */
function isIndianPan(id: string): boolean {
  return "PCHFATBLJG".includes(id.charAt(3));
}

const BASE36 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ";

/** State, permanent account number, entity, "Z", and a Luhn digit in base 36. */
function isGstin(id: string): boolean {
  if (!/^[0-3]\d[A-Z]{5}\d{4}[A-Z][1-9A-Z]Z[0-9A-Z]$/.test(id)) return false;
  let sum = 0;
  for (let i = 0; i < 14; i++) {
    const product = BASE36.indexOf(id.charAt(i)) * ((i % 2) + 1);
    sum += Math.floor(product / 36) + (product % 36);
  }
  return id.charAt(14) === BASE36.charAt((36 - (sum % 36)) % 36);
}

function isNric(id: string): boolean {
  const prefix = id.charAt(0);
  const sum = weigh(id.slice(1), [2, 7, 6, 5, 4, 3, 2]);
  if (prefix === "S" || prefix === "T")
    return id.charAt(8) === "JZIHGFEDCBA".charAt((sum + (prefix === "T" ? 4 : 0)) % 11);
  if (prefix === "F" || prefix === "G")
    return id.charAt(8) === "XWUTRQPNMLK".charAt((sum + (prefix === "G" ? 4 : 0)) % 11);
  return prefix === "M" && id.charAt(8) === "XWUTRQPNJLK".charAt(10 - ((sum + 3) % 11));
}

function isTfn(id: string): boolean {
  return weigh(id, [1, 4, 3, 7, 5, 8, 6, 9, 10]) % 11 === 0 && !isOneDigit(id);
}

function isMedicare(id: string): boolean {
  return /^[2-6]/.test(id) && weigh(id, [1, 3, 7, 9, 1, 3, 7, 9]) % 10 === numberAt(id, 8, 1);
}

function isKoreanDate(id: string): boolean {
  return isDate(numberAt(id, 2, 2), numberAt(id, 4, 2)) && /^.{6}[1-8]/.test(id);
}

function isKorean(id: string): boolean {
  const sum = weigh(id, [2, 3, 4, 5, 6, 7, 8, 9, 2, 3, 4, 5]);
  return isKoreanDate(id) && (11 - (sum % 11)) % 10 === numberAt(id, 12, 1);
}

function isMyNumber(id: string): boolean {
  const rest = weigh(id, [6, 5, 4, 3, 2, 7, 6, 5, 4, 3, 2]) % 11;
  return (rest <= 1 ? 0 : 11 - rest) === numberAt(id, 11, 1);
}

function isTaiwanese(id: string): boolean {
  const region = "ABCDEFGHJKLMNPQRSTUVXYWZIO".indexOf(id.charAt(0)) + 10;
  if (!/^[A-Z][1289]/.test(id)) return false;
  const sum = Math.floor(region / 10) + (region % 10) * 9 + weigh(id.slice(1), [8, 7, 6, 5, 4, 3, 2, 1, 1]);
  return sum % 10 === 0;
}

function isThai(id: string): boolean {
  const sum = weigh(id, [13, 12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2]);
  return /^[1-8]/.test(id) && (11 - (sum % 11)) % 10 === numberAt(id, 12, 1);
}

function isMalaysian(id: string): boolean {
  return isDate(numberAt(id, 2, 2), numberAt(id, 4, 2));
}

function isSouthAfrican(id: string): boolean {
  return isDate(numberAt(id, 2, 2), numberAt(id, 4, 2)) && /[012]\d\d$/.test(id) && passesLuhn(id);
}

function isTckn(id: string): boolean {
  const tenth = ((weigh(id, [7, -1, 7, -1, 7, -1, 7, -1, 7]) % 10) + 10) % 10 === numberAt(id, 9, 1);
  return (
    tenth && !id.startsWith("0") && weigh(id, [1, 1, 1, 1, 1, 1, 1, 1, 1, 1]) % 10 === numberAt(id, 10, 1)
  );
}

function isIsraeli(id: string): boolean {
  return passesLuhn(id) && !isOneDigit(id);
}

function isEmirati(id: string): boolean {
  return id.startsWith("784") && passesLuhn(id);
}

export const ASIA: readonly IdKind[] = [
  {
    kind: "cn_id",
    sure: ["000000000000000000", "00000000000000000A"],
    words: "身份证|身份證|公民身份|citizen id|id card|resident identity",
    check: isChinese,
  },
  {
    kind: "in_aadhaar",
    told: ["000000000000", "0000 0000 0000", "0000-0000-0000"],
    words: "aadhaar|aadhar|adhaar|uidai|uid|आधार",
    check: isAadhaar,
  },
  {
    kind: "in_pan",
    told: ["AAAAA0000A"],
    words: "pan|pan card|permanent account number|income tax",
    check: isIndianPan,
  },
  { kind: "in_gstin", sure: ["00AAAAA0000A0A0", "00AAAAA0000A0AA"], words: "gstin|gst", check: isGstin },
  { kind: "sg_nric", sure: ["A0000000A"], words: "nric|fin|identity card", check: isNric },
  {
    kind: "au_tfn",
    told: ["000000000", "000 000 000", "000-000-000"],
    words: "tfn|tax file number|tax file",
    check: isTfn,
  },
  {
    kind: "au_medicare",
    told: ["0000000000", "00000000000", "0000 00000 0", "0000-00000-0"],
    words: "medicare|medicare number|medicare no|medicare card",
    check: isMedicare,
  },
  {
    kind: "kr_rrn",
    sure: ["000000-0000000"],
    told: ["0000000000000"],
    words: "주민등록번호|주민번호|rrn|resident registration",
    check: isKorean,
  },
  {
    kind: "kr_rrn",
    told: ["000000-0000000"],
    words: "주민등록번호|주민번호|rrn|resident registration",
    check: isKoreanDate, // those given out since October 2020 have no check digit
  },
  {
    kind: "jp_my_number",
    told: ["000000000000", "0000 0000 0000", "0000-0000-0000"],
    words: "マイナンバー|個人番号|my number|mynumber|individual number",
    check: isMyNumber,
  },
  {
    kind: "tw_id",
    told: ["A000000000"],
    words: "身分證|身分證字號|taiwan id|national id",
    check: isTaiwanese,
  },
  {
    kind: "th_id",
    sure: ["0-0000-00000-00-0"],
    told: ["0000000000000"],
    words: "เลขประจำตัวประชาชน|บัตรประชาชน|thai id|national id|citizen id",
    check: isThai,
  },
  {
    kind: "my_nric",
    told: ["000000-00-0000", "000000000000"],
    words: "mykad|my kad|nric|ic number|no kp|kad pengenalan",
    check: isMalaysian,
  },
  {
    kind: "za_id",
    told: ["0000000000000"],
    words: "sa id|rsa id|south african id|id number|identity number|id no|said",
    check: isSouthAfrican,
  },
  {
    kind: "tr_tckn",
    told: ["00000000000"],
    words: "tckn|tc kimlik|tckimlik|tckimlik no|tc kimlik no|t c kimlik|kimlik no|kimlik numarasi|tc no",
    check: isTckn,
  },
  {
    kind: "il_id",
    told: ["000000000"],
    words: "teudat zehut|תעודת זהות|מספר זהות|israeli id|tz",
    check: isIsraeli,
  },
  {
    kind: "ae_id",
    sure: ["000-0000-0000000-0"],
    told: ["000000000000000"],
    words: "emirates id|eida|هوية",
    check: isEmirati,
  },
];
