// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from "vitest";
import { HttpTestPeer, type Answer, type Asked } from "../../../../test/forward/http-peer.js";
import { makeOutgoing } from "../../../../test/forward/sealed.js";
import { secretOf } from "../../../../test/forward/secret.js";
import { describeTarget, type SuitePeer } from "../../../../test/forward/target.suite.js";
import { TargetError } from "../target.js";
import { createSplunk, toHecEvent, type SplunkOptions } from "./splunk.js";

const TOKEN = "11112222-3333-4444-5555-666677778888";

/** The events of a body of concatenated objects, read as a collector does: one JSON value after the other. */
function readConcatenated(body: string): Record<string, unknown>[] {
  const found: Record<string, unknown>[] = [];
  let depth = 0;
  let start = 0;
  let isText = false;
  for (let i = 0; i < body.length; i++) {
    const unit = body[i];
    if (isText) {
      if (unit === "\\") i++;
      else if (unit === '"') isText = false;
    } else if (unit === '"') isText = true;
    else if (unit === "{" && depth++ === 0) start = i;
    else if (unit === "}" && --depth === 0) found.push(JSON.parse(body.slice(start, i + 1)));
  }
  return found;
}

const addressOf = (event: Record<string, unknown>): string =>
  (event["event"] as { metadata: { log_name: string } }).metadata.log_name;

const hec = (code: number, status: number, more: object = {}): Answer => ({
  status,
  body: JSON.stringify({ text: `text ${TOKEN}`, code, ...more }),
});

/** A collector after Splunk's table of codes. */
class Collector implements SuitePeer {
  readonly taken: string[] = [];
  readonly refused = new Set<string>();
  readonly http: HttpTestPeer;
  /** Acknowledgements: on, and how many questions it takes until an id is indexed. */
  acks: number | undefined;
  override: Answer | undefined;
  #ackId = 0;
  readonly #asked = new Map<number, number>();

  constructor() {
    this.http = new HttpTestPeer((asked) => this.#answer(asked));
  }
  get mood() {
    return this.http.mood;
  }
  set mood(mood) {
    this.http.mood = mood;
  }
  target(name: string, over: Partial<SplunkOptions> = {}) {
    return createSplunk({
      name,
      url: this.http.url,
      token: secretOf(TOKEN),
      tls: { insecure: false },
      ack: false,
      gzip: true,
      timeoutMs: 300,
      ackPollMs: 2,
      ackTimeoutMs: 100,
      ...over,
    });
  }
  close() {
    return this.http.close();
  }

  #answer({ headers, body, path }: Asked): Answer {
    if (this.mood === "busy") return hec(9, 503);
    if (this.mood === "no-access" || headers.authorization !== `Splunk ${TOKEN}`) return hec(4, 403);
    if (this.override !== undefined) return this.override;
    if (path.startsWith("/services/collector/ack?channel=")) {
      const { acks } = JSON.parse(body) as { acks: number[] };
      const id = acks[0]!;
      const asked = (this.#asked.get(id) ?? 0) + 1;
      this.#asked.set(id, asked);
      return { status: 200, body: JSON.stringify({ acks: { [id]: asked > (this.acks ?? 0) } }) };
    }
    if (path !== "/services/collector/event") return { status: 404 };
    if (this.acks !== undefined && headers["x-splunk-request-channel"] === undefined) return hec(10, 400);
    const events = readConcatenated(body);
    const bad = events.findIndex((event) => this.refused.has(addressOf(event)));
    if (bad !== -1) return hec(6, 400, { "invalid-event-number": bad });
    this.taken.push(...events.map(addressOf));
    return hec(0, 200, this.acks === undefined ? {} : { ackId: this.#ackId++ });
  }
}

const start = async (): Promise<Collector> => {
  const collector = new Collector();
  await collector.http.start();
  return collector;
};

const moods = {
  dead: "waiting",
  slow: "waiting",
  half: "waiting",
  garbage: "waiting",
  huge: "waiting",
  busy: "waiting",
  "no-access": "failed",
} as const;

describeTarget({ name: "splunk", start, moods, refuses: true, secrets: [TOKEN] });
describeTarget({
  name: "splunk with acknowledgement",
  async start() {
    const collector = await start();
    collector.acks = 2;
    const target = collector.target.bind(collector);
    collector.target = (name) => target(name, { ack: true });
    return collector;
  },
  moods,
  refuses: true,
  secrets: [TOKEN],
});

describe("splunk", () => {
  const signal = new AbortController().signal;

  it("writes the envelope and the event in OCSF", () => {
    const text = toHecEvent(makeOutgoing(3), "security");
    expect(JSON.parse(text)).toMatchObject({
      time: 1795341600.123,
      host: "web-1",
      source: "shop-api",
      sourcetype: "telltale:ocsf:json",
      index: "security",
      event: {
        class_uid: 3002,
        status_id: 2,
        time: 1795341600123,
        metadata: { uid: "0192f000-0000-7000-8000-000000000003", log_name: "main:3" },
      },
    });
    expect(text).not.toContain("\n");
    expect(JSON.parse(toHecEvent(makeOutgoing(1, { time: "who knows" }), undefined))).not.toHaveProperty(
      "time",
    );
  });

  it("sends gzip unless told otherwise, the token in its header and nowhere else", async () => {
    const collector = await start();
    for (const gzip of [true, false]) {
      const target = collector.target("t", { gzip });
      await target.deliver([makeOutgoing(0), makeOutgoing(1)], signal);
      await target.close();
    }
    const [packed, plain] = collector.http.asked;
    expect(packed?.headers["content-encoding"]).toBe("gzip");
    expect(plain?.headers["content-encoding"]).toBeUndefined();
    expect(packed?.body).toBe(plain?.body);
    expect(packed?.body).not.toContain(TOKEN);
    expect(packed?.path).toBe("/services/collector/event");
    await collector.close();
  });

  it.each([
    [1, 403, "no_access"],
    [2, 401, "no_access"],
    [3, 401, "no_access"],
    [4, 403, "no_access"],
    [5, 400, "misconfigured"],
    [6, 400, "bad_content"],
    [7, 400, "misconfigured"],
    [8, 500, "busy"],
    [9, 503, "busy"],
    [10, 400, "misconfigured"],
    [11, 400, "misconfigured"],
    [12, 400, "bad_content"],
    [13, 400, "bad_content"],
    [14, 400, "misconfigured"],
    [15, 400, "bad_content"],
    [16, 400, "misconfigured"],
    [18, 503, "busy"],
    [19, 503, "busy"],
    [20, 503, "busy"],
    [21, 400, "no_access"],
    [22, 400, "no_access"],
    [23, 503, "busy"],
    [26, 429, "busy"],
    [27, 429, "busy"],
    [999, 400, "bad_content"],
    [999, 404, "misconfigured"],
    [999, 413, "too_large"],
    [999, 302, "misconfigured"],
    [999, 200, "bad_answer"],
  ])("takes code %i (status %i) for %s", async (code, status, expected) => {
    const collector = await start();
    collector.override = hec(code, status);
    const target = collector.target("t");
    const error = await target.deliver([makeOutgoing(0)], signal).catch((caught: unknown) => caught);
    expect(error).toBeInstanceOf(TargetError);
    expect((error as TargetError).code).toBe(expected);
    expect((error as TargetError).message).not.toContain(TOKEN);
    expect(collector.http.asked).toHaveLength(1);
    await target.close();
    await collector.close();
  });

  it.each([0, 24, 25])("takes code %i for success", async (code) => {
    const collector = await start();
    collector.override = hec(code, 200);
    expect(await collector.target("t").deliver([makeOutgoing(0)], signal)).toEqual({
      refused: [],
      again: [],
    });
    await collector.close();
  });

  it.each([-1, 2, 1.5, "1", null, undefined])(
    "does not believe the invalid event number %s of two",
    async (bad) => {
      const collector = await start();
      collector.override = hec(6, 400, { "invalid-event-number": bad });
      await expect(
        collector.target("t").deliver([makeOutgoing(0), makeOutgoing(1)], signal),
      ).rejects.toMatchObject({ code: "bad_content" });
      await collector.close();
    },
  );

  it("with acknowledgement: an answer without an id is an error, and so is one that never comes", async () => {
    const collector = await start();
    const target = collector.target("t", { ack: true });
    await expect(target.deliver([makeOutgoing(0)], signal)).rejects.toMatchObject({ code: "misconfigured" });
    collector.acks = Number.POSITIVE_INFINITY;
    await expect(target.deliver([makeOutgoing(0)], signal)).rejects.toMatchObject({ code: "timeout" });
    collector.acks = 3;
    await target.deliver([makeOutgoing(0)], signal);
    await collector.close();
  });
});
