// SPDX-License-Identifier: Apache-2.0
import { expandCollections } from "./collection.js";
import { parseCorrelation } from "./correlation.js";
import { parseDetection } from "./detection.js";
import { SigmaError } from "./errors.js";
import { parseFilter, type FilterCondition } from "./filter.js";
import type { Placeholders } from "./modifiers.js";
import { itemsOf } from "./pipeline/apply.js";
import type { Pipeline } from "./pipeline/pipeline.js";
import { parseExtension } from "./extension.js";
import { readBoolean, readMap, readRequired, readText, readTexts, refuseUnknownKeys } from "./read.js";
import { splitRespond } from "./respond.js";
import { Budget } from "./size.js";
import type { SigmaDocument, SigmaLevel, SigmaMetadata, SigmaRule } from "./types.js";
import { parseYaml, toPlain, type MapNode, type YamlNode } from "./yaml.js";

export interface ParseOptions {
  /** Values for `%name%` under the `expand` modifier. A name that a rule uses and that is missing here is an error. */
  readonly placeholders?: Readonly<Record<string, readonly string[]>>;
  /**
   * Pipelines whose placeholder transformations give values, before `placeholders` does. What else they do is done by
   * `applyPipeline`, to the documents of all files together.
   */
  readonly pipelines?: readonly Pipeline[];
  /** Whether the condition of a filter says what it excludes (default) or, as pySigma reads it, what it keeps. */
  readonly filterCondition?: FilterCondition;
}

/**
 * Reads a Sigma rule file: one or more YAML documents, each a rule, a correlation or a filter (specification 2.1).
 * Throws SigmaError with file, line and key for everything it does not understand. Custom top-level keys are kept in `custom`.
 *
 * @example
 * const documents = parseSigma(await readFile(path, "utf8"), path);
 */
export function parseSigma(text: string, file: string, options: ParseOptions = {}): SigmaDocument[] {
  const budget = new Budget();
  return expandCollections(parseYaml(text, file)).map((node) => parseDocument(node, options, budget));
}

/** Top-level keys that are read; every other key is custom and kept. */
const KNOWN = new Set(
  "title id name level status description author date modified license taxonomy references tags fields falsepositives related logsource detection correlation filter generate telltale".split(
    " ",
  ),
);

function parseDocument(node: YamlNode, options: ParseOptions, budget: Budget): SigmaDocument {
  const map = readMap(node);
  const metadata = readMetadata(map);
  const correlation = map.entries.get("correlation");
  const detection = map.entries.get("detection");
  const filter = map.entries.get("filter");
  const generate = map.entries.get("generate");
  const [, second] = [correlation, filter, detection].filter((part) => part !== undefined);
  if (second !== undefined)
    throw new SigmaError(
      "unsupported",
      second.place,
      "a document is one of a rule, a correlation and a filter",
    );
  if (correlation !== undefined) {
    const atTop = generate === undefined ? false : readBoolean(generate);
    const body = parseCorrelation(correlation, atTop);
    const { respond, rest } = splitRespond(map, body.groupBy);
    const telltale = rest === undefined ? undefined : parseExtension(rest, body);
    return {
      kind: "correlation",
      ...metadata,
      ...body,
      ...(telltale && { telltale }),
      ...(respond && { respond }),
    };
  }
  if (generate !== undefined)
    throw new SigmaError("unknown_key", generate.place, "generate belongs to a correlation");
  const logsource = readLogsource(readRequired(map, "logsource"));
  const reading = { placeholders: toPlaceholders(metadata, logsource, options), budget };
  if (filter !== undefined) {
    const extension = map.entries.get("telltale");
    if (extension !== undefined)
      throw new SigmaError("unknown_key", extension.place, "telltale says nothing in a filter");
    const part = parseFilter(filter, reading, options.filterCondition ?? "excludes");
    return { kind: "filter", ...metadata, logsource, ...part };
  }
  const expression = parseDetection(readRequired(map, "detection"), reading);
  const key = readKey(map);
  const { respond } = splitRespond(map, key ?? []);
  return {
    kind: "rule",
    ...metadata,
    logsource,
    detection: expression,
    ...(key && { key }),
    ...(respond && { respond }),
  };
}

/** Conditions of the pipelines see the rule as it is written, without its detection. */
function toPlaceholders(
  metadata: SigmaMetadata,
  logsource: Readonly<Record<string, string>>,
  options: ParseOptions,
): Placeholders {
  const values = options.placeholders ?? {};
  const document: SigmaRule = { kind: "rule", ...metadata, logsource, detection: { op: "and", args: [] } };
  return (name, place) => {
    const subject = { document, rules: [document], applied: new Set<string>() };
    for (const { transformation, appliesToRule } of itemsOf(options.pipelines ?? [])) {
      if (transformation.kind !== "placeholder" || !appliesToRule(subject)) continue;
      const found = transformation.resolve(name, place);
      if (found !== undefined) return found;
    }
    return Object.hasOwn(values, name) ? values[name] : undefined;
  };
}

const LEVELS: readonly string[] = [
  "informational",
  "low",
  "medium",
  "high",
  "critical",
] satisfies SigmaLevel[];
const STATUSES = ["stable", "test", "experimental", "deprecated", "unsupported"];
const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;

function readMetadata(map: MapNode): SigmaMetadata {
  const titleNode = readRequired(map, "title");
  const title = readText(titleNode);
  if (title.trim() === "" || title.length > 256)
    throw new SigmaError("bad_value", titleNode.place, "must have 1 to 256 characters");
  const id = optionalText(map, "id", (text) => UUID.test(text), "must be a UUID");
  const level = optionalText(
    map,
    "level",
    (text) => LEVELS.includes(text),
    `must be one of ${LEVELS.join(", ")}`,
  );
  const status = optionalText(
    map,
    "status",
    (text) => STATUSES.includes(text),
    `must be one of ${STATUSES.join(", ")}`,
  );
  const texts: Record<string, string> = {};
  for (const key of ["name", "description", "author", "date", "modified", "license"] as const) {
    const text = optionalText(
      map,
      key,
      (value) => value.length <= 65_535,
      "is longer than 65,535 characters",
    );
    if (text !== undefined) texts[key] = text;
  }
  const custom: [string, unknown][] = [];
  for (const [key, node] of map.entries) if (!KNOWN.has(key)) custom.push([key, toPlain(node)]);
  return {
    title,
    ...(id !== undefined && { id: id.toLowerCase() }),
    level: (level ?? "medium") as SigmaLevel,
    ...(status !== undefined && { status }),
    ...texts,
    taxonomy: optionalText(map, "taxonomy", () => true, "") ?? "sigma",
    references: optionalTexts(map, "references"),
    tags: optionalTexts(map, "tags"),
    fields: optionalTexts(map, "fields"),
    falsepositives: optionalTexts(map, "falsepositives"),
    related: readRelated(map),
    custom: Object.fromEntries(custom),
    place: map.place,
  };
}

function optionalText(
  map: MapNode,
  key: string,
  isValid: (text: string) => boolean,
  message: string,
): string | undefined {
  const node = map.entries.get(key);
  if (node === undefined) return undefined;
  const text = readText(node);
  if (!isValid(text)) throw new SigmaError("bad_value", node.place, message);
  return text;
}

function optionalTexts(map: MapNode, key: string): string[] {
  const node = map.entries.get(key);
  return node === undefined ? [] : readTexts(node);
}

function readRelated(map: MapNode): { id: string; type: string }[] {
  const node = map.entries.get("related");
  if (node === undefined) return [];
  if (node.kind !== "list") throw new SigmaError("wrong_type", node.place, "must be a list of id and type");
  return node.items.map((item) => {
    const one = readMap(item);
    return { id: readText(readRequired(one, "id")), type: readText(readRequired(one, "type")) };
  });
}

/** At least one of category, product, service; further keys are kept (specification 2.1, "Log Source"). */
function readLogsource(node: YamlNode): Record<string, string> {
  const entries: [string, string][] = [];
  for (const [key, value] of readMap(node).entries) {
    if (value.kind === "scalar") entries.push([key, readText(value)]);
    else throw new SigmaError("wrong_type", value.place, "must be text");
  }
  if (!entries.some(([key]) => key === "category" || key === "product" || key === "service"))
    throw new SigmaError("missing_key", node.place, "needs category, product or service");
  return Object.fromEntries(entries);
}

/** The Telltale extension: `telltale: { key: [field, …] }`; `respond` beside it is read by `splitRespond`. */
function readKey(map: MapNode): string[] | undefined {
  const node = map.entries.get("telltale");
  if (node === undefined) return undefined;
  const extension = readMap(node);
  refuseUnknownKeys(extension, new Set(["key", "respond"]));
  const keyNode = readRequired(extension, "key");
  const key = readTexts(keyNode);
  if (key.length === 0 || key.length > 20)
    throw new SigmaError("bad_value", keyNode.place, "needs 1 to 20 fields");
  return key;
}
