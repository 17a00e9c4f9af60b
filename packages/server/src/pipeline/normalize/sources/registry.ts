// SPDX-License-Identifier: Apache-2.0
import type { LineSource } from "./source.js";
import { sshd } from "./sshd.js";

/** THE list of log sources: to add one, add its file, its test and its line here. */
export const SOURCES: readonly LineSource[] = [sshd];

/** The source of that name, if there is one. */
export function findSource(name: string): LineSource | undefined {
  return SOURCES.find((each) => each.name === name);
}
