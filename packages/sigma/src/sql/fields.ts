// SPDX-License-Identifier: Apache-2.0
import type { SqlSource } from "./source.js";
import { Unsayable, type SqlWriter } from "./writer.js";

/** A path with more names has no SQL: each is one level of nested expressions. */
const MAX_NAMES = 16;

/** What a test asks of a field: the nodes that the path leads to, their values, the texts of those, the folded texts. */
export type Stage = "nodes" | "values" | "texts" | "folded";
const STAGES: readonly Stage[] = ["nodes", "values", "texts", "folded"];

/** The fields that a query reads, each read once: one derived table for each stage, around the source. */
export class Fields {
  readonly #writer: SqlWriter;
  readonly #source: SqlSource;
  readonly #fields = new Map<string | null, { readonly id: number; readonly stages: Set<Stage> }>();

  constructor(writer: SqlWriter, source: SqlSource) {
    this.#writer = writer;
    this.#source = source;
  }

  /** The column that holds this stage of the field; null is all texts of the event. */
  column(field: string | null, stage: Stage): string {
    let known = this.#fields.get(field);
    if (known === undefined) {
      if (field === null) this.#mustLine();
      else this.#nodes(field);
      known = { id: this.#fields.size, stages: new Set() };
      this.#fields.set(field, known);
    }
    const first = field === null ? STAGES.indexOf("texts") : 0;
    for (const each of STAGES.slice(first, STAGES.indexOf(stage) + 1)) known.stages.add(each);
    return `${stage}_${known.id}`;
  }

  /** The source with a column for each stage of each field that was asked for. `select`: what else is carried on. */
  relation(select: readonly string[]): string {
    const { line, from } = this.#source;
    const decided = line === undefined ? "" : ` WHERE tt_decided(${this.#quoted(line)})`;
    const made = STAGES.map((stage) => this.#stage(stage));
    // All texts of an event come from its line, which only the innermost query has.
    const innermost = [...select, ...this.#allTexts(), ...(made[0] as string[])].join(", ");
    let relation = `(SELECT ${innermost} FROM ${from}${decided}) AS at_nodes`;
    for (const [i, columns] of made.entries())
      if (i > 0 && columns.length > 0)
        relation = `(SELECT *, ${columns.join(", ")} FROM ${relation}) AS at_${STAGES[i] as Stage}`;
    return relation;
  }

  #allTexts(): string[] {
    const keywords = this.#fields.get(null);
    return keywords === undefined ? [] : [`tt_all_texts(${this.#mustLine()}) AS texts_${keywords.id}`];
  }

  #stage(stage: Stage): string[] {
    const columns: string[] = [];
    for (const [field, { id, stages }] of this.#fields) {
      if (!stages.has(stage) || (field === null && stage === "texts")) continue;
      columns.push(`${this.#expression(field, id, stage)} AS ${stage}_${id}`);
    }
    return columns;
  }

  #expression(field: string | null, id: number, stage: Stage): string {
    switch (stage) {
      case "nodes":
        return this.#nodes(field as string);
      case "values":
        return `tt_values(nodes_${id})`;
      case "texts":
        return `tt_texts(values_${id})`;
      default:
        return this.#writer.dialect.map(`texts_${id}`, "t", "tt_fold(t)");
    }
  }

  #mustLine(): string {
    const { line } = this.#source;
    if (line === undefined) throw new Unsayable("it asks for what no column of the index holds");
    return this.#quoted(line);
  }

  #nodes(path: string): string {
    const names = path.split(".");
    if (names.length > MAX_NAMES) throw new Unsayable(`a path of more than ${MAX_NAMES} names`);
    return this.#inColumns(path, names) ?? this.#below(this.#mustLine(), names, 0);
  }

  /** The nodes out of the columns of an index, when one of them holds the field. */
  #inColumns(path: string, names: readonly string[]): string | undefined {
    const { dialect } = this.#writer;
    const { columns } = this.#source;
    if (columns === undefined) return undefined;
    const none = dialect.list([], "json");
    const own = columns.get(path);
    if (own !== undefined && own.kind !== "json") {
      const column = this.#quoted(own.column);
      const nodes =
        own.kind === "each" ? dialect.toNodes(column) : dialect.list([dialect.toJson(column)], "json");
      return toNodes(none, `${column} IS NOT NULL`, nodes);
    }
    for (let i = 1; i < names.length; i++) {
      const json = columns.get(names.slice(0, i).join("."));
      if (json?.kind !== "json") continue;
      const column = this.#quoted(json.column);
      return toNodes(none, `${column} IS NOT NULL`, this.#below(column, names.slice(i), 0));
    }
    return undefined;
  }

  /** The nodes below an object: first the next name, then the rest of the path as one name; a list stands for its elements. */
  #below(holder: string, names: readonly string[], at: number): string {
    const { dialect } = this.#writer;
    const none = dialect.list([], "json");
    const key = this.#writer.key(names[at] as string);
    const has = `tt_has(${holder}, ${key})`;
    const node = `tt_get(${holder}, ${key})`;
    if (at === names.length - 1) return toNodes(none, has, dialect.list([node], "json"));
    const rest = this.#writer.key(names.slice(at).join("."));
    const inner = this.#below(`h${at + 1}`, names, at + 1);
    const nested = dialect.flatten(dialect.map(`tt_holders(${node})`, `h${at + 1}`, inner));
    const whole = toNodes(
      none,
      `tt_has(${holder}, ${rest})`,
      dialect.list([`tt_get(${holder}, ${rest})`], "json"),
    );
    return toNodes(whole, has, nested);
  }

  #quoted(column: string): string {
    return this.#writer.dialect.identifier(column);
  }
}

function toNodes(otherwise: string, condition: string, nodes: string): string {
  return `(CASE WHEN ${condition} THEN ${nodes} ELSE ${otherwise} END)`;
}
