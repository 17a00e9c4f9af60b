// SPDX-License-Identifier: Apache-2.0
import { readStored, writeStored } from "./storage.js";

export type Theme = "system" | "light" | "dark";

export function currentTheme(): Theme {
  const stored = readStored("theme");
  return stored === "light" || stored === "dark" ? stored : "system";
}

/** Applies at once and on the next visit (public/theme.js reads it before the first paint). */
export function applyTheme(theme: Theme): void {
  writeStored("theme", theme === "system" ? null : theme);
  if (theme === "system") delete document.documentElement.dataset["theme"];
  else document.documentElement.dataset["theme"] = theme;
}
