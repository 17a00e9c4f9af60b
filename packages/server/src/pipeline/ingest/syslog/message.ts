// SPDX-License-Identifier: Apache-2.0

/** One message of RFC 5424 or RFC 3164. What it does not say is undefined. */
export interface SyslogMessage {
  /** 0 to 23 and 0 to 7; a message without priority counts as user-level notice (RFC 3164 section 4.3.3). */
  facility: number;
  severity: number;
  /** RFC 3339, or undefined: RFC 3164's time has no year and no zone and is left to `rest`. */
  time?: string;
  host?: string;
  app?: string;
  procid?: string;
  msgid?: string;
  /** Structured data: element, parameter, value. Of two equal names the last counts. */
  structured?: Record<string, Record<string, string>>;
  message: string;
  /** The line behind the priority, as it came. */
  rest: string;
  modern: boolean;
}

const PRIORITY = /^<(\d{1,3})>/;
const NOTICE = 13;
// RFC 5424 section 6: the header's fields end at a space each and are bounded.
const HEADER =
  /^1 (-|\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(?:\.\d{1,9})?(?:Z|[+-]\d{2}:\d{2})) (\S{1,255}) (\S{1,48}) (\S{1,128}) (\S{1,32}) /;
// RFC 3164 as programs write it: the tag ends at the first sign that is neither letter nor digit nor of a path.
const OLD =
  /^[A-Z][a-z]{2} {1,2}\d{1,2} \d{2}:\d{2}:\d{2} (\S{1,255}) ([^\s[:]{1,48})(?:\[([^\]\s]{1,128})\])?: ?/;
const STAMPED = /^\d{4}-\d{2}-\d{2}T\S{8,24} (\S{1,255}) ([^\s[:]{1,48})(?:\[([^\]\s]{1,128})\])?: ?/;

/** Reads a message; never throws. What follows no form at all is kept whole as `message`, as RFC 3164 section 4.3 wants. */
export function parseSyslog(text: string): SyslogMessage {
  const priority = PRIORITY.exec(text);
  const value = priority === null ? NOTICE : Number(priority[1]);
  const known = value <= 191 ? value : NOTICE;
  const rest = priority === null || value > 191 ? text : text.slice(priority[0].length);
  const common = { facility: known >> 3, severity: known & 7, rest };
  return parseModern(common, rest) ?? parseOld(common, rest);
}

type Common = Pick<SyslogMessage, "facility" | "severity" | "rest">;

function parseModern(common: Common, rest: string): SyslogMessage | undefined {
  const header = HEADER.exec(rest);
  if (header === null) return undefined;
  const [all, time = "-", host, app, procid, msgid] = header;
  const data = parseStructured(rest, all.length);
  if (data === undefined) return undefined;
  const ms = time === "-" ? Number.NaN : Date.parse(time);
  return {
    ...common,
    ...(Number.isNaN(ms) ? {} : { time: new Date(ms).toISOString() }),
    ...named({ host, app, procid, msgid }),
    ...(Object.keys(data.elements).length === 0 ? {} : { structured: data.elements }),
    // UTF-8 text begins with a byte order mark (section 6.4), which is no part of what is said.
    message: rest
      .slice(data.end)
      .replace(/^ /, "")
      .replace(/^\ufeff/, ""),
    modern: true,
  };
}

function parseOld(common: Common, rest: string): SyslogMessage {
  const old = OLD.exec(rest) ?? STAMPED.exec(rest);
  if (old === null) return { ...common, message: rest, modern: false };
  const [all, host, app, procid] = old;
  return { ...common, ...named({ host, app, procid }), message: rest.slice(all.length), modern: false };
}

function named(fields: Record<string, string | undefined>): Record<string, string> {
  const present = Object.entries(fields).filter((each): each is [string, string] => {
    return each[1] !== undefined && each[1] !== "-";
  });
  return Object.fromEntries(present);
}

const MAX_PARAMETERS = 100;

interface Structured {
  elements: Record<string, Record<string, string>>;
  end: number;
}

/** STRUCTURED-DATA of section 6.3 from a place on; undefined when it is not well formed. */
function parseStructured(text: string, from: number): Structured | undefined {
  if (text.startsWith("-", from)) return { elements: {}, end: from + 1 };
  const elements = new Map<string, Record<string, string>>();
  const element = /\[([^\s=\]"]{1,64})/y;
  const parameter = / ([^\s=\]"]{1,64})="((?:[^"\\\]]|\\.)*)"/sy;
  let at = from;
  let count = 0;
  while (text[at] === "[") {
    element.lastIndex = at;
    const id = element.exec(text)?.[1];
    if (id === undefined) return undefined;
    at = element.lastIndex;
    const parameters = new Map<string, string>();
    for (;;) {
      parameter.lastIndex = at;
      const found = parameter.exec(text);
      if (found === null) break;
      at = parameter.lastIndex;
      if (++count > MAX_PARAMETERS) return undefined;
      parameters.set(found[1] ?? "", (found[2] ?? "").replace(/\\(["\\\]])/g, "$1"));
    }
    if (text[at] !== "]") return undefined;
    at++;
    elements.set(id, Object.fromEntries(parameters));
  }
  return at === from ? undefined : { elements: Object.fromEntries(elements), end: at };
}
