// SPDX-License-Identifier: Apache-2.0
// As much of Wazuh 4's analysis as integrations/wazuh uses: well-formed XML, JSON decoding, a tree of rules.

export interface Element {
  readonly name: string;
  readonly attributes: Readonly<Record<string, string>>;
  readonly children: readonly Element[];
  readonly text: string;
}

const TOKEN =
  /<!--(?:(?!--)[^])*-->|<\/(?<end>[\w-]+)\s*>|<(?<start>[\w-]+)(?<attributes>(?:\s+[\w-]+="[^"<]*")*)\s*(?<empty>\/)?>|(?<text>[^<]+)/y;
const ENTITIES: Readonly<Record<string, string>> = {
  "&lt;": "<",
  "&gt;": ">",
  "&amp;": "&",
  "&quot;": '"',
  "&apos;": "'",
};

function unescape(text: string): string {
  return text.replace(/&[^;]*;?/g, (entity) => {
    const found = ENTITIES[entity];
    if (found === undefined) throw new Error(`no entity: ${entity}`);
    return found;
  });
}

interface Open {
  readonly name: string;
  readonly attributes: Record<string, string>;
  readonly children: Element[];
  text: string;
}

/** The elements of a file, of which Wazuh's may have several beside each other. Throws when it is not well-formed. */
export function parseXml(source: string): readonly Element[] {
  const root: Open = { name: "", attributes: {}, children: [], text: "" };
  const open: Open[] = [root];
  TOKEN.lastIndex = 0;
  while (TOKEN.lastIndex < source.length) {
    const at = TOKEN.lastIndex;
    const groups = TOKEN.exec(source)?.groups;
    const current = open.at(-1);
    if (groups === undefined || current === undefined)
      throw new Error(`not well-formed at ${at}: ${source.slice(at, at + 40)}`);
    if (groups["text"] !== undefined) current.text += unescape(groups["text"]);
    else if (groups["start"] !== undefined) {
      const found = [...(groups["attributes"] ?? "").matchAll(/([\w-]+)="([^"]*)"/g)];
      const attributes = Object.fromEntries(found.map(([, key = "", value = ""]) => [key, unescape(value)]));
      const element: Open = { name: groups["start"], attributes, children: [], text: "" };
      current.children.push(element);
      if (groups["empty"] === undefined) open.push(element);
    } else if (groups["end"] !== undefined) {
      if (open.pop()?.name !== groups["end"] || open.length === 0)
        throw new Error(`</${groups["end"]}> ends nothing`);
    }
  }
  if (open.length !== 1 || root.text.trim() !== "")
    throw new Error("an element is not ended, or text is outside of one");
  return root.children;
}

export interface Rule {
  readonly id: number;
  readonly level: number;
  readonly decodedAs: string | undefined;
  readonly parents: readonly number[];
  readonly fields: readonly { readonly name: string; readonly pattern: RegExp }[];
  /** Counts another rule instead of looking at one event. */
  readonly counts: { readonly rule: number; readonly same: string } | undefined;
  readonly groups: readonly string[];
  readonly mitre: readonly string[];
  readonly description: string;
}

const KNOWN = new Set("decoded_as if_sid if_matched_sid same_field field description mitre group".split(" "));

export function readRules(source: string): Rule[] {
  return parseXml(source).flatMap((group) => {
    if (group.name !== "group") throw new Error(`<${group.name}> is no group`);
    return group.children.map(toRule);
  });
}

function numbers(text: string | undefined): number[] {
  return text === undefined ? [] : text.split(",").map(Number);
}

function toRule({ name, attributes, children }: Element): Rule {
  if (name !== "rule") throw new Error(`<${name}> is no rule`);
  const unknown = children.find((each) => !KNOWN.has(each.name));
  if (unknown !== undefined) throw new Error(`<${unknown.name}> is not evaluated here`);
  const textOf = (word: string): string | undefined => children.find((each) => each.name === word)?.text;
  const counted = textOf("if_matched_sid");
  return {
    id: Number(attributes["id"]),
    level: Number(attributes["level"]),
    decodedAs: textOf("decoded_as"),
    parents: numbers(textOf("if_sid")),
    fields: children
      .filter((each) => each.name === "field")
      .map((each) => {
        if (each.attributes["type"] !== "pcre2") throw new Error("only pcre2 is evaluated here");
        return { name: each.attributes["name"] ?? "", pattern: new RegExp(each.text) };
      }),
    counts: counted === undefined ? undefined : { rule: Number(counted), same: textOf("same_field") ?? "" },
    groups: (textOf("group") ?? "").split(",").filter((each) => each !== ""),
    mitre: children
      .filter((each) => each.name === "mitre")
      .flatMap((each) => each.children.map((id) => id.text)),
    description: textOf("description") ?? "",
  };
}

export interface Decoded {
  readonly decoder: string;
  readonly fields: ReadonlyMap<string, string>;
}

/** What a decoder makes of a line: names of nested objects joined by dots, values as text. */
export function decode(line: string, decoders: readonly Element[]): Decoded | undefined {
  // The pattern of Wazuh's built-in `json`.
  if (/^\{\s*"/.test(line)) return { decoder: "json", fields: flatten(line) };
  for (const decoder of decoders) {
    const prematch = decoder.children.find((each) => each.name === "prematch");
    if (prematch === undefined) continue;
    const found = new RegExp(prematch.text).exec(line);
    if (found === null) continue;
    const rest = line.slice(found.index + found[0].length);
    return { decoder: decoder.attributes["name"] ?? "", fields: flatten(rest) };
  }
  return undefined;
}

function flatten(text: string): Map<string, string> {
  const fields = new Map<string, string>();
  const visit = (value: unknown, path: string): void => {
    if (typeof value === "object" && value !== null && !Array.isArray(value)) {
      for (const [key, child] of Object.entries(value)) visit(child, path === "" ? key : `${path}.${key}`);
    } else if (typeof value === "string") fields.set(path, value);
    else fields.set(path, JSON.stringify(value));
  };
  visit(JSON.parse(text), "");
  return fields;
}

/** The rule that a line ends at, down the tree. Throws when two of one place match: their order would decide. */
export function evaluate(decoded: Decoded, rules: readonly Rule[]): Rule | undefined {
  const matches = (rule: Rule): boolean =>
    rule.counts === undefined &&
    (rule.decodedAs === undefined || rule.decodedAs === decoded.decoder) &&
    rule.fields.every(({ name, pattern }) => pattern.test(decoded.fields.get(name) ?? "\0"));
  let found: Rule | undefined;
  for (;;) {
    const here = found;
    const next = rules.filter((rule) =>
      here === undefined
        ? rule.parents.length === 0 && rule.decodedAs !== undefined && matches(rule)
        : rule.parents.includes(here.id) && matches(rule),
    );
    if (next.length > 1) throw new Error(`${next.map(({ id }) => id).join(" and ")} both match`);
    if (next[0] === undefined) return found;
    found = next[0];
  }
}
