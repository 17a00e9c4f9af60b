// SPDX-License-Identifier: Apache-2.0
import { neutralize } from "@telltale/event";
import type { CliIo } from "../io.js";
import { paintFor, type Style } from "../ui/colour.js";

/** Who does something: the word in front of the line and its style. */
const VOICES = {
  shop: "green",
  attack: "red",
  alert: "yellow",
  odd: "yellow",
  siem: "green",
  demo: "cyan",
} as const satisfies Record<string, Style>;

export type Voice = keyof typeof VOICES;

/** Tells in the terminal what happens, one line at a time. */
export type Narrator = (voice: Voice, text: string) => void;

export function createNarrator(io: CliIo): Narrator {
  const paint = paintFor(io, "stdout");
  return (voice, text) => {
    const time = new Date(io.now()).toISOString().slice(11, 19);
    io.stdout.write(
      `  ${paint("dim", time)}  ${paint(VOICES[voice], voice.padEnd(6))}  ${neutralize(text)}\n`,
    );
  };
}
