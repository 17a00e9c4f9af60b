// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from "vitest";
import { parseSyslogConfig } from "./syslog.js";

describe("parseSyslogConfig", () => {
  it("reads addresses and networks", () => {
    expect(parseSyslogConfig({})).toBeUndefined();
    expect(parseSyslogConfig({ syslog: "udp://127.0.0.1:5514, tcp://[::1]:601" })).toEqual({
      addresses: [
        { protocol: "udp", host: "127.0.0.1", port: 5514 },
        { protocol: "tcp", host: "::1", port: 601 },
      ],
      allow: [],
    });
    expect(parseSyslogConfig({ syslog: "tcp://0.0.0.0:601", syslogAllow: "10.0.0.0/8" })?.allow).toEqual([
      "10.0.0.0/8",
    ]);
  });
  it.each([
    [{ syslog: "127.0.0.1:5514" }, /TELLTALE_SYSLOG holds/],
    [{ syslog: "udp://localhost:5514" }, /TELLTALE_SYSLOG holds/],
    [{ syslog: "udp://127.0.0.1:99999" }, /TELLTALE_SYSLOG holds/],
    [{ syslog: "udp://0.0.0.0:514" }, /name those that may send/],
    [{ syslog: "udp://127.0.0.1:514", syslogAllow: "all" }, /TELLTALE_SYSLOG_ALLOW holds all/],
    [{ syslogAllow: "10.0.0.0/8" }, /needs TELLTALE_SYSLOG/],
  ])("refuses %j", (raw, message) => {
    expect(() => parseSyslogConfig(raw)).toThrow(message);
  });
});
