// SPDX-License-Identifier: Apache-2.0

/** The two servers that speak this protocol; they differ in the type for objects with unknown keys. */
export type Distribution = "elasticsearch" | "opensearch";

/** Above Elastic's built-in `logs-*-*` templates, which have 100. */
const PRIORITY = 200;

// A term of Lucene has at most 32,766 bytes: a longer value would make the server refuse the whole event.
const keyword = { type: "keyword", ignore_above: 1024 };
const text = { type: "text" };
const date = { type: "date", ignore_malformed: true };
// What an application says is an address need not be one.
const ip = { type: "ip", ignore_malformed: true };
const long = { type: "long", ignore_malformed: true };
const unsearched = { type: "object", enabled: false };

function object(properties: object): object {
  return { properties };
}

function user(): object {
  return object({
    id: keyword,
    name: keyword,
    email: keyword,
    roles: keyword,
    target: object({ id: keyword, name: keyword }),
  });
}

/** The fields of `toEcs` and their types. What is not here is stored and shown, but not searched. */
export function toMappings(distribution: Distribution): object {
  const free =
    distribution === "opensearch"
      ? { type: "flat_object" }
      : // As deep as an event may be, and the field itself.
        { type: "flattened", ignore_above: 1024, depth_limit: 40 };
  return {
    // A sender chooses names under `data`: none of them may become a field of the index (mapping explosion).
    dynamic: false,
    date_detection: false,
    properties: {
      "@timestamp": { type: "date" },
      message: text,
      ecs: object({ version: keyword }),
      event: object({
        kind: keyword,
        category: keyword,
        type: keyword,
        action: keyword,
        outcome: keyword,
        severity: long,
        id: keyword,
        created: date,
        ingested: date,
        reason: keyword,
        duration: long,
        provider: keyword,
      }),
      user: user(),
      client: object({
        address: keyword,
        ip,
        port: long,
        geo: object({ country_iso_code: keyword }),
        as: object({ number: long, organization: object({ name: keyword }) }),
      }),
      source: object({ address: keyword, ip, port: long }),
      user_agent: object({ original: keyword }),
      http: object({
        request: object({ id: keyword, method: keyword }),
        response: object({ status_code: long }),
      }),
      url: object({ path: keyword }),
      trace: object({ id: keyword }),
      service: object({
        name: keyword,
        version: keyword,
        environment: keyword,
        node: object({ name: keyword }),
      }),
      organization: object({ id: keyword }),
      related: object({ user: keyword, ip }),
      telltale: object({
        address: keyword,
        via: keyword,
        level: keyword,
        outcome: keyword,
        route: keyword,
        targets: object({ type: keyword, id: keyword, name: keyword }),
        changes: unsearched,
        money: object({ amount: keyword, currency: keyword, from: keyword, to: keyword }),
        data: free,
        protected: unsearched,
      }),
    },
  };
}

/** The index template for the data stream. */
export function toIndexTemplate(stream: string, distribution: Distribution): object {
  return {
    index_patterns: [stream],
    data_stream: {},
    priority: PRIORITY,
    template: { mappings: toMappings(distribution) },
    _meta: { managed_by: "telltale", version: 1 },
  };
}
