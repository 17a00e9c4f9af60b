// SPDX-License-Identifier: Apache-2.0
// Runs before the first paint so that a chosen theme never flashes. A file, not inline: the CSP allows no inline script.
try {
  const chosen = localStorage.getItem("telltale.theme");
  if (chosen === "light" || chosen === "dark") document.documentElement.dataset.theme = chosen;
} catch {
  // Storage is blocked: the system's preference holds.
}
