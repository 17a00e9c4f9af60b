// SPDX-License-Identifier: Apache-2.0
// Two ordinary months, and then something that is not: what learning finds at once when history is imported.
import { createKey, until } from "../harness.js";
import { ADMIN, type Site } from "./browser.js";

const DAY_MS = 86_400_000;
const DAYS = 60;
const PEOPLE = ["alice", "bob", "carol", "dave"];

function toSignIn(time: number, id: string, country: string): object {
  return {
    action: "authn_login_success",
    time: new Date(time).toISOString(),
    source: { app: "shop-api" },
    actor: { type: "user", id },
    client: { country, userAgent: "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0" },
  };
}

/** Imports the history; resolves when the anomaly at its end is in the log and can be searched. */
export async function importHistory(site: Site): Promise<void> {
  const key = await createKey(site.dataDir, "backfill");
  const start = Date.now() - (DAYS + 1) * DAY_MS;
  const events = Array.from({ length: DAYS * 4 }, (_, n) => {
    const time = start + Math.floor(n / 4) * DAY_MS + (n % 4) * 3_600_000;
    return PEOPLE.map((id) => toSignIn(time, id, "DE"));
  }).flat();
  events.push(toSignIn(start + DAYS * DAY_MS, "alice", "BR"));
  const response = await fetch(`${site.url}/v1/events`, {
    method: "POST",
    headers: { authorization: `Bearer ${key}`, "content-type": "application/json" },
    body: JSON.stringify(events),
  });
  if (!response.ok) throw new Error(`the import failed: ${await response.text()}`);
  const signedIn = await fetch(`${site.url}/v1/session`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(ADMIN),
  });
  const cookie = signedIn.headers.get("set-cookie")?.split(";")[0] ?? "";
  await until("an anomaly", async () => {
    const found = await fetch(`${site.url}/v1/events?q=action:anomaly_first_seen`, { headers: { cookie } });
    const { events: some } = (await found.json()) as { events: unknown[] };
    return some.length > 0 ? true : undefined;
  });
}
