// SPDX-License-Identifier: Apache-2.0

/** What this browser remembers. Where storage is blocked everything still works, it is only forgotten. */
export function readStored(name: string): string | null {
  try {
    return localStorage.getItem(`telltale.${name}`);
  } catch {
    return null;
  }
}

/** Remembers `value`, or forgets when null. Returns whether it will be there next time. */
export function writeStored(name: string, value: string | null): boolean {
  try {
    if (value === null) localStorage.removeItem(`telltale.${name}`);
    else localStorage.setItem(`telltale.${name}`, value);
    return true;
  } catch {
    return false;
  }
}
