// SPDX-License-Identifier: Apache-2.0

export const ANOMALY_KINDS = [
  "anomaly_first_seen",
  "anomaly_hour",
  "anomaly_rate",
  "anomaly_silence",
] as const;
export type AnomalyKind = (typeof ANOMALY_KINDS)[number];

/** What of the anomalies page is in its address. */
export interface AnomaliesSearch {
  /** Absent: all kinds. */
  kind?: AnomalyKind;
}

export function parseAnomaliesSearch(raw: Record<string, unknown>): AnomaliesSearch {
  const kind = ANOMALY_KINDS.find((each) => each === raw["kind"]);
  return kind === undefined ? {} : { kind };
}
