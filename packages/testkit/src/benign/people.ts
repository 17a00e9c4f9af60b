// SPDX-License-Identifier: Apache-2.0
import type { Random } from "../random.js";

/** When somebody works. `early`, `late` and `night` are shifts; `any` are customers, who come in the evening as well. */
export type Shift = "office" | "early" | "late" | "night" | "any";
export type Role = "customer" | "staff" | "finance" | "support" | "admin" | "developer";

/** An invented person with the habits that matter to detections. */
export interface Person {
  readonly id: string;
  readonly role: Role;
  readonly shift: Shift;
  /** Address at work, shared by the whole office; undefined for those who have none. */
  readonly office: string | undefined;
  readonly home: string;
  readonly country: string;
  /** Goes through a carrier's shared addresses at times. */
  readonly isMobile: boolean;
  readonly userAgent: string;
  readonly phoneAgent: string;
  readonly device: string;
  readonly phone: string;
  /** How likely a password is mistyped; a few people are much worse at it than others. */
  readonly clumsiness: number;
}

const BROWSERS = [
  "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Safari/537.36",
  "Mozilla/5.0 (Macintosh; Intel Mac OS X 15_1) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/19.0 Safari/605.1.15",
  "Mozilla/5.0 (X11; Linux x86_64; rv:144.0) Gecko/20100101 Firefox/144.0",
  "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:144.0) Gecko/20100101 Firefox/144.0",
];
const PHONES = [
  "ShopApp/8.2 (iOS 19.1; iPhone16,2)",
  "ShopApp/8.2 (Android 16; Pixel 9)",
  "Mozilla/5.0 (iPhone; CPU iPhone OS 19_1 like Mac OS X) AppleWebKit/605.1.15 Mobile/15E148",
];
const COUNTRIES = ["DE", "DE", "DE", "AT", "CH", "NL", "FR", "PL"];
const OFFICES = Array.from({ length: 8 }, (_, i) => `198.51.100.${i + 10}`);
/** Addresses of a carrier, each shared by many telephones. */
export const CARRIER = Array.from({ length: 60 }, (_, i) => `100.64.${Math.trunc(i / 8)}.${i % 8}`);

const toHome = (n: number): string => `10.${(n >> 16) & 255}.${(n >> 8) & 255}.${n & 255}`;

function toRole(random: Random): Role {
  const at = random.next();
  if (at < 0.76) return "customer";
  if (at < 0.94) return "staff";
  if (at < 0.96) return "finance";
  if (at < 0.98) return "support";
  if (at < 0.995) return "developer";
  return "admin";
}

function toShift(random: Random, role: Role): Shift {
  if (role === "customer") return "any";
  if (role !== "staff" && role !== "support") return "office";
  return random.pick(["office", "office", "office", "early", "late", "night"] as const);
}

/** The same people for the same random numbers. */
export function makePeople(random: Random, count: number): Person[] {
  return Array.from({ length: count }, (_, n): Person => {
    const role = toRole(random);
    const inOffice = role !== "customer" && random.next() < 0.8;
    return {
      id: `u${n}`,
      role,
      shift: toShift(random, role),
      office: inOffice ? OFFICES[random.skewed(OFFICES.length)] : undefined,
      home: toHome(n),
      country: random.pick(COUNTRIES),
      isMobile: random.next() < 0.35,
      userAgent: random.pick(BROWSERS),
      phoneAgent: random.pick(PHONES),
      device: `dev-${random.hex(8)}`,
      phone: `tok_${random.hex(12)}`,
      clumsiness: random.next() < 0.05 ? 0.3 : 0.06,
    };
  });
}
