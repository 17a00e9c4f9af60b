// SPDX-License-Identifier: Apache-2.0
import { toEcs, VOCABULARY, type SecurityEvent } from "@telltale/event";
import { describe, expect, it } from "vitest";
import { HttpTestPeer, type Answer, type Asked } from "../../../../test/forward/http-peer.js";
import { makeEvent, makeOutgoing } from "../../../../test/forward/sealed.js";
import { secretOf } from "../../../../test/forward/secret.js";
import { describeTarget, type SuitePeer } from "../../../../test/forward/target.suite.js";
import { toMappings } from "./elastic-template.js";
import { createElastic, toBulkLines, type ElasticOptions } from "./elastic.js";

const KEY = "VnVhQ2ZHY0JDZGJrUW0tZTVhT3g6dWkybHAyYXhUTm1zeWFrdzl0dk5udw==";
const STREAM = "logs-telltale.audit-default";

const json = (status: number, body: object): Answer => ({ status, body: JSON.stringify(body) });
const failure = (status: number, type: string): Answer =>
  json(status, { error: { type, reason: `because of ${KEY}` }, status });

/** A cluster: templates, data streams and bulk requests as the specification of Elasticsearch has them. */
class Cluster implements SuitePeer {
  readonly taken: string[] = [];
  readonly refused = new Set<string>();
  readonly http: HttpTestPeer;
  readonly stored = new Map<string, object>();
  readonly templates = new Map<string, { template: { mappings: object } }>();
  readonly streams = new Set<string>();
  distribution: string | undefined;
  mayManage = true;
  /** Items that are answered with this status once. */
  readonly once = new Map<string, number>();

  constructor() {
    this.http = new HttpTestPeer((asked) => this.#answer(asked));
  }
  get mood() {
    return this.http.mood;
  }
  set mood(mood) {
    this.http.mood = mood;
  }
  target(name: string, over: Partial<ElasticOptions> = {}) {
    return createElastic({
      name,
      url: this.http.url,
      auth: { kind: "api-key", key: secretOf(KEY) },
      tls: { insecure: false },
      stream: STREAM,
      setup: true,
      gzip: true,
      timeoutMs: 300,
      ...over,
    });
  }
  close() {
    return this.http.close();
  }

  #answer(asked: Asked): Answer {
    const { method, path, headers, body } = asked;
    if (this.mood === "busy") return failure(429, "es_rejected_execution_exception");
    if (this.mood === "no-access") return failure(401, "security_exception");
    if (![`ApiKey ${KEY}`, `Basic ${btoa(`writer:${KEY}`)}`].includes(headers.authorization ?? ""))
      return failure(401, "security_exception");
    if (path === "/") {
      const { distribution } = this;
      return json(200, {
        version: { number: "9.1.0", ...(distribution === undefined ? {} : { distribution }) },
      });
    }
    const [, kind, name = ""] = path.split(/[/?]/);
    if (kind === "_index_template" || kind === "_data_stream") {
      if (!this.mayManage) return failure(403, "security_exception");
      return kind === "_index_template" ? this.#template(method, name, body) : this.#stream(method, name);
    }
    return path.startsWith(`/${STREAM}/_bulk?`) ? this.#bulk(asked) : failure(404, "no_such_route");
  }

  #template(method: string, name: string, body: string): Answer {
    if (method === "GET")
      return this.templates.has(name)
        ? json(200, { index_templates: [] })
        : failure(404, "resource_not_found");
    this.templates.set(name, JSON.parse(body));
    return json(200, { acknowledged: true });
  }

  #stream(method: string, name: string): Answer {
    if (method === "GET")
      return this.streams.has(name)
        ? json(200, { data_streams: [] })
        : failure(404, "index_not_found_exception");
    if (this.streams.has(name)) return failure(400, "resource_already_exists_exception");
    this.streams.add(name);
    return json(200, { acknowledged: true });
  }

  #bulk({ body, headers }: Asked): Answer {
    if (!body.endsWith("\n")) return failure(400, "illegal_argument_exception");
    const lines = body.trimEnd().split("\n");
    const items: object[] = [];
    for (let i = 0; i < lines.length; i += 2) {
      const { create } = JSON.parse(lines[i]!) as { create: { _id: string } };
      const id = create._id;
      const status = this.once.get(id) ?? (this.refused.has(id) ? 400 : this.stored.has(id) ? 409 : 201);
      this.once.delete(id);
      if (status === 201) {
        this.stored.set(id, JSON.parse(lines[i + 1]!));
      }
      if (status === 201 || status === 409) this.taken.push(id);
      const error = {
        type: "document_parsing_exception",
        reason: `field of ${headers.authorization} or ${KEY}`,
      };
      items.push({ create: status === 201 ? { status } : { status, error } });
    }
    return json(200, { errors: items.some((each) => "error" in (each as { create: object }).create), items });
  }
}

const start = async (): Promise<Cluster> => {
  const cluster = new Cluster();
  await cluster.http.start();
  return cluster;
};

describeTarget({
  name: "elastic",
  start,
  moods: {
    dead: "waiting",
    slow: "waiting",
    half: "waiting",
    garbage: "waiting",
    huge: "waiting",
    busy: "waiting",
    "no-access": "failed",
  },
  refuses: true,
  secrets: [KEY],
});

const leavesOf = (value: unknown, path: string[] = []): string[] =>
  Array.isArray(value)
    ? value.flatMap((each) => leavesOf(each, path))
    : typeof value === "object" && value !== null
      ? Object.entries(value).flatMap(([key, child]) => leavesOf(child, [...path, key]))
      : [path.join(".")];

/** The type of the field in a mapping, or of the object that holds it and is searched as a whole. */
function typeIn(mappings: object, field: string): string | undefined {
  let node = mappings as { properties?: Record<string, object>; type?: string };
  for (const name of field.split(".")) {
    const next = node.properties?.[name];
    if (next === undefined) return node.type;
    node = next;
  }
  return node.type;
}

const FULL: Partial<SecurityEvent> = {
  tenant: "acme",
  reason: "bad_password",
  message: "Sign-in failed",
  actor: { type: "user", id: "u", name: "n", email: "e@x.example", roles: ["admin"], session: "s" },
  targets: [{ type: "user", id: "v", name: "w" }],
  client: { ip: "::1", port: 5, userAgent: "a", country: "DE", asn: 3320, org: "o" },
  request: { id: "r", trace: "t", method: "GET", path: "/", route: "/:x", status: 200, durationMs: 1.5 },
  changes: [{ field: "f", from: 1, to: { deep: true } }],
  money: { amount: "1.00", currency: "EUR", from: "a", to: "b" },
  protected: { policy: "1", fields: [] },
};

describe("elastic", () => {
  const signal = new AbortController().signal;

  it("writes two lines an event, with the address as the id and ECS as the document", () => {
    const [action, document, rest] = toBulkLines(makeOutgoing(3)).split("\n");
    expect(action).toBe('{"create":{"_id":"main:3"}}');
    expect(JSON.parse(document!)).toMatchObject({
      "@timestamp": "2026-11-22T10:00:00.123Z",
      event: { action: "authn_login_fail", outcome: "failure", ingested: "2026-11-22T10:00:00.500Z" },
      telltale: { address: "main:3" },
    });
    expect(rest).toBe("");
  });

  it("has a type for every field that the mapping to ECS can write", () => {
    for (const distribution of ["elasticsearch", "opensearch"] as const) {
      const mappings = toMappings(distribution);
      for (const { action } of VOCABULARY) {
        const document = toEcs(makeEvent(1, { ...FULL, action }), "main:1");
        const missing = leavesOf(document).filter((field) => typeIn(mappings, field) === undefined);
        expect(missing).toEqual([]);
      }
    }
    // Guards the guard: a field that no mapping has is found.
    expect(typeIn(toMappings("opensearch"), "user.shoe_size")).toBeUndefined();
  });

  it("makes template and data stream once, with the types of the distribution", async () => {
    for (const distribution of [undefined, "opensearch"]) {
      const cluster = await start();
      cluster.distribution = distribution;
      const target = cluster.target("t");
      await target.deliver([makeOutgoing(0)], signal);
      await target.deliver([makeOutgoing(1)], signal);
      const made = cluster.http.asked.filter(({ method }) => method === "PUT").map(({ path }) => path);
      expect(made).toEqual([`/_index_template/${STREAM}`, `/_data_stream/${STREAM}`]);
      expect(cluster.templates.get(STREAM)).toMatchObject({
        index_patterns: [STREAM],
        data_stream: {},
        priority: 200,
      });
      const { mappings } = cluster.templates.get(STREAM)!.template;
      expect(typeIn(mappings, "telltale.data")).toBe(
        distribution === undefined ? "flattened" : "flat_object",
      );
      await cluster.close();
    }
  });

  it("leaves a template alone that is there", async () => {
    const cluster = await start();
    const own = { template: { mappings: {} } };
    cluster.templates.set(STREAM, own);
    cluster.streams.add(STREAM);
    await cluster.target("t").deliver([makeOutgoing(0)], signal);
    expect(cluster.templates.get(STREAM)).toBe(own);
    await cluster.close();
  });

  it("writes with a credential that may do nothing else", async () => {
    const cluster = await start();
    cluster.mayManage = false;
    await cluster.target("t").deliver([makeOutgoing(0)], signal);
    await cluster.target("u", { setup: false }).deliver([makeOutgoing(1)], signal);
    expect(cluster.taken).toEqual(["main:0", "main:1"]);
    await cluster.close();
  });

  it("takes basic authentication, and calls the password by no name", async () => {
    const cluster = await start();
    const target = cluster.target("t", {
      auth: { kind: "basic", user: "writer", password: secretOf(KEY) },
    });
    cluster.refused.add("main:0");
    const { refused } = await target.deliver([makeOutgoing(0)], signal);
    expect(refused[0]?.reason).toBe("400 document_parsing_exception: field of Basic [secret] or [secret]");
    await cluster.close();
  });

  it("judges each item: stored, there already, refused, again later", async () => {
    const cluster = await start();
    const target = cluster.target("t");
    await target.deliver([makeOutgoing(1)], signal);
    cluster.refused.add("main:2");
    cluster.once.set("main:3", 429).set("main:4", 503);
    const result = await target.deliver(
      [0, 1, 2, 3, 4, 5].map((n) => makeOutgoing(n)),
      signal,
    );
    expect(result.refused.map(({ position }) => position)).toEqual([2]);
    expect(result.again).toEqual([3, 4]);
    expect(result.why).toContain("429");
    expect([...cluster.stored.keys()]).toEqual(["main:1", "main:0", "main:5"]);
    await cluster.close();
  });

  it.each([
    [403, "no_access"],
    [404, "misconfigured"],
    [700, "bad_answer"],
  ])("an item with %i is nobody's fault but the set-up's (%s)", async (status, code) => {
    const cluster = await start();
    cluster.once.set("main:1", status);
    await expect(
      cluster.target("t").deliver([makeOutgoing(0), makeOutgoing(1)], signal),
    ).rejects.toMatchObject({ code });
    await cluster.close();
  });

  it.each(["{}", '{"items":[]}', '{"items":{"length":1}}', "[]", "null", '{"errors":false,"items":[null]}'])(
    "does not believe the answer %s",
    async (body) => {
      const peer = new HttpTestPeer(() => ({ status: 200, body }));
      await peer.start();
      const target = createElastic({
        name: "t",
        url: peer.url,
        auth: { kind: "none" },
        tls: { insecure: false },
        stream: STREAM,
        setup: false,
        gzip: false,
      });
      await expect(target.deliver([makeOutgoing(0)], signal)).rejects.toMatchObject({ code: "bad_answer" });
      await target.close();
      await peer.close();
    },
  );
});
