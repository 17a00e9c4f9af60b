import { DuckDBInstance } from "@duckdb/node-api";
import { RE2JS } from "re2js";
const i = await DuckDBInstance.create(":memory:"); const c = await i.connect();
// fold
const rows = (await c.runAndReadAll("select i, lower(chr(i::int)) l, hex(encode(lower(chr(i::int)))) from range(1, 1114112) t(i) where i < 55296 or i > 57343")).getRows();
let diff = [];
for (const [n, l] of rows) { const ch = String.fromCodePoint(Number(n)); let j = ch.toLowerCase(); if (j !== l) diff.push(`${Number(n).toString(16)}:${[...j].map(x=>x.codePointAt(0).toString(16))}/${[...l].map(x=>x.codePointAt(0).toString(16))}`); }
console.log(diff.length, diff.join(" "));
const res = ["a.c","^a","a$","(?i)k","(?i)ſ","\\d+","\\bx\\b","[[:alpha:]]","\\pL","\\p{Greek}","\\p{L}","\\p{Letter}","\\Qa.b\\E","(?P<n>a)","(?<n>a)","\\x{1F600}","\\x41","\\u0041","\\C","a{1000}","a{1001}","(a{500}){2}","(a{500}){100}","[^\\n]","\\z","\\Z","\\A","(?U)a+","(?-s).","\\a","\\v","\\h","\\R","\\X","(?:)","[]a]","[a-\\d]","\\8","\\0","\\07","\\1","(?=a)","a**","a*+","(?i:K)","(?i)[k]","(?i)σ","(?i)ß","(?i)ẞ","(?i)İ","(?i)ı","[[:^alpha:]]","[[:word:]]","\\N","\\p{Lu}","\\P{Lu}","(?i)\\p{Lu}","\\pN","[[=a=]]","[[.a.]]","\\Q","\\E","a|*","(|a)*","x{,3}","x{2,1}","{","}","]","a{","\\_","\\-","\\é","\\p{Any}","\\p{IsGreek}","\\p{Script=Greek}","\\p{^Greek}","(?x) a","(?#c)a","\\cA","\\e","[\\w-z]","(?i)[^k]","[é-ü]","\\w","\\W","\\s","\\S", "(?m)^b$","(?ms)a.b","a$b","\\\\","\\/","[\\b]","\\b{2}","^*","$*","(?i)Å","\\p{Han}", "(a|b)*c|d", "x{0}", "(?s).", ".", "\\D","[[:punct:]]","[[:blank:]]","[[:ascii:]]","[\\pL\\d]","[^\\PL]", "\\k<n>","(?>a)","(?<=a)b","(?!a)", "\\G","\\'","\\<","\\y","a{2}{3}","(?i)a{3}", "(?i-s:a)", "(?:a", "(?P=n)", "(?P>n)","(?P<1>a)","(?P<n>a)(?P<n>b)","\\p{Cn}","\\p{C}","\\p{Emoji}","\\p{Alphabetic}","\\p{Latin}","\\p{Vithkuqi}","\\p{Kawi}","\\p{lu}", "(?i)ǆ", "(?i)\u1E9E", "(?i)\ua7cb", "[\\x{10FFFF}]", "\\x{110000}","\\xG", "[a", "[]", "[^]", "[z-a]", "\\pé", "(?i)\u0345", "(?i)\u03b9"];
const texts = rows.map(([n]) => String.fromCodePoint(Number(n)));
const extra = ["abc","k","K","K","s","S","ſ","a\nb","ab\n","","aa","a.b","x y","x","σ","ς","Σ","ß","ẞ","ss","i","İ","ı","I","i̇","abd","a\0b","😀","_","-","{","}","]","\\","/","\r\n","a\r\nb","é"];
await c.run("create table t(x varchar)");
const ap = await c.createAppender("t"); for (const x of [...extra, ...texts]) { ap.appendVarchar(x); ap.endRow(); } ap.closeSync();
for (const s of res) {
  let js, du; 
  try { const r = RE2JS.compile(s, 0); js = (x) => r.test(x); } catch (e) { js = undefined; }
  try { du = (await c.runAndReadAll("select regexp_matches(x, $1) from t", [s])).getRows().map(([b]) => b); } catch (e) { du = undefined; }
  if (js === undefined && du === undefined) continue;
  if (js === undefined) { console.log(JSON.stringify(s), "only duckdb accepts"); continue; }
  if (du === undefined) { console.log(JSON.stringify(s), "ONLY RE2JS ACCEPTS"); continue; }
  const d = []; [...extra, ...texts].forEach((x, k) => { if (js(x) !== du[k]) d.push(x.codePointAt(0)?.toString(16)); });
  if (d.length) console.log(JSON.stringify(s), "DIFF", d.length, d.slice(0, 12).join(" "));
}
