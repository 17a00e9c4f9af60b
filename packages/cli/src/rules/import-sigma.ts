// SPDX-License-Identifier: Apache-2.0
import { parseSigma, type SigmaDocument } from "@telltale/sigma";
import { fieldsOf } from "./fields.js";

/** Where the events of a log source stand in an event of Telltale. */
interface SourceMap {
  readonly name: string;
  readonly fits: (logsource: Readonly<Record<string, string>>) => boolean;
  readonly fields: Readonly<Record<string, string>>;
}

const WEB: Readonly<Record<string, string>> = {
  "c-ip": "client.ip",
  "cs-method": "request.method",
  "cs-uri": "request.path",
  "cs-uri-stem": "request.path",
  "cs-uri-query": "data.query",
  "c-uri": "request.path",
  "c-uri-query": "data.query",
  "sc-status": "request.status",
  "cs-user-agent": "client.userAgent",
  "c-useragent": "client.userAgent",
  "cs-referer": "data.referer",
  "cs-host": "data.host",
  "cs-username": "actor.id",
};

/** The log sources that are taken, most specific first. What has no place of its own is looked for under `data`. */
const SOURCES: readonly SourceMap[] = [
  { name: "web server", fits: ({ category }) => category === "webserver", fields: WEB },
  { name: "proxy", fits: ({ category }) => category === "proxy", fields: WEB },
  {
    name: "Linux authentication",
    fits: ({ product, service }) =>
      product === "linux" && ["auth", "sshd", "sudo", "su", "syslog", "vsftpd"].includes(service ?? ""),
    fields: {},
  },
  { name: "Windows", fits: ({ product }) => product === "windows", fields: {} },
  {
    name: "application",
    fits: ({ category }) => category === "application" || category === "database",
    fields: {},
  },
];

export type Imported =
  | {
      readonly taken: true;
      readonly source: string;
      readonly text: string;
      readonly fields: readonly (readonly [from: string, to: string])[];
      readonly title: string;
    }
  | { readonly taken: false; readonly reason: string };

/**
 * Rewrites a rule of SigmaHQ for events of Telltale: the log source becomes Telltale's and each field its place there; all else, comments,
 * author and licence included, stays as written. What cannot be read back as the same rule with other names is refused.
 */
export function importSigma(text: string, file: string): Imported {
  let documents: SigmaDocument[];
  try {
    documents = parseSigma(text, file);
  } catch (error) {
    return { taken: false, reason: (error as Error).message };
  }
  const [rule] = documents;
  if (documents.length !== 1 || rule?.kind !== "rule")
    return { taken: false, reason: "is not one single-event rule" };
  const source = SOURCES.find(({ fits }) => fits(rule.logsource));
  if (source === undefined)
    return {
      taken: false,
      reason: `has no mapping for the log source ${toSourceName(rule.logsource)}`,
    };
  const toField = (name: string): string =>
    Object.hasOwn(source.fields, name) ? source.fields[name]! : `data.${name}`;
  const rewritten = rewrite(text, toField);
  const before = fieldsOf(rule.detection);
  try {
    const [after] = parseSigma(rewritten, file);
    const wanted = [...new Set([...before].map(toField))].sort();
    if (after?.kind !== "rule" || wanted.join() !== [...fieldsOf(after.detection)].sort().join())
      return { taken: false, reason: "is written in a way that cannot be rewritten safely" };
  } catch {
    return { taken: false, reason: "is written in a way that cannot be rewritten safely" };
  }
  const fields = [...before].sort().map((name) => [name, toField(name)] as const);
  return { taken: true, source: source.name, text: rewritten, fields, title: rule.title };
}

function toSourceName({ category, product, service }: Readonly<Record<string, string>>): string {
  return [product, category, service].filter((each) => each !== undefined).join("/");
}

const KEY = /^(\s*(?:- )?\s*)(["']?)([A-Za-z_][\w .@-]*?)((?:\|[\w]+)*)\2:(?=\s|$)/;

/** Line by line, so that everything else stays as it was written. */
function rewrite(text: string, toField: (name: string) => string): string {
  let section = "";
  let depth: number | undefined;
  const lines: string[] = [];
  for (const line of text.split("\n")) {
    const top = /^([A-Za-z_][\w-]*):/.exec(line)?.[1];
    if (top !== undefined) {
      section = top;
      depth = undefined;
      lines.push(top === "logsource" ? "logsource:\n  product: telltale\n  category: application" : line);
    } else if (section === "logsource" && /^\s+\S/.test(line)) {
      lines.push(`  # was: ${line.trim()}`);
    } else if (section === "detection") {
      const indent = /^\s*/.exec(line)![0].length;
      depth ??= line.trim() === "" || line.trim().startsWith("#") ? undefined : indent;
      lines.push(
        depth !== undefined && indent > depth
          ? line.replace(
              KEY,
              (_all, lead: string, quote: string, name: string, modifiers: string) =>
                `${lead}${quote}${toField(name)}${modifiers}${quote}:`,
            )
          : line,
      );
    } else lines.push(line);
  }
  return lines.join("\n");
}
