// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from "vitest";
import { formatPath } from "../path.js";
import { compareExactness, kindOfPath, parseFieldPath, PathError } from "./field-path.js";

describe("paths of fields", () => {
  it.each([
    ["client.ip", ["client", "ip"]],
    ["data.customer.*", ["data", "customer", "*"]],
    ["**.email", ["**", "email"]],
    ["targets[].name", ["targets", "name"]],
    ["data.rows[*].id", ["data", "rows", "id"]],
    ['data["a b"].c', ["data", "a b", "c"]],
    ['data["a\\"b\\\\"]', ["data", 'a"b\\']],
    ["data.x-request-id", ["data", "x-request-id"]],
    ["data.größe", ["data", "größe"]],
    ["message", ["message"]],
  ])("%s", (text, steps) => {
    expect(parseFieldPath(text)).toEqual(steps);
  });

  it("reads what a list of hidden fields says", () => {
    const steps = ["data", "a b", 'c"d', "e"];
    expect(parseFieldPath(formatPath(steps))).toEqual(steps);
  });

  it.each([
    "",
    ".",
    "data.",
    "data..a",
    ".data",
    "data a",
    "data[0]",
    'data["a',
    "data[a]",
    "source.app",
    "id",
    "action",
    "protected.policy",
    "received",
    "unknown.field",
    "actor.type",
    "targets[].type",
    "changes.field",
    "**.a.**",
    `data${".a".repeat(16)}`,
    `data.${"a".repeat(200)}`,
    "data.***",
  ])("refuses %j", (text) => {
    expect(() => parseFieldPath(text)).toThrow(PathError);
  });

  it("compares from the left", () => {
    const ordered = [
      "**",
      "**.email",
      "*.email",
      "data",
      "data.**",
      "data.*",
      "data.*.email",
      "data.customer",
      "data.customer.*",
    ];
    const shuffled = [...ordered].reverse();
    const sorted = shuffled.sort((a, b) => compareExactness(parseFieldPath(a), parseFieldPath(b)));
    expect(sorted).toEqual(ordered);
  });

  it.each([
    ["client.ip", "ip"],
    ["client.userAgent", "user_agent"],
    ["actor.id", "user"],
    ["targets[].id", "user"],
    ["data.customerNumber", "customer_number"],
    ["data.customer.*", "customer"],
    ["**", "field"],
    ['data["Größe 2"]', "gr_e_2"],
    ['data["42"]', "field"],
  ])("%s is of kind %s", (text, kind) => {
    expect(kindOfPath(parseFieldPath(text))).toBe(kind);
  });
});
