// SPDX-License-Identifier: Apache-2.0
// Builds the page that checks bundles of evidence: script and style inside of one file, held to their hashes by its policy.
import { createHash } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { rolldown } from "rolldown";

const here = path.join(import.meta.dirname, "src/verifier");
const read = (name) => readFileSync(path.join(here, name), "utf8");
const hashOf = (text) => `'sha256-${createHash("sha256").update(text).digest("base64")}'`;

async function buildScript() {
  const bundle = await rolldown({
    input: path.join(here, "main.ts"),
    platform: "browser",
    resolve: { conditionNames: ["telltale-source", "module", "browser", "import", "default"] },
  });
  const { output } = await bundle.generate({ format: "iife", minify: true, comments: { legal: false } });
  await bundle.close();
  const { code } = output[0];
  // Either would end the element early, and the rest would be read as HTML.
  if (/<\/script|<!--/i.test(code)) throw new Error("the script holds what ends a script element");
  return code.trim();
}

/** The whole page as text. */
export async function buildVerifierPage() {
  const script = await buildScript();
  const style = read("style.css")
    .replace(/\/\*[\s\S]*?\*\//g, "")
    .replace(/\s+/g, " ")
    .trim();
  const policy = [
    "default-src 'none'",
    `script-src ${hashOf(script)}`,
    `style-src ${hashOf(style)}`,
    "base-uri 'none'",
    "form-action 'none'",
  ].join("; ");
  // By functions: in a replacement text "$&" would mean something.
  return read("page.html")
    .replace("__CSP__", () => policy)
    .replace("__STYLE__", () => style)
    .replace("__SCRIPT__", () => script);
}

/** For vite: writes the page beside the application's own. */
export function verifierPage(file) {
  return {
    name: "telltale-verifier-page",
    apply: "build",
    async closeBundle() {
      writeFileSync(file, await buildVerifierPage());
    },
  };
}
