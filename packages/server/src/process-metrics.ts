// SPDX-License-Identifier: Apache-2.0
import type { Log } from "@telltale/log";
import type { SourceChains } from "./chain/source-chains.js";
import type { FollowerRunner } from "./follow/runner.js";
import type { Metrics } from "./metrics.js";
import type { Pipeline } from "./pipeline/pipeline.js";
import type { SelfLogEmitter } from "./self-log-emitter.js";

/** What is measured of the whole process and its stages; everything is read when somebody asks. */
export function registerProcessMetrics(
  metrics: Metrics,
  parts: {
    log: Log;
    pipeline: Pipeline;
    runner: FollowerRunner;
    selfLog: SelfLogEmitter;
    sources: { readonly chains: SourceChains };
  },
): void {
  const { log, pipeline, runner, selfLog, sources } = parts;
  metrics.observed("process_cpu_seconds_total", "CPU time of the process and its threads.", () => {
    const { user, system } = process.cpuUsage();
    return (user + system) / 1e6;
  });
  metrics.observed("process_resident_memory_bytes", "Resident memory.", () => process.memoryUsage.rss());
  metrics.observed("telltale_log_size_events", "Events in the log.", () => log.size);
  metrics.observed("telltale_ingest_requests_total", "Bodies taken in.", () => pipeline.counts.requests);
  metrics.observed("telltale_ingest_rejected_total", "Events refused.", () => pipeline.counts.rejected);
  metrics.observed(
    "telltale_ingest_pending_bytes",
    "Bytes of bodies that are not yet durable.",
    () => pipeline.pendingBytes,
  );
  metrics.observed("telltale_seal_events_total", "Events sealed for senders.", () => pipeline.counts.events);
  metrics.observed(
    "telltale_seal_duplicates_total",
    "Events that were sealed before.",
    () => pipeline.counts.duplicates,
  );
  metrics.observed(
    "telltale_protect_unchanged_total",
    "Events stored exactly as received.",
    () => pipeline.counts.kept,
  );
  metrics.observed(
    "telltale_self_log_lost_total",
    "Events about Telltale itself that could not be kept.",
    () => selfLog.lost,
  );
  metrics.observed(
    "telltale_chain_events_total",
    "Sealed events that are part of a source's chain.",
    () => sources.chains.events,
  );
  metrics.observed(
    "telltale_chain_findings_total",
    "Gaps, forks, replays, late and broken events found in them.",
    () => sources.chains.findings,
  );
  metrics.observed("telltale_follow_lag_events", "Committed events a follower has not handled.", () =>
    runner.status().map((each) => ({ labels: { follower: each.name }, value: each.lag })),
  );
}
