// SPDX-License-Identifier: Apache-2.0
import type { NameJudges } from "../../names/verdict.js";
import { ANYWHERE, type Detector, type Hit } from "../detector.js";
import { isGenerated } from "../entropy.js";
import { spanValue } from "../named/value.js";
import { isPlaceholder, looksGenerated } from "../named/words.js";

// Names are of letters of any script: \u00c0-\u1fff and \u3040-\ud7ff are those beyond ASCII, without the signs between them.
/** `name: DB_PASSWORD`, `"key":"apiKey"`, `name="password"`, and the value that stands a little further on. */
const LABEL =
  /(?<![\w])(?:name|key|field|header|param(?:eter)?|property|variable|k)\\{0,4}["']?\s{0,3}(?:=>?|:)\s{0,3}\\{0,4}["']?([\w.\-$:\u00c0-\u1fff\u3040-\ud7ff]{2,64})\\{0,4}["']?/dgi;
const SLOT =
  /^[\s,;]{0,40}(?:[-\w]{1,16}\s{0,2}[=:]\s{0,2}["'][\w ./-]{0,32}["'][\s,;]{1,8})?\\{0,4}["']?(?:value|val|v|default|data|content|new|to|from|old)\\{0,4}["']?\s{0,3}(?:=>?|:)\s{0,3}/i;
/** In a form of several parts (RFC 7578) the value follows an empty line. */
const PART = /^[^\r\n\\]{0,128}(?:(?:\r?\n[\w-]{1,64}:[^\r\n]{0,128})?\r?\n\r?\n|\\r\\n\\r\\n|\\n\\n)/;
/** `("password", "hunter2")`, `["--password", "hunter2"]`, `('Authorization', 'Basic …')`. */
const TUPLE =
  /[[(,]\s?\\{0,3}(["'])(-{0,2}[\w.\-\u00c0-\u1fff\u3040-\ud7ff]{2,64})\\{0,3}\1\s?,\s?\\{0,3}(["'])((?:[^"'\\]|\\[^"']){1,512}?)\\{0,3}\3(\s?[\])])?/dg;
const INSERT = /\b(?:insert|replace)(?: ignore)? into [\w.`"[\]]{1,128} ?\(([^()]{1,2048})\) ?values ?/gi;
/** `<entry key="password">hunter2</entry>`. */
const TAG =
  /<[\w:-]{1,64}\s[^<>]{0,128}?(?:name|key|id)=\\{0,3}["']([\w.\-\u00c0-\u1fff\u3040-\ud7ff]{2,64})\\{0,3}["'][^<>]{0,64}>([^<]{1,512})</dgi;
/** A call, or a pair, of which the second part is the password: `login("bob", "hunter2")`, `auth=('bob', 'hunter2')`. */
const CALL =
  /(?<![A-Za-z])(?:log_?[io]n|authenticate|auth|sign_?in|bind|simple_bind_s|connect|credentials?|creds|\w{0,24}basic_?auth|\w{0,24}credentials?|create_?user|set_?password|change_?password)\s?[=:]?\s?[([]\s?(?:\w{1,16}\s?[=:]\s?)?["'][^"']{0,64}["'],\s?(?:\w{1,16}\s?[=:]\s?)?["']([^"'\s]{3,128})["']\s?[)\],]/dgi;
/** A call of which the only part is one: `set_password('hunter2')`, `PASSWORD('hunter2')`. */
const SINGLE =
  /(?<![A-Za-z])(?:(?:set|check|verify|hash|encrypt|update|change|validate|compare|old|new|with)?_?passw(?:or)?d|crypt)\(["']([^"'\s]{3,128})["'][,)]/dgi;
/** `setting api_key to 'value'`: only what is quoted, for a sentence may go on with anything. */
const SET =
  /(?<![\w-])(?:set|sets|setting|chang(?:e|ed|ing)|updat(?:e|ed|ing)|overrid(?:e|den|ing)|assign(?:ed|ing)?) (?:the )?\\{0,4}["'`]?([\w.\-\u00c0-\u1fff\u3040-\ud7ff]{2,64})\\{0,4}["'`]? (?:to|with|as) \\{0,4}(["'`])([^"'`\\\r\n]{1,512})\\{0,4}\2/dgi;
/** `api_key: was unset, now [value]`. */
const BECAME =
  /(?<![\w.\-\u00c0-\u1fff\u3040-\ud7ff])([\w.\-\u00c0-\u1fff\u3040-\ud7ff]{2,64})["'`]?:? (?:was|from) [^\r\n,;]{1,64}[,;] (?:is |now )(?:now )?\\{0,4}(["'`[(]?)([^\s"'`\\[\]()]{3,512})/dgi;
/** Of what is no code. */
const SHORTEST = 4;
const LONGEST_GAP = 192;
const MOST_ROWS = 100;

/** Values whose name stands beside them as a value of its own: labels, parts of forms, tuples, settings, and the columns of an INSERT. */
export function createLabelled(secretOf: NameJudges["secretOf"]): Detector {
  return {
    name: "labelled",
    class: "secret",
    needs: ANYWHERE,
    literals: (
      'value val" val: val= form-data default content <entry <string <property <param <setting <item <field <input <attribute <constant ' +
      "uthenticate( auth=( auth=[ _auth( basicauth redentials redential( crypt( create_user( createUser("
    )
      .split(" ")
      .concat(
        ["login(", "logon(", "log_in(", "signin(", "bind(", "password(", "passwd("].flatMap((call) => [
          `${call}'`,
          `${call}"`,
        ]),
        '.set("',
        ".set('",
        '.put("',
        ".put('",
        ", now ",
        ", is now ",
        " to '",
        ' to "',
        " to `",
        " to \\",
        " with \\",
        " as \\",
        " with '",
        ' with "',
        " as '",
        ' as "',
        "insert into",
        "replace into",
        "insert ignore",
      ),
    find(text, hits) {
      pushLabelled(text, secretOf, hits);
      pushTuples(text, secretOf, hits);
      pushInserts(text, secretOf, hits);
      pushTags(text, secretOf, hits);
      pushSet(text, SET, secretOf, hits);
      pushSet(text, BECAME, secretOf, hits);
      pushCalls(text, CALL, hits);
      pushCalls(text, SINGLE, hits);
    },
  };
}

function pushLabelled(text: string, secretOf: NameJudges["secretOf"], hits: Hit[]): void {
  LABEL.lastIndex = 0;
  for (let match = LABEL.exec(text); match !== null; match = LABEL.exec(text)) {
    const name = secretOf(match[1]!);
    if (name === undefined || name.shape === "opaque") continue;
    const rest = text.slice(LABEL.lastIndex, LABEL.lastIndex + LONGEST_GAP);
    const gap = SLOT.exec(rest)?.[0].length;
    if (gap !== undefined) pushValue(text, LABEL.lastIndex + gap, name.kind, hits);
    else pushPart(text, LABEL.lastIndex, rest, name.kind, hits);
  }
}

function pushValue(text: string, start: number, kind: string, hits: Hit[]): void {
  const span = spanValue(text, start);
  if (span.end <= span.start || isPlaceholder(text.slice(span.start, Math.min(span.end, span.start + 65))))
    return;
  hits.push({ start: span.start, end: span.end, kind });
}

function pushPart(text: string, from: number, rest: string, kind: string, hits: Hit[]): void {
  const head = PART.exec(rest)?.[0].length;
  if (head === undefined) return;
  const start = from + head;
  const end = /\r?\n|\\r|\\n/.exec(text.slice(start, start + 4096))?.index;
  const length = end ?? Math.min(4096, text.length - start);
  if (length > 0) hits.push({ start, end: start + length, kind });
}

function pushTags(text: string, secretOf: NameJudges["secretOf"], hits: Hit[]): void {
  TAG.lastIndex = 0;
  for (let match = TAG.exec(text); match !== null; match = TAG.exec(text)) {
    const name = secretOf(match[1]!);
    if (name === undefined || name.shape === "opaque" || match[2]!.trim() === "" || isPlaceholder(match[2]!))
      continue;
    const [start, end] = match.indices![2]!;
    hits.push({ start, end, kind: name.kind });
  }
}

function pushSet(text: string, pattern: RegExp, secretOf: NameJudges["secretOf"], hits: Hit[]): void {
  pattern.lastIndex = 0;
  for (let match = pattern.exec(text); match !== null; match = pattern.exec(text)) {
    const name = secretOf(match[1]!);
    const value = match[3]!;
    // A word that stands there unquoted says something of the value: "now expired".
    const isWord = match[2] === "" && /^[a-z]+[.,]?$/.test(value);
    if (name === undefined || isWord || isPlaceholder(value)) continue;
    if (value.length < SHORTEST && name.shape !== "code") continue;
    if (name.shape === "opaque" && !isGenerated(value)) continue;
    const [start, end] = match.indices![3]!;
    hits.push({ start, end, kind: name.kind });
  }
}

function pushCalls(text: string, pattern: RegExp, hits: Hit[]): void {
  pattern.lastIndex = 0;
  for (let match = pattern.exec(text); match !== null; match = pattern.exec(text)) {
    // Two names, as in `login("bob", "admin")`, are as likely.
    if (isPlaceholder(match[1]!) || /^(?:[a-z_]{1,24}|\?|%s)$/.test(match[1]!)) continue;
    const [start, end] = match.indices![1]!;
    hits.push({ start, end, kind: "password" });
  }
}

function pushTuples(text: string, secretOf: NameJudges["secretOf"], hits: Hit[]): void {
  TUPLE.lastIndex = 0;
  for (let match = TUPLE.exec(text); match !== null; match = TUPLE.exec(text)) {
    const [whole, , written = "", , value = "", close] = match;
    const name = secretOf(written);
    // A list of names, `["user", "password", "email"]`, is no list of pairs.
    const isPair =
      written.startsWith("-") || (close !== undefined && !whole.startsWith(",")) || looksGenerated(value);
    if (
      name === undefined ||
      (name.shape === "opaque" && !isGenerated(value)) ||
      !isPair ||
      isPlaceholder(value) ||
      (/^[a-z_]{1,20}$/.test(value) && !written.startsWith("-"))
    ) {
      TUPLE.lastIndex = match.index + 1;
      continue;
    }
    const [start, end] = match.indices![4]!;
    hits.push({ start, end, kind: name.kind });
  }
}

function pushInserts(text: string, secretOf: NameJudges["secretOf"], hits: Hit[]): void {
  INSERT.lastIndex = 0;
  for (let match = INSERT.exec(text); match !== null; match = INSERT.exec(text)) {
    const columns = match[1]!.split(",").map((column) => secretOf(column.replace(/[`"'[\]\s]/g, "")));
    if (!columns.some((column) => column !== undefined && column.shape !== "opaque")) continue;
    let at = INSERT.lastIndex;
    for (let row = 0; row < MOST_ROWS && text.charCodeAt(at) === 40; row++) {
      let place = 0;
      at++;
      while (at < text.length && text.charCodeAt(at) !== 41) {
        const value = readSql(text, at);
        const kind = columns[place]?.shape === "opaque" ? undefined : columns[place]?.kind;
        if (
          kind !== undefined &&
          value.end > value.start &&
          !/^(?:null|default|\?|:\w+|\$\d+|%s)$/i.test(text.slice(value.start, value.end))
        )
          hits.push({ start: value.start, end: value.end, kind });
        at = value.after;
        if (text.charCodeAt(at) === 44) {
          at++;
          place++;
        }
      }
      at++;
      while (at < text.length && (text.charCodeAt(at) === 44 || text.charCodeAt(at) === 32)) at++;
    }
    INSERT.lastIndex = Math.max(INSERT.lastIndex, at);
  }
}

/** A value of SQL at `at`: a quoted text (a doubled quote stands for one), or all up to the comma or bracket. */
function readSql(text: string, at: number): { start: number; end: number; after: number } {
  let start = at;
  while (text.charCodeAt(start) === 32) start++;
  const quote = text.charCodeAt(start);
  let end = start;
  if (quote === 39 || quote === 34) {
    for (end = start + 1; end < text.length; end++) {
      const code = text.charCodeAt(end);
      if (code === 92) end++;
      else if (code === quote && text.charCodeAt(end + 1) === quote) end++;
      else if (code === quote) break;
    }
    return { start: start + 1, end: Math.min(end, text.length), after: skipTo(text, end + 1) };
  }
  const after = skipTo(text, start);
  return { start, end: after, after };
}

/** The next comma or closing bracket of this level. */
function skipTo(text: string, from: number): number {
  let depth = 0;
  let at = from;
  for (; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code === 40) depth++;
    else if (code === 41 && depth-- === 0) break;
    else if (code === 44 && depth === 0) break;
  }
  return Math.min(at, text.length);
}
