// SPDX-License-Identifier: Apache-2.0
import { Document, isMap, isScalar, LineCounter, parseDocument, visit } from "yaml";
import { parseQuery, QueryError, type Query } from "@telltale/query";
import { ConfigError } from "../../config/config-error.js";
import type { BatchLimits } from "./forwarder.js";
import type { Fence } from "./fence.js";
import type { SecretSources } from "./secret-ref.js";
import { Section, type SectionSource } from "./section.js";
import type { Target } from "./target.js";
import { TARGET_KINDS, type TargetKindName } from "./target-kinds.js";

/** One target as its operator described it. */
export interface TargetConfig {
  /** Unique; names its cursor and its files. */
  readonly name: string;
  readonly to: TargetKindName;
  /** The filter as written, to be shown; undefined: all events. */
  readonly filterText: string | undefined;
  readonly filter: Query | undefined;
  readonly from: "beginning" | "now";
  readonly batch: BatchLimits;
  /** Opens nothing yet: the first delivery connects. */
  readonly create: () => Target;
}

const MAX_BYTES = 256 * 1024;
/** In a file, and of all kinds of origin together. */
export const MAX_TARGETS = 64;
const NAME = /^[a-z0-9](?:[a-z0-9-]{0,38}[a-z0-9])?$/;

/**
 * Reads a `forward.yaml`:
 *
 * ```yaml
 * targets:
 *   - name: siem
 *     to: splunk
 *     url: https://splunk.example.com:8088
 *     token: env:SPLUNK_TOKEN
 *     filter: level:critical OR action:authn_*
 *     from: now
 *     batch: { events: 500, bytes: 1048576, waitMs: 1000 }
 *     tls: { ca: /etc/telltale/ca.pem }
 * ```
 *
 * `file` is shown in messages. Throws ConfigError that names file, line and key, and shows no value.
 */
export function parseForwardConfig(text: string, file: string, secrets: SecretSources): TargetConfig[] {
  if (Buffer.byteLength(text) > MAX_BYTES) {
    throw new ConfigError("bad_value", `${file}: the file is larger than ${MAX_BYTES} bytes.`);
  }
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, strict: true, uniqueKeys: true });
  const source: SectionSource = { file, lines, secrets };
  refuseBadYaml(document, source);
  const root = new Section(source, "", document.contents, undefined);
  const sections = root.sections("targets");
  root.finish();
  if (sections.length > MAX_TARGETS) root.fail("targets", `are more than ${MAX_TARGETS}`);
  const names = new Set<string>();
  return sections.map((section) => {
    const target = readTarget(section);
    if (names.has(target.name)) section.fail("name", "is the name of another target, too");
    names.add(target.name);
    return target;
  });
}

/** A target as it is written over the API: the keys and values of one entry of the file. */
export type TargetSettings = Readonly<Record<string, SettingValue | Readonly<Record<string, SettingValue>>>>;
type SettingValue = string | number | boolean;

/**
 * Reads one target that came over the API, by the same rules as one of the file and within the fence. Throws ConfigError
 * that names the key, and shows no value.
 */
export function parseTargetSettings(settings: TargetSettings, fence: Fence): TargetConfig {
  const { contents } = new Document(settings);
  const source: SectionSource = { file: "", lines: new LineCounter(), secrets: fence.secrets, fence };
  return readTarget(new Section(source, "", contents, undefined));
}

/** Refuses what is no YAML, aliases and keys that are no word; throws ConfigError that quotes nothing of the file. */
export function refuseBadYaml(document: Document.Parsed, { file, lines }: SectionSource): void {
  const [error] = [...document.errors, ...document.warnings];
  if (error !== undefined) {
    const { line } = lines.linePos(error.pos[0]);
    // The message of the parser quotes the file, which may hold a secret in spite of all; its code does not.
    throw new ConfigError("bad_value", `${file}:${line}: this is not valid YAML (${error.code}).`);
  }
  visit(document, {
    Alias(_, node) {
      const line = lines.linePos(node.range?.[0] ?? 0).line;
      // An alias inside an alias inside an alias is a small file that is huge when it is read.
      throw new ConfigError("bad_value", `${file}:${line}: aliases (*) are not taken here.`);
    },
    Pair(_, pair) {
      if (isScalar(pair.key) || !isMap(pair.key)) return;
      throw new ConfigError("bad_value", `${file}: a key must be a single word.`);
    },
  });
}

function readTarget(section: Section): TargetConfig {
  const name = section.text("name");
  if (!NAME.test(name)) section.fail("name", "must be of a to z, 0 to 9 and -, at most 40 characters");
  const kinds = Object.keys(TARGET_KINDS) as TargetKindName[];
  const written = section.text("to");
  const to =
    kinds.find((kind) => kind === written) ?? section.fail("to", `must be one of ${kinds.join(", ")}`);
  const kind = TARGET_KINDS[to];
  const filterText = section.optionalText("filter");
  const filter = filterText === undefined ? undefined : readFilter(section, filterText);
  const from = section.oneOf("from", ["beginning", "now"], "beginning");
  const batch = readBatch(section, kind.batch(section));
  const create = kind.read(section, name);
  section.finish();
  return { name, to, filterText, filter, from, batch, create };
}

function readFilter(section: Section, text: string): Query {
  try {
    return parseQuery(text);
  } catch (error) {
    if (!(error instanceof QueryError)) throw error;
    return section.fail("filter", `is no query: ${error.message} (at character ${error.position + 1})`);
  }
}

const LARGEST_BATCH: BatchLimits = { events: 50_000, bytes: 64 * 1024 * 1024, waitMs: 600_000 };
/** Of a target that came over the API: what waits is in memory, and there may be many of them. */
const FENCED_BATCH: BatchLimits = { events: 5_000, bytes: 8 * 1024 * 1024, waitMs: 60_000 };

function readBatch(section: Section, fallback: BatchLimits): BatchLimits {
  const batch = section.optionalSection("batch");
  if (batch === undefined) return fallback;
  const most = section.isFenced ? FENCED_BATCH : LARGEST_BATCH;
  const limits = {
    events: batch.integer("events", { min: 1, max: most.events, fallback: fallback.events }),
    bytes: batch.integer("bytes", { min: 1024, max: most.bytes, fallback: fallback.bytes }),
    waitMs: batch.integer("waitMs", { min: 0, max: most.waitMs, fallback: fallback.waitMs }),
  };
  batch.finish();
  return limits;
}
