// SPDX-License-Identifier: Apache-2.0
import type { RightEdge } from "@telltale/merkle";
import type { FileSystem } from "./fs.js";
import type { HeadStore } from "./head.js";
import type { HeadFields } from "./head-slot.js";
import type { LogKeys } from "./key-store.js";
import type { Signer } from "./keys.js";
import type { LogPaths } from "./paths.js";
import type { Publisher } from "./publish.js";
import type { Segments } from "./segments.js";
import type { TileStore } from "./tiles.js";
import type { OpenLogOptions, Recovery } from "./types.js";

/** What opening has found and proven, for the log that goes on from there. */
export interface LogParts {
  options: OpenLogOptions;
  fs: FileSystem;
  now: () => number;
  keys: LogKeys;
  /** A key that an interrupted change had made, and the first line that may name it. */
  pending?: { next: Signer; from: number };
  head: HeadStore;
  stored: HeadFields;
  segments: Segments;
  edge: RightEdge;
  tiles: TileStore;
  publisher: Publisher;
  /** Size of the newest checkpoint in the file of published ones. */
  published: number;
  recovery: Recovery;
  paths: LogPaths;
  release: () => Promise<void>;
}
