// SPDX-License-Identifier: Apache-2.0
import { readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { tempDir } from "@telltale/testkit";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { ConfigError } from "../../config/config-error.js";
import { parseForwardConfig } from "./config.js";
import { SecretRef, systemSecrets, type SecretSources } from "./secret-ref.js";

const tls = (name: string): string =>
  readFileSync(new URL(`../../../test/fixtures/tls/${name}`, import.meta.url), "utf8");

const SECRET = "q9X7vB2mN4kL8pR1";
const files = new Map([
  ["/secrets/token", `${SECRET}\n`],
  ["/secrets/two-lines", "a\nb"],
  ["/secrets/url", "https://hooks.example.com/T000/B000/abcdef"],
  ["/tls/ca", tls("a.crt")],
  ["/tls/cert", tls("a.crt")],
  ["/tls/key", tls("a.key")],
  ["/tls/other-key", tls("b.key")],
  ["/tls/junk", "junk"],
]);
const sources: SecretSources = {
  env: { TOKEN: SECRET, EMPTY: "" },
  readFile(file) {
    const text = files.get(file);
    if (text === undefined) throw Object.assign(new Error("gone"), { code: "ENOENT" });
    return text;
  },
};
const parse = (text: string) => parseForwardConfig(text, "forward.yaml", sources);
const problem = (text: string): string => {
  try {
    parse(text);
  } catch (error) {
    if (error instanceof ConfigError) return error.message;
    throw error;
  }
  return "none";
};

/** One target, with its lines after `name`. */
const one = (...lines: string[]): string =>
  ["targets:", "  - name: t", ...lines.map((line) => `    ${line}`)].join("\n");
const splunk = (...lines: string[]): string =>
  one("to: splunk", "url: https://splunk.example.com:8088", "token: env:TOKEN", ...lines);

describe("parseForwardConfig", () => {
  it("reads one target of each kind", () => {
    const targets = parse(`
# comments are fine
targets:
  - name: siem
    to: splunk
    url: https://splunk.example.com:8088
    token: file:/secrets/token
    index: security
    ack: true
    filter: level:critical OR action:authn_*
    from: now
    batch: { events: 100, waitMs: 50 }
    tls: { ca: /tls/ca, cert: /tls/cert, key: /tls/key, serverName: siem }
  - { name: search, to: elastic, url: "http://127.0.0.1:9200/es", user: elastic, password: "env:TOKEN" }
  - { name: hook, to: webhook, url: "file:/secrets/url", secret: "env:TOKEN" }
  - { name: wazuh, to: json-file, path: /var/log/telltale/events.json, maxBytes: 1048576, keep: 3 }
  - { name: rsyslog, to: syslog, url: "tls://logs.example.com", maxMessageBytes: 16384 }
  - { name: plain, to: syslog, url: "tcp://[::1]:1514" }
  - { name: remote-plain, to: syslog, url: "tcp://10.0.0.5:514", allowPlaintext: true, confirm: write }
`);
    expect(targets.map(({ name, to, from }) => `${name} ${to} ${from}`)).toEqual([
      "siem splunk now",
      "search elastic beginning",
      "hook webhook beginning",
      "wazuh json-file beginning",
      "rsyslog syslog beginning",
      "plain syslog beginning",
      "remote-plain syslog beginning",
    ]);
    expect(targets[0]).toMatchObject({
      filterText: "level:critical OR action:authn_*",
      filter: { kind: "or" },
      batch: { events: 100, bytes: 8 * 1024 * 1024, waitMs: 50 },
    });
    for (const target of targets)
      expect(target.create()).toMatchObject({ name: target.name, kind: target.to });
    expect(JSON.stringify(targets)).not.toContain(SECRET);
  });

  it.each([
    ["", "forward.yaml: the file must be a mapping"],
    ["targets: 5", "forward.yaml:1: targets must be a list"],
    ["target: []", "forward.yaml:1: the file has no targets"],
    ["targets: []\nmore: 1", "forward.yaml:2: more is not known here; known are targets"],
    ["targets:\n  - 5", "forward.yaml:2: targets[0] must be a mapping"],
    ["targets:\n  - to: splunk", "forward.yaml:2: targets[0].name is missing"],
    ["targets:\n  - name: Ä", "forward.yaml:2: targets[0].name must be of a to z"],
    ["targets:\n  - name: ../x", "targets[0].name must be of"],
    ["targets: [\n", "forward.yaml:2: this is not valid YAML"],
    ["targets: []\ntargets: []", "forward.yaml:2: this is not valid YAML (DUPLICATE_KEY)"],
    ["a: &a []\ntargets: *a", "forward.yaml:2: aliases"],
    [
      one("to: kafka"),
      "forward.yaml:3: targets[0].to must be one of splunk, elastic, webhook, json-file, syslog",
    ],
    [splunk("tokn: 1"), "forward.yaml:6: targets[0].tokn is not known here; known are ack, "],
    [splunk("filter: 'level:('"), "forward.yaml:6: targets[0].filter is no query: "],
    [splunk("filter: 5"), "forward.yaml:6: targets[0].filter must be a text"],
    [splunk("ack: maybe"), "forward.yaml:6: targets[0].ack must be true or false"],
    [splunk("from: yesterday"), "forward.yaml:6: targets[0].from must be one of beginning, now"],
    [
      splunk("batch: { events: 0 }"),
      "forward.yaml:6: targets[0].batch.events must be a whole number from 1 to 50000",
    ],
    [splunk("batch: { event: 1 }"), "targets[0].batch.event is not known here"],
    [splunk("batch: 5"), "forward.yaml:6: targets[0].batch must be a mapping"],
    [splunk("timeoutMs: .inf"), "targets[0].timeoutMs must be a whole number"],
    [splunk("tls: { insecure: true }"), "targets[0].tls.insecure is for tests on this machine"],
    [splunk("tls: { ca: /tls/none }"), "targets[0].tls.ca names a file that cannot be read (ENOENT)"],
    [splunk("tls: { ca: /tls/cert, cert: /tls/cert }"), "targets[0].tls needs both cert and key"],
    [
      splunk("tls: { cert: /tls/cert, key: /tls/other-key }"),
      "targets[0].tls holds something that is no PEM",
    ],
    [splunk("tls: { cert: /tls/junk, key: /tls/key }"), "targets[0].tls holds something that is no PEM"],
    [`${splunk()}\n  - name: t\n    to: splunk`, "forward.yaml:6: targets[1].url is missing"],
    [
      `${splunk()}\n  - {name: t, to: json-file, path: /x}`,
      "forward.yaml:6: targets[1].name is the name of another target",
    ],
    [one("to: json-file", "path: relative"), "targets[0].path must be absolute"],
    [one("to: syslog", "url: tls://h/path"), "targets[0].url has a host and a port, and no path"],
    [one("to: syslog", "url: udp://h"), "targets[0].url must begin with tls:// or tcp://"],
    [
      one("to: syslog", "url: tcp://10.0.0.5"),
      "targets[0].url would send events and secrets over the network unencrypted",
    ],
    [one("to: syslog", "url: tcp://localhost", "tls: {}"), "targets[0].tls is for tls:// addresses"],
    [one("to: webhook", "url: 'http://localhost.example.com'"), "unencrypted: use https://"],
    [one("to: webhook", "url: nonsense"), "targets[0].url must be an address"],
    [one("to: elastic", "url: https://h", "user: u"), "targets[0].user needs both user and password"],
    [one("to: elastic", "url: https://h", "password: env:TOKEN"), "needs both user and password"],
    [one("to: elastic", "url: https://h", "apiKey: env:TOKEN", "user: u"), "exclude each other"],
    [one("to: elastic", "url: https://h", "stream: '*'"), "targets[0].stream must be of"],
  ])("%j is refused: %s", (text, message) => {
    expect(problem(text)).toContain(message);
  });

  it.each([
    [`token: ${SECRET}`, "secrets do not stand in this file"],
    [`token: env:${SECRET}-`, "secrets do not stand in this file"],
    ["token: file:relative", "secrets do not stand in this file"],
    ["token: env:MISSING", "env:MISSING is not set or empty"],
    ["token: env:EMPTY", "env:EMPTY is not set or empty"],
    ["token: file:/secrets/gone", "file:/secrets/gone cannot be read (ENOENT)"],
    ["token: file:/secrets/two-lines", "holds characters that no secret may have"],
  ])("%s is refused, and a secret is not repeated", (line, message) => {
    const shown = problem(one("to: splunk", "url: https://h", line));
    expect(shown).toContain("forward.yaml:5: targets[0].token");
    expect(shown).toContain(message);
    expect(shown).not.toContain(SECRET);
  });

  it("repeats nothing of an address with a password, and nothing of what is no YAML", () => {
    for (const text of [
      one("to: webhook", `url: https://user:${SECRET}@h`, "secret: env:TOKEN"),
      one("to: webhook", `url: https://h/#${SECRET}`, "secret: env:TOKEN"),
      `targets: [\n  secret: "${SECRET}`,
      `${SECRET}: [`,
      one(`"to ${SECRET}": 1`, "to: json-file", "path: /x"),
      one(`to: ${SECRET}`),
    ]) {
      const shown = problem(text);
      expect(shown).not.toBe("none");
      expect(shown).not.toContain(SECRET);
    }
  });

  it("throws ConfigError and nothing else, whatever the text", () => {
    const bits = fc.constantFrom(
      ..."targets:|\n  - |name: t|to: splunk|url: |https://h|token: |env:TOKEN|{|}|[|]|'|\"|&a |*a|!!set |? |: |\t|null|5|---\n|%YAML|<<: ".split(
        "|",
      ),
      "\n    ",
    );
    fc.assert(
      fc.property(
        fc.oneof(
          fc.array(bits, { maxLength: 40 }).map((parts) => parts.join("")),
          fc.string({ unit: "binary", maxLength: 200 }).map((text) => splunk(text)),
        ),
        (text) => {
          expect(typeof problem(text)).toBe("string");
        },
      ),
      { numRuns: 500 },
    );
    expect(problem(`targets: []\n#${" ".repeat(300_000)}`)).toContain("larger than");
  });
});

describe("SecretRef", () => {
  it("reads its file anew each time, and only a small one", () => {
    const dir = tempDir("secret");
    const file = path.join(dir.path, "token");
    writeFileSync(file, "first\n");
    const found = SecretRef.parse(`file:${file}`, systemSecrets({}));
    expect(found?.read().reveal()).toBe("first");
    writeFileSync(file, "second");
    expect(found?.read().reveal()).toBe("second");
    expect(String(found?.read())).toBe("[secret]");
    writeFileSync(file, "x".repeat(20_000));
    expect(() => found?.read()).toThrow("EFBIG");
    const endless = SecretRef.parse("file:/dev/zero", systemSecrets({}));
    expect(() => endless?.read()).toThrow("ENOTFILE");
    dir.dispose();
  });
});
