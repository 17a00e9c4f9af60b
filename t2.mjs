import { DuckDBInstance } from "@duckdb/node-api";
const i = await DuckDBInstance.create(":memory:"); const c = await i.connect();
const r = await c.runAndReadAll("select $1, length($1), ord($2), contains('a'||chr(0)||'b', $1)", ["a\0b", "😀"]); console.log(r.getRowsJson());
try { await c.run("create temp table t as select $1 as x", ["q"]); console.log("ctas ok"); } catch (e) { console.log(e.message) }
const r2 = await c.runAndReadAll("select regexp_matches(x, $1), regexp_matches(x, $2) from (values ('a\nb'),('ab')) t(x)", ["a.*b", "^a"]); console.log(r2.getRowsJson());
