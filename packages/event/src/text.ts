// SPDX-License-Identifier: Apache-2.0
import { neutralize } from "./characters.js";
import type { SecurityEvent, SentEvent, Target } from "./shape.js";
import { findAction, type VocabularyEntry } from "./vocabulary.js";

const PLAIN = /^[^\s"=\\]+$/;

function pair(name: string, value: string | undefined): string {
  if (value === undefined) return "";
  const text = neutralize(value);
  return ` ${name}=${PLAIN.test(text) ? text : JSON.stringify(text)}`;
}

function describeTarget(target: Target): string {
  const name = target.name ?? target.id;
  if (name === undefined) return target.type;
  return target.type === "user" ? name : `${target.type} ${name}`;
}

/**
 * The one-line form for people (`telltale tail`, syslog):
 * `2026-11-22T10:00:00.123Z WARN authn_login_fail failure user=admin ip=192.168.1.10 app=shop-api reason=bad_password "User login attempt"`.
 * Always one line: control characters, ANSI escapes and bidirectional overrides are made visible, values with spaces
 * or quotes are quoted.
 */
export function formatLine(event: SentEvent | SecurityEvent): string {
  const { actor, client, source, reason, money, message } = event;
  const target = event.targets?.[0];
  const action = neutralize(event.action);
  return (
    `${neutralize(event.time)} ${event.level.toUpperCase()} ${PLAIN.test(action) ? action : JSON.stringify(action)} ${event.outcome}` +
    pair(
      actor?.type === "service" || actor?.type === "system" ? actor.type : "user",
      actor?.id ?? actor?.name,
    ) +
    pair("ip", client?.ip) +
    pair("app", source.app) +
    pair("reason", reason) +
    pair("target", target === undefined ? undefined : `${target.type}:${target.id ?? target.name ?? ""}`) +
    pair("money", money === undefined ? undefined : `${money.amount}${money.currency}`) +
    (message === undefined ? "" : ` ${JSON.stringify(neutralize(message))}`)
  );
}

/** What the normalizer puts where a sender did not say its name. */
const UNKNOWN_APP = "unknown";

/** Who did it when nobody is named. */
const NOBODY = "someone";

function describeActor(event: SentEvent): string {
  const { actor } = event;
  const name = actor?.name ?? actor?.id ?? actor?.email;
  if (actor?.type === "system") return name ?? "the system";
  if (name === undefined || actor === undefined) return NOBODY;
  const behalf =
    actor.onBehalfOf === undefined ? "" : ` (for ${actor.onBehalfOf.name ?? actor.onBehalfOf.id})`;
  return actor.type === "service" ? `service ${name}${behalf}` : `${name}${behalf}`;
}

/** Of an action without a phrase nothing is known but its name: a note rather than bad grammar. */
function describeUnknown(event: SentEvent): string {
  const actor = describeActor(event);
  const result = event.outcome === "unknown" ? "" : ` (${event.outcome})`;
  return `${actor === NOBODY ? "" : `${actor}: `}${event.action}${result}`;
}

function describeDeed(event: SentEvent, entry: VocabularyEntry): { deed: string; saysApp: boolean } {
  const { present, past } = entry.phrase;
  const before = {
    failure: "failed to ",
    denied: "was not allowed to ",
    error: "could not ",
    success: "",
    unknown: "",
  };
  const prefix = before[event.outcome];
  const phrase = prefix === "" || present === "" ? past : prefix + present;
  const target = event.targets?.[0];
  // One pass with a function: what a sender wrote is never searched for placeholders itself.
  const deed = phrase.replace(/\{(\w+):?([^}]*)\}/g, (_, name: string, fallback: string) => {
    if (name === "app") return event.source.app === UNKNOWN_APP ? "an application" : event.source.app;
    if (name === "money")
      return event.money === undefined ? "" : ` of ${event.money.amount} ${event.money.currency}`;
    if (name === "amount")
      return event.money === undefined ? fallback : `${event.money.amount} ${event.money.currency}`;
    return target === undefined ? fallback : describeTarget(target);
  });
  return { deed, saysApp: phrase.includes("{app}") };
}

/** An event as an English sentence: `alice failed to sign in to shop-api from 203.0.113.7 (bad password)`. */
export function toSentence(event: SentEvent | SecurityEvent): string {
  const entry = findAction(event.action);
  const { deed, saysApp } =
    entry === undefined ? { deed: describeUnknown(event), saysApp: false } : describeDeed(event, entry);
  const app = saysApp || event.source.app === UNKNOWN_APP ? "" : ` in ${event.source.app}`;
  const ip = event.client?.ip === undefined ? "" : ` from ${event.client.ip}`;
  const reason = event.reason === undefined ? "" : ` (${event.reason.replaceAll("_", " ")})`;
  const who = entry === undefined ? "" : `${describeActor(event)} `;
  return neutralize(`${who}${deed}${app}${ip}${reason}`);
}
