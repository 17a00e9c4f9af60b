// SPDX-License-Identifier: Apache-2.0
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { SourceEvent } from "./source.js";
import { MAX_REPEATS, sshd } from "./sshd.js";

const NOW = Date.UTC(2026, 10, 22);
const open = () => sshd.open({ now: () => NOW });

function eventsOf(line: string): readonly SourceEvent[] {
  const parsed = open().parse(line);
  expect(parsed.kind).toBe("events");
  return parsed.kind === "events" ? parsed.events : [];
}

function eventOf(message: string): SourceEvent {
  const events = eventsOf(`Dec 10 06:55:46 LabSZ sshd[24200]: ${message}`);
  const [event] = events;
  if (event === undefined || events.length !== 1) throw new Error(`${events.length} events of one line`);
  return event;
}

function userOfSession(text: string): string | undefined {
  return eventOf(`pam_unix(sshd:session): session opened for user ${text}`).actor?.id;
}

describe("failed and accepted sign-ins", () => {
  it("reads a failed password of an invalid user", () => {
    expect(eventOf("Failed password for invalid user webmaster from 173.234.31.186 port 38926 ssh2")).toEqual(
      {
        v: 1,
        time: "2025-12-10T06:55:46.000Z",
        source: { app: "sshd", instance: "LabSZ" },
        action: "authn_login_fail",
        outcome: "failure",
        level: "warn",
        reason: "invalid_user",
        actor: { type: "user", id: "webmaster" },
        client: { ip: "173.234.31.186", port: 38926 },
        message: "Failed password for invalid user webmaster from 173.234.31.186 port 38926 ssh2",
        data: { pid: 24200, method: "password" },
      },
    );
  });
  it.each([
    ["Failed password for root from 10.0.0.1 port 1 ssh2", "authn_login_fail", "bad_password", "root"],
    [
      "Failed keyboard-interactive/pam for root from ::1 port 1 ssh2",
      "authn_login_fail",
      "bad_password",
      "root",
    ],
    [
      "Accepted password for fztu from 119.137.62.142 port 49116 ssh2",
      "authn_login_success",
      undefined,
      "fztu",
    ],
    [
      "Accepted publickey for git from 10.0.0.1 port 5 ssh2: ED25519 SHA256:abc",
      "authn_login_success",
      undefined,
      "git",
    ],
    [
      "Failed none for invalid user 0 from 5.188.10.180 port 49811 ssh2",
      "sshd_methods_asked",
      "invalid_user",
      "0",
    ],
    ["Failed publickey for root from 10.0.0.1 port 1 ssh2", "sshd_method_refused", "bad_credentials", "root"],
    ["Failed __proto__ for root from 10.0.0.1 port 1 ssh2", "sshd_method_refused", "bad_credentials", "root"],
    [
      "Disconnecting: Too many authentication failures for root [preauth]",
      "authn_login_fail_max",
      "too_many_failures",
      "root",
    ],
    [
      "error: maximum authentication attempts exceeded for invalid user admin from 10.0.0.1 port 9 ssh2 [preauth]",
      "authn_login_fail_max",
      "too_many_failures",
      "admin",
    ],
  ])("%s", (message, action, reason, user) => {
    const event = eventOf(message);
    expect([event.action, event.reason, event.actor?.id]).toEqual([action, reason, user]);
  });
  it("counts a repeated message as often as it says", () => {
    const events = eventsOf(
      "Dec 10 07:13:56 LabSZ sshd[24227]: message repeated 5 times: [ Failed password for root from 5.36.59.76 port 42393 ssh2]",
    );
    expect(events).toHaveLength(5);
    expect(events.every((each) => each.action === "authn_login_fail" && each.actor?.id === "root")).toBe(
      true,
    );
  });
  it("bounds a forged number of repeats and says what it left out", () => {
    const line =
      "Dec 10 07:13:56 h sshd[1]: message repeated 999999999 times: [ Failed password for r from 1.2.3.4 port 1 ssh2]";
    const events = eventsOf(line);
    expect(events).toHaveLength(MAX_REPEATS);
    expect(events.at(-1)?.data?.["repeats_left_out"]).toBe(999_999_999 - MAX_REPEATS);
  });
});

describe("hostile user names", () => {
  it.each([
    [" 0101", "a leading space"],
    ["", "empty"],
    ["a\u001b[31mb", "an escape sequence"],
    ["__proto__", "a prototype"],
    ["root from 192.0.2.1 port 22 ssh2", "a forged address"],
    ["x from 192.0.2.1 port 22 ssh2: RSA y", "a forged address and key"],
  ])("keeps %j (%s) and names the true address", (name) => {
    const event = eventOf(`Failed password for invalid user ${name} from 203.0.113.9 port 51 ssh2`);
    expect(event.actor).toEqual({ type: "user", id: name });
    expect(event.client).toEqual({ ip: "203.0.113.9", port: 51 });
    expect(event.action).toBe("authn_login_fail");
  });
  it("names nobody when the line can be read in two ways", () => {
    const event = eventOf(
      "Failed publickey for a from 192.0.2.1 port 22 ssh2: b from 203.0.113.9 port 51 ssh2: RSA k",
    );
    expect(event).toMatchObject({ reason: "ambiguous_line", level: "warn" });
    expect(event).not.toHaveProperty("client");
    expect(event).not.toHaveProperty("actor");
  });
  it("names nobody when the text behind the address can be forged", () => {
    const forged =
      "Disconnecting authenticating user a 10.0.0.1 port 2: Change of username: (a,s) -> (b 192.0.2.1 port 3: c,s)";
    expect(eventOf(forged)).toMatchObject({ reason: "ambiguous_line" });
    expect(eventOf(forged)).not.toHaveProperty("client");
  });
  it("does not take a host name for an address", () => {
    const event = eventOf("Failed password for root from evil.example port 51 ssh2");
    expect(event.client).toEqual({ port: 51 });
    expect(event.data?.["client_host"]).toBe("evil.example");
  });
});

describe("other messages", () => {
  it.each([
    ["Invalid user admin from 10.0.0.1", "sshd_invalid_user"],
    ["Invalid user admin from 10.0.0.1 port 22", "sshd_invalid_user"],
    [
      "reverse mapping checking getaddrinfo for ns.x.com [173.234.31.186] failed - POSSIBLE BREAK-IN ATTEMPT!",
      "sshd_address_mismatch",
    ],
    ["Connection closed by 173.234.31.186 [preauth]", "sshd_connection_closed"],
    ["Connection closed by authenticating user root 10.0.0.1 port 22 [preauth]", "sshd_connection_closed"],
    ["Connection reset by invalid user a b 10.0.0.1 port 22 [preauth]", "sshd_connection_closed"],
    ["Disconnected from user fztu 10.0.0.1 port 22", "sshd_disconnected"],
    [
      "Disconnecting authenticating user root 10.0.0.1 port 22: Too many authentication failures [preauth]",
      "authn_login_fail_max",
    ],
    ["Received disconnect from 10.0.0.1: 11: Bye Bye [preauth]", "sshd_disconnected"],
    ["Received disconnect from 10.0.0.1 port 22:11: disconnected by user", "sshd_disconnected"],
    ["Did not receive identification string from 123.235.32.19", "sshd_scan_suspected"],
    ["User bob from 10.0.0.1 not allowed because not listed in AllowUsers", "sshd_user_refused"],
    ["pam_unix(sshd:session): session opened for user fztu by (uid=0)", "session_created"],
    ["pam_unix(sshd:session): session closed for user fztu", "session_logout"],
    ["fatal: Write failed: Connection reset by peer [preauth]", "sshd_error"],
    ["Something that nobody has seen before", "sshd_message"],
    ["", "sshd_message"],
  ])("%s", (message, action) => {
    expect(eventOf(message)).toMatchObject({ action, message });
  });
  it("knows the user of a session in both forms", () => {
    expect(userOfSession("fztu by (uid=0)")).toBe("fztu");
    expect(userOfSession("fztu(uid=1000) by (uid=0)")).toBe("fztu");
  });
  it.each([
    "pam_unix(sshd:auth): check pass; user unknown",
    "pam_unix(sshd:auth): authentication failure; logname= uid=0 euid=0 tty=ssh ruser= rhost=1.2.3.4  user=root",
    "PAM 5 more authentication failures; logname= uid=0 euid=0 tty=ssh ruser= rhost=h  user=root",
    "PAM service(sshd) ignoring max retries; 6 > 3",
    "input_userauth_request: invalid user  0101 [preauth]",
  ])("skips %s, which repeats another line", (message) => {
    expect(open().parse(`Dec 10 06:55:46 h sshd[1]: ${message}`).kind).toBe("skipped");
  });
  it("skips other programs", () => {
    expect(
      open().parse("Dec 10 06:55:46 h CRON[1]: Failed password for root from 1.2.3.4 port 1 ssh2"),
    ).toEqual({
      kind: "skipped",
      why: "of another program",
    });
  });
  it("reads the daemon's newer names and today's time form", () => {
    const line =
      "2026-02-01T10:00:00.123456+02:00 host sshd-session[7]: Failed password for root from 1.2.3.4 port 1 ssh2";
    expect(eventsOf(line)[0]).toMatchObject({ time: "2026-02-01T08:00:00.123Z", action: "authn_login_fail" });
  });
});

describe("lines that are not syslog", () => {
  it.each([
    "",
    "hello",
    "Foo 10 06:55:46 h sshd[1]: x",
    "Dec 32 06:55:46 h sshd[1]: x",
    "Feb 30 06:55:46 h sshd[1]: x",
  ])("%j is unreadable", (line) => expect(open().parse(line).kind).toBe("unreadable"));
  it("never throws, whatever the line holds", () => {
    const head = fc.constantFrom(
      "",
      "Dec 10 06:55:46 h sshd[1]: ",
      "<13>Dec  1 06:55:46 h sshd: ",
      "Dec 10 06:55:46 h sshd[1]: message repeated 3 times: [ ",
    );
    const part = fc.constantFrom(
      "Failed password for ",
      "Accepted publickey for ",
      "invalid user ",
      " from ",
      "10.0.0.1",
      " port ",
      "99999",
      " ssh2",
      ": RSA",
      " [preauth]",
      "Disconnecting ",
      "]",
    );
    const text = fc.array(fc.oneof(part, fc.string({ unit: "binary", maxLength: 6 })), { maxLength: 20 });
    fc.assert(
      fc.property(head, text, (start, parts) => {
        const parsed = open().parse(start + parts.join(""));
        if (parsed.kind !== "events") return;
        for (const event of parsed.events) expect(JSON.parse(JSON.stringify(event))).toEqual(event);
      }),
      { numRuns: 500 },
    );
  });
  it("stays quick on lines made to be slow", () => {
    for (const unit of [" from a port 1", " a port 1: ", " by ", "Failed password for ", ": ", "["]) {
      for (const start of [
        "Failed password for ",
        "Disconnecting authenticating user ",
        "Received disconnect from a: 1: ",
      ]) {
        const started = performance.now();
        open().parse(`Dec 10 06:55:46 h sshd[1]: ${start}${unit.repeat(4000)}`.slice(0, 4100));
        expect(performance.now() - started).toBeLessThan(3000);
      }
    }
  });
});
