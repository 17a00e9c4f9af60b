// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from "vitest";
import { createMetrics } from "./metrics.js";

describe("metrics", () => {
  it("renders counters, gauges and histograms as Prometheus text", () => {
    const metrics = createMetrics();
    const events = metrics.counter("telltale_ingest_events_total", "Events accepted.");
    events.add(3, { outcome: "kept" });
    events.add(1, { outcome: "kept" });
    metrics.gauge("telltale_log_size", "Events in the log.").set(7);
    metrics.observed("telltale_follower_lag_events", "Lag.", () => [{ labels: { name: "index" }, value: 2 }]);
    const time = metrics.histogram("telltale_http_request_seconds", "Time.", [0.1, 1]);
    time.observe(0.05);
    time.observe(0.5);
    time.observe(5);
    expect(metrics.render().trimEnd().split("\n")).toEqual([
      "# HELP telltale_ingest_events_total Events accepted.",
      "# TYPE telltale_ingest_events_total counter",
      'telltale_ingest_events_total{outcome="kept"} 4',
      "# HELP telltale_log_size Events in the log.",
      "# TYPE telltale_log_size gauge",
      "telltale_log_size 7",
      "# HELP telltale_follower_lag_events Lag.",
      "# TYPE telltale_follower_lag_events gauge",
      'telltale_follower_lag_events{name="index"} 2',
      "# HELP telltale_http_request_seconds Time.",
      "# TYPE telltale_http_request_seconds histogram",
      'telltale_http_request_seconds_bucket{le="0.1"} 1',
      'telltale_http_request_seconds_bucket{le="1"} 2',
      'telltale_http_request_seconds_bucket{le="+Inf"} 3',
      "telltale_http_request_seconds_sum 5.55",
      "telltale_http_request_seconds_count 3",
    ]);
  });

  it("keeps one series, whether it is observed by its labels or by itself", () => {
    const time = createMetrics();
    const seconds = time.histogram("telltale_x_seconds", "X.", [1]);
    const series = seconds.series({ route: "/v1/events", status: "200" });
    series.observe(0.5);
    seconds.observe(3, { route: "/v1/events", status: "200" });
    expect(time.render()).toContain('telltale_x_seconds_count{route="/v1/events",status="200"} 2');
  });

  it("shows a counter that never counted, as zero", () => {
    const metrics = createMetrics();
    metrics.counter("telltale_x_total", "X.");
    expect(metrics.render()).toContain("\ntelltale_x_total 0\n");
  });

  it("cannot be broken out of by a label value", () => {
    const metrics = createMetrics();
    metrics.counter("telltale_x_total", "X.").add(1, { name: 'a"}\n\\evil 1' });
    expect(metrics.render()).toContain('telltale_x_total{name="a\\"}\\n\\\\evil 1"} 1\n');
  });

  it("gives the same metric for the same name and refuses another kind", () => {
    const metrics = createMetrics();
    expect(metrics.counter("telltale_x_total", "X.")).toBe(metrics.counter("telltale_x_total", "X."));
    expect(() => metrics.gauge("telltale_x_total", "X.")).toThrow("BUG");
    expect(() => metrics.gauge("Bad name", "X.")).toThrow("BUG");
  });
});
