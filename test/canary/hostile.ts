// SPDX-License-Identifier: Apache-2.0
// Requests that are wrong in every way we know of, each with a secret where the mistake is.
import { connect } from "node:net";
import { gzipSync } from "node:zlib";
import type { Canary } from "./corpus.js";

export interface Target {
  readonly url: string;
  /** Keys of these roles. */
  readonly ingest: string;
  readonly read: string;
  readonly admin: string;
}

interface Init extends Omit<RequestInit, "headers"> {
  readonly headers?: Readonly<Record<string, string>>;
}

type Send = (path: string, init: Init, key?: string) => Promise<string>;

/** Sends them all; gives what was answered. The server may close the connection: that is an answer. */
export async function sendHostile(target: Target, { text, class: kept }: Canary): Promise<string[]> {
  const send: Send = async (path, init, key = target.ingest) => {
    const headers = { authorization: `Bearer ${key}`, "content-type": "application/json", ...init.headers };
    try {
      const response = await fetch(`${target.url}${path}`, { ...init, headers });
      return await response.text();
    } catch (error) {
      return `no answer: ${String(error)}`;
    }
  };
  const answers = await Promise.all([
    ...bodies(text).map((body) => send("/v1/events", { method: "POST", body })),
    ...lines(text, send),
    ...otlp(text, send),
    ...addresses(text, send, target.read),
    ...headers(text, send, target.url),
    ...(kept === "secret" ? named(text, send, target.admin) : []),
    ...signIns(text, send),
    ...byPeople(text, send, target.admin),
    sendRaw(target.url, `GET /${text.replace(/\s/g, "")} HTTP/9.9\r\n\r\n`),
    sendRaw(target.url, `POST /v1/events HTTP/1.1\r\nhost: x\r\n${text}\r\n\r\n`),
    sendRaw(target.url, `${text}\r\n\r\n`),
  ]);
  return answers;
}

function bodies(text: string): string[] {
  const quoted = JSON.stringify(text);
  return [
    text,
    `{"action":"x","message":${quoted}`,
    `{"action":"x","message":${quoted.slice(0, -1)}`,
    `[{"action":"x","message":${quoted}},`,
    `{"action":"x",${quoted}}`,
    `{"action":"x","message":${quoted},"message":${quoted}}`,
    `{"message":${quoted}}`,
    `{"action":5,"message":${quoted}}`,
    `[${quoted}]`,
    quoted,
    `{"action":"x","data":${'{"a":'.repeat(60)}${quoted}${"}".repeat(60)}}`,
    JSON.stringify({ action: "x", message: `${text} ${"m".repeat(62_000)}` }),
    JSON.stringify({ action: "x", message: `${"m".repeat(58_000)} ${text}` }),
    JSON.stringify({
      action: "x",
      data: Object.fromEntries(Array.from({ length: 400 }, (_, n) => [`k${n}`, text])),
    }),
    `{"action":"x","message":"\u0000${text}\u001b"}`,
  ];
}

function lines(text: string, send: Send): Promise<string>[] {
  const body = [`{"action":"x"}`, text, `"${text}"`, `{"message":"${text}`, `{"action":"y"}`].join("\n");
  const ndjson = { "content-type": "application/x-ndjson" };
  return [
    send("/v1/events", { method: "POST", headers: ndjson, body }),
    send("/v1/events", {
      method: "POST",
      headers: { ...ndjson, "content-encoding": "gzip" },
      body: gzipSync(body),
    }),
    send("/v1/events", { method: "POST", headers: { "content-encoding": "gzip" }, body }),
    send("/v1/events", {
      method: "POST",
      headers: { "content-encoding": "gzip" },
      body: gzipSync(body).subarray(0, 40),
    }),
  ];
}

function otlp(text: string, send: Send): Promise<string>[] {
  return [
    text,
    JSON.stringify({
      resourceLogs: [{ scopeLogs: [{ logRecords: [text, { body: text }, { severityText: text }] }] }],
    }),
    JSON.stringify({ resourceLogs: text }),
    `{"resourceLogs":[${JSON.stringify(text)}`,
  ].map((body) => send("/v1/logs", { method: "POST", body }));
}

function addresses(text: string, send: Send, read: string): Promise<string>[] {
  const value = encodeURIComponent(text);
  const quoted = encodeURIComponent(JSON.stringify(text));
  return [
    `/v1/events?q=${value}`,
    `/v1/events?q=message:${quoted}`,
    `/v1/events?q=action:x&cursor=${value}`,
    `/v1/events?from=${value}`,
    `/v1/events?${value}=1`,
    `/v1/histogram?q=data.note:${quoted}`,
    `/v1/events/${value}`,
    `/v1/events/${value}/proof`,
    `/v1/alerts/${value}`,
    `/v1/alerts/${value}/evidence`,
    `/unknown/${value}`,
    `/v1/unknown?password=${value}`,
    `/setup/${value}`,
    `/log/tile/${value}`,
  ].map((path) => send(path, {}, read));
}

/** What a header can carry. */
const printable = (text: string): string => text.replace(/[^\x20-\x7e]/g, "");

function headers(text: string, send: Send, url: string): Promise<string>[] {
  const value = printable(text);
  const body = `{"action":"canary_header"}`;
  const names = [
    "x-api-key",
    "cookie",
    "user-agent",
    "referer",
    "x-forwarded-for",
    "content-encoding",
    "content-type",
  ];
  return [
    ...names.map((name) => send("/v1/events", { method: "POST", body, headers: { [name]: value } })),
    send("/v1/events", { method: "POST", body, headers: { "telltale-seen": value } }),
    send("/v1/events", { method: "POST", body }, value),
    send("/v1/events", {}, value),
    send("/v1/session", {
      method: "POST",
      body: "{}",
      headers: { origin: url, cookie: `telltale=${value}` },
    }),
  ];
}

/** Where a name belongs: an address may stand there, a secret may not. */
function named(text: string, send: Send, admin: string): Promise<string>[] {
  const quoted = JSON.stringify(text);
  return [
    send("/v1/events", { method: "POST", body: `{"action":${quoted},"action":${quoted}}` }),
    send("/v1/logs", {
      method: "POST",
      body: JSON.stringify({ resourceLogs: [{ scopeLogs: [{ logRecords: [{ eventName: text }] }] }] }),
    }),
    send(
      "/v1/keys",
      { method: "POST", body: JSON.stringify({ role: "read", name: text.slice(0, 100) }) },
      admin,
    ),
  ];
}

/** What people write who look after the log. */
function byPeople(text: string, send: Send, admin: string): Promise<string>[] {
  const scope = { first: 0, next: 1 };
  return [
    send(
      "/v1/holds",
      { method: "POST", body: JSON.stringify({ name: "a case", reason: text, scope }) },
      admin,
    ),
    send("/v1/keys/none", { method: "DELETE", body: JSON.stringify({ reason: text }) }, admin),
    send("/v1/alerts/none", { method: "PATCH", body: JSON.stringify({ comment: text }) }, admin),
    send("/v1/forward/none/pause", { method: "POST", body: JSON.stringify({ reason: text }) }, admin),
  ];
}

function signIns(text: string, send: Send): Promise<string>[] {
  return [
    send("/v1/session", { method: "POST", body: JSON.stringify({ name: text, password: "x" }) }),
    send("/v1/session", { method: "POST", body: JSON.stringify({ name: "bob", password: text }) }),
    send("/v1/session", { method: "POST", body: JSON.stringify({ [text]: text }) }),
    send("/v1/setup", { method: "POST", body: JSON.stringify({ token: text, name: text, password: text }) }),
  ];
}

function sendRaw(url: string, bytes: string): Promise<string> {
  const { hostname, port } = new URL(url);
  return new Promise((resolve) => {
    let answer = "";
    const socket = connect(Number(port), hostname, () => socket.end(bytes));
    socket.setTimeout(5_000, () => socket.destroy());
    socket.on("data", (chunk: Buffer) => (answer += chunk.toString("latin1")));
    socket.on("error", (error) => (answer += String(error)));
    socket.on("close", () => resolve(answer));
  });
}
