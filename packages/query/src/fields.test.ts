// SPDX-License-Identifier: Apache-2.0
import { describe, expect, test } from "vitest";
import { INDEX_COLUMNS } from "./columns.js";
import { findField, QUERY_FIELDS } from "./fields.js";

describe("QUERY_FIELDS", () => {
  test("each name, alias and column is there once", () => {
    const names = QUERY_FIELDS.flatMap((field) => [field.name, ...field.aliases]).map((name) =>
      name.toLowerCase(),
    );
    expect(new Set(names).size).toBe(names.length);
    const columns = INDEX_COLUMNS.map((column) => column.name);
    expect(new Set(columns).size).toBe(columns.length);
  });

  test("column names need no escaping", () => {
    for (const column of INDEX_COLUMNS) expect(column.name).toMatch(/^[a-z][a-z0-9_]*$/);
  });

  test("the aliases that people type", () => {
    const names = ["user", "ip", "app", "status", "path", "target"].map((alias) => findField(alias)?.name);
    expect(names).toEqual([
      "actor.id",
      "client.ip",
      "source.app",
      "request.status",
      "request.path",
      "targets.id",
    ]);
  });
});
