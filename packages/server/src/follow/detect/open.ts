// SPDX-License-Identifier: Apache-2.0
import type { Metrics } from "../../metrics.js";
import { DetectFollower, type DetectOptions } from "./detect.js";
import { registerDetectMetrics } from "./metrics.js";

/** The detect follower, and its figures for whoever asks. */
export function openDetect(options: DetectOptions, metrics: Metrics): DetectFollower {
  const detect = new DetectFollower(options);
  registerDetectMetrics(metrics, detect);
  return detect;
}
