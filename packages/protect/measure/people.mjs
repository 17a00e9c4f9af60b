// SPDX-License-Identifier: Apache-2.0
// Values of persons (rows 27 to 40), each with the check digits that its issuer gives. All are random; none is anybody's on purpose.
import { luhnDigit, mod1110Digit, mrzDigit, verhoeffDigit, weigh, withIban, withLuhn } from "./checks.mjs";
import { ALNUM, DIGITS, HEX, LOWER, UPPER } from "./random.mjs";

const two = (number) => String(number).padStart(2, "0");
const CONSONANTS = "BCDFGLMNPRSTVZ";

function birth(r) {
  return { year: r.between(1940, 1999), month: two(r.between(1, 12)), day: two(r.between(1, 28)) };
}

/** Draws again until `make` gives something: some checks have no digit for some bodies. */
function until(make) {
  for (;;) {
    const value = make();
    if (value !== undefined) return value;
  }
}

const CARDS = [
  [["4"], 16],
  [["51", "52", "53", "54", "55", "2221", "2500", "2720"], 16],
  [["34", "37"], 15],
  [["6011", "644", "65"], 16],
  [["3528", "3589"], 16],
  [["36", "38", "300"], 14],
  [["62"], 16],
  [["62"], 19],
];

export function cardDigits(r) {
  const [prefixes, length] = r.pick(CARDS);
  const prefix = r.pick(prefixes);
  return withLuhn(prefix + r.digits(length - 1 - prefix.length));
}

export function card(r) {
  const digits = cardDigits(r);
  const separator = r.pick(["", "", " ", "-"]);
  if (separator === "") return digits;
  const groups = digits.length === 15 ? [4, 6, 5] : digits.length === 14 ? [4, 6, 4] : [4, 4, 4, 4, 3];
  let at = 0;
  return groups
    .map((size) => digits.slice(at, (at += size)))
    .filter((group) => group !== "")
    .join(separator);
}

export function track(r) {
  const number = cardDigits(r);
  const rest = `${r.between(26, 31)}${two(r.between(1, 12))}101${r.digits(10)}`;
  return r.pick([`%B${number}^DOE/JANE^${rest}?`, `;${number}=${rest}?`]);
}

const IBANS = {
  DE: [18, DIGITS],
  FR: [23, DIGITS],
  ES: [20, DIGITS],
  NL: ["NL"],
  GB: ["GB"],
  AT: [16, DIGITS],
  BE: [12, DIGITS],
  CH: [17, DIGITS],
  PL: [24, DIGITS],
  PT: [21, DIGITS],
  SE: [20, DIGITS],
};

export function iban(r) {
  const country = r.pick(Object.keys(IBANS));
  const account =
    country === "NL"
      ? `${r.chars(UPPER, 4)}${r.digits(10)}`
      : country === "GB"
        ? `${r.chars(UPPER, 4)}${r.digits(14)}`
        : r.digits(IBANS[country][0]);
  const whole = withIban(country, account);
  return r.below(3) === 0 ? whole.replace(/(.{4})(?=.)/g, "$1 ") : whole;
}

export function routing(r) {
  const body = `${r.pick(["01", "02", "03", "04", "05", "06", "07", "08", "09", "10", "11", "12", "21", "26", "31", "32"])}${r.digits(6)}`;
  const sum = weigh(body, [3, 7, 1, 3, 7, 1, 3, 7]);
  return body + ((10 - (sum % 10)) % 10);
}

export const account = (r) => `${r.between(1, 9)}${r.digits(r.between(7, 11))}`;

export function ssn(r) {
  const area = until(() => {
    const drawn = r.between(1, 899);
    return drawn === 666 ? undefined : String(drawn).padStart(3, "0");
  });
  return `${area}-${two(r.between(1, 99))}-${String(r.between(1, 9999)).padStart(4, "0")}`;
}

export const itin = (r) => `9${r.digits(2)}-${r.pick(["70", "81", "88", "90", "94", "99"])}-${r.digits(4)}`;

export function nino(r) {
  const prefix = until(() => {
    const drawn = r.chars("ABCEGHJKLMNOPRSTWXYZ", 2);
    return /^(?:.O|BG|GB|NK|KN|TN|NT|ZZ)$/.test(drawn) ? undefined : drawn;
  });
  const digits = r.digits(6);
  const suffix = r.pick(["A", "B", "C", "D"]);
  return r.below(2) === 0
    ? `${prefix}${digits}${suffix}`
    : `${prefix} ${digits.replace(/(..)(?=.)/g, "$1 ")} ${suffix}`;
}

export function nhs(r) {
  const digits = until(() => {
    const body = r.digits(9);
    const check = 11 - (weigh(body, [10, 9, 8, 7, 6, 5, 4, 3, 2]) % 11);
    return check === 10 ? undefined : body + (check === 11 ? 0 : check);
  });
  return r.below(2) === 0 ? digits : `${digits.slice(0, 3)} ${digits.slice(3, 6)} ${digits.slice(6)}`;
}

const DNI = "TRWAGMYFPDXBNJZSQVHLCKE";

function codiceFiscale(r) {
  const { year, month, day } = birth(r);
  const body = `${r.chars(CONSONANTS, 6)}${String(year).slice(2)}${"ABCDEHLMPRST"[Number(month) - 1]}${two(Number(day) + (r.below(2) ? 40 : 0))}${r.pick(["H501", "F205", "L219", "D612"])}`;
  const odd = [1, 0, 5, 7, 9, 13, 15, 17, 19, 21, 2, 4, 18, 20, 11, 3, 6, 8, 12, 14, 16, 10, 22, 25, 24, 23];
  let sum = 0;
  for (let i = 0; i < 15; i++) {
    const value = Number.parseInt(body[i], 36);
    const place = value > 9 ? value - 10 : value;
    sum += i % 2 === 0 ? odd[place] : place;
  }
  return body + UPPER[sum % 26];
}

function nir(r) {
  const { year, month } = birth(r);
  const body = `${r.between(1, 2)}${String(year).slice(2)}${month}${two(r.between(1, 95))}${r.digits(3)}${r.digits(3)}`;
  return body + two(97 - Number(BigInt(body) % 97n));
}

function steuerId(r) {
  // Of the first ten digits exactly one stands twice.
  const order = r.shuffle(DIGITS.split(""));
  order[r.between(1, 9)] = order[0];
  const body = order.join("");
  if (body.startsWith("0")) return undefined;
  return body + mod1110Digit(body);
}

function bsn(r) {
  const body = `${r.between(1, 9)}${r.digits(7)}`;
  const check = weigh(body, [9, 8, 7, 6, 5, 4, 3, 2]) % 11;
  return check === 10 ? undefined : body + check;
}

function rrn(r) {
  const { year, month, day } = birth(r);
  const body = `${String(year).slice(2)}${month}${day}${String(r.between(1, 997)).padStart(3, "0")}`;
  return `${body.slice(0, 2)}.${month}.${day}-${body.slice(6)}.${two(97 - (Number(body) % 97))}`;
}

function pesel(r) {
  const { year, month, day } = birth(r);
  const body = `${String(year).slice(2)}${month}${day}${r.digits(4)}`;
  return body + ((10 - (weigh(body, [1, 3, 7, 9, 1, 3, 7, 9, 1, 3]) % 10)) % 10);
}

function personnummer(r) {
  const { year, month, day } = birth(r);
  const body = `${String(year).slice(2)}${month}${day}${r.digits(3)}`;
  return `${body.slice(0, 6)}-${body.slice(6)}${luhnDigit(body)}`;
}

function hetu(r) {
  const { year, month, day } = birth(r);
  const body = `${day}${month}${String(year).slice(2)}`;
  const serial = String(r.between(2, 899)).padStart(3, "0");
  return `${body}-${serial}${"0123456789ABCDEFHJKLMNPRSTUVWXY"[Number(body + serial) % 31]}`;
}

function nif(r) {
  const body = `${r.pick(["1", "2", "3"])}${r.digits(7)}`;
  const rest = weigh(body, [9, 8, 7, 6, 5, 4, 3, 2]) % 11;
  return body + (rest < 2 ? 0 : 11 - rest);
}

function svnr(r) {
  const { year, month, day } = birth(r);
  const serial = String(r.between(100, 999));
  const date = `${day}${month}${String(year).slice(2)}`;
  const check = weigh(serial + date, [3, 7, 9, 5, 8, 4, 2, 1, 6]) % 11;
  return check === 10 ? undefined : `${serial}${check}${date}`;
}

function isikukood(r) {
  const { year, month, day } = birth(r);
  const body = `${r.between(3, 4)}${String(year).slice(2)}${month}${day}${r.digits(3)}`;
  const first = weigh(body, [1, 2, 3, 4, 5, 6, 7, 8, 9, 1]) % 11;
  const second = weigh(body, [3, 4, 5, 6, 7, 8, 9, 1, 2, 3]) % 11;
  return body + (first < 10 ? first : second % 10);
}

function rodneCislo(r) {
  const { year, month, day } = birth(r);
  const body = `${String(Math.max(year, 1955)).slice(2)}${month}${day}${r.digits(3)}`;
  const rest = Number(body) % 11;
  return rest === 10 ? undefined : `${body.slice(0, 6)}/${body.slice(6)}${rest}`;
}

function cnp(r) {
  const { year, month, day } = birth(r);
  const body = `${r.between(1, 2)}${String(year).slice(2)}${month}${day}${two(r.between(1, 40))}${r.digits(3)}`;
  const rest = weigh(body, [2, 7, 9, 1, 4, 6, 3, 5, 8, 2, 7, 9]) % 11;
  return body + (rest === 10 ? 1 : rest);
}

function egn(r) {
  const { year, month, day } = birth(r);
  const body = `${String(year).slice(2)}${month}${day}${r.digits(3)}`;
  return body + ((weigh(body, [2, 4, 8, 5, 10, 9, 7, 3, 6]) % 11) % 10);
}

/** [words that stand with it, value]; rows 33 and 34 draw from these. */
export const EUROPE = {
  es: (r) => {
    const digits = r.digits(8);
    return [r.pick(["DNI", "dni", "NIF"]), digits + DNI[Number(digits) % 23]];
  },
  es_nie: (r) => {
    const digits = r.digits(7);
    const lead = r.below(3);
    return ["NIE", `${"XYZ"[lead]}${digits}${DNI[Number(`${lead}${digits}`) % 23]}`];
  },
  it: (r) => [r.pick(["codice fiscale", "CF", "codice_fiscale"]), codiceFiscale(r)],
  fr: (r) => [r.pick(["NIR", "numéro de sécurité sociale", "num_secu"]), nir(r)],
  de: (r) => [
    r.pick(["Steuer-ID", "IdNr", "steuer_id", "Steueridentifikationsnummer"]),
    until(() => steuerId(r)),
  ],
  nl: (r) => [r.pick(["BSN", "bsn", "burgerservicenummer"]), until(() => bsn(r))],
  be: (r) => [r.pick(["rijksregisternummer", "NISS", "RRN"]), rrn(r)],
  pl: (r) => [r.pick(["PESEL", "pesel"]), pesel(r)],
  se: (r) => [r.pick(["personnummer", "pnr"]), personnummer(r)],
  fi: (r) => [r.pick(["henkilötunnus", "hetu"]), hetu(r)],
  pt: (r) => [r.pick(["NIF", "contribuinte", "nif"]), nif(r)],
  at: (r) => [r.pick(["SVNR", "Sozialversicherungsnummer", "svnr"]), until(() => svnr(r))],
  ee: (r) => [r.pick(["isikukood", "asmens kodas"]), isikukood(r)],
  cz: (r) => [r.pick(["rodné číslo", "rodne_cislo", "RČ"]), until(() => rodneCislo(r))],
  ro: (r) => [r.pick(["CNP", "cnp", "cod numeric personal"]), cnp(r)],
  bg: (r) => [r.pick(["ЕГН", "EGN", "egn"]), egn(r)],
};

function brazilDigit(body, weights) {
  const rest = weigh(body, weights) % 11;
  return rest < 2 ? 0 : 11 - rest;
}

function cpf(r) {
  let body = r.digits(9);
  body += brazilDigit(body, [10, 9, 8, 7, 6, 5, 4, 3, 2]);
  body += brazilDigit(body, [11, 10, 9, 8, 7, 6, 5, 4, 3, 2]);
  return r.below(2) === 0
    ? body
    : `${body.slice(0, 3)}.${body.slice(3, 6)}.${body.slice(6, 9)}-${body.slice(9)}`;
}

function cnpj(r) {
  let body = `${r.digits(8)}0001`;
  body += brazilDigit(body, [5, 4, 3, 2, 9, 8, 7, 6, 5, 4, 3, 2]);
  body += brazilDigit(body, [6, 5, 4, 3, 2, 9, 8, 7, 6, 5, 4, 3, 2]);
  return `${body.slice(0, 2)}.${body.slice(2, 5)}.${body.slice(5, 8)}/${body.slice(8, 12)}-${body.slice(12)}`;
}

function chinaId(r) {
  const { year, month, day } = birth(r);
  const body = `${r.pick(["110101", "310104", "440305", "330106"])}${year}${month}${day}${r.digits(3)}`;
  const sum = weigh(body, [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2]);
  return body + "10X98765432"[sum % 11];
}

function aadhaar(r) {
  const body = `${r.between(2, 9)}${r.digits(10)}`;
  const whole = body + verhoeffDigit(body);
  return r.below(2) === 0 ? whole : whole.replace(/(....)(?=.)/g, "$1 ");
}

function nric(r) {
  const prefix = r.pick(["S", "T", "F", "G"]);
  const digits = r.digits(7);
  const sum = weigh(digits, [2, 7, 6, 5, 4, 3, 2]) + (prefix === "T" || prefix === "G" ? 4 : 0);
  return `${prefix}${digits}${("ST".includes(prefix) ? "JZIHGFEDCBA" : "XWUTRQPNMLK")[sum % 11]}`;
}

function tfn(r) {
  const body = `${r.between(1, 9)}${r.digits(7)}`;
  // The ninth weight is 10, which is -1 modulo 11: the digit is the rest itself.
  const rest = weigh(body, [1, 4, 3, 7, 5, 8, 6, 9]) % 11;
  return rest === 10 ? undefined : `${body.slice(0, 3)} ${body.slice(3, 6)} ${body.slice(6)}${rest}`;
}

function medicare(r) {
  const body = `${r.between(2, 6)}${r.digits(7)}`;
  return `${body}${weigh(body, [1, 3, 7, 9, 1, 3, 7, 9]) % 10}${r.between(1, 9)}`;
}

function sin(r) {
  const whole = withLuhn(`${r.between(1, 7)}${r.digits(7)}`);
  return r.below(2) === 0 ? whole : `${whole.slice(0, 3)} ${whole.slice(3, 6)} ${whole.slice(6)}`;
}

function koreaId(r) {
  const { year, month, day } = birth(r);
  const body = `${String(year).slice(2)}${month}${day}${r.between(1, 2)}${r.digits(5)}`;
  const sum = weigh(body, [2, 3, 4, 5, 6, 7, 8, 9, 2, 3, 4, 5]);
  return `${body.slice(0, 6)}-${body.slice(6)}${(11 - (sum % 11)) % 10}`;
}

function tckn(r) {
  const d = `${r.between(1, 9)}${r.digits(8)}`;
  const tenth = (((weigh(d, [7, -1, 7, -1, 7, -1, 7, -1, 7]) % 10) + 10) % 10).toString();
  const eleventh = weigh(d + tenth, [1, 1, 1, 1, 1, 1, 1, 1, 1, 1]) % 10;
  return d + tenth + eleventh;
}

function southAfrica(r) {
  const { year, month, day } = birth(r);
  return withLuhn(`${String(year).slice(2)}${month}${day}${r.digits(4)}${r.below(2)}8`);
}

export const WORLD = {
  br: (r) => [r.pick(["CPF", "cpf"]), cpf(r)],
  br_cnpj: (r) => ["CNPJ", cnpj(r)],
  cn: (r) => [r.pick(["身份证", "id_card", "citizen id"]), chinaId(r)],
  in: (r) => [r.pick(["Aadhaar", "aadhaar", "aadhaar_number"]), aadhaar(r)],
  in_pan: (r) => [
    r.pick(["PAN card", "permanent account number"]),
    `${r.chars(UPPER, 3)}P${r.chars(UPPER, 1)}${r.digits(4)}${r.chars(UPPER, 1)}`,
  ],
  sg: (r) => [r.pick(["NRIC", "nric", "FIN"]), nric(r)],
  au: (r) => [r.pick(["TFN", "tax file number", "tfn"]), until(() => tfn(r))],
  au_medicare: (r) => [r.pick(["Medicare", "medicare_number"]), medicare(r)],
  ca: (r) => [r.pick(["SIN", "social insurance number"]), sin(r)],
  kr: (r) => [r.pick(["주민등록번호", "RRN"]), koreaId(r)],
  tr: (r) => [r.pick(["TCKN", "TC Kimlik No", "tckn"]), tckn(r)],
  za: (r) => [r.pick(["SA ID", "id number", "RSA ID"]), southAfrica(r)],
};

export function mrz(r) {
  const number = `${r.chars(UPPER, 1)}${r.digits(8)}`;
  const { year, month, day } = birth(r);
  const born = `${String(year).slice(2)}${month}${day}`;
  const expires = `${r.between(26, 35)}${month}${day}`;
  const personal = "<<<<<<<<<<<<<<";
  const first =
    `P<UTO${r.pick(["ERIKSSON", "MUSTERMANN", "DUPONT"])}<<${r.pick(["ANNA", "ERIKA", "JEAN"])}`.padEnd(
      44,
      "<",
    );
  const parts = [
    number + mrzDigit(number),
    born + mrzDigit(born),
    expires + mrzDigit(expires),
    personal + mrzDigit(personal),
  ];
  const second = `${parts[0]}UTO${parts[1]}F${parts[2]}${parts[3]}${mrzDigit(parts.join(""))}`;
  return `${first}\n${second}`;
}

const FIRST = ["alice", "bob", "carol", "dmitri", "eve", "fatima", "jürgen", "li.wei", "o'neil", "maria"];
const DOMAINS = [
  "example.com",
  "mail.example.org",
  "corp.example.co.uk",
  "test.dev",
  "example.museum",
  "bücher.example",
];

export const email = (r) =>
  `${r.pick(FIRST).replace("'", "")}${r.pick(["", ".smith", "_99", "+news", "-x"])}@${r.pick(DOMAINS)}`;

export function phone(r) {
  const us = `${r.between(2, 9)}${r.between(0, 8)}${r.between(2, 9)}`;
  const exchange = `${r.between(2, 9)}${r.digits(2)}`;
  return r.pick([
    () => `+1${us}${exchange}${r.digits(4)}`,
    () => `+1 ${us}-${exchange}-${r.digits(4)}`,
    () => `+1 (${us}) ${exchange}-${r.digits(4)}`,
    () => `+49 ${r.pick(["151", "170", "176"])} ${r.digits(8)}`,
    () => `+44 7${r.digits(3)} ${r.digits(6)}`,
    () => `+33 6 ${r.digits(2)} ${r.digits(2)} ${r.digits(2)} ${r.digits(2)}`,
    () => `+34${r.between(6, 7)}${r.digits(8)}`,
    () => `+91 ${r.between(6, 9)}${r.digits(9)}`,
    () => `+5511${r.between(9, 9)}${r.digits(8)}`,
    () => `+81-90-${r.digits(4)}-${r.digits(4)}`,
    () => `+86 13${r.digits(9)}`,
    () => `+4179${r.digits(7)}`,
  ])();
}

/** Without a country code: a word must say what it is. */
export const localPhone = (r) =>
  r.pick([
    () =>
      `(${r.between(2, 9)}${r.between(0, 8)}${r.between(2, 9)}) ${r.between(2, 9)}${r.digits(2)}-${r.digits(4)}`,
    () => `0${r.between(151, 179)} ${r.digits(7)}`,
    () => `07${r.digits(3)} ${r.digits(6)}`,
    () => `06${r.digits(8)}`,
    () =>
      `${r.between(2, 9)}${r.between(0, 8)}${r.between(2, 9)}-${r.between(2, 9)}${r.digits(2)}-${r.digits(4)}`,
  ])();

export const ip = (r) =>
  r.below(3) === 0
    ? `2001:db8:${r.chars(HEX, 4)}::${r.between(1, 9)}`
    : `${r.between(1, 223)}.${r.below(256)}.${r.below(256)}.${r.between(1, 254)}`;

export const DEVICES = {
  imei: (r) => ["IMEI", withLuhn(`35${r.digits(12)}`)],
  iccid: (r) => ["ICCID", withLuhn(`8949${r.digits(14)}`)],
  imsi: (r) => ["IMSI", `26201${r.digits(10)}`],
  mac: (r) => ["MAC", Array.from({ length: 6 }, () => r.chars(HEX, 2)).join(":")],
  vin: (r) => ["VIN", vin(r)],
};

function vin(r) {
  const alphabet = "ABCDEFGHJKLMNPRSTUVWXYZ0123456789";
  const values = {
    A: 1,
    B: 2,
    C: 3,
    D: 4,
    E: 5,
    F: 6,
    G: 7,
    H: 8,
    J: 1,
    K: 2,
    L: 3,
    M: 4,
    N: 5,
    P: 7,
    R: 9,
    S: 2,
    T: 3,
    U: 4,
    V: 5,
    W: 6,
    X: 7,
    Y: 8,
    Z: 9,
  };
  const weights = [8, 7, 6, 5, 4, 3, 2, 10, 0, 9, 8, 7, 6, 5, 4, 3, 2];
  const body = `1HG${r.chars(alphabet, 5)}0${r.chars(alphabet, 4)}${r.digits(4)}`;
  const rest =
    weights.reduce((sum, weight, i) => sum + weight * (values[body[i]] ?? Number(body[i])), 0) % 11;
  return body.slice(0, 8) + (rest === 10 ? "X" : rest) + body.slice(9);
}

/** Row 40: [name of the field, value]. */
export const PERSONAL_FIELDS = {
  name: (r) => [
    r.pick(["fullName", "first_name", "surname", "maiden_name"]),
    r.pick(["Alice Example", "Jürgen Müller", "Li Wei"]),
  ],
  birth_date: (r) => [
    r.pick(["dob", "dateOfBirth", "birth_date"]),
    `${r.between(1940, 2005)}-0${r.between(1, 9)}-${r.between(10, 28)}`,
  ],
  address: (r) => [
    r.pick(["street", "homeAddress", "address_line_1"]),
    `${r.between(1, 99)} ${r.pick(["Main Road", "Rue de la Paix", "Lindenallee"])}`,
  ],
  location: (r) => [r.pick(["latitude", "lng", "lon"]), `${r.between(1, 89)}.${r.digits(6)}`],
  health: (r) => [
    r.pick(["diagnosis", "blood_type", "medication"]),
    r.pick(["J45.909", "AB-", "metformin 500 mg"]),
  ],
  biometric: (r) => [r.pick(["fingerprint_template", "face_embedding", "voiceprint"]), r.chars(ALNUM, 24)],
};

export const userName = (r) => `${r.pick(FIRST.slice(0, 6))}${r.below(2) ? "" : r.between(1, 99)}`;
export const word = (r) => r.chars(LOWER, r.between(3, 9));
