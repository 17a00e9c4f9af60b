// SPDX-License-Identifier: Apache-2.0
import { SPACE } from "../chars.js";
import type { Detector } from "../detector.js";

const NAME = "(?:pass(?:word|wd|phrase|wort)|passwort|pwd)";
const SPOKEN = new RegExp(
  `\\b${NAME} (?:(?:is|was|ist|set to|changed to|reset to|=>|->) {1,2}|(?=["'\`]))(["'\`]?)([^\\s"'\`]{1,256})|--?${NAME} (?! )(["']?)([^\\s"'\`-][^\\s"'\`]{2,256})`,
  "gi",
);
const IDENTIFIED_BY = /\bidentified by (["'`])([^"'`\s]{1,256})/gi;

/** Passwords told without a sign between: `password is hunter2`, `--password hunter2`, `PASSWORD 'hunter2'`, `IDENTIFIED BY 'hunter2'`. */
export const spoken: Detector = {
  name: "spoken_password",
  class: "secret",
  needs: [{ classes: SPACE, length: 8 }],
  literals: ["passw", "passp", "pwd", "identified by"],
  find(text, hits) {
    SPOKEN.lastIndex = 0;
    for (let match = SPOKEN.exec(text); match !== null; match = SPOKEN.exec(text)) {
      const [whole, quote, said, , argument] = match;
      const value = (argument ?? said ?? "").replace(/[.,;:)]+$/, "");
      // A password that is told in a sentence has a digit or a sign; "password is required" has none.
      if (argument === undefined && quote === "" && (value.length < 4 || !/[\d!@#$%^&*+=]/.test(value)))
        continue;
      if (value === "") continue;
      const start = match.index + whole.length - (argument ?? said ?? "").length;
      hits.push({ start, end: start + value.length, kind: "password" });
    }
    IDENTIFIED_BY.lastIndex = 0;
    for (let match = IDENTIFIED_BY.exec(text); match !== null; match = IDENTIFIED_BY.exec(text)) {
      const end = match.index + match[0].length;
      hits.push({ start: end - (match[2] ?? "").length, end, kind: "password" });
    }
  },
};
