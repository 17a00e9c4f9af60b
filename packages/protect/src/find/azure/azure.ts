// SPDX-License-Identifier: Apache-2.0
import { ANYWHERE, type Detector, type Hit, isLive } from "../detector.js";

/** 64 bytes in base64, as storage accounts and Cosmos DB have their keys, or 32 as Service Bus and IoT Hub have theirs. */
const KEY =
  /(?<![A-Za-z0-9+/])(?:[A-Za-z0-9+/]{85}[AQgw]==|[A-Za-z0-9+/]{42}[AEIMQUYcgkosw048]=)(?![A-Za-z0-9+/=])/g;
/** An Entra client secret: three characters, a digit, `Q~`, and the rest. */
const ENTRA = /(?<![\w~.-])[\w~.-]{3}\dQ~[\w~.-]{31,34}(?![\w~-])/g;
/** What must stand before a key: base64 of 64 bytes is any SHA-512 too. */
const CONTEXT =
  /(?:account|storage|azure|cosmos|shared|access|primary|secondary|master|subscription)[\w .:"'-]{0,24}(?:key|signature)["']?\s{0,3}(?:is|was|[=:]>?)?\s{0,3}["']?$/i;
const CONTEXT_CHARS = 64;

/** Azure storage keys after a word that names them, and Entra client secrets. */
export const azure: Detector = {
  name: "azure_key",
  class: "secret",
  needs: ANYWHERE,
  literals: [
    "1Q~",
    "2Q~",
    "3Q~",
    "4Q~",
    "5Q~",
    "6Q~",
    "7Q~",
    "8Q~",
    "9Q~",
    "0Q~",
    "key=",
    "key:",
    'key"',
    "key'",
    "key ",
  ],
  find(text, hits) {
    pushAll(text, ENTRA, hits);
    if (text.length >= 44 && text.includes("=")) pushKeys(text, hits);
  },
};

function pushAll(text: string, pattern: RegExp, hits: Hit[]): void {
  pattern.lastIndex = 0;
  for (let match = pattern.exec(text); match !== null; match = pattern.exec(text)) {
    const hit: Hit = { start: match.index, end: pattern.lastIndex, kind: "azure_key" };
    if (isLive(match[0])) hit.sure = true;
    hits.push(hit);
  }
}

function pushKeys(text: string, hits: Hit[]): void {
  KEY.lastIndex = 0;
  for (let match = KEY.exec(text); match !== null; match = KEY.exec(text)) {
    const start = match.index;
    if (!CONTEXT.test(text.slice(Math.max(0, start - CONTEXT_CHARS), start))) continue;
    const hit: Hit = { start, end: KEY.lastIndex, kind: "azure_key" };
    if (match[0].length > 64 && isLive(match[0])) hit.sure = true;
    hits.push(hit);
  }
}
