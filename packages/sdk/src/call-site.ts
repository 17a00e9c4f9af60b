// SPDX-License-Identifier: Apache-2.0
import path from "node:path";
import { fileURLToPath } from "node:url";

const FRAME = /(?:\(|at (?:async )?)((?:file:\/\/|\/|[A-Za-z]:[\\/]).*):(\d+):\d+\)?$/;

interface Frame {
  readonly file: string;
  readonly line: string;
}

function toFrame(text: string): Frame | undefined {
  const match = FRAME.exec(text.trim());
  const [, place = "", line = ""] = match ?? [];
  if (place === "") return undefined;
  return { file: place.startsWith("file://") ? fileURLToPath(place) : place, line };
}

/**
 * Where a stack leaves the folder that its first frame is in: the line of the application that called. `src/login.ts:42`, relative to
 * `cwd` when it is under it; undefined when no such frame is there.
 */
export function callSiteOf(stack: string | undefined, cwd: string): string | undefined {
  const frames = (stack ?? "").split("\n").flatMap((each) => toFrame(each) ?? []);
  const own = path.dirname(frames[0]?.file ?? "");
  const site = frames.find(({ file }) => path.dirname(file) !== own);
  if (site === undefined) return undefined;
  const relative = path.relative(cwd, site.file);
  return `${relative.startsWith("..") || path.isAbsolute(relative) ? site.file : relative}:${site.line}`;
}
