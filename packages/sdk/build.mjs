// SPDX-License-Identifier: Apache-2.0
// Makes what is published: ES modules in dist/esm, CommonJS in dist/cjs, types for both, with the packages of this
// repository inside, so that an application installs the SDK and nothing else. `tsc -b` has written the types before.
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "rolldown";

const here = path.dirname(fileURLToPath(import.meta.url));
const packages = path.dirname(here);
const out = (...parts) => path.join(here, "dist", ...parts);
const entries = { index: path.join(here, "src/index.ts"), express: path.join(here, "src/express.ts") };

async function bundle(format) {
  await build({
    input: entries,
    platform: "node",
    external: /^node:/,
    // Straight from the sources, so that nothing of an older build can get in.
    resolve: { conditionNames: ["telltale-source"] },
    output: {
      dir: out(format),
      format,
      entryFileNames: "[name].js",
      chunkFileNames: "shared.js",
      exports: "named",
    },
    logLevel: "warn",
  });
}

const IMPORT = /((?:from|import)\s*\(?\s*")([^"]+)(")/g;

/** Where a declaration finds what it imports: beside it, or among those of another package of this repository. */
function resolveTypes(file, specifier) {
  if (specifier.startsWith(".")) return path.resolve(path.dirname(file), specifier.replace(/\.js$/, ".d.ts"));
  const match = /^@telltale\/([a-z]+)$/.exec(specifier);
  return match === null ? undefined : path.join(packages, match[1], "dist/index.d.ts");
}

/** Name below dist/esm of a declaration: the SDK's own stay where tsc put them, others go to types/<package>. */
function placeOf(file) {
  const relative = path.relative(packages, file).split(path.sep);
  return relative[0] === "sdk"
    ? relative.slice(3).join("/")
    : `types/${relative[0]}/${relative.slice(2).join("/")}`;
}

/** Collects the SDK's declarations and all that they reach, with imports made relative. */
function collectTypes() {
  const found = new Map();
  const visit = (file) => {
    const place = placeOf(file);
    if (found.has(place)) return;
    if (!existsSync(file)) throw new Error(`${file} is missing: run tsc -b first`);
    found.set(place, "");
    const text = readFileSync(file, "utf8").replace(IMPORT, (whole, before, specifier, after) => {
      const target = resolveTypes(file, specifier);
      if (target === undefined) return whole;
      visit(target);
      const relative = path.posix
        .relative(path.posix.dirname(place), placeOf(target))
        .replace(/\.d\.ts$/, ".js");
      return `${before}${relative.startsWith(".") ? relative : `./${relative}`}${after}`;
    });
    found.set(place, text.replace(/^\/\/# sourceMappingURL=.*$/gm, ""));
  };
  for (const file of readdirSync(out("esm"), { recursive: true })) {
    // What an earlier build has collected there is found again from the sources.
    if (file.endsWith(".d.ts") && !file.startsWith("types")) visit(out("esm", file));
  }
  return found;
}

function writeTypes(types) {
  for (const format of ["esm", "cjs"]) {
    for (const [place, text] of types) {
      const file = out(format, place);
      mkdirSync(path.dirname(file), { recursive: true });
      writeFileSync(file, text);
    }
  }
}

await bundle("esm");
await bundle("cjs");
// Says to Node and TypeScript how to read the files beside it; the package as a whole is of ES modules.
writeFileSync(out("cjs/package.json"), '{ "type": "commonjs" }\n');
writeTypes(collectTypes());
