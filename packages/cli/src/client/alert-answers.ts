// SPDX-License-Identifier: Apache-2.0

/** An alert as it is printed. */
export interface AlertLine {
  id: string;
  title: string;
  level: string;
  status: string;
  verdict: string;
  assignee: string;
  subject: string;
  count: number;
  risk: number;
  lastTime: number;
  description: string;
  evidence: number[];
  history: { at: string; by: string; field: string; from: string; to: string }[];
}

export interface ExceptionLine {
  id: string;
  title: string;
  state: string;
  owner: string;
  reason: string;
  expiresAt: string;
  hits: number;
}

export interface PreviewAnswer {
  days: number;
  alerts: number;
  vanishing: number;
  shrinking: number;
  unknown: number;
  complete: boolean;
  truePositives: { id: string; title: string }[];
}

type Fields = Record<string, unknown>;

function toFields(value: unknown): Fields | undefined {
  return typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Fields) : undefined;
}

const text = (value: unknown): string => (typeof value === "string" ? value : "");
const number = (value: unknown): number => (typeof value === "number" && Number.isFinite(value) ? value : 0);

function toList<T>(value: unknown, read: (fields: Fields) => T): T[] {
  if (!Array.isArray(value)) return [];
  return value.flatMap((each) => {
    const fields = toFields(each);
    return fields === undefined ? [] : [read(fields)];
  });
}

function toSubject(fields: Fields): string {
  const group = Object.entries(toFields(fields["group"]) ?? {});
  if (group.length === 0) return text(fields["key"]);
  return group.map(([field, value]) => `${field} ${text(value)}`).join(" · ");
}

/** Reads one alert. Undefined: not the answer of a Telltale server. */
export function toAlertAnswer(answer: unknown): AlertLine | undefined {
  const fields = toFields(answer);
  if (fields === undefined || text(fields["id"]) === "" || text(fields["status"]) === "") return undefined;
  return toLine(fields);
}

function toLine(fields: Fields): AlertLine {
  const { evidence } = fields;
  return {
    id: text(fields["id"]),
    title: text(fields["title"]),
    level: text(fields["level"]),
    status: text(fields["status"]),
    verdict: text(fields["verdict"]),
    assignee: text(fields["assignee"]),
    subject: toSubject(fields),
    count: number(fields["count"]),
    risk: number(fields["risk"]),
    lastTime: number(fields["lastTime"]),
    description: text(fields["description"]),
    evidence: Array.isArray(evidence) ? evidence.map(number) : [],
    history: toList(fields["history"], (change) => {
      const by = toFields(change["by"]);
      const name = text(by?.["name"]);
      return {
        at: text(change["at"]),
        by: name === "" ? text(by?.["id"]) : name,
        field: text(change["field"]),
        from: text(change["from"]),
        to: text(change["to"]),
      };
    }),
  };
}

/** Reads `GET /v1/alerts`. */
export function toAlertList(answer: unknown): { alerts: AlertLine[]; total: number } | undefined {
  const fields = toFields(answer);
  if (fields === undefined || !Array.isArray(fields["alerts"])) return undefined;
  return { alerts: toList(fields["alerts"], toLine), total: number(fields["total"]) };
}

/** Reads one exception. */
export function toExceptionAnswer(answer: unknown): ExceptionLine | undefined {
  const fields = toFields(answer);
  if (fields === undefined || text(fields["id"]) === "" || text(fields["state"]) === "") return undefined;
  return toExceptionLine(fields);
}

function toExceptionLine(fields: Fields): ExceptionLine {
  return {
    id: text(fields["id"]),
    title: text(fields["title"]),
    state: text(fields["state"]),
    owner: text(fields["owner"]),
    reason: text(fields["reason"]),
    expiresAt: text(fields["expiresAt"]),
    hits: number(fields["hits"]),
  };
}

/** Reads `GET /v1/exceptions`. */
export function toExceptionList(answer: unknown): ExceptionLine[] | undefined {
  const fields = toFields(answer);
  return Array.isArray(fields?.["exceptions"]) ? toList(fields["exceptions"], toExceptionLine) : undefined;
}

/** Reads `POST /v1/exceptions/preview`. */
export function toPreview(answer: unknown): PreviewAnswer | undefined {
  const fields = toFields(answer);
  if (fields === undefined || typeof fields["vanishing"] !== "number") return undefined;
  return {
    days: number(fields["days"]),
    alerts: number(fields["alerts"]),
    vanishing: number(fields["vanishing"]),
    shrinking: number(fields["shrinking"]),
    unknown: number(fields["unknown"]),
    complete: fields["complete"] !== false,
    truePositives: toList(fields["truePositives"], (each) => ({
      id: text(each["id"]),
      title: text(each["title"]),
    })),
  };
}

/** What an exception made from an alert begins with. */
export function toDraft(answer: unknown): { rule: string; where: Fields } | undefined {
  const fields = toFields(answer);
  const where = toFields(fields?.["where"]);
  const rule = text(fields?.["rule"]);
  return rule === "" || where === undefined ? undefined : { rule, where };
}

/** Reads `GET /v1/rules/precision`. */
export function toPrecision(
  answer: unknown,
):
  | { title: string; alerts: number; hits: number; open: number; precision: number | null; lastHit: number }[]
  | undefined {
  const fields = toFields(answer);
  if (!Array.isArray(fields?.["rules"])) return undefined;
  return toList(fields["rules"], (rule) => ({
    title: text(rule["title"]),
    alerts: number(rule["alerts"]),
    hits: number(rule["hits"]),
    open: number(rule["open"]),
    lastHit: number(rule["lastHit"]),
    precision: typeof rule["precision"] === "number" ? rule["precision"] : null,
  }));
}
