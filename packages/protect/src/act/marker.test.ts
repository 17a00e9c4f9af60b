// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from "vitest";
import {
  isMarker,
  markCard,
  markEncrypted,
  markerEnd,
  markersOf,
  markLastFour,
  markMasked,
  markRemoved,
  markSealed,
  markToken,
  parseMarker,
} from "./marker.js";

const ID = "k".repeat(22);
const BODY = `AQ${"b".repeat(90)}`;

const KEYED = [markToken("session", 3, ID), markEncrypted("email", ID, BODY), markSealed("health", ID, BODY)];
const PLAIN = [
  markMasked("jwt"),
  markRemoved("api_key"),
  markCard("4111111111111111"),
  markLastFour("iban", "3000"),
  "[masked:email]#2",
];

describe("markers", () => {
  it("know themselves", () => {
    for (const marker of [...PLAIN, ...KEYED]) {
      expect(isMarker(marker)).toBe(true);
      expect(markerEnd(`x${marker}y`, 1)).toBe(1 + marker.length);
    }
  });

  it("are nothing else", () => {
    for (const text of [
      "",
      "[masked:]",
      "[masked:A]",
      "[masked:jwt",
      "[masked:card 4111111111111111]",
      "[hidden:x]",
      "[masked:jwt]x",
      "[token:session:0:kkkkkkkkkkkkkkkkkkkkkk]",
      "[token:session:3:kkkkkkkkkkkkkkkkkkkkk]",
      "[token:session:3:kkkkkkkkkkkkkkkkkkkkkkk]",
      markToken("Session", 3, ID),
      markEncrypted("email", "short", BODY),
      markEncrypted("email", ID, "AQ"),
      markEncrypted("email", ID, `BQ${"b".repeat(90)}`),
      markEncrypted("email", ID, `A_${"b".repeat(90)}`),
      markEncrypted("email", ID, `AQ${"b".repeat(200_000)}`),
      markSealed("health", ID, `${BODY} `),
    ]) {
      expect(isMarker(text)).toBe(false);
    }
  });

  it("say what they stand for", () => {
    expect(KEYED.map((marker) => parseMarker(marker))).toEqual([
      { type: "token", kind: "session", epoch: 3, token: ID },
      { type: "encrypted", kind: "email", keyId: ID, body: BODY },
      { type: "sealed", kind: "health", segmentId: ID, body: BODY },
    ]);
    expect([...PLAIN, "", `${KEYED[0]}x`].map((text) => parseMarker(text))).toEqual(Array(7).fill(undefined));
  });

  it("are found in a text, and many beginnings cost what they are long", () => {
    const [token = ""] = KEYED;
    expect(markersOf(`[a${token}[${token}`)).toEqual([
      { start: 2, end: 2 + token.length },
      { start: 3 + token.length, end: 3 + 2 * token.length },
    ]);
    const evil = `[encrypted:email:${ID}:${BODY}`.repeat(2_000);
    const start = performance.now();
    expect(markersOf(evil)).toEqual([]);
    expect(performance.now() - start).toBeLessThan(5_000);
  });
});
