// SPDX-License-Identifier: Apache-2.0
import { EVENT_SHAPE, type Fields } from "@telltale/event";
import { QueryError } from "./error.js";
import { QUERY_LIMITS } from "./limits.js";

/**
 * How the values of a field are compared. `keyword`: the whole value; `text`: anywhere in it; `decimal`: a number
 * written as text; `ip`: an address; `json`: whatever the sender put there.
 */
export type FieldType = "keyword" | "text" | "number" | "decimal" | "time" | "ip" | "json";

/** A field of the event that a query can name. */
export interface QueryField {
  /** Dotted path in the event. */
  readonly name: string;
  readonly type: FieldType;
  /** The event can hold several values: `targets.id`, `actor.roles`. */
  readonly many: boolean;
  readonly path: readonly string[];
  /** Column of the index. */
  readonly column: string;
  readonly aliases: readonly string[];
  /** Free text looks here too. */
  readonly free: boolean;
  readonly doc: string;
  /** All values that the field can have, when it is a closed list. */
  readonly values?: readonly string[];
}

/** What a filter is applied to: a field of the envelope, or a path inside `data`. */
export type Field = QueryField | DataField;

/** A path inside `data`, written `data.order.id` or `data."weird key"`. */
export interface DataField {
  readonly name: string;
  readonly type: "json";
  readonly many: false;
  readonly path: readonly string[];
  readonly column: "data";
  readonly inData: true;
}

const TYPES: Readonly<Record<string, FieldType>> = {
  message: "text",
  "client.userAgent": "text",
  "client.ip": "ip",
};

const ALIASES: Readonly<Record<string, readonly string[]>> = {
  "actor.id": ["user"],
  "actor.name": ["username"],
  "actor.email": ["email"],
  "actor.roles": ["role"],
  "actor.session": ["session"],
  "client.ip": ["ip"],
  "client.country": ["country"],
  "source.app": ["app"],
  "source.env": ["env"],
  "targets.id": ["target", "target.id"],
  "targets.type": ["target.type"],
  "targets.name": ["target.name"],
  "request.status": ["status"],
  "request.method": ["method"],
  "request.path": ["path"],
  "request.route": ["route"],
  "request.trace": ["trace"],
  "request.durationMs": ["duration"],
  "money.amount": ["amount"],
  "protected.fields.kind": ["protected.kind"],
  "protected.fields.path": ["protected.path"],
  "protected.fields.how": ["protected.how"],
  via: ["key"],
};

/** Free text leaves out what says nothing about this one event, or what nobody would type without its field. */
const NOT_FREE: ReadonlySet<string> = new Set([
  "outcome",
  "level",
  "via",
  "tenant",
  "source.version",
  "source.env",
  "source.boot",
  "actor.type",
  "targets.type",
  "client.country",
  "request.method",
  "request.route",
  "money.amount",
  "money.currency",
  "protected.policy",
  "protected.fields.path",
  "protected.fields.how",
  "protected.fields.kind",
]);

/** Constant, or of use only to a machine that checks the source chain. */
const NOT_SEARCHED: ReadonlySet<string> = new Set(["v", "source.prev"]);

const SERVER_SHAPE: Fields = {
  received: { type: "time", required: true, doc: "When the server received it" },
  via: { type: "string", required: true, doc: "Id of the key that sent it" },
  tenant: { type: "string", doc: "Tenant of that key" },
};

/** Every field that a query can name, in the order of the event. Derived from the event's one table of fields. */
export const QUERY_FIELDS: readonly QueryField[] = [
  ...flatten(SERVER_SHAPE, [], false),
  ...flatten(EVENT_SHAPE, [], false),
];

const BY_NAME: ReadonlyMap<string, QueryField> = new Map(
  QUERY_FIELDS.flatMap((field) => [field.name, ...field.aliases].map((name) => [name.toLowerCase(), field])),
);

/** Names of objects: `actor`, `client`, …, `data`; they can be asked for existence. */
const GROUPS: ReadonlySet<string> = new Set([
  "data",
  ...QUERY_FIELDS.flatMap(({ path }) => path.slice(1).map((_, i) => path.slice(0, i + 1).join("."))),
]);

function flatten(fields: Fields, prefix: readonly string[], many: boolean): QueryField[] {
  return Object.entries(fields).flatMap(([key, shape]) => {
    const path = [...prefix, key];
    const name = path.join(".");
    if (NOT_SEARCHED.has(name) || shape.type === "map") return [];
    if (shape.type === "object") return flatten(shape.fields, path, many);
    if (shape.type === "objects") return flatten(shape.fields, path, true);
    const type = TYPES[name] ?? typeOf(shape.type);
    return [
      {
        name,
        type,
        many: many || shape.type === "strings",
        path,
        column: name.replace(/[A-Z]/g, (upper) => `_${upper.toLowerCase()}`).replaceAll(".", "_"),
        aliases: ALIASES[name] ?? [],
        free: type !== "number" && type !== "time" && !NOT_FREE.has(name),
        doc: shape.doc,
        ...(shape.type === "enum" ? { values: shape.values } : {}),
      },
    ];
  });
}

function typeOf(shape: string): FieldType {
  if (shape === "integer" || shape === "number" || shape === "version") return "number";
  if (shape === "time" || shape === "decimal" || shape === "json") return shape;
  return "keyword";
}

/** True for the name of an object of the event; its existence is that of any of its fields. */
export function isGroup(name: string): boolean {
  return GROUPS.has(name);
}

/** The searchable fields of a group, `data` aside, which has no list of fields. */
export function fieldsOfGroup(name: string): QueryField[] {
  return QUERY_FIELDS.filter((field) => field.name.startsWith(`${name}.`));
}

/** True for a path inside `data`. */
export function isDataField(field: Field): field is DataField {
  return "inData" in field;
}

/** The field of that name or alias, written in any case; `undefined` when there is none. */
export function findField(name: string): QueryField | undefined {
  return BY_NAME.get(name.toLowerCase());
}

/** The field that a parsed filter names; parsing has made sure that it exists. */
export function mustField(name: string): Field {
  return readField(name, 0);
}

/** Reads a field as it stands before the colon. Throws QueryError with the nearest name when there is none. */
export function readField(text: string, position: number): Field {
  if (/^data[.]/i.test(text)) return readDataField(text, position);
  const field = findField(text);
  if (field !== undefined) return field;
  if (isGroup(text)) {
    throw new QueryError(
      "bad_field",
      `"${text}" is a group; name one of its fields, or ask _exists_:${text}`,
      position,
    );
  }
  const near = nearest(text);
  const hint = near === undefined ? "" : ` Did you mean "${near}"?`;
  throw new QueryError(
    "unknown_field",
    `There is no field "${text}".${hint} Your own fields are asked as data.name; text with a colon needs quotes.`,
    position,
  );
}

function readDataField(text: string, position: number): DataField {
  const path: string[] = [];
  let at = 5;
  while (at <= text.length) {
    const [name, end] = text[at] === '"' ? quotedName(text, at) : bareName(text, at);
    if (name === undefined || (end < text.length && text[end] !== ".")) {
      throw new QueryError(
        "bad_field",
        "A path in data is names with dots between: data.order.id",
        position + at,
      );
    }
    path.push(name);
    at = end + 1;
  }
  if (path.length > QUERY_LIMITS.pathNames) {
    throw new QueryError("bad_field", `A path has at most ${QUERY_LIMITS.pathNames} names`, position);
  }
  return { name: dataName(path), type: "json", many: false, path, column: "data", inData: true };
}

function bareName(text: string, from: number): [string | undefined, number] {
  let name = "";
  let at = from;
  for (; at < text.length && text[at] !== "."; at++) {
    if (text[at] === "\\" && at + 1 < text.length) at++;
    name += text[at];
  }
  return [name === "" ? undefined : name, at];
}

function quotedName(text: string, from: number): [string | undefined, number] {
  let name = "";
  for (let at = from + 1; at < text.length; at++) {
    if (text[at] === '"') return [name, at + 1];
    if (text[at] === "\\" && (text[at + 1] === '"' || text[at + 1] === "\\")) at++;
    name += text[at];
  }
  return [undefined, text.length];
}

/** The one way to write a path in data; `readField` reads it back. */
function dataName(path: readonly string[]): string {
  const names = path.map((name) =>
    /^[A-Za-z0-9_@-]+$/.test(name) ? name : `"${name.replace(/["\\]/g, "\\$&")}"`,
  );
  return `data.${names.join(".")}`;
}

function nearest(text: string): string | undefined {
  const wanted = text.toLowerCase().slice(0, 40);
  let best: string | undefined;
  let least = 3;
  for (const field of QUERY_FIELDS) {
    for (const name of [field.name, ...field.aliases]) {
      const distance = editDistance(wanted, name.toLowerCase(), least);
      if (distance < least) {
        least = distance;
        best = name;
      }
    }
    const leaf = field.path.at(-1)?.toLowerCase();
    if (leaf === wanted) return field.name;
  }
  return best;
}

/** Levenshtein distance, or `limit` when it is not below. */
function editDistance(a: string, b: string, limit: number): number {
  if (Math.abs(a.length - b.length) >= limit) return limit;
  let row = Array.from({ length: b.length + 1 }, (_, i) => i);
  for (let i = 0; i < a.length; i++) {
    const next = [i + 1];
    for (let j = 0; j < b.length; j++) {
      const replaced = (row[j] ?? 0) + (a[i] === b[j] ? 0 : 1);
      next.push(Math.min(replaced, (row[j + 1] ?? 0) + 1, (next[j] ?? 0) + 1));
    }
    row = next;
  }
  return Math.min(row[b.length] ?? limit, limit);
}
