// SPDX-License-Identifier: Apache-2.0
import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { QueryError } from "./error.js";
import { QUERY_FIELDS } from "./fields.js";
import { formatQuery } from "./format.js";
import { QUERY_LIMITS } from "./limits.js";
import { parseQuery } from "./parse.js";

const file = new URL("../../../docs/reference/search.md", import.meta.url);
const page = readFileSync(file, "utf8");
const errorsAt = page.indexOf("## Errors");

/** The first cell of each row whose first cell is one code span. */
function examplesIn(text: string): string[] {
  return [...text.matchAll(/^\| `([^`]+)` \| /gm)].map((match) => match[1] ?? "");
}

function fieldTable(): string {
  const rows = QUERY_FIELDS.map(({ name, aliases, type, values, doc }) => {
    const short = aliases.map((each) => `\`${each}\``).join(", ");
    const kind = values === undefined ? type : values.map((each) => `\`${each}\``).join(", ");
    return `| \`${name}\` | ${short} | ${kind} | ${doc} |`;
  });
  return ["| field | short | type | what it is |", "|---|---|---|---|", ...rows].join("\n");
}

describe("docs/reference/search.md", () => {
  test("lists every field of the code", async () => {
    const written = page.replace(
      /(<!-- begin fields -->\n)[^]*?(<!-- end fields -->)/,
      (_, begin: string, end: string) => `${begin}\n${fieldTable()}\n\n${end}`,
    );
    expect(written).toContain("| `actor.id` | `user` |");
    await expect(written).toMatchFileSnapshot(file.pathname);
  });

  const examples = examplesIn(page.slice(0, page.indexOf("## Fields")));
  test("has examples", () => {
    expect(examples.length).toBeGreaterThan(35);
  });
  test.each(examples)("%s is understood", (text) => {
    const query = parseQuery(text);
    expect(parseQuery(formatQuery(query))).toEqual(query);
  });

  const mistakes = [...page.slice(errorsAt).matchAll(/^\| `([^`]+)` \| (\d+) \|/gm)];
  test.each(mistakes.map((match) => [match[1] ?? "", Number(match[2])] as const))(
    "%s is a mistake at %i",
    (text, position) => {
      let thrown: unknown;
      try {
        parseQuery(text);
      } catch (error) {
        thrown = error;
      }
      expect(thrown).toBeInstanceOf(QueryError);
      expect(thrown).toMatchObject({ position });
    },
  );

  test("states the limits of the code", () => {
    const { chars, terms, depth, valueChars, wildcards } = QUERY_LIMITS;
    expect(page).toContain(
      `Limits: ${chars.toLocaleString("en")} characters, ${terms} terms, parentheses and NOTs ${depth} deep, ${valueChars.toLocaleString("en")} characters and ${wildcards} wildcards in one value.`,
    );
  });
});
