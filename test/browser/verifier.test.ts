// SPDX-License-Identifier: Apache-2.0
// The page that checks bundles, opened from the disk: no server, no network, and hostile files.
import { readFileSync } from "node:fs";
import path from "node:path";
import { pathToFileURL } from "node:url";
import { deflateRawSync } from "node:zlib";
import { crc32 } from "@telltale/merkle/evidence";
import type { AxeResults } from "axe-core";
import type { Browser, BrowserContextOptions, Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { makeZip, TestWitness, toRequest, toSource } from "../../packages/log/test/evidence-bundle.js";
import { MemorySource } from "../../packages/log/test/memory-source.js";
import { createSigner } from "../../packages/log/src/keys.js";
import { root } from "../harness.js";
import { launchBrowser, PATIENCE_MS } from "./browser.js";

const PAGE = pathToFileURL(path.join(root, "packages/server/public/verifier.html")).href;
const AXE = readFileSync(path.join(root, "node_modules/axe-core/axe.min.js"), "utf8");
const EVENTS = 130;

const witness = new TestWitness("witness.example.com/w1");
let log: MemorySource;
let zip: Buffer;
let browser: Browser;
const closers: (() => Promise<void>)[] = [];

function lineOf(index: number): string {
  const who = index === 3 ? "<img src=x onerror=alert(1)>\u202e" : "alice";
  return JSON.stringify({
    received: new Date(Date.UTC(2026, 10, 22, 10, 0, index)).toISOString(),
    via: "key",
    action: index % 3 === 0 ? "authn_login_fail" : "order_placed",
    actor: { type: "user", id: who },
    n: index,
  });
}

beforeAll(async () => {
  browser = await launchBrowser();
  const { signer } = createSigner("example.com/shop");
  log = new MemorySource(
    Array.from({ length: 300 }, (_, i) => lineOf(i)),
    signer,
  );
  const source = await toSource(log, {
    witnessed: witness.cosign((await log.checkpoint()).toString()),
    policy: {
      witnesses: [witness.policy],
      quorum: { kind: "witness", witness: witness.policy },
    },
  });
  zip = await makeZip(source, toRequest(Array.from({ length: EVENTS }, (_, i) => i)));
});
afterEach(async () => {
  for (const close of closers.splice(0)) await close();
});
afterAll(() => browser.close());

async function open(options: BrowserContextOptions = {}): Promise<{ page: Page; complaints: string[] }> {
  const context = await browser.newContext({ locale: "en-GB", offline: true, ...options });
  context.setDefaultTimeout(PATIENCE_MS);
  closers.push(() => context.close());
  const page = await context.newPage();
  const complaints: string[] = [];
  page.on("pageerror", (error) => complaints.push(`uncaught: ${error.message}`));
  page.on("console", (message) => {
    if (message.type() === "error" || message.type() === "warning") complaints.push(message.text());
  });
  page.on("request", (request) => {
    if (request.url() !== PAGE) complaints.push(`asked for ${request.url()}`);
  });
  await page.goto(PAGE);
  return { page, complaints };
}

async function choose(page: Page, buffer: Buffer, name = "bundle.zip"): Promise<string> {
  await page.locator("#zip").setInputFiles({ name, mimeType: "application/zip", buffer });
  return answer(page);
}

async function answer(page: Page): Promise<string> {
  await page.locator("#result:not([hidden])").waitFor();
  return page.locator("#result > .panel").first().innerText();
}

/** Drops a file, as a mouse does. */
async function dropOn(page: Page, bytes: Buffer): Promise<void> {
  const transfer = await page.evaluateHandle((base64) => {
    const data = new DataTransfer();
    const binary = Uint8Array.from(atob(base64), (char) => char.charCodeAt(0));
    data.items.add(new File([binary], "bundle.zip"));
    return data;
  }, bytes.toString("base64"));
  await page.dispatchEvent("body", "drop", { dataTransfer: transfer });
}

const events = (page: Page) => page.locator(".rows > li");

describe("the verifier page", () => {
  it("proves a bundle that is dropped on it, and says that its key has to be compared", async () => {
    const { page, complaints } = await open();
    await dropOn(page, zip);
    expect(await answer(page)).toContain("Intact, if the key is the right one");
    const text = await page.locator("#result").innerText();
    expect(text).toMatch(/([0-9a-f]{4} ){7}[0-9a-f]{4}/);
    expect(text).toContain("witness.example.com/w1");
    expect(text).toContain("Cosigned, says the bundle, by");
    expect(text).toContain(`${EVENTS} events`);
    await expect.poll(() => events(page).count()).toBe(100);
    await page.getByRole("button", { name: /Show 30 more/ }).click();
    expect(await events(page).count()).toBe(EVENTS);
    expect(complaints).toEqual([]);
  });

  it("fills the seal for the reader's own key and witnesses, and refuses other ones", async () => {
    const { page, complaints } = await open();
    await page.locator("#known summary").click();
    await page.locator("#vkey").fill(log.signer.vkey);
    await page.locator("#policy").fill(`witness w ${witness.vkey}\nquorum w`);
    expect(await choose(page, zip)).toMatch(/^Intact\n/);
    expect(await page.locator("#result").innerText()).toContain("Cosigned by");
    await page.locator("#vkey").fill(createSigner("example.com/shop").signer.vkey);
    expect(await choose(page, zip)).toMatch(/^Changed/);
    await page.locator("#vkey").fill("telltale");
    await choose(page, zip);
    expect(await page.locator("#result").innerText()).toContain("cannot be read");
    await page.locator("#vkey").fill("");
    await page.locator("#policy").fill(`witness w ${new TestWitness("example.com/other").vkey}\nquorum w`);
    expect(await choose(page, zip)).toContain("Intact, and not witnessed");
    expect(complaints).toEqual([]);
  });

  it("names the first event that was changed, and shows those alone", async () => {
    const { page } = await open();
    const changed = await repack(zip, "events.ndjson", (bytes) =>
      Buffer.from(bytes.toString().replace('"n":7}', '"n":8}')),
    );
    const text = await choose(page, changed);
    expect(text).toMatch(/^Changed/);
    expect(text).toContain("First bad event: 7");
    await page.getByRole("checkbox", { name: /not proven/ }).check();
    await expect.poll(() => events(page).count()).toBe(1);
    expect(await events(page).first().innerText()).toContain("main:7");
  });

  it("shows what an event says as text, whatever it says", async () => {
    const { page, complaints } = await open();
    await choose(page, zip);
    const row = events(page).nth(3);
    await row.locator("summary").click();
    const shown = await row.innerText();
    expect(shown).toContain("<img src=x onerror=alert(1)>\\u{202e}");
    expect(await page.locator("img").count()).toBe(0);
    expect(complaints).toEqual([]);
  });

  it("is used by keyboard alone, and says the verdict to a screen reader", async () => {
    const { page } = await open();
    // First: the browser is told to hand the dialog over, and may take a moment.
    const chooser = page.waitForEvent("filechooser");
    await page.keyboard.press("Tab");
    expect(await page.evaluate(() => document.activeElement?.id)).toBe("zip");
    await page.keyboard.press("Space");
    await (await chooser).setFiles({ name: "b.zip", mimeType: "application/zip", buffer: zip });
    await answer(page);
    expect(await page.locator("[role=status]").innerText()).toContain("Intact");
    expect(await page.evaluate(() => document.activeElement?.id)).toBe("result");
  });
});

/** One entry of a hand-made zip. */
interface Entry {
  name: string;
  content: Buffer;
  /** What the directory says about the length, when it lies. */
  size?: number;
}

function pack(entries: readonly Entry[], count = entries.length): Buffer {
  const locals: Buffer[] = [];
  const central: Buffer[] = [];
  let offset = 0;
  for (const { name, content, size = content.length } of entries) {
    const packed = deflateRawSync(content);
    const facts = Buffer.alloc(26);
    facts.writeUInt16LE(20, 0);
    facts.writeUInt16LE(8, 4);
    facts.writeUInt32LE(crc32(content), 10);
    facts.writeUInt32LE(packed.length, 14);
    facts.writeUInt32LE(size, 18);
    facts.writeUInt16LE(name.length, 22);
    const local = Buffer.concat([Buffer.from("PK\x03\x04"), facts, Buffer.from(name), packed]);
    const tail = Buffer.alloc(14);
    tail.writeUInt32LE(offset, 10);
    central.push(
      Buffer.concat([Buffer.from("PK\x01\x02"), Buffer.of(20, 3), facts, tail, Buffer.from(name)]),
    );
    locals.push(local);
    offset += local.length;
  }
  const directory = Buffer.concat(central);
  const end = Buffer.alloc(22);
  end.write("PK\x05\x06", "latin1");
  end.writeUInt16LE(count, 8);
  end.writeUInt16LE(count, 10);
  end.writeUInt32LE(directory.length, 12);
  end.writeUInt32LE(offset, 16);
  return Buffer.concat([...locals, directory, end]);
}

async function repack(bytes: Buffer, name: string, change: (content: Buffer) => Buffer): Promise<Buffer> {
  const { MemoryFiles } = await import("../../packages/log/test/evidence-bundle.js");
  const files = await MemoryFiles.unpack(bytes);
  return pack(
    [...files.files].map(([each, content]) => ({
      name: each,
      content: each === name ? change(content) : content,
    })),
  );
}

const bomb = (): Buffer => Buffer.alloc(200_000_000);

describe("hostile files", () => {
  const cases: [string, () => Buffer | Promise<Buffer>][] = [
    ["no zip at all", () => Buffer.from("hello")],
    ["an empty file", () => Buffer.alloc(0)],
    ["a zip that was cut", () => zip.subarray(0, zip.length - 100)],
    ["a way out of the folder", () => pack([{ name: "../../etc/passwd", content: Buffer.from("x") }])],
    ["an absolute name", () => pack([{ name: "/etc/passwd", content: Buffer.from("x") }])],
    [
      "the same name twice",
      () => pack([1, 2].map((n) => ({ name: "events.ndjson", content: Buffer.from(`${n}`) }))),
    ],
    ["more files than there are", () => pack([{ name: "policy", content: Buffer.from("x") }], 60_000)],
    ["a bomb that says so", () => pack([{ name: "events.ndjson", content: bomb() }])],
    ["a bomb that says it is small", () => pack([{ name: "manifest.json", content: bomb(), size: 1000 }])],
    [
      "a manifest of a billion events",
      () =>
        repack(zip, "manifest.json", (bytes) =>
          Buffer.from(bytes.toString().replace(`"events":[[0,${EVENTS}]]`, '"events":[[0,1000000000]]')),
        ),
    ],
    ["no events", () => repack(zip, "events.ndjson", () => Buffer.alloc(0))],
    ["a key that is none", () => repack(zip, "log.vkey", () => Buffer.from("x"))],
  ];
  it("are answered, quickly, and never accepted", async () => {
    const { page, complaints } = await open();
    for (const [what, make] of cases) {
      const started = performance.now();
      const text = await choose(page, await make());
      expect(text, what).toMatch(/^(Changed|Incomplete|Cannot be checked)/);
      expect(performance.now() - started, what).toBeLessThan(10_000);
    }
    // And it still works.
    expect(await choose(page, zip)).toContain("Intact");
    expect(complaints).toEqual([]);
  });
});

describe("how it looks", () => {
  for (const colorScheme of ["light", "dark"] as const)
    for (const width of [360, 1280])
      it(`at ${width} px, ${colorScheme}: nothing serious for axe, nothing beside the page`, async () => {
        const { page } = await open({ colorScheme, viewport: { width, height: 1500 } });
        const folder = process.env["TELLTALE_SHOTS"];
        const shoot = async (name: string): Promise<void> => {
          if (folder !== undefined)
            await page.screenshot({ path: path.join(folder, `${name}-${width}-${colorScheme}.png`) });
        };
        for (const [name, bytes] of [
          ["empty", undefined],
          ["intact", zip],
          [
            "changed",
            await repack(zip, "events.ndjson", (content) =>
              Buffer.from(content.toString().replace('"n":2}', '"n":9}')),
            ),
          ],
        ] as const) {
          if (bytes !== undefined) await choose(page, bytes);
          await shoot(name);
          await page.evaluate(AXE);
          const found = await page.evaluate<AxeResults>("axe.run(document)");
          const serious = found.violations.filter(
            ({ impact }) => impact === "serious" || impact === "critical",
          );
          expect(serious.map(({ id, nodes }) => `${name}: ${id} ${nodes[0]?.html}`)).toEqual([]);
          const overflow = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
          expect(overflow, name).toBeLessThanOrEqual(0);
        }
      });
});
