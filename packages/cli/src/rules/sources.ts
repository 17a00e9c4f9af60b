// SPDX-License-Identifier: Apache-2.0
import { readdirSync, readFileSync, statSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { CliFailure, systemCode } from "../failure.js";

/** A folder that holds `rule.yml`. */
export interface RuleFolder {
  /** Path as shown to people. */
  readonly file: string;
  readonly dir: string;
  readonly text: string;
}

const MAX_BYTES = 1024 * 1024;

/** The rules that ship with Telltale: beside the package in this repository, inside the server's when installed. */
export function shippedFolder(): string {
  const places = ["../../../../rules", "../../../server/rules"].map((each) =>
    fileURLToPath(new URL(each, import.meta.url)),
  );
  const found = places.find((each) => statSync(each, { throwIfNoEntry: false })?.isDirectory());
  if (found === undefined) throw new CliFailure("noInput", "the rules that ship with Telltale are missing");
  return found;
}

/** Reads `rule.yml` below a folder, or the one file that is named. Throws CliFailure `noInput`. */
export function readRules(place: string): RuleFolder[] {
  const stat = statSync(place, { throwIfNoEntry: false });
  if (stat === undefined) throw new CliFailure("noInput", `${place} is not there`);
  if (stat.isFile()) return [readOne(place)];
  const files = readdirSync(place, { recursive: true, encoding: "utf8" })
    .filter(
      (file) =>
        /(^|[\\/])rule\.ya?ml$/.test(file) && !file.split(/[\\/]/).some((each) => each.startsWith(".")),
    )
    .sort();
  if (files.length === 0)
    throw new CliFailure(
      "noInput",
      `no rule is in ${place}`,
      "Each rule is a file rule.yml in a folder of its own.",
    );
  return files.map((file) => readOne(path.join(place, file)));
}

function readOne(file: string): RuleFolder {
  const { size } = statSync(file);
  if (size > MAX_BYTES)
    throw new CliFailure("noInput", `${file} has ${size} bytes; at most ${MAX_BYTES} are read`);
  return { file, dir: path.dirname(file), text: readFileSync(file, "utf8") };
}

/** The events of a file with one JSON object a line; undefined when it is not there. Throws CliFailure for a line that is none. */
export function readEvents(file: string): object[] | undefined {
  let text: string;
  try {
    text = readFileSync(file, "utf8");
  } catch (error) {
    if (systemCode(error) === "ENOENT") return undefined;
    throw error;
  }
  return text.split("\n").flatMap((line, i) => {
    if (line.trim() === "") return [];
    try {
      const event: unknown = JSON.parse(line);
      if (typeof event === "object" && event !== null && !Array.isArray(event)) return [event];
    } catch {
      // Said below, as for JSON that is no object.
    }
    throw new CliFailure("failed", `${file}:${i + 1}: is no event (a JSON object)`);
  });
}
