// SPDX-License-Identifier: Apache-2.0
// Renews the published field lists that the mappings are tested against:
//   node scripts/field-lists.mjs <checkout of elastic/ecs> <checkout of ocsf/ocsf-schema>
// Both at the tag of the version that packages/event/src/ecs.ts and ocsf.ts write.
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { parse } from "yaml";
import { root } from "./lib.mjs";

const target = path.join(root, "packages/event/test/fixtures");

/** One line an entry, so that a renewal can be read as a difference. */
function write(name, head, tables) {
  const lines = Object.entries(head).map(
    ([key, value]) => `  ${JSON.stringify(key)}: ${JSON.stringify(value)}`,
  );
  for (const [key, table] of Object.entries(tables)) {
    const rows = Object.entries(table).map(
      ([row, value]) => `    ${JSON.stringify(row)}: ${JSON.stringify(value)}`,
    );
    lines.push(`  ${JSON.stringify(key)}: {\n${rows.join(",\n")}\n  }`);
  }
  writeFileSync(path.join(target, `${name}.json`), `{\n${lines.join(",\n")}\n}\n`);
}

/** Field sets that say something about security events of an application. */
const FIELD_SETS = new Set(
  "base client ecs error event host http log network organization related rule service source trace url user user_agent".split(
    " ",
  ),
);
const ALLOWED = ["event.kind", "event.category", "event.type", "event.outcome"];

function setOf(name) {
  return name.includes(".") ? name.slice(0, name.indexOf(".")) : "base";
}

function ecs(checkout) {
  const flat = parse(readFileSync(path.join(checkout, "generated/ecs/ecs_flat.yml"), "utf8"));
  const fields = {};
  for (const [name, field] of Object.entries(flat)) {
    if (!FIELD_SETS.has(setOf(name))) continue;
    fields[name] = field.normalize?.includes("array") ? `${field.type}[]` : field.type;
  }
  const allowed = {};
  for (const name of ALLOWED) {
    for (const { name: value, expected_event_types: types } of flat[name].allowed_values) {
      allowed[`${name}=${value}`] = types ?? [];
    }
  }
  const version = readFileSync(path.join(checkout, "version"), "utf8").trim();
  const head = { source: "elastic/ecs, generated/ecs/ecs_flat.yml", licence: "Apache-2.0", version };
  write("ecs", head, { fields, allowed });
}

const json = (...parts) => JSON.parse(readFileSync(path.join(...parts), "utf8"));

function named(folder) {
  const found = new Map();
  for (const entry of readdirSync(folder, { recursive: true })) {
    if (!entry.endsWith(".json")) continue;
    const content = json(folder, entry);
    found.set(content.name, content);
  }
  return found;
}

/** Attributes with those that are included and inherited; the nearer definition wins, key by key. */
function resolve(checkout, all, item) {
  const base = item.extends === undefined ? undefined : all.get(item.extends);
  const inherited =
    base === undefined ? { attributes: {}, constraints: undefined } : resolve(checkout, all, base);
  const attributes = structuredClone(inherited.attributes);
  const merge = (more) => {
    for (const [name, attribute] of Object.entries(more)) {
      const before = attributes[name] ?? {};
      attributes[name] = { ...before, ...attribute, enum: { ...before.enum, ...attribute.enum } };
    }
  };
  const { $include: includes = [], ...own } = item.attributes ?? {};
  for (const include of [includes].flat()) {
    const profile = json(checkout, include);
    const optional = Object.entries(profile.attributes).map(([name, attribute]) => [
      name,
      { profile: profile.name, ...attribute },
    ]);
    merge(Object.fromEntries(optional));
  }
  merge(own);
  return { attributes, constraints: item.constraints ?? inherited.constraints };
}

/**
 * An attribute as text: type, `[]` for a list, `!` required or `+` recommended, `@profile` that brings it, `~` deprecated,
 * then `=` and the values of its enumeration.
 */
function toText(dictionary, name, attribute) {
  const known = dictionary.attributes[name] ?? {};
  const type = attribute.type ?? known.type;
  const mark = { required: "!", recommended: "+" }[attribute.requirement] ?? "";
  const profile = typeof attribute.profile === "string" ? `@${attribute.profile}` : "";
  const deprecated = (attribute["@deprecated"] ?? known["@deprecated"]) === undefined ? "" : "~";
  const values = Object.keys({ ...known.enum, ...attribute.enum });
  const object = known.object_type ?? attribute.object_type;
  const word = type === "object_t" || object !== undefined ? `object:${object}` : type;
  const list = known.is_array === true ? "[]" : "";
  return `${word}${list}${mark}${deprecated}${profile}${values.length === 0 ? "" : `=${values.join(",")}`}`;
}

function ocsf(checkout) {
  const dictionary = json(checkout, "dictionary.json");
  const categories = json(checkout, "categories.json").attributes;
  // An attribute of an object is typed `object_t` there, with the name of the object beside it.
  for (const attribute of Object.values(dictionary.attributes)) {
    if (dictionary.types.attributes[attribute.type] !== undefined || attribute.type === "object_t") continue;
    attribute.object_type = attribute.type;
    attribute.type = "object_t";
  }
  const events = named(path.join(checkout, "events"));
  const objects = named(path.join(checkout, "objects"));
  const describe = (all, item) => {
    const { attributes, constraints } = resolve(checkout, all, item);
    const texts = Object.entries(attributes).map(([name, each]) => [name, toText(dictionary, name, each)]);
    return { ...(constraints === undefined ? {} : { constraints }), attributes: Object.fromEntries(texts) };
  };
  const categoryOf = (item) => item.category ?? categoryOf(events.get(item.extends));
  const classes = {};
  for (const item of events.values()) {
    const category = categoryOf(item);
    if (!["iam", "application", "findings"].includes(category)) continue;
    if (item.uid === undefined) continue;
    const deprecated = item["@deprecated"] === undefined ? {} : { deprecated: item["@deprecated"].since };
    const uid = categories[category].uid * 1000 + item.uid;
    classes[uid] = { name: item.name, ...deprecated, ...describe(events, item) };
  }
  const wanted = {};
  for (const name of OBJECTS) wanted[name] = describe(objects, objects.get(name));
  const types = {};
  for (const [name, type] of Object.entries(dictionary.types.attributes)) {
    types[name] = { base: type.type ?? name, regex: type.regex, range: type.range, max: type.max_len };
  }
  const head = {
    source: "ocsf/ocsf-schema, classes of three categories with inherited attributes, and the objects in use",
    licence: "Apache-2.0",
    version: json(checkout, "version.json").version,
  };
  write("ocsf", head, { types, classes, objects: wanted });
}

/** Objects that our mapping writes; the test tells when one is missing here. */
const OBJECTS =
  "metadata product user actor session service network_endpoint http_request http_response url api application finding_info analytic device managed_entity location autonomous_system file web_resource resource_details database databucket table organization evidences trace observable group".split(
    " ",
  );

const [ecsCheckout, ocsfCheckout] = process.argv.slice(2);
if (ecsCheckout === undefined || ocsfCheckout === undefined) {
  console.error(
    "Usage: node scripts/field-lists.mjs <checkout of elastic/ecs> <checkout of ocsf/ocsf-schema>",
  );
  process.exit(64);
}
ecs(ecsCheckout);
ocsf(ocsfCheckout);
