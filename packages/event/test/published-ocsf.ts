// SPDX-License-Identifier: Apache-2.0
import { readFileSync } from "node:fs";

interface Described {
  readonly name?: string;
  /** Since which version it is not to be used any more. */
  readonly deprecated?: string;
  readonly constraints?: { readonly at_least_one?: readonly string[]; readonly just_one?: readonly string[] };
  /** See `toText` in scripts/field-lists.mjs. */
  readonly attributes: Readonly<Record<string, string>>;
}

interface Published {
  readonly version: string;
  readonly types: Readonly<
    Record<
      string,
      {
        readonly base: string;
        readonly regex?: string;
        readonly range?: readonly [number, number];
        readonly max?: number;
      }
    >
  >;
  readonly classes: Readonly<Record<string, Described>>;
  readonly objects: Readonly<Record<string, Described>>;
}

export const ocsf = JSON.parse(
  readFileSync(new URL("./fixtures/ocsf.json", import.meta.url), "utf8"),
) as Published;

interface Attribute {
  readonly type: string;
  readonly object: string | undefined;
  readonly isList: boolean;
  readonly isRequired: boolean;
  readonly isDeprecated: boolean;
  readonly profile: string | undefined;
  readonly values: readonly string[] | undefined;
}

const TEXT =
  /^(?:object:(?<object>\w+)|(?<type>\w+))(?<list>\[\])?(?<mark>[!+])?(?<old>~)?(?:@(?<profile>[\w/]+))?(?:=(?<values>.*))?$/;

function parseAttribute(text: string): Attribute {
  const groups = TEXT.exec(text)?.groups;
  if (groups === undefined) throw new Error(`the field list has ${text}`);
  return {
    type: groups["type"] ?? "object_t",
    object: groups["object"],
    isList: groups["list"] !== undefined,
    isRequired: groups["mark"] === "!",
    isDeprecated: groups["old"] !== undefined,
    profile: groups["profile"],
    values: groups["values"]?.split(","),
  };
}

/** Set by the class and not by a list of values: `class_uid`, `category_uid`. */
const COMPUTED = new Set(["class_uid", "category_uid"]);

type Fields = Readonly<Record<string, unknown>>;

function isFields(value: unknown): value is Fields {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function isOf(type: string, value: unknown): boolean {
  const known = ocsf.types[type];
  if (known === undefined) return false;
  const { base, regex, range, max } = known;
  switch (base) {
    case "string_t":
      if (typeof value !== "string" || (max !== undefined && value.length > max)) return false;
      return regex === undefined || new RegExp(regex).test(value);
    case "integer_t":
    case "long_t":
      if (!Number.isSafeInteger(value)) return false;
      return range === undefined || ((value as number) >= range[0] && (value as number) <= range[1]);
    case "boolean_t":
      return typeof value === "boolean";
    default:
      return false;
  }
}

/** What of an event is not as the schema has it, as sentences. */
export function findOcsfFaults(event: object): string[] {
  const fields = event as Fields;
  const { class_uid: uid, category_uid: category, activity_id: activity, type_uid: type } = fields;
  const found = ocsf.classes[String(uid)];
  if (found === undefined) return [`there is no class ${String(uid)}`];
  const faults: string[] = [];
  if (found.deprecated !== undefined) faults.push(`class ${String(uid)} is deprecated`);
  if (category !== Math.floor(Number(uid) / 1000)) faults.push("category_uid is not the one of the class");
  if (type !== Number(uid) * 100 + Number(activity))
    faults.push("type_uid is not made of class and activity");
  const { profiles = [] } = fields["metadata"] as { profiles?: string[] };
  const { unmapped, ...mapped } = fields;
  if (unmapped !== undefined && !isFields(unmapped)) faults.push("unmapped is no object");
  check(mapped, found, "", profiles, faults);
  return faults;
}

function check(
  value: Fields,
  described: Described,
  path: string,
  profiles: readonly string[],
  faults: string[],
): void {
  for (const [name, child] of Object.entries(value)) {
    const text = Object.hasOwn(described.attributes, name) ? described.attributes[name] : undefined;
    if (text === undefined) faults.push(`${path}${name} is no attribute`);
    else checkAttribute(child, parseAttribute(text), `${path}${name}`, profiles, faults);
  }
  for (const [name, text] of Object.entries(described.attributes)) {
    const { isRequired, profile } = parseAttribute(text);
    const isMine = profile === undefined || profiles.includes(profile);
    if (isRequired && isMine && value[name] === undefined) faults.push(`${path}${name} is missing`);
  }
  const { at_least_one: some, just_one: one } = described.constraints ?? {};
  if (some !== undefined && !some.some((name) => value[name] !== undefined))
    faults.push(`${path} has none of ${some.join(", ")}`);
  if (one !== undefined && one.filter((name) => value[name] !== undefined).length !== 1)
    faults.push(`${path} has not just one of ${one.join(", ")}`);
}

function checkAttribute(
  value: unknown,
  attribute: Attribute,
  path: string,
  profiles: readonly string[],
  faults: string[],
): void {
  const { type, object, isList, isDeprecated, profile, values } = attribute;
  if (isDeprecated) faults.push(`${path} is deprecated`);
  if (profile !== undefined && !profiles.includes(profile))
    faults.push(`${path} belongs to the profile ${profile}, which is not in metadata.profiles`);
  if (isList !== Array.isArray(value)) faults.push(`${path} ${isList ? "is a list" : "is one value"}`);
  for (const each of Array.isArray(value) ? (value as unknown[]) : [value]) {
    if (object !== undefined) checkObject(each, object, path, profiles, faults);
    else if (!isOf(type, each)) faults.push(`${path} is not of type ${type}: ${JSON.stringify(each)}`);
    if (values !== undefined && !COMPUTED.has(path) && !values.includes(String(each)))
      faults.push(`${path} may not be ${String(each)}`);
  }
}

function checkObject(
  value: unknown,
  object: string,
  path: string,
  profiles: readonly string[],
  faults: string[],
): void {
  const described = ocsf.objects[object];
  if (described === undefined) faults.push(`${path}: the field list lacks the object ${object}`);
  else if (!isFields(value)) faults.push(`${path} is no object`);
  else check(value, described, `${path}.`, profiles, faults);
}
