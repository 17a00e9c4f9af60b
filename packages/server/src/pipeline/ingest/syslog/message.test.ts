// SPDX-License-Identifier: Apache-2.0
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parseSyslog } from "./message.js";

describe("parseSyslog", () => {
  it("reads the examples of RFC 5424 section 6.5", () => {
    expect(
      parseSyslog(
        "<34>1 2003-10-11T22:14:15.003Z mymachine.example.com su - ID47 - \ufeff'su root' failed for lonvick",
      ),
    ).toMatchObject({
      facility: 4,
      severity: 2,
      time: "2003-10-11T22:14:15.003Z",
      host: "mymachine.example.com",
      app: "su",
      msgid: "ID47",
      message: "'su root' failed for lonvick",
    });
    expect(
      parseSyslog(
        '<165>1 2003-10-11T22:14:15.003Z mymachine.example.com evntslog - ID47 [exampleSDID@32473 iut="3" eventSource="Application" eventID="1011"][examplePriority@32473 class="high"]',
      ),
    ).toMatchObject({
      facility: 20,
      severity: 5,
      structured: {
        "exampleSDID@32473": { iut: "3", eventSource: "Application", eventID: "1011" },
        "examplePriority@32473": { class: "high" },
      },
      message: "",
    });
    expect(
      parseSyslog("<165>1 2003-08-24T05:14:15.000003-07:00 192.0.2.1 myproc 8710 - - %% It's time."),
    ).toMatchObject({
      time: "2003-08-24T12:14:15.000Z",
      procid: "8710",
      message: "%% It's time.",
    });
  });
  it("reads the examples of RFC 3164 section 5.4", () => {
    expect(
      parseSyslog("<34>Oct 11 22:14:15 mymachine su: 'su root' failed for lonvick on /dev/pts/8"),
    ).toMatchObject({
      facility: 4,
      severity: 2,
      host: "mymachine",
      app: "su",
      message: "'su root' failed for lonvick on /dev/pts/8",
    });
    expect(parseSyslog("Use the BFG!")).toMatchObject({ facility: 1, severity: 5, message: "Use the BFG!" });
  });
  it("takes escapes in structured data, and data that is not well formed as part of the message", () => {
    expect(parseSyslog('<13>1 - - - - - [a x="\\"q\\" \\\\ \\]"] m').structured).toEqual({
      a: { x: '"q" \\ ]' },
    });
    expect(parseSyslog('<13>1 - h app - - [a x="open m')).toMatchObject({ modern: false });
    expect(parseSyslog("<999>1 - h app - - - m")).toMatchObject({ facility: 1, severity: 5 });
  });
  it("answers whatever comes, in time that grows with its length", () => {
    const near = fc.stringMatching(/^<\d{1,3}>1? ?[-A-Za-z0-9 :.[\]="\\<>]{0,200}$/);
    fc.assert(
      fc.property(fc.oneof(fc.string(), near), (text) => {
        expect(typeof parseSyslog(text).message).toBe("string");
      }),
    );
    const started = performance.now();
    for (const text of [
      '<13>1 - - - - - [a b="'.padEnd(48_000, "\\"),
      `<13>1 - - - - - ${'[a b="c"]'.repeat(5000)}`,
    ])
      parseSyslog(text);
    expect(performance.now() - started).toBeLessThan(5000);
  });
});
