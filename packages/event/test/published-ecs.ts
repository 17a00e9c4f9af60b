// SPDX-License-Identifier: Apache-2.0
import { readFileSync } from "node:fs";
import { isIP } from "node:net";

/** The published list: name of a field to its type, `[]` for fields that are always a list. */
interface Published {
  readonly version: string;
  readonly fields: Readonly<Record<string, string>>;
  /** `field=value` to the event types that go with it. */
  readonly allowed: Readonly<Record<string, readonly string[]>>;
}

export const ecs = JSON.parse(
  readFileSync(new URL("./fixtures/ecs.json", import.meta.url), "utf8"),
) as Published;

const LIMITED = new Set(Object.keys(ecs.allowed).map((key) => key.split("=")[0]));

function isOf(type: string, value: unknown): boolean {
  switch (type) {
    case "date":
      return typeof value === "string" && !Number.isNaN(Date.parse(value));
    case "ip":
      return typeof value === "string" && isIP(value) !== 0;
    case "long":
      return Number.isSafeInteger(value);
    case "float":
      return typeof value === "number";
    case "boolean":
      return typeof value === "boolean";
    case "keyword":
    case "constant_keyword":
    case "wildcard":
    case "text":
    case "match_only_text":
      return typeof value === "string";
    default:
      return false;
  }
}

/** What of a document is not as the list has it, as sentences. Fields under `telltale` are ours. */
export function findEcsFaults(document: object): string[] {
  const faults: string[] = [];
  const visit = (value: unknown, path: string): void => {
    if (typeof value === "object" && value !== null && !Array.isArray(value)) {
      for (const [name, child] of Object.entries(value)) visit(child, path === "" ? name : `${path}.${name}`);
      return;
    }
    const published = ecs.fields[path];
    if (published === undefined) {
      faults.push(`${path} is no field`);
      return;
    }
    const isList = published.endsWith("[]");
    if (isList !== Array.isArray(value)) faults.push(`${path} ${isList ? "is a list" : "is one value"}`);
    for (const each of [value].flat()) {
      if (!isOf(published.replace("[]", ""), each)) faults.push(`${path} is not of type ${published}`);
      if (LIMITED.has(path) && ecs.allowed[`${path}=${String(each)}`] === undefined)
        faults.push(`${path} may not be ${String(each)}`);
    }
  };
  for (const [name, child] of Object.entries(document)) if (name !== "telltale") visit(child, name);
  return [...faults, ...findUnexpectedTypes(document)];
}

function findUnexpectedTypes(document: object): string[] {
  const { event } = document as { event?: { category?: string[]; type?: string[] } };
  const categories = event?.category ?? [];
  if (categories.length === 0) return [];
  const expected = new Set(categories.flatMap((each) => ecs.allowed[`event.category=${each}`] ?? []));
  return (event?.type ?? [])
    .filter((type) => !expected.has(type))
    .map((type) => `event.type ${type} is not expected in ${categories.join(",")}`);
}
