// SPDX-License-Identifier: Apache-2.0
import { isReservedAction, VOCABULARY } from "@telltale/event";
import type { EventDetails, Helpers } from "./helper-types.js";

/** What the SDK says of itself; no application says it. */
const OWN_FAMILIES = new Set(["sdk", "source"]);

function toCamel(snake: string): string {
  return snake.replace(/_([a-z0-9])/g, (_, letter: string) => letter.toUpperCase());
}

/** Makes the helpers out of the vocabulary; `Helpers` is the same table seen by the compiler. */
export function createHelpers(emitAs: (action: string, details: EventDetails | undefined) => void): Helpers {
  const helpers: Record<string, Record<string, (details?: EventDetails) => void>> = {};
  for (const { action, family } of VOCABULARY) {
    if (isReservedAction(action) || OWN_FAMILIES.has(family)) continue;
    const group = (helpers[toCamel(family)] ??= {});
    group[toCamel(action.slice(family.length + 1))] = (details) => emitAs(action, details);
  }
  return helpers as unknown as Helpers;
}
