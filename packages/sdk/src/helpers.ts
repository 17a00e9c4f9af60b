// SPDX-License-Identifier: Apache-2.0
import { isReservedAction, VOCABULARY } from "@telltale/event";
import type { EventDetails, Helpers } from "./helper-types.js";

function toCamel(snake: string): string {
  return snake.replace(/_([a-z0-9])/g, (_, letter: string) => letter.toUpperCase());
}

/** Makes the helpers out of the vocabulary; `Helpers` is the same table seen by the compiler. */
export function createHelpers(emitAs: (action: string, details: EventDetails | undefined) => void): Helpers {
  const helpers: Record<string, Record<string, (details?: EventDetails) => void>> = {};
  for (const { action, family } of VOCABULARY) {
    if (isReservedAction(action) || family === "sdk") continue;
    const group = (helpers[toCamel(family)] ??= {});
    group[toCamel(action.slice(family.length + 1))] = (details) => emitAs(action, details);
  }
  return helpers as unknown as Helpers;
}
