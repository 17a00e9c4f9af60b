// SPDX-License-Identifier: Apache-2.0
// The part of Markdown that runbooks use, as data. Pure; linear in the text.

export interface Span {
  kind: "text" | "code" | "strong" | "em";
  text: string;
}

export type Block =
  | { kind: "heading" | "paragraph"; spans: Span[] }
  | { kind: "list"; ordered: boolean; items: Span[][] }
  | { kind: "code"; text: string };

const MOST_BLOCKS = 500;
const ITEM = /^(\d{1,3}[.)]|[-*+])\s+(\S.*)$/;

/** Links are shown as their words: a runbook must not lead anywhere by itself. */
function withoutLinks(text: string): string {
  return text.replace(/!?\[([^[\]]{0,300})\]\([^()\s]{0,1000}\)/g, "$1");
}

/** Code, strong and emphasised words of one line. */
export function toSpans(line: string): Span[] {
  const spans: Span[] = [];
  for (const [at, part] of line.split("`").entries()) {
    if (part === "") continue;
    if (at % 2 === 1) {
      spans.push({ kind: "code", text: part });
      continue;
    }
    for (const piece of withoutLinks(part).split(/(\*\*[^*]{1,500}\*\*|\*[^*\s][^*]{0,500}\*)/)) {
      if (piece === "") continue;
      if (piece.startsWith("**") && piece.endsWith("**") && piece.length > 4)
        spans.push({ kind: "strong", text: piece.slice(2, -2) });
      else if (piece.startsWith("*") && piece.endsWith("*") && piece.length > 2)
        spans.push({ kind: "em", text: piece.slice(1, -1) });
      else spans.push({ kind: "text", text: piece });
    }
  }
  return spans;
}

/** The blocks of a text without its title, which stands above it already. */
export function toBlocks(text: string): Block[] {
  const blocks: Block[] = [];
  let paragraph: string[] = [];
  let list: { ordered: boolean; items: string[] } | undefined;
  let code: string[] | undefined;
  const flush = (): void => {
    if (paragraph.length > 0) blocks.push({ kind: "paragraph", spans: toSpans(paragraph.join(" ")) });
    if (list !== undefined)
      blocks.push({ kind: "list", ordered: list.ordered, items: list.items.map(toSpans) });
    paragraph = [];
    list = undefined;
  };
  for (const line of text.split(/\r?\n/)) {
    if (blocks.length >= MOST_BLOCKS) break;
    if (line.startsWith("```")) {
      if (code !== undefined) blocks.push({ kind: "code", text: code.join("\n") });
      else flush();
      code = code === undefined ? [] : undefined;
      continue;
    }
    if (code !== undefined) {
      code.push(line);
      continue;
    }
    const item = ITEM.exec(line);
    const heading = /^(#{1,6})\s+(\S.*)$/.exec(line);
    if (heading !== null) {
      flush();
      if ((heading[1] ?? "").length > 1) blocks.push({ kind: "heading", spans: toSpans(heading[2] ?? "") });
    } else if (item !== null) {
      const ordered = /^\d/.test(item[1] ?? "");
      if (list === undefined || list.ordered !== ordered) {
        flush();
        list = { ordered, items: [] };
      }
      list.items.push(item[2] ?? "");
    } else if (line.trim() === "") flush();
    else if (list !== undefined) list.items.push(`${list.items.pop() ?? ""} ${line.trim()}`);
    else paragraph.push(line.trim());
  }
  if (code !== undefined) blocks.push({ kind: "code", text: code.join("\n") });
  flush();
  return blocks;
}
