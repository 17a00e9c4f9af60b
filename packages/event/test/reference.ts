// SPDX-License-Identifier: Apache-2.0
// The tables of docs/reference/events.md, from the code.
import type { Fields, FieldShape } from "../src/index.js";
import { EVENT_SHAPE, isReservedAction, VOCABULARY } from "../src/index.js";

const TYPE_WORDS: Record<string, string> = {
  version: "1",
  strings: "list of strings",
  objects: "list of objects",
  json: "any JSON",
  map: "object of your own fields",
  decimal: "decimal, as a string",
};

function typeOf(shape: FieldShape): string {
  if (shape.type === "enum") return shape.values.map((each) => `\`${each}\``).join(", ");
  return TYPE_WORDS[shape.type] ?? shape.type;
}

/** Where the value of a required top-level field comes from when its sender gave none. */
const FILLED: Record<string, string> = {
  v: "`1`",
  id: "a new UUIDv7",
  time: "the time of arrival",
  source: "`app` as `unknown`, or as the key says",
  action: "refused without",
  outcome: "as its action says",
  level: "as its action says",
};

function requiredText(name: string, shape: FieldShape, top: boolean): string {
  if (shape.required !== true) return "";
  if (shape.missing !== undefined) return `\`${shape.missing}\``;
  return top ? (FILLED[name] ?? "yes") : "yes";
}

function rowsOf(fields: Fields, prefix: string): string[] {
  return Object.entries(fields).flatMap(([key, shape]) => {
    const name = prefix + key;
    const row = `| \`${name}\` | ${typeOf(shape)} | ${requiredText(name, shape, prefix === "")} | ${shape.doc} |`;
    if (shape.type === "object") return [row, ...rowsOf(shape.fields, `${name}.`)];
    if (shape.type === "objects") return [row, ...rowsOf(shape.fields, `${name}[].`)];
    return [row];
  });
}

function fieldTable(): string {
  return ["| field | type | required | what it is |", "|---|---|---|---|", ...rowsOf(EVENT_SHAPE, "")].join(
    "\n",
  );
}

function vocabularyTables(): string {
  const families = [...new Set(VOCABULARY.map((each) => each.family))];
  return families
    .map((family) => {
      const entries = VOCABULARY.filter((each) => each.family === family);
      const reserved = entries.every((each) => isReservedAction(each.action));
      const title = `### ${family}${reserved ? " (only from Telltale itself)" : ""}`;
      const rows = entries.map(
        ({ action, level, outcome, summary, owasp }) =>
          `| \`${action}\` | ${level} | ${outcome} | ${summary}${owasp ? " (OWASP)" : ""} |`,
      );
      return [title, "", "| action | level | outcome | when |", "|---|---|---|---|", ...rows].join("\n");
    })
    .join("\n\n");
}

/** The page with its tables written anew; prose stays as it is. */
export function withTables(page: string): string {
  return Object.entries({ fields: fieldTable(), vocabulary: vocabularyTables() }).reduce(
    (text, [name, table]) =>
      text.replace(
        new RegExp(`(<!-- begin ${name} -->\n)[^]*?(<!-- end ${name} -->)`),
        (_, begin: string, end: string) => `${begin}\n${table}\n\n${end}`,
      ),
    page,
  );
}
