// SPDX-License-Identifier: Apache-2.0
import type { CliIo } from "../io.js";
import type { Narrator } from "./narrator.js";
import type { Account, Shopper } from "./shopper.js";

/** What the attacker has to work with. The victim's password is at the end of every attacker's word list. */
export interface AttackPlan {
  io: CliIo;
  tell: Narrator;
  /** A browser at the attacker's address. */
  browser: Shopper;
  victim: Account;
  /** The account that the attacker makes at the end. */
  backDoor: Account;
  /** Every account name that the attacker knows of. */
  names: readonly string[];
}

/** What the attacker tries on one account; a test looks for it in everything that is kept. */
export const GUESSES: readonly string[] = [
  "123456",
  "letmein",
  "qwerty2024",
  "iloveyou",
  "dragon77",
  "sunshine1",
  "football!",
  "welcome-1",
  "monkey-cat",
  "hunter2",
  "trustno1",
];
export const SPRAYED = "Summer2026!";
const STEP_MS = 700;
const QUICK_MS = 120;

/** Guesses the password of one account until it is right. */
async function bruteForce({ io, tell, browser, victim }: AttackPlan): Promise<void> {
  tell("attack", `${browser.address} guesses the password of ${victim.name}`);
  for (const guess of GUESSES) {
    await browser.signIn(victim.name, guess);
    await io.sleep(QUICK_MS);
  }
  await io.sleep(STEP_MS);
  tell("attack", `… and is in as ${victim.name}`);
  await browser.signIn(victim.name, victim.password);
}

/** Uses two routes that the shop forgot to guard, and leaves a door for later. */
async function takeOver({ io, tell, browser, victim, backDoor }: AttackPlan): Promise<void> {
  await io.sleep(STEP_MS);
  tell("attack", `${victim.name} sets its own balance through POST /update-balance`);
  await browser.updateBalance(victim.name, "99999.00");
  await io.sleep(STEP_MS);
  tell("attack", `${victim.name} gives itself the role admin`);
  await browser.setRole(victim.name, "admin");
  await io.sleep(STEP_MS);
  tell("attack", `${victim.name} creates ${backDoor.name}, a second administrator, to come back later`);
  await browser.createUser(backDoor, true);
}

/** Counts through the numbers of other people's orders. */
async function countOrders({ io, tell, browser, victim }: AttackPlan): Promise<void> {
  await io.sleep(STEP_MS);
  tell("attack", `${victim.name} asks for the orders of others, one number after the other`);
  for (let id = 1; id <= 14 && !io.signal.aborted; id++) {
    await browser.readOrder(String(id));
    await io.sleep(QUICK_MS);
  }
}

/** Tries one common password on every account. */
async function spray({ io, tell, browser, names }: AttackPlan): Promise<void> {
  await io.sleep(STEP_MS);
  tell("attack", `${browser.address} tries one common password on ${names.length} accounts`);
  for (const name of names) {
    await browser.signIn(name, SPRAYED);
    await io.sleep(QUICK_MS);
  }
}

/** One attack, some ten seconds long, in the order in which such attacks go. */
export async function attack(plan: AttackPlan): Promise<void> {
  for (const step of [bruteForce, countOrders, takeOver, spray]) {
    if (plan.io.signal.aborted) return;
    await step(plan);
  }
}
