// SPDX-License-Identifier: Apache-2.0
import { randomBytes } from "node:crypto";
import { chmodSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import path from "node:path";
import { tempDir } from "@telltale/testkit";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { AWS_ENV, AWS_KEY, FakeAwsKms } from "../../../test/protect/fake-aws-kms.js";
import { FakeVault, VAULT_TOKEN } from "../../../test/protect/fake-vault.js";
import { parseKms } from "../settings.js";
import { FileKey } from "./file-key.js";
import { GivenKey, parseGivenKeys } from "./given-key.js";
import { openRootKey } from "./open.js";
import type { RootKey } from "./root-key.js";

let dir: ReturnType<typeof tempDir>;
let aws: FakeAwsKms;
let vault: FakeVault;
beforeAll(async () => {
  aws = await FakeAwsKms.start();
  vault = await FakeVault.start();
});
afterAll(() => Promise.all([aws.close(), vault.close()]));
beforeEach(() => {
  dir = tempDir();
  aws.fault = undefined;
  vault.fault = undefined;
});
afterEach(() => dir.dispose());

const open = (options: Partial<Parameters<typeof openRootKey>[0]> = {}): RootKey =>
  openRootKey({
    dataDir: dir.path,
    kms: undefined,
    given: undefined,
    env: { ...AWS_ENV, VAULT_TOKEN },
    mayCreate: true,
    now: Date.now,
    ...options,
  });
const PROVIDERS: Record<string, () => RootKey> = {
  file: () => open(),
  environment: () => open({ given: [randomBytes(32), randomBytes(32)] }),
  "aws-kms": () => open({ kms: parseKms(`aws:${AWS_KEY}`, aws.url) }),
  "vault-transit": () => open({ kms: parseKms(`vault:${vault.origin.origin}/transit/telltale`, undefined) }),
};

const context = { tenant: "acme", class: "root", purpose: "k1" };
const code = (code: string): unknown => expect.objectContaining({ name: "RootKeyError", code });

describe.each(Object.keys(PROVIDERS))("root key: %s", (name) => {
  const make = PROVIDERS[name]!;

  it("unwraps what it wrapped and generated, also after a rotation", async () => {
    const root = make();
    const key = randomBytes(32);
    const wrapped = await root.wrap(key, context);
    const generated = await root.generate(context);
    expect(generated.key).toHaveLength(32);
    await root.rotate();
    expect(await root.unwrap(wrapped, context)).toEqual(key);
    expect(await root.unwrap(generated.wrapped, context)).toEqual(generated.key);
    expect(await root.wrap(key, context)).not.toBe(wrapped);
    expect((await root.describe()).provider).toBe(name);
  });

  it("opens nothing for another context, nothing that was changed, nothing of another provider", async () => {
    const root = make();
    const wrapped = await root.wrap(randomBytes(32), context);
    for (const other of [{ tenant: "" }, { class: "subject" }, { purpose: "k2" }])
      await expect(root.unwrap(wrapped, { ...context, ...other })).rejects.toEqual(code("damaged"));
    const at = wrapped.length - 10;
    const changed = `${wrapped.slice(0, at)}${wrapped[at] === "A" ? "B" : "A"}${wrapped.slice(at + 1)}`;
    await expect(root.unwrap(changed, context)).rejects.toEqual(code("damaged"));
    await expect(root.unwrap("other:abc", context)).rejects.toMatchObject({ name: "RootKeyError" });
  });
});

const file = (): string => path.join(dir.path, "keys", "protect.key");

describe("the file", () => {
  it("is private, keeps its generations, and its rights are taken back", async () => {
    const root = open();
    expect(statSync(file()).mode & 0o777).toBe(0o600);
    expect(statSync(path.dirname(file())).mode & 0o777).toBe(0o700);
    const wrapped = await root.wrap(randomBytes(32), context);
    await root.rotate();
    chmodSync(file(), 0o644);
    const again = open({ mayCreate: false });
    expect(statSync(file()).mode & 0o777).toBe(0o600);
    expect(await again.unwrap(wrapped, context)).toHaveLength(32);
    expect(await again.describe()).toMatchObject({ generations: 2 });
    expect(await again.describe()).toEqual(await root.describe());
  });

  it("is not made anew where keys need it, and not believed when it is damaged", async () => {
    expect(() => open({ mayCreate: false })).toThrow(/missing.*Restore/);
    open();
    const whole = readFileSync(file(), "utf8");
    for (const text of ["", whole.slice(0, 40), whole.replace('"format": 1', '"format": 2'), "{}"]) {
      writeFileSync(file(), text);
      expect(() => open()).toThrow(code("damaged") as Error);
    }
    rmSync(file());
  });

  it("of another server opens nothing", async () => {
    const wrapped = await open().wrap(randomBytes(32), context);
    rmSync(file());
    await expect(open().unwrap(wrapped, context)).rejects.toEqual(code("refused"));
    expect(FileKey).toBeDefined();
  });
});

describe("the environment", () => {
  it("takes whole random keys only", () => {
    const key = randomBytes(32).toString("base64");
    expect(parseGivenKeys(`${key}, ${key}\n`)).toHaveLength(2);
    for (const bad of ["", "abc", key.slice(1), `${key},`.repeat(101), Buffer.alloc(32).toString("base64")])
      expect(parseGivenKeys(bad)).toBeUndefined();
  });

  it("is rotated by a new key in front of the old one", async () => {
    const [one, two] = [randomBytes(32), randomBytes(32)];
    const old = new GivenKey([one], "X");
    const wrapped = await old.wrap(two, context);
    await expect(old.rotate()).rejects.toEqual(code("refused"));
    const both = new GivenKey([two, one], "X");
    expect(await both.unwrap(wrapped, context)).toEqual(two);
    expect(await both.rotate()).toMatchObject({ generations: 2 });
    await expect(new GivenKey([two], "X").unwrap(wrapped, context)).rejects.toEqual(code("refused"));
  });
});

describe("a KMS", () => {
  it("gets the context and a signature; a wrong secret is refused", async () => {
    const root = PROVIDERS["aws-kms"]!();
    await root.wrap(randomBytes(32), context);
    expect(aws.calls.at(-1)).toEqual({
      action: "Encrypt",
      context: { application: "telltale", tenant: "acme", class: "root", purpose: "k1" },
    });
    const other = open({
      kms: parseKms(`aws:${AWS_KEY}`, aws.url),
      env: { ...AWS_ENV, AWS_SECRET_ACCESS_KEY: "other" },
    });
    await expect(other.wrap(randomBytes(32), context)).rejects.toEqual(code("refused"));
    const stranger = open({
      kms: parseKms(`vault:${vault.origin.origin}/transit/telltale`, undefined),
      env: { VAULT_TOKEN: "no" },
    });
    await expect(stranger.wrap(randomBytes(32), context)).rejects.toEqual(code("refused"));
  });

  it("that is down, throttles or is sealed is asked again later; what is forbidden is not", async () => {
    aws.fault = { status: 400, type: "ThrottlingException" };
    await expect(PROVIDERS["aws-kms"]!().describe()).rejects.toEqual(code("unavailable"));
    aws.fault = { status: 400, type: "AccessDeniedException" };
    await expect(PROVIDERS["aws-kms"]!().describe()).rejects.toEqual(code("refused"));
    vault.fault = 503;
    await expect(PROVIDERS["vault-transit"]!().describe()).rejects.toEqual(code("unavailable"));
    const nobody = open({ kms: parseKms("vault:http://127.0.0.1:1/transit/telltale", undefined) });
    await expect(nobody.describe()).rejects.toEqual(code("unavailable"));
  });

  it("is asked with TLS, or on this machine", () => {
    expect(parseKms(`aws:${AWS_KEY}`, undefined)).toMatchObject({ region: "eu-central-1" });
    expect(parseKms("vault:https://v.example:8200/transit/telltale", undefined)).toMatchObject({
      mount: "transit",
      key: "telltale",
    });
    for (const bad of [
      "vault:http://v.example/transit/telltale",
      "vault:https://u:p@v.example/transit/telltale",
      "vault:https://v.example/telltale",
      "aws:key",
      "gcp:key",
      "",
    ])
      expect(parseKms(bad, undefined)).toBeUndefined();
    expect(parseKms(`aws:${AWS_KEY}`, new URL("http://kms.example/"))).toBeUndefined();
  });
});

describe("a root key in the place of another", () => {
  it.each(["environment", "aws-kms", "vault-transit"])(
    "file to %s: opens both, wraps with the new one",
    async (name) => {
      const old = await open().wrap(Buffer.alloc(32, 7), context);
      const moved = PROVIDERS[name]!();
      expect(await moved.unwrap(old, context)).toEqual(Buffer.alloc(32, 7));
      expect(await moved.rotate()).toMatchObject({ provider: name });
      const fresh = await moved.wrap(Buffer.alloc(32, 8), context);
      expect(await moved.unwrap(fresh, context)).toEqual(Buffer.alloc(32, 8));
      await expect(open().unwrap(fresh, context)).rejects.toEqual(code("refused"));
      await expect(moved.unwrap(old, { ...context, tenant: "" })).rejects.toMatchObject({
        name: "RootKeyError",
      });
    },
  );

  it("does not fall back on the old one when the new one is only silent", async () => {
    const old = await open().wrap(Buffer.alloc(32, 7), context);
    const moved = PROVIDERS["aws-kms"]!();
    const fresh = await moved.wrap(Buffer.alloc(32, 8), context);
    aws.fault = { status: 500, type: "KMSInternalException" };
    await expect(moved.unwrap(fresh, context)).rejects.toEqual(code("unavailable"));
    // This one the KMS is not even asked about.
    expect(await moved.unwrap(old, context)).toEqual(Buffer.alloc(32, 7));
  });
});
