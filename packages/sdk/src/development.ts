// SPDX-License-Identifier: Apache-2.0
import { callSiteOf } from "./call-site.js";
import { formatLine, neutralize, type SentEvent } from "@telltale/event";

/** Shows a developer what is recorded, what of it was hidden, and what is not recorded. */
export interface DevelopmentConsole {
  /** Also names each value that was hidden: once for each line of the application and field. */
  print(event: SentEvent): void;
  /** A request that changes state has ended; `isFine` when it emitted an event of its own. */
  sawRoute(route: string, isFine: boolean): void;
  coarseRoutes(): string[];
}

const COLOURS = { info: 36, warn: 33, critical: 31 };
/** Routes that are remembered; more would be paths without a template. */
const MOST_ROUTES = 500;
/** Hidden values that are remembered; more would be fields that are named by data. */
const MOST_HIDDEN = 1000;
/** Frames of our own stand above the application's. */
const STACK_FRAMES = 30;

function findCallSite(): string | undefined {
  const before = Error.stackTraceLimit;
  Error.stackTraceLimit = STACK_FRAMES;
  const { stack } = new Error("where am I");
  Error.stackTraceLimit = before;
  return callSiteOf(stack, process.cwd());
}

/** Prints to a stream, in colour when it is a terminal and NO_COLOR is not set. */
export function createConsole(
  stream: { isTTY?: boolean; write(text: string): unknown },
  callSite: () => string | undefined = findCallSite,
): DevelopmentConsole {
  const hasColour = stream.isTTY === true && process.env.NO_COLOR === undefined;
  const paint = (text: string, colour: number): string =>
    hasColour ? `\u001b[${colour}m${text}\u001b[0m` : text;
  const routes = new Map<string, boolean>();
  const hidden = new Set<string>();
  const printHidden = (event: SentEvent): void => {
    const fields = event.protected?.fields ?? [];
    const site = fields.length === 0 ? undefined : callSite();
    for (const { path, how, kind } of fields) {
      const name = `${site ?? event.action} ${path} ${kind}`;
      if (hidden.has(name) || hidden.size >= MOST_HIDDEN) continue;
      hidden.add(name);
      const where = site === undefined ? event.action : `${event.action} at ${site}`;
      // A path may have keys of the application's data in it; a secret used as a key is masked there, too.
      const text = neutralize(`hidden in ${where}: ${path} (${kind}, ${how})`);
      stream.write(`${paint("telltale", 2)} ${paint(text, 35)}\n`);
    }
  };
  return {
    print(event) {
      // formatLine has made control characters of the event visible; the only escapes are ours.
      stream.write(`${paint("telltale", 2)} ${paint(formatLine(event), COLOURS[event.level])}\n`);
      printHidden(event);
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
