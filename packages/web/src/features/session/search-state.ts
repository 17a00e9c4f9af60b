// SPDX-License-Identifier: Apache-2.0

export interface SignInSearch {
  /** Where to go afterwards: a path of this site. */
  to?: string;
}

const HERE = "http://telltale.invalid";

/**
 * Only a path of ours is followed: `//host`, `/\host` and `https:` would leave the site with the user's trust. The
 * same parser decides that browsers use, so there is no second reading of the text.
 */
export function parseSignInSearch(raw: Record<string, unknown>): SignInSearch {
  const to = raw["to"];
  if (typeof to !== "string" || !to.startsWith("/")) return {};
  if (!URL.canParse(to, HERE) || new URL(to, HERE).origin !== HERE) return {};
  return to.startsWith("/sign-in") || to.startsWith("/setup") ? {} : { to };
}

/** The set-up token of `/setup?token=…` or `/setup#…`. */
export function readSetupToken(location: { search: string; hash: string }): string {
  const fromQuery = new URLSearchParams(location.search).get("token");
  const hash = location.hash.replace(/^#/, "");
  const fromHash = new URLSearchParams(hash).get("token") ?? hash;
  return (fromQuery ?? fromHash).trim();
}

export const PASSWORD_MIN = 12;

/** What is still wrong with a new password, in words; undefined when nothing is. */
export function judgePassword(password: string, name: string): string | undefined {
  const { length } = Array.from(password);
  if (length < PASSWORD_MIN) {
    return length === 0
      ? `At least ${PASSWORD_MIN} characters. A sentence is easier to remember than a puzzle.`
      : `${length} of ${PASSWORD_MIN} characters.`;
  }
  if (name.length > 2 && password.toLowerCase().includes(name.toLowerCase())) return "It contains your name.";
  if (new Set(password).size < 4) return "It repeats too few characters.";
  return undefined;
}
