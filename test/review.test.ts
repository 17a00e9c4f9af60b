// SPDX-License-Identifier: Apache-2.0
// A review from end to end: the real program, its index, its log and its protection.
import { createHash } from "node:crypto";
import { verifyReceipt } from "@telltale/merkle";
import { nodeCrypto } from "@telltale/merkle/node";
import { expect, it } from "vitest";
import { createKey, serve, temporaryDirectory, until } from "./harness.js";

const PERSON = { name: "ada", password: "correct horse battery staple" };

interface Answer {
  id: string;
  contentSha256: string;
  counts: Record<string, number>;
  complete: boolean;
  status: string;
  signature: { eventIndex: number; eventId: string } | null;
}

it("is made of what happened, signed by a person, and the signature is proven in the log", async () => {
  const { dir, clean } = temporaryDirectory();
  const ingest = await createKey(dir, "ingest");
  const server = await serve(dir);
  try {
    const token = await until("the set-up link", async () => /#token=(\S+)/.exec(server.output())?.[1]);
    const json = { "content-type": "application/json" };
    const setUp = await fetch(`${server.url}/v1/setup`, {
      method: "POST",
      headers: json,
      body: JSON.stringify({ ...PERSON, token }),
    });
    const { csrf } = (await setUp.json()) as { csrf: string };
    const cookie = setUp.headers.get("set-cookie")?.split(";")[0] ?? "";
    const headers = { ...json, cookie, "x-csrf-token": csrf };
    await fetch(`${server.url}/v1/events`, {
      method: "POST",
      headers: { ...json, authorization: `Bearer ${ingest}` },
      body: JSON.stringify([
        { action: "authn_login_fail", outcome: "failure", actor: { type: "user", id: "alice" } },
        { action: "transaction_payout", money: { amount: "10.00", currency: "EUR" } },
      ]),
    });
    const made = await fetch(`${server.url}/v1/reviews`, {
      method: "POST",
      headers,
      body: JSON.stringify({ from: "-1d", to: "now" }),
    });
    expect(made.status).toBe(201);
    const review = (await made.json()) as Answer;
    // The first administrator of a fresh installation is one too.
    expect(review).toMatchObject({
      complete: true,
      status: "open",
      counts: { "sign-in-failures": 1, money: 1, administrators: 1 },
    });
    const said = await fetch(`${server.url}/v1/reviews/${review.id}/sign`, {
      method: "POST",
      headers,
      body: JSON.stringify({ statement: "Looked at all of it.", contentSha256: review.contentSha256 }),
    });
    const { status, signature } = (await said.json()) as Answer;
    expect(status).toBe("signed");
    const bytes = await (await fetch(`${server.url}/v1/reviews/${review.id}/content`, { headers })).text();
    expect(createHash("sha256").update(bytes).digest("hex")).toBe(review.contentSha256);
    const at = `${server.url}/v1/events/${signature?.eventIndex}`;
    const { line, event } = (await (await fetch(at, { headers })).json()) as { line: string; event: object };
    expect(event).toMatchObject({
      id: signature?.eventId,
      action: "log_review_signed",
      via: "telltale",
      actor: { name: PERSON.name, roles: ["owner"] },
      // Hashes are evidence: protection must not take them for secrets.
      data: {
        contentSha256: review.contentSha256,
        root: expect.stringMatching(/^[A-Za-z0-9+/]{43}=$/) as string,
      },
    });
    expect(event).not.toHaveProperty("protected");
    const proof = await (await fetch(`${at}/proof`, { headers })).text();
    const { vkey } = (await (await fetch(`${server.url}/v1/status`, { headers })).json()) as { vkey: string };
    const receipt = { proof, entry: Buffer.from(line), vkey, crypto: nodeCrypto };
    expect(verifyReceipt(receipt)).toMatchObject({ index: BigInt(signature?.eventIndex ?? -1) });
    const report = await fetch(`${server.url}/v1/reviews/${review.id}/report.html`, { headers });
    expect(report.headers.get("content-security-policy")).toMatch(/^default-src 'none'; style-src 'sha256-/);
    expect(await report.text()).toContain("Looked at all of it.");
  } finally {
    await server.kill("SIGTERM");
    clean();
  }
});
