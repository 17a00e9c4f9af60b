// SPDX-License-Identifier: Apache-2.0

/** What `npm run measure:parity` asks for, else a few thousand events. */
export const PARITY = {
  seed: Number(process.env.TELLTALE_PARITY_SEED ?? Date.now() % 1_000_000_000),
  /** Events that the comparison of rules goes through, and that of correlations. */
  events: Number(process.env.TELLTALE_PARITY_EVENTS ?? 3_000),
  correlated: Number(process.env.TELLTALE_PARITY_CORRELATED ?? 600),
  isMeasured: process.env.TELLTALE_PARITY_EVENTS !== undefined,
};

/** Long enough for a million events. */
export const TIMEOUT_MS = 3_600_000;
