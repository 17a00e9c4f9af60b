// SPDX-License-Identifier: Apache-2.0
import { neutralize } from "@telltale/event";

/** Markup that is safe to put into a page: made by `html` only. */
export class Html {
  readonly text: string;
  constructor(text: string) {
    this.text = text;
  }
}

const ENTITIES: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
};

/** Text as HTML shows it, also inside a quoted attribute; what acts on a reader's screen becomes a mark. Line breaks stay. */
export function escapeHtml(text: string): string {
  return text
    .split("\n")
    .map((line) => neutralize(line).replace(/[&<>"']/g, (char) => ENTITIES[char] ?? char))
    .join("\n");
}

type Value = string | number | Html | readonly Html[];

function toMarkup(value: Value): string {
  if (value instanceof Html) return value.text;
  if (typeof value === "string" || typeof value === "number") return escapeHtml(String(value));
  return value.map((each) => each.text).join("");
}

/** A template in which every value is escaped unless it is Html itself. */
export function html(parts: TemplateStringsArray, ...values: readonly Value[]): Html {
  return new Html(
    parts.map((part, i) => (i === 0 ? part : toMarkup(values[i - 1] as Value) + part)).join(""),
  );
}

export const NOTHING = new Html("");
