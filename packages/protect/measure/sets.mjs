// SPDX-License-Identifier: Apache-2.0
import { ip, userName } from "./people.mjs";
import { HEX, Random } from "./random.mjs";

/**
 * A labelled line or event: what stands in it that must not be stored (`needles`, as written there), and of which row.
 * `text` is free text; `event` goes through the walk instead.
 */

const NOISE = {
  u: userName,
  t: (r) =>
    `2026-0${r.between(1, 9)}-${r.between(10, 28)}T${r.between(10, 23)}:${r.between(10, 59)}:${r.between(10, 59)}.${r.digits(3)}Z`,
  h: (r) => r.chars(HEX, 16),
  i: ip,
  n: (r) => String(r.between(1, 9999)),
};

function written(value) {
  return Array.isArray(value) ? value.join("\n") : value;
}

function needlesOf(value) {
  // Of a key block the lines between count; its first and last line are no secret.
  return Array.isArray(value) ? value.slice(1, -1) : [value];
}

function fillText(template, key, value, r) {
  return template.replace(/%([vekuthin])/g, (whole, place) => {
    if (place === "v") return written(value);
    if (place === "e") return JSON.stringify(written(value)).slice(1, -1);
    if (place === "k") return key;
    return NOISE[place] === undefined ? whole : NOISE[place](r);
  });
}

function toItem(row, template, key, value, r) {
  if (template === "§json") {
    const event = {
      action: "user_updated",
      message: "profile changed",
      data: { id: NOISE.n(r), [key]: written(value) },
    };
    return { row, event, path: key, needles: needlesOf(value) };
  }
  return { row, text: fillText(template, key, value, r), needles: needlesOf(value) };
}

/** `count` labelled items of a row for each of its texts, and near misses where the row has them. */
export function itemsOf(rule, part, seed, count) {
  const items = [];
  for (const [place, template] of rule[part].entries()) {
    for (let i = 0; i < count; i++) {
      const r = new Random(`${seed}/${rule.row}/${part}/${place}/${i}`);
      const [key, value] = rule.values(r);
      items.push(toItem(rule.row, template, key, value, r));
      if (rule.near === undefined) continue;
      const near = toItem(rule.row, template, "value", rule.near(r), r);
      items.push({ ...near, needles: [] });
    }
  }
  return items;
}
