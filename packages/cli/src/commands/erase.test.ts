// SPDX-License-Identifier: Apache-2.0
import type { ServerResponse } from "node:http";
import { afterEach, describe, expect, it } from "vitest";
import { answerJson, type FakeRequest, type FakeServer, startFakeServer } from "../../test/fake-server.js";
import { type Ran, runCommand } from "../../test/test-io.js";

const ASKED = { id: "e1", alias: "sub_a", status: "requested", heldBy: [], certificate: null };
const DONE = {
  ...ASKED,
  status: "done",
  certificate: { leftPlain: ["client.ip", "data"], copiesGone: null },
};

let server: FakeServer | undefined;
afterEach(() => server?.close());

async function start(answer: unknown = ASKED, status = 200): Promise<void> {
  const serve = ({ method, path }: FakeRequest, response: ServerResponse): void => {
    if (path === "/v1/session" && method === "POST")
      return answerJson(response, 200, { csrf: "token" }, { "set-cookie": "telltale_session=abc; HttpOnly" });
    if (path === "/v1/session") return answerJson(response, 200, {});
    return answerJson(response, status, answer);
  };
  server = await startFakeServer(serve);
}

const erase = (...args: string[]): Promise<Ran> =>
  runCommand(["erase", ...args, "--url", server?.url ?? "http://127.0.0.1:1"], {
    input: "pass phrase\n",
    env: { TELLTALE_KEY: "tt_admin_x" },
  });
const sent = () => server?.requests.filter(({ path }) => path.startsWith("/v1/erasures"));

describe("erase", () => {
  it("asks as a person, and prints the id alone", async () => {
    await start();
    const ran = await erase("--subject", "u7", "--tenant", "acme", "--reason", "a request", "--user", "ada");
    expect([ran.code, ran.stdout]).toEqual([0, "e1\n"]);
    expect(ran.stderr).toContain("Somebody else approves it");
    const [request] = sent() ?? [];
    expect(request).toMatchObject({ method: "POST", path: "/v1/erasures" });
    expect(request?.headers["x-csrf-token"]).toBe("token");
    expect(JSON.parse(request?.body ?? "")).toEqual({ subject: "u7", tenant: "acme", reason: "a request" });
    expect(JSON.stringify(server?.requests.at(-1))).toContain("DELETE");
  });

  it("approves, and says what is not erased", async () => {
    await start(DONE);
    const ran = await erase("approve", "e/1", "--user", "bob");
    expect(ran.code).toBe(0);
    expect(ran.stderr).toContain("Not erased, because the policy leaves it: client.ip, data.");
    expect(ran.stderr).toContain("still hold the key: destroy them");
    expect(sent()?.[0]?.path).toBe("/v1/erasures/e%2F1/approve");
  });

  it("says which hold it waits for, and cancels with a reason", async () => {
    await start({ ...ASKED, status: "deferred", heldBy: ["h1"] });
    expect((await erase("approve", "e1", "--user", "bob")).stderr).toContain("waits for a legal hold: h1");
    expect((await erase("cancel", "e1", "--user", "bob", "--reason", "a mistake")).code).toBe(0);
    expect(sent()?.at(-1)).toMatchObject({ path: "/v1/erasures/e1/cancel", body: '{"reason":"a mistake"}' });
  });

  it("lists with a key, and shows nothing that a terminal would act on", async () => {
    await start({ erasures: [{ ...DONE, alias: "sub_\u001b[31m" }] });
    const ran = await erase("list");
    expect(ran.code).toBe(0);
    expect(ran.stdout).toContain("done");
    expect(ran.stdout).not.toContain("\u001b");
    expect(JSON.parse((await erase("list", "--json")).stdout)).toMatchObject({ erasures: [{ id: "e1" }] });
  });

  it("fails when it is refused, answered oddly, or asked for with half of it", async () => {
    await start({ error: { code: "forbidden", message: "it takes two people" } }, 403);
    const refused = await erase("approve", "e1", "--user", "ada");
    expect(refused.code).not.toBe(0);
    expect(refused.stderr).toContain("it takes two people");
    await server?.close();
    await start({ id: 7 });
    expect((await erase("approve", "e1", "--user", "bob")).code).not.toBe(0);
    expect((await erase("list")).code).not.toBe(0);
    expect((await erase("--subject", "u7", "--user", "ada")).code).toBe(64);
  });
});
