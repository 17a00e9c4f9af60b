// SPDX-License-Identifier: Apache-2.0
import type { Client } from "../client/client.js";
import { CliFailure } from "../failure.js";
import { formatCount } from "../ui/units.js";
import { type Finding, fail, ok, warn } from "./check.js";
import { checkSkew } from "./machine.js";

/** Whether a server answers. One that was not named may be stopped on purpose, so its silence is only a warning. */
export async function checkServer(client: Client, named: boolean, now: () => number): Promise<Finding[]> {
  let response: Response;
  try {
    response = await client.request("/healthz", { signal: AbortSignal.timeout(5000) });
  } catch (error) {
    if (!(error instanceof CliFailure)) throw error;
    const advice = error.hint ?? "Start it with: telltale serve";
    return [named ? fail("server", error.message, advice) : warn("server", error.message, advice)];
  }
  const text = (await response.text()).slice(0, 200);
  const date = Date.parse(response.headers.get("date") ?? "");
  const clock = Number.isNaN(date) ? [] : [checkSkew(now(), date + 500)];
  if (response.ok) return [ok("server", `${client.url} is well`), ...clock];
  return [
    fail("server", `${client.url} answers ${response.status}: ${text}`, "Look at the server's process log"),
    ...clock,
  ];
}

const LAG_WARN = 100_000;

/** What to do about a target of forwarding. */
const FORWARD_ADVICE = {
  failed: "Mend its settings or the receiver, then Forwarding > Resume; nothing is lost, the log keeps it",
  waiting: "Is the receiver up and reachable from the server? It is asked again by itself; nothing is lost",
  paused: "Somebody paused it: Forwarding > Resume sends what has come since",
  broken: "It does not run: correct or remove it under Forwarding",
};

interface ForwardTarget {
  name?: unknown;
  state?: unknown;
  since?: unknown;
  lag?: unknown;
  lastError?: { message?: unknown; at?: unknown };
}

/** Every target of forwarding, as GET /v1/forward has it: the log's followers do not know the broken ones. */
async function checkForward(client: Client): Promise<Finding[]> {
  let answer: unknown;
  try {
    answer = await client.getJson("/v1/forward");
  } catch (error) {
    if (!(error instanceof CliFailure)) throw error;
    return [warn("forward", error.message, error.hint ?? "Check TELLTALE_KEY")];
  }
  const { targets } = (answer ?? {}) as { targets?: ForwardTarget[] };
  return Array.isArray(targets) ? targets.map(toForwardFinding) : [];
}

function toForwardFinding({ name, state, since, lag, lastError }: ForwardTarget): Finding {
  const title = `forward:${String(name)}`;
  const behind = Number(lag) === 0 ? "up to date" : `${formatCount(Number(lag))} events behind`;
  if (state === "running") return Number(lag) > LAG_WARN ? warnLag(title, Number(lag)) : ok(title, behind);
  const why = typeof lastError?.message === "string" ? `: ${lastError.message}` : "";
  const detail = `${String(state)} since ${String(since)}, ${behind}${state === "paused" ? "" : why}`;
  if (state === "waiting") return warn(title, detail, FORWARD_ADVICE.waiting);
  if (state === "paused") return warn(title, detail, FORWARD_ADVICE.paused);
  return fail(title, detail, state === "broken" ? FORWARD_ADVICE.broken : FORWARD_ADVICE.failed);
}

function warnLag(name: string, lag: number): Finding {
  return warn(
    name,
    `${formatCount(lag)} events behind`,
    "It catches up when less is sent; if not, give it more CPU",
  );
}

interface Status {
  version?: unknown;
  size?: unknown;
  followers?: { name?: unknown; lag?: unknown; error?: unknown }[];
}

/** What only a key may see: version, followers and how far they are behind. */
export async function checkStatus(client: Client, version: string): Promise<Finding[]> {
  let answer: unknown;
  try {
    answer = await client.getJson("/v1/status");
  } catch (error) {
    if (!(error instanceof CliFailure)) throw error;
    return [warn("key", error.message, error.hint ?? "Check TELLTALE_KEY")];
  }
  const status = (answer ?? {}) as Status;
  const found: Finding[] = [
    status.version === version
      ? ok("version", `${version} on both sides`)
      : warn(
          "version",
          `the server has ${String(status.version)}, this program ${version}`,
          "Use the same version",
        ),
  ];
  for (const each of Array.isArray(status.followers) ? status.followers : []) {
    if (String(each.name).startsWith("forward:")) continue;
    const name = `${String(each.name)} lag`;
    const lag = Number(each.lag);
    if (each.error !== undefined)
      found.push(
        fail(
          name,
          typeof each.error === "string" ? each.error : "it failed",
          "Look at the server's process log",
        ),
      );
    else if (lag > LAG_WARN) found.push(warnLag(name, lag));
    else found.push(ok(name, lag === 0 ? "up to date" : `${formatCount(lag)} events behind`));
  }
  return [...found, ...(await checkForward(client))];
}
