// SPDX-License-Identifier: Apache-2.0
import { migration0001 } from "./0001-start.js";
import { migration0002 } from "./0002-protect.js";

export interface Migration {
  readonly version: number;
  readonly statements: readonly string[];
}

/** In order, without gaps; a new one is a new file and one line here. */
export const MIGRATIONS: readonly Migration[] = [migration0001, migration0002];
