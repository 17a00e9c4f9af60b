// SPDX-License-Identifier: Apache-2.0
import type { Metrics } from "../../metrics.js";
import type { DetectFollower } from "./detect.js";

/** What the correlations hold and had to forget; read when somebody asks. */
export function registerDetectMetrics(metrics: Metrics, detect: Pick<DetectFollower, "stats">): void {
  metrics.observed("telltale_detect_groups", "Groups that correlations remember.", () => detect.stats().keys);
  metrics.observed(
    "telltale_detect_entries",
    "Window entries that correlations remember.",
    () => detect.stats().entries,
  );
  metrics.observed(
    "telltale_detect_waiting",
    "Windows whose end is awaited, to see what did not happen.",
    () => detect.stats().waiting,
  );
  metrics.observed(
    "telltale_detect_evicted_total",
    "Groups forgotten for want of room; an attack spread over as many may go unseen.",
    () => detect.stats().evictions,
  );
  metrics.observed(
    "telltale_detect_given_up_total",
    "Windows never judged because their group was flooded.",
    () => detect.stats().givenUp,
  );
}
