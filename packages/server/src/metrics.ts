// SPDX-License-Identifier: Apache-2.0

/** Label names and values of one series. Values are escaped when rendered; keep their number small and known. */
export type Labels = Readonly<Record<string, string>>;

export interface Counter {
  add(n?: number, labels?: Labels): void;
}
export interface Gauge {
  set(value: number, labels?: Labels): void;
}
export interface Histogram {
  /** `value` in the unit of the metric's name (seconds, bytes, …). */
  observe(value: number, labels?: Labels): void;
  /** One series, for those who observe often: nothing is looked up or put together per value. */
  series(labels: Labels): Series;
}
export interface Series {
  observe(value: number): void;
}

/** One registry per server. Registering a name twice gives the same metric if the kind agrees, else throws. */
export interface Metrics {
  counter(name: string, help: string): Counter;
  gauge(name: string, help: string): Gauge;
  /** A gauge whose value is asked for when the metrics are read. */
  observed(name: string, help: string, read: () => number | { labels: Labels; value: number }[]): void;
  histogram(name: string, help: string, bounds: readonly number[]): Histogram;
  /** Prometheus text exposition format 0.0.4. */
  render(): string;
}

type Kind = "counter" | "gauge" | "histogram";

interface Family {
  readonly name: string;
  readonly help: string;
  readonly kind: Kind;
  readonly metric: Counter | Gauge | Histogram | undefined;
  readonly lines: () => string[];
}

const NAME = /^[a-z][a-z0-9_]*$/;

function escapeLabel(value: string): string {
  // Almost no value needs it, and each request observes some.
  if (!/[\\\n"]/.test(value)) return value;
  return value.replaceAll("\\", "\\\\").replaceAll("\n", "\\n").replaceAll('"', '\\"');
}

function labelKey(labels: Labels | undefined): string {
  if (labels === undefined) return "";
  const parts: string[] = [];
  for (const [name, value] of Object.entries(labels)) parts.push(`${name}="${escapeLabel(value)}"`);
  return parts.length === 0 ? "" : `{${parts.join(",")}}`;
}

function toNumber(n: number): string {
  return Number.isFinite(n) ? String(n) : n > 0 ? "+Inf" : n < 0 ? "-Inf" : "NaN";
}

interface Sum {
  readonly metric: Counter & Gauge;
  lines(): string[];
}

function makeSum(name: string): Sum {
  const series = new Map<string, number>();
  return {
    metric: {
      add(n = 1, labels) {
        const key = labelKey(labels);
        series.set(key, (series.get(key) ?? 0) + n);
      },
      set(value, labels) {
        series.set(labelKey(labels), value);
      },
    },
    // A counter that never counted is still shown, as zero: absence would break rate() after a restart.
    lines: () =>
      series.size === 0
        ? [`${name} 0`]
        : [...series].map(([key, value]) => `${name}${key} ${toNumber(value)}`),
  };
}

/** How the values of one series fell into the buckets. */
class Distribution implements Series {
  readonly labels: Labels | undefined;
  readonly buckets: Float64Array;
  readonly #bounds: readonly number[];
  sum = 0;
  count = 0;

  constructor(bounds: readonly number[], labels: Labels | undefined) {
    this.#bounds = bounds;
    this.labels = labels;
    this.buckets = new Float64Array(bounds.length);
  }

  observe(value: number): void {
    let at = 0;
    while (at < this.#bounds.length && value > (this.#bounds[at] as number)) at++;
    if (at < this.#bounds.length) this.buckets[at] = (this.buckets[at] as number) + 1;
    this.sum += value;
    this.count++;
  }
}

function makeHistogram(name: string, bounds: readonly number[]) {
  const series = new Map<string, Distribution>();
  function get(labels: Labels | undefined): Distribution {
    const key = labelKey(labels);
    const known = series.get(key);
    if (known !== undefined) return known;
    const made = new Distribution(bounds, labels);
    series.set(key, made);
    return made;
  }
  return {
    metric: {
      observe: (value: number, labels?: Labels) => get(labels).observe(value),
      series: (labels: Labels) => get(labels),
    },
    lines() {
      const out: string[] = [];
      for (const [key, one] of series) {
        let total = 0;
        for (let i = 0; i < bounds.length; i++) {
          total += one.buckets[i] as number;
          out.push(`${name}_bucket${labelKey({ ...one.labels, le: String(bounds[i]) })} ${total}`);
        }
        out.push(`${name}_bucket${labelKey({ ...one.labels, le: "+Inf" })} ${one.count}`);
        out.push(`${name}_sum${key} ${toNumber(one.sum)}`, `${name}_count${key} ${one.count}`);
      }
      return out;
    },
  };
}

const sum = (kind: "counter" | "gauge", name: string, help: string) => (): Family => ({
  name,
  help,
  kind,
  ...makeSum(name),
});

/** Makes an empty registry. Names are `telltale_<stage>_<what>_<unit>`; counters end in `_total`. */
export function createMetrics(): Metrics {
  const families = new Map<string, Family>();
  function register(kind: Kind, name: string, make: () => Family): Family["metric"] {
    if (!NAME.test(name)) throw new Error(`BUG: ${name} is not a metric name`);
    const known = families.get(name);
    if (known !== undefined) {
      if (known.kind !== kind) throw new Error(`BUG: metric ${name} is a ${known.kind}, not a ${kind}`);
      return known.metric;
    }
    const family = make();
    families.set(name, family);
    return family.metric;
  }
  return {
    counter: (name, help) => register("counter", name, sum("counter", name, help)) as Counter,
    gauge: (name, help) => register("gauge", name, sum("gauge", name, help)) as Gauge,
    histogram: (name, help, bounds) =>
      register("histogram", name, () => ({
        name,
        help,
        kind: "histogram",
        ...makeHistogram(name, bounds),
      })) as Histogram,
    observed(name, help, read) {
      families.set(name, {
        name,
        help,
        kind: "gauge",
        metric: undefined,
        lines() {
          const value = read();
          if (typeof value === "number") return [`${name} ${toNumber(value)}`];
          return value.map((one) => `${name}${labelKey(one.labels)} ${toNumber(one.value)}`);
        },
      });
    },
    render() {
      const out: string[] = [];
      for (const { name, help, kind, lines } of families.values()) {
        out.push(
          `# HELP ${name} ${help.replaceAll("\\", "\\\\").replaceAll("\n", "\\n")}`,
          `# TYPE ${name} ${kind}`,
        );
        out.push(...lines());
      }
      return `${out.join("\n")}\n`;
    },
  };
}
