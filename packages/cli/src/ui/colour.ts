// SPDX-License-Identifier: Apache-2.0
import type { CliIo } from "../io.js";

const CODES = {
  bold: [1, 22],
  dim: [2, 22],
  red: [31, 39],
  green: [32, 39],
  yellow: [33, 39],
  cyan: [36, 39],
} as const;

export type Style = keyof typeof CODES;
export type Paint = (style: Style, text: string) => string;

const plain: Paint = (_style, text) => text;
const coloured: Paint = (style, text) => `\u001b[${CODES[style][0]}m${text}\u001b[${CODES[style][1]}m`;

/** Colour only for people, and only when they did not switch it off (https://no-color.org). */
export function paintFor(io: CliIo, stream: "stdout" | "stderr"): Paint {
  const terminal = stream === "stdout" ? io.stdoutIsTerminal : io.stderrIsTerminal;
  const refused = io.env["NO_COLOR"] !== undefined && io.env["NO_COLOR"] !== "";
  return terminal && !refused && io.env["TERM"] !== "dumb" ? coloured : plain;
}
