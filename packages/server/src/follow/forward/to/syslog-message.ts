// SPDX-License-Identifier: Apache-2.0
import type { SecurityEvent } from "@telltale/event";
import type { Outgoing } from "../target.js";
import { toEcsLine } from "./ecs-line.js";

export interface SyslogForm {
  /** HOSTNAME: who sends. */
  readonly host: string;
  /** Version of Telltale, for the `origin` element. */
  readonly software: string;
  /** A private enterprise number (IANA) of the operator: adds an element of its own with address and id. */
  readonly enterprise: number | undefined;
  /** Of the whole message. */
  readonly maxBytes: number;
}

/** 13: log audit. */
const FACILITY = 13;
const SEVERITY: Readonly<Record<SecurityEvent["level"], number>> = { critical: 2, warn: 4, info: 6 };
const MAX_SEQUENCE = 2_147_483_647;

/**
 * One RFC 5424 message. Time and MSGID are the event's time and action; `meta sequenceId` counts with the index of the
 * log (section 7.3.1: from 1, starting over after 2,147,483,647). The message is the ECS document in ASCII, with JSON
 * escapes for the rest: so it needs no byte order mark (section 6.4), which would stand before the brace and break parsers.
 */
export function toSyslogMessage({ index, address, event }: Outgoing, form: SyslogForm): string {
  const priority = FACILITY * 8 + SEVERITY[event.level];
  const time = Date.parse(event.time);
  const stamp = Number.isNaN(time) ? "-" : new Date(time).toISOString();
  const header = `<${priority}>1 ${stamp} ${toName(form.host, 255)} telltale - ${toName(event.action, 32)}`;
  const data = [
    `[origin software="Telltale" swVersion="${toValue(form.software)}"]`,
    `[meta sequenceId="${(index % MAX_SEQUENCE) + 1}"]`,
    form.enterprise === undefined
      ? ""
      : `[telltale@${form.enterprise} address="${toValue(address)}" id="${toValue(event.id)}"]`,
  ].join("");
  const front = `${header} ${data} `;
  const room = form.maxBytes - Buffer.byteLength(front);
  return front + toEcsLine(event, address, { flat: false, ascii: true, maxBytes: room });
}

/** Printable ASCII without spaces, or the nil value. */
function toName(text: string, max: number): string {
  const clean = text.replace(/[^\x21-\x7e]/g, "_").slice(0, max);
  return clean === "" ? "-" : clean;
}

/** PARAM-VALUE: three characters are escaped (section 6.3.3); control characters are no use to anybody. */
function toValue(text: string): string {
  // oxlint-disable-next-line no-control-regex -- control characters are what is taken out
  return text.replace(/[\x00-\x1f\x7f]/g, "_").replace(/["\\\]]/g, "\\$&");
}
