// SPDX-License-Identifier: Apache-2.0
import { formatLine, neutralize, type SentEvent } from "@telltale/event";

/** Shows a developer what is recorded, and what is not. */
export interface DevelopmentConsole {
  print(event: SentEvent): void;
  /** A request that changes state has ended; `isFine` when it emitted an event of its own. */
  sawRoute(route: string, isFine: boolean): void;
  coarseRoutes(): string[];
}

const COLOURS = { info: 36, warn: 33, critical: 31 };
/** Routes that are remembered; more would be paths without a template. */
const MOST_ROUTES = 500;

/** Prints to a stream, in colour when it is a terminal and NO_COLOR is not set. */
export function createConsole(stream: { isTTY?: boolean; write(text: string): unknown }): DevelopmentConsole {
  const hasColour = stream.isTTY === true && process.env.NO_COLOR === undefined;
  const paint = (text: string, colour: number): string =>
    hasColour ? `\u001b[${colour}m${text}\u001b[0m` : text;
  const routes = new Map<string, boolean>();
  return {
    print(event) {
      // formatLine has made control characters of the event visible; the only escapes are ours.
      stream.write(`${paint("telltale", 2)} ${paint(formatLine(event), COLOURS[event.level])}\n`);
    },
    sawRoute(route, isFine) {
      const before = routes.get(route);
      if (before === undefined && routes.size >= MOST_ROUTES) return;
      routes.set(route, isFine || before === true);
      if (before !== undefined || isFine) return;
      const text = `${neutralize(route)} emits nothing finer than api_request`;
      stream.write(`${paint("telltale", 2)} ${paint(text, 35)}\n`);
    },
    coarseRoutes: () => [...routes].filter(([, isFine]) => !isFine).map(([route]) => route),
  };
}
