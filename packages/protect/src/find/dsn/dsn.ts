// SPDX-License-Identifier: Apache-2.0
import { ANYWHERE, type Detector, type Hit } from "../detector.js";
import { isPlaceholder } from "../named/words.js";

/** Go's MySQL driver: `user:secret@tcp(host:3306)/shop`. */
const GO = /(?<![\w:/@.%-])[\w.%-]{1,64}:([^\s"'`]{1,128}?)@(?:tcp6?|unix|cloudsql)\(/dgi;
/** Oracle: `jdbc:oracle:thin:scott/tiger@…`, and the command line of its tools. */
const ORACLE =
  /\b(?:oracle:(?:thin|oci8?):|(?:sqlplus|sqlldr|expdp|impdp|exp|imp|rman target|userid=|connect|conn) (?:-[SLR] ){0,2}["']?|userid=["']?)[\w$#.]{1,64}\/([^\s"'@/]{1,128})(?=@|["']?(?:\s|$))/dgi;
/** `libpq` and JDBC are told by names; a bare triple needs the host behind it: `bob:secret@db.internal:5432`. */
const BARE =
  /(?<![\w:/@.%-])[A-Za-z_][\w.-]{0,63}:([^\s"'`@/:,;(){}<>[\]]{4,128})@(?:\d{1,3}(?:\.\d{1,3}){3}|[a-z0-9-]{1,63}(?:\.[a-z0-9-]{1,63}){0,8}):\d{2,5}(?!\d)/dgi;

/** Passwords in connection strings that are neither addresses nor named values. */
export const dsn: Detector = {
  name: "dsn_password",
  class: "secret",
  needs: ANYWHERE,
  literals: [
    "@tcp",
    "@unix(",
    "@cloudsql(",
    "oracle:",
    "sqlplus",
    "sqlldr",
    "expdp",
    "impdp",
    "rman ",
    "userid=",
    "connect ",
    "conn ",
  ],
  find(text, hits) {
    pushAll(text, GO, hits);
    pushAll(text, ORACLE, hits);
    if (text.includes("@")) pushAll(text, BARE, hits);
  },
};

function pushAll(text: string, pattern: RegExp, hits: Hit[]): void {
  pattern.lastIndex = 0;
  for (let match = pattern.exec(text); match !== null; match = pattern.exec(text)) {
    const [start, end] = match.indices![1]!;
    if (!isPlaceholder(match[1]!)) hits.push({ start, end, kind: "dsn_password" });
  }
}
