// SPDX-License-Identifier: Apache-2.0
import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { inspect } from "node:util";
import { describe, expect, it } from "vitest";
import { parseConfig } from "./config.js";
import { ENV_NAMES, findUnknownEnv, readEnv } from "./env.js";
import { parseSharedSecret, Secret } from "./secrets.js";

const GOOD_SECRET = "Zk3vT9qLw2Xc7Rb5";
const file = (name: string) => fileURLToPath(new URL(`../../test/fixtures/tls/${name}`, import.meta.url));

describe("defaults", () => {
  it("listen on loopback only, store beside the working directory, and know no secret", () => {
    const { config, secrets } = parseConfig({});
    expect(config).toMatchObject({
      dataDir: resolve("telltale-data"),
      host: "127.0.0.1",
      port: 7400,
      isLoopback: true,
      behindProxy: false,
      publicLog: false,
      publicMetrics: true,
    });
    expect(secrets).toEqual({ tls: undefined, webhook: undefined });
  });
});

describe("listening beyond loopback", () => {
  it.each(["0.0.0.0", "::", "192.168.1.5", "telltale.internal", "[::]", "128.0.0.1"])(
    "on %s needs TLS or a proxy",
    (host) => {
      expect(() => parseConfig({ host })).toThrow(expect.objectContaining({ code: "insecure_listen" }));
      expect(() => parseConfig({ host })).toThrow(/TELLTALE_TLS_CERT.*--behind-proxy/s);
      expect(parseConfig({ host, behindProxy: "true" }).config).toMatchObject({
        behindProxy: true,
        publicMetrics: false,
      });
      const tls = parseConfig({ host, tlsCert: file("a.crt"), tlsKey: file("a.key") });
      expect(tls.config.hasTls).toBe(true);
      expect(tls.secrets.tls?.key.reveal()).toContain("PRIVATE KEY");
    },
  );
  it.each(["127.0.0.1", "127.1.2.3", "localhost", "::1", "[::1]"])("%s is loopback", (host) => {
    expect(parseConfig({ host }).config.isLoopback).toBe(true);
  });
});

describe("bad settings", () => {
  it.each([
    [{ port: "x" }, "TELLTALE_PORT"],
    [{ port: "65536" }, "TELLTALE_PORT"],
    [{ port: "-1" }, "TELLTALE_PORT"],
    [{ host: "a b" }, "TELLTALE_HOST"],
    [{ behindProxy: "maybe" }, "TELLTALE_BEHIND_PROXY"],
    [{ publicUrl: "ftp://x" }, "TELLTALE_PUBLIC_URL"],
    [{ publicUrl: "https://x/path" }, "TELLTALE_PUBLIC_URL"],
    [{ publicUrl: "https://u:p@x" }, "TELLTALE_PUBLIC_URL"],
    [{ logLevel: "loud" }, "TELLTALE_LOG_LEVEL"],
    [{ originName: "Bad Name" }, "TELLTALE_ORIGIN_NAME"],
    [{ workers: "0" }, "TELLTALE_WORKERS"],
    [{ webhookUrl: "http://x.example", webhookSecret: GOOD_SECRET }, "TELLTALE_WEBHOOK_URL"],
    [{ webhookUrl: "https://x.example" }, "TELLTALE_WEBHOOK_SECRET"],
    [{ tlsCert: "x.pem" }, "TELLTALE_TLS_KEY"],
    [{ tlsCert: "/none.pem", tlsKey: "/none.key" }, "TELLTALE_TLS_CERT"],
    [{ webhookSecret: GOOD_SECRET, webhookSecretFile: "x" }, "not both"],
  ])("%o are refused by name", (raw, word) => {
    expect(() => parseConfig(raw)).toThrow(expect.objectContaining({ name: "ConfigError" }));
    expect(() => parseConfig(raw)).toThrow(word);
  });

  it("refuses a TLS key that is not the certificate's", () => {
    const raw = { tlsCert: file("a.crt"), tlsKey: file("b.key") };
    expect(() => parseConfig(raw)).toThrow(expect.objectContaining({ code: "bad_tls" }));
    expect(() => parseConfig({ ...raw, tlsKey: file("a.crt") })).toThrow(
      expect.objectContaining({ code: "bad_tls" }),
    );
  });
});

describe("secrets", () => {
  it.each([
    "short",
    "aaaaaaaaaaaaaaaaaaaa",
    "changeme-changeme-now",
    "my-secret-is-long-enough",
    "your-token-goes-here",
  ])("refuses %s without repeating it", (value) => {
    let message = "";
    try {
      parseSharedSecret("TELLTALE_WEBHOOK_SECRET", value);
    } catch (error) {
      message = (error as Error).message;
    }
    expect(message).toContain("TELLTALE_WEBHOOK_SECRET");
    expect(message).not.toContain(value);
  });

  it("never show themselves", () => {
    const secret = new Secret(GOOD_SECRET);
    const shown = [
      String(secret),
      JSON.stringify({ secret }),
      inspect({ secret }),
      inspect(secret, { showHidden: true }),
    ];
    for (const text of shown) expect(text).not.toContain(GOOD_SECRET);
    expect(secret.reveal()).toBe(GOOD_SECRET);
  });

  it("come from a file too", () => {
    const raw = { webhookUrl: "https://x.example/hook", webhookSecretFile: "s" };
    const { config, secrets } = parseConfig(raw, () => `${GOOD_SECRET}\n`);
    expect(secrets.webhook?.reveal()).toBe(GOOD_SECRET);
    expect(config.webhook?.url.href).toBe("https://x.example/hook");
  });
});

describe("environment", () => {
  it("is read by name; empty means not set; misspelt names are found", () => {
    const env = {
      TELLTALE_PORT: " 7401 ",
      TELLTALE_HOST: "",
      TELLTALE_PROT: "1",
      TELLTALE_KEY: "x",
      TELLTALE_SPLUNK_TOKEN: "x",
      TELLTALE_COLOUR: "red",
      PATH: "/bin",
    };
    expect(readEnv(env)).toEqual({ port: "7401" });
    expect(findUnknownEnv(env)).toEqual([
      { name: "TELLTALE_PROT", meant: "TELLTALE_PORT" },
      { name: "TELLTALE_COLOUR", meant: undefined },
    ]);
  });

  it("is documented, all of it and nothing else", () => {
    const text = readFileSync(
      new URL("../../../../docs/reference/configuration.md", import.meta.url),
      "utf8",
    );
    const documented = [...text.matchAll(/^\| `(TELLTALE_[A-Z_]+)`/gm)].map((match) => match[1]);
    expect(documented.toSorted()).toEqual(Object.values(ENV_NAMES).toSorted());
  });
});
