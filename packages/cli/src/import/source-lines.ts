// SPDX-License-Identifier: Apache-2.0
import { canonicalJson } from "@telltale/event";
import type { LineParser } from "@telltale/server/sources";
import type { LineReader } from "./format.js";

/** Lines of another program's log, as canonical events that the server can keep byte by byte. */
export function createSourceLines(parser: LineParser): LineReader {
  return (number, bytes, ids) => {
    const parsed = parser.parse(bytes.toString("utf8"));
    if (parsed.kind === "skipped") return parsed;
    if (parsed.kind === "unreadable") return { kind: "rejected", code: "unreadable", message: parsed.why };
    const events = parsed.events.map(({ v, ...rest }, i) =>
      canonicalJson({ v, id: ids(number, bytes, i), ...rest }),
    );
    return { kind: "events", events, times: parsed.events.map((each) => each.time) };
  };
}
