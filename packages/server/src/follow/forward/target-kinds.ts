// SPDX-License-Identifier: Apache-2.0
import type { BatchLimits } from "./forwarder.js";
import type { Section } from "./section.js";
import type { Target } from "./target.js";
import { elastic } from "./to/elastic.js";
import { jsonFile } from "./to/json-file.js";
import { splunk } from "./to/splunk.js";
import { syslog } from "./to/syslog.js";
import { webhook } from "./to/webhook.js";

/** How a kind of target is configured. */
export interface TargetKind {
  /** What its batches are when the file does not say. */
  batch(section: Section): BatchLimits;
  /** Reads its own keys; throws ConfigError. What it gives makes the target. */
  read(section: Section, name: string): () => Target;
}

/** Every kind, by the word after `to:`. */
export const TARGET_KINDS = {
  splunk,
  elastic,
  webhook,
  "json-file": jsonFile,
  syslog,
} as const satisfies Record<string, TargetKind>;

export type TargetKindName = keyof typeof TARGET_KINDS;
