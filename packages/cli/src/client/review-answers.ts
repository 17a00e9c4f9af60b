// SPDX-License-Identifier: Apache-2.0

/** A review as a list prints it. */
export interface ReviewLine {
  id: string;
  name: string;
  status: string;
  due: string;
  complete: boolean;
  /** Sections by their id; null: not counted. */
  counts: [string, number | null][];
  signedAt: string | null;
  signedBy: string | null;
}

export interface ReviewSectionAnswer {
  title: string;
  count: number | null;
  missing: string[];
  /** The newest or worst, one sentence each. */
  rows: { index: number | null; text: string }[];
}

/** The answer of `GET /v1/reviews/:id`, as far as it is printed. */
export interface ReviewAnswer extends ReviewLine {
  contentSha256: string;
  size: number;
  root: string;
  sections: ReviewSectionAnswer[];
  comments: { at: string; by: string; text: string }[];
  signature: { statement: string; contentSha256: string; eventIndex: number | null } | null;
}

type Fields = Record<string, unknown>;

function toFields(value: unknown): Fields | undefined {
  return typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Fields) : undefined;
}

const text = (value: unknown): string => (typeof value === "string" ? value : "");
const textOrNull = (value: unknown): string | null => (typeof value === "string" ? value : null);
const number = (value: unknown): number | null =>
  typeof value === "number" && Number.isFinite(value) ? value : null;

function toList<T>(value: unknown, read: (fields: Fields) => T): T[] {
  if (!Array.isArray(value)) return [];
  return value.flatMap((each) => {
    const fields = toFields(each);
    return fields === undefined ? [] : [read(fields)];
  });
}

function toLine(fields: Fields): ReviewLine {
  return {
    id: text(fields["id"]),
    name: text(fields["name"]),
    status: text(fields["status"]),
    due: text(fields["due"]),
    complete: fields["complete"] !== false,
    counts: Object.entries(toFields(fields["counts"]) ?? {}).map(([id, count]) => [id, number(count)]),
    signedAt: textOrNull(fields["signedAt"]),
    signedBy: textOrNull(fields["signedBy"]),
  };
}

/** Reads `GET /v1/reviews`. Undefined: not the answer of a Telltale server. */
export function toReviewList(
  answer: unknown,
): { reviews: ReviewLine[]; open: number; overdue: number } | undefined {
  const fields = toFields(answer);
  const counts = toFields(fields?.["counts"]);
  const [open, overdue] = [number(counts?.["open"]), number(counts?.["overdue"])];
  if (!Array.isArray(fields?.["reviews"]) || open === null || overdue === null) return undefined;
  return { reviews: toList(fields["reviews"], toLine), open, overdue };
}

function toSection(fields: Fields): ReviewSectionAnswer {
  return {
    title: text(fields["title"]),
    count: number(fields["count"]),
    missing: Array.isArray(fields["missing"]) ? fields["missing"].map(text) : [],
    rows: toList(fields["rows"], (row) => ({ index: number(row["index"]), text: text(row["text"]) })),
  };
}

/** Reads a whole review. Undefined: not the answer of a Telltale server. */
export function toReviewAnswer(answer: unknown): ReviewAnswer | undefined {
  const fields = toFields(answer);
  const content = toFields(fields?.["content"]);
  const checkpoint = toFields(content?.["checkpoint"]);
  const contentSha256 = textOrNull(fields?.["contentSha256"]);
  const size = number(checkpoint?.["size"]);
  if (fields === undefined || contentSha256 === null || size === null) return undefined;
  const signature = toFields(fields["signature"]);
  return {
    ...toLine(fields),
    contentSha256,
    size,
    root: text(checkpoint?.["root"]),
    sections: toList(content?.["sections"], toSection),
    comments: toList(fields["comments"], (each) => ({
      at: text(each["at"]),
      by: text(toFields(each["by"])?.["name"]),
      text: text(each["text"]),
    })),
    signature:
      signature === undefined
        ? null
        : {
            statement: text(signature["statement"]),
            contentSha256: text(signature["contentSha256"]),
            eventIndex: number(signature["eventIndex"]),
          },
  };
}
