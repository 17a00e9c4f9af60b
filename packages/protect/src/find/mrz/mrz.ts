// SPDX-License-Identifier: Apache-2.0
import { ANGLE } from "../chars.js";
import { mrzDigit } from "../checks.js";
import type { Detector } from "../detector.js";

const LINE = /[A-Z0-9<]{30,91}/g;
/** What may stand between two lines: a line end, as it is or as JSON escapes it. */
const BREAK = /^(?:\s|\\r|\\n){1,6}$/;

/** Machine-readable zones of passports, identity cards and visas (ICAO 9303, parts 4 to 7), two lines of 44 or 36 or three of 30, by their check digits. */
export const mrz: Detector = {
  name: "mrz",
  class: "personal",
  needs: [{ classes: ANGLE, length: 44 }],
  find(text, hits) {
    if (!text.includes("<<")) return;
    LINE.lastIndex = 0;
    let before: Line | undefined;
    for (let match = LINE.exec(text); match !== null; match = LINE.exec(text)) {
      const line = trimmed({ start: match.index, end: LINE.lastIndex, zone: match[0] });
      const joins =
        before !== undefined && before.zone.length < 90 && BREAK.test(text.slice(before.end, line.start));
      const whole =
        joins && before !== undefined
          ? { ...line, start: before.start, zone: before.zone + line.zone }
          : line;
      if (isZone(whole.zone)) hits.push({ start: whole.start, end: whole.end, kind: "mrz" });
      else if (isZone(line.zone)) hits.push({ start: line.start, end: line.end, kind: "mrz" });
      before = whole;
    }
  },
};

interface Line {
  start: number;
  end: number;
  zone: string;
}

/** Without the sign of a tag before or after it: the filler looks the same. */
function trimmed(line: Line): Line {
  const { start, end, zone } = line;
  if (![31, 37, 45, 73, 89, 91].includes(zone.length)) return line;
  return zone.startsWith("<")
    ? { start: start + 1, end, zone: zone.slice(1) }
    : { start, end: end - 1, zone: zone.slice(0, -1) };
}

/** Whether the check digits of a document hold. The second line alone has those of a passport. */
function isZone(zone: string): boolean {
  switch (zone.length) {
    case 44:
      return hasSecondLine(zone, 28);
    case 88:
      return hasSecondLine(zone.slice(44), 28);
    case 36:
      return hasSecondLine(zone, 0);
    case 72:
      return hasSecondLine(zone.slice(36), 0);
    case 90:
      return isChecked(zone, 5, 9) && isChecked(zone, 30, 6) && isChecked(zone, 38, 6);
    default:
      return false;
  }
}

/** Document number, day of birth, day of expiry; in a passport the personal number too, whose digit may be a filler. */
function hasSecondLine(line: string, personal: number): boolean {
  if (!isChecked(line, 0, 9) || !isChecked(line, 13, 6) || !isChecked(line, 21, 6)) return false;
  return personal === 0 || isChecked(line, personal, 14) || /^<{15}/.test(line.slice(personal));
}

function isChecked(line: string, start: number, length: number): boolean {
  return mrzDigit(line.slice(start, start + length)) === line.charCodeAt(start + length) - 48;
}
