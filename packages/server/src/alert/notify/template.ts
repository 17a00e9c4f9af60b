// SPDX-License-Identifier: Apache-2.0
import { toCard } from "./card.js";
import type { Notice } from "./notice.js";

/** How a value is written where it stands. */
export type TemplateForm = "json" | "text" | "form";

const MAX_TEMPLATE = 16 * 1_024;
const MAX_RESULT = 64 * 1_024;
const MAX_VALUE = 2_000;

/** Every name that may stand between `{{` and `}}`, with what it gives. There is no logic: no loops, no conditions. */
const FIELDS: Readonly<Record<string, (notice: Notice) => string>> = {
  type: (notice) => notice.type,
  delivery: (notice) => notice.delivery,
  at: (notice) => notice.at,
  link: (notice) => notice.link ?? "",
  title: (notice) => toCard(notice).title,
  summary: (notice) => toCard(notice).summary,
  level: (notice) => toCard(notice).level,
  lines: (notice) => toCard(notice).lines.join("; "),
  reason: (notice) => (notice.type === "alert" ? notice.reason : notice.type),
  "alert.id": (notice) => (notice.type === "alert" ? notice.alert.id : ""),
  "alert.rule": (notice) => (notice.type === "alert" ? notice.alert.ruleId : ""),
  "alert.status": (notice) => (notice.type === "alert" ? notice.alert.status : ""),
  "alert.key": (notice) => (notice.type === "alert" ? notice.alert.key : ""),
  "alert.count": (notice) => (notice.type === "alert" ? String(notice.alert.count) : ""),
  "alert.tags": (notice) => (notice.type === "alert" ? notice.alert.tags.join(" ") : ""),
  "alert.firstTime": (notice) => (notice.type === "alert" ? toTime(notice.alert.firstTime) : ""),
  "alert.lastTime": (notice) => (notice.type === "alert" ? toTime(notice.alert.lastTime) : ""),
};
const NAMES = new Map(Object.entries(FIELDS));
const PLACE = /\{\{([^{}]{0,80})\}\}/g;

function toTime(milliseconds: number): string {
  const date = new Date(milliseconds);
  return Number.isNaN(date.getTime()) ? "" : date.toISOString();
}

const WRITERS: Readonly<Record<TemplateForm, (value: string) => string>> = {
  // Inside quotes that the template has: what a value holds can end no string.
  json: (value) => JSON.stringify(value).slice(1, -1),
  text: (value) => value.replace(/[\p{Cc}\p{Zl}\p{Zp}]+/gu, " ").replace(/\p{Cf}/gu, ""),
  form: (value) => encodeURIComponent(value),
};

/** Why a template cannot be used, as the end of a sentence about it; undefined when it can. */
export function templateProblem(template: string, form: TemplateForm): string | undefined {
  if (template.length > MAX_TEMPLATE) return `has more than ${MAX_TEMPLATE} characters`;
  for (const [, name = ""] of template.matchAll(PLACE)) {
    if (!NAMES.has(name.trim()))
      return `knows no such name between {{ }}; known are ${[...NAMES.keys()].join(", ")}`;
  }
  if (/\{\{|\}\}/.test(template.replace(PLACE, "")) && form !== "json")
    return "has {{ or }} that belong to nothing";
  if (form !== "json") return undefined;
  try {
    JSON.parse(template.replace(PLACE, "0"));
    return undefined;
  } catch {
    return "is not JSON: put what stands between {{ }} into quotes";
  }
}

/** Fills a template that has no problem. Values are cut, so that the result is bounded. */
export function fillTemplate(template: string, form: TemplateForm, notice: Notice): string {
  const write = WRITERS[form];
  let room = MAX_RESULT - template.length;
  return template.replace(PLACE, (_whole, name: string) => {
    const value = (NAMES.get(name.trim())?.(notice) ?? "").slice(0, MAX_VALUE).replace(/\p{Cs}/gu, "\ufffd");
    const written = write(value);
    room -= written.length;
    return room < 0 ? "" : written;
  });
}
