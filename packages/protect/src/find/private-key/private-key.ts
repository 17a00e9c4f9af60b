// SPDX-License-Identifier: Apache-2.0
import { DASH, LETTER, UPPER_G, UPPER_I } from "../chars.js";
import type { Detector } from "../detector.js";

const BEGIN = /-----BEGIN (?:[A-Z0-9]{1,16} ){0,4}PRIVATE KEY(?: BLOCK)?-----/g;
const END = /-----END (?:[A-Z0-9]{1,16} ){0,4}PRIVATE KEY(?: BLOCK)?-----/g;

/** PEM, OpenSSH and PGP private keys (RFC 7468), with real or escaped line ends. Without its end, all that follows is hidden. */
export const privateKey: Detector = {
  name: "private_key",
  class: "secret",
  needs: [{ classes: LETTER | DASH | UPPER_G | UPPER_I, length: 27 }],
  find(text, hits) {
    if (!text.includes("-----BEGIN")) return;
    let from = 0;
    for (;;) {
      BEGIN.lastIndex = from;
      const begin = BEGIN.exec(text);
      if (begin === null) return;
      END.lastIndex = BEGIN.lastIndex;
      const end = END.exec(text) === null ? text.length : END.lastIndex;
      hits.push({ start: begin.index, end, kind: "private_key" });
      from = end;
    }
  },
};
