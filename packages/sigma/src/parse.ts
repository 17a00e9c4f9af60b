// SPDX-License-Identifier: Apache-2.0
import type { SigmaDocument } from "./types.js";
export interface ParseOptions {
  readonly placeholders?: Readonly<Record<string, readonly string[]>>;
}
export function parseSigma(_text: string, _file: string, _options: ParseOptions = {}): SigmaDocument[] {
  return [];
}
