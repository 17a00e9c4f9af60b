// SPDX-License-Identifier: Apache-2.0
// An application that reports events with the SDK: `app.mjs EVENTS URL KEY SPOOL [wait|hang]`. EVENTS: a file of JSON lines.
// `wait` ends when all is delivered; `hang` says "kept" when all is on the disk, and waits to be killed.
import { readFileSync } from "node:fs";
import { createTelltale } from "@telltale/sdk";

const [, , file, url, key, directory, end] = process.argv;
const telltale = createTelltale({
  app: "canary-app",
  url,
  key,
  development: true,
  witnessMs: 0,
  batch: { ms: 5 },
  spool: { directory, fsync: "always" },
  onError: (error) => console.error(error, JSON.stringify(error)),
});

const events = readFileSync(file, "utf8")
  .split("\n")
  .filter((line) => line !== "")
  .map((line) => JSON.parse(line));
for (const event of events) telltale.emit(event);

/** Objects as careless code hands them over. */
const text = events[0].message;
const circular = { note: text };
circular.self = circular;
const throwing = {
  get note() {
    throw new Error(`cannot read ${text}`);
  },
};
telltale.emit({ action: "canary_circular", data: circular });
telltale.emit({ action: "canary_throwing", data: throwing });
telltale.emit({ action: "canary_large", data: { note: text, filler: "x".repeat(100_000) } });
telltale.emit({ action: "canary_large", message: `${"x".repeat(59_000)} ${text.repeat(20)}` });
telltale.emit({ message: text });
telltale.emit(text);
telltale.emit({ action: "canary_error", data: { error: new Error(text, { cause: new Error(text) }) } });
telltale.emit({
  action: "canary_map",
  data: { map: new Map([[text, text]]), bytes: Buffer.from(text), url: new URL("https://x.example/?a=1") },
});
await telltale.emitAndWait({ action: "canary_kept" }, { ms: 20_000 });

if (end === "hang") {
  console.log("kept");
  setInterval(() => {}, 1000);
} else {
  console.log(JSON.stringify({ closed: await telltale.close(20_000), stats: telltale.stats() }));
}
