// SPDX-License-Identifier: Apache-2.0
import { createHash } from "node:crypto";
import { type SecurityEvent, uuidV8 } from "@telltale/event";
import type { SelfEvent } from "../../self-log.js";

export type AnomalyAction = "anomaly_first_seen" | "anomaly_rate" | "anomaly_hour" | "anomaly_silence";

/** What an anomaly is about. `log` is the log as a whole. */
export interface Entity {
  type: "user" | "route" | "source" | "log";
  id: string;
}

/** The parts of an event that an anomaly about it repeats. */
export type About = Pick<SecurityEvent, "actor" | "targets" | "client" | "request">;

/** Something unusual, found when the event at index `at` was seen. */
export interface Anomaly {
  action: AnomalyAction;
  at: number;
  /** When it happened, milliseconds since 1970. */
  time: number;
  tenant: string;
  /** The application, where one is concerned. */
  app?: string;
  entity: Entity;
  /** What tells it from other anomalies of this kind and entity: an index, or the number of an hour. */
  mark: string;
  /** 0 to 100: how unusual. */
  score: number;
  /** One sentence with numbers. */
  reason: string;
  /** A short code for rules: which pattern it is. */
  code: string;
  about?: About;
  /** What a person needs to judge it. */
  data: Record<string, unknown>;
  /** Indices of the events that show it. */
  evidence: number[];
}

/** From here on an anomaly is an event of level `critical`. */
const CRITICAL_SCORE = 90;

/** The same anomaly has the same id whenever it is found: sealing it again adds nothing. */
export function anomalyId({ action, tenant, app = "", entity, code, mark }: Anomaly): string {
  const parts = ["telltale anomaly 1", action, tenant, app, entity.type, entity.id, code, mark];
  return uuidV8(createHash("sha256").update(JSON.stringify(parts)).digest());
}

/** The event that tells of an anomaly; all of it follows from the anomaly, nothing from the moment. */
export function toSelfEvent(anomaly: Anomaly): SelfEvent {
  const { action, time, tenant, app, entity, score, reason, code, about, data, evidence } = anomaly;
  const targets = about?.targets?.slice(0, 8) ?? [];
  const target = entity.type === "user" ? [] : [{ type: entity.type, id: entity.id }];
  return {
    v: 1,
    id: anomalyId(anomaly),
    time: new Date(time).toISOString(),
    // No version: an upgrade must not make another event of the same anomaly.
    source: { app: "telltale" },
    action,
    outcome: "unknown",
    level: score >= CRITICAL_SCORE ? "critical" : "warn",
    reason: code,
    message: reason,
    ...(about?.actor === undefined ? {} : { actor: about.actor }),
    ...(target.length + targets.length === 0 ? {} : { targets: [...target, ...targets] }),
    ...(about?.client === undefined ? {} : { client: about.client }),
    ...(about?.request === undefined ? {} : { request: about.request }),
    data: {
      score,
      entity: { type: entity.type, id: entity.id },
      ...(app === undefined ? {} : { app }),
      ...(tenant === "" ? {} : { tenant }),
      ...data,
      evidence,
    },
  };
}

/** Copies what an anomaly repeats of an event, so that a hostile event does not make a large anomaly. */
export function aboutEvent({ actor, targets, client, request }: SecurityEvent): About {
  return {
    ...(actor === undefined ? {} : { actor: boundTexts(actor) }),
    ...(targets === undefined ? {} : { targets: targets.slice(0, 8).map(boundTexts) }),
    ...(client === undefined ? {} : { client: boundTexts(client) }),
    ...(request === undefined ? {} : { request: boundTexts(request) }),
  };
}

/** Characters of one repeated text. */
const TEXT_CHARS = 512;

function boundTexts<T extends object>(value: T): T {
  const copy: Record<string, unknown> = {};
  for (const [key, each] of Object.entries(value)) {
    if (typeof each === "string") copy[key] = each.slice(0, TEXT_CHARS);
    else if (Array.isArray(each))
      copy[key] = each
        .slice(0, 8)
        .map((one: unknown) => (typeof one === "string" ? one.slice(0, TEXT_CHARS) : one));
    else if (typeof each === "object" && each !== null) copy[key] = boundTexts(each);
    else copy[key] = each;
  }
  return copy as T;
}
