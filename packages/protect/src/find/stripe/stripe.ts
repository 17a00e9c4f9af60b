// SPDX-License-Identifier: Apache-2.0
import { prefixDetector } from "../detector.js";

/** Stripe secret and restricted keys, live and test, and webhook signing secrets. Publishable keys (`pk_`) stay. */
export const stripe = prefixDetector({
  name: "stripe_key",
  literals: ["k_live_", "k_test_", "whsec_"],
  pattern: /(?<![A-Za-z0-9])(?:[sr]k_(?:live|test)_[A-Za-z0-9]{10,255}|whsec_[A-Za-z0-9+/=]{16,255})/g,
  cut: /(?<![A-Za-z0-9])(?:[sr]k_(?:live|test)_(?=[A-Za-z]{0,9}\d)[A-Za-z0-9]{4,9}|whsec_(?=[A-Za-z]{0,15}\d)[A-Za-z0-9+/=]{6,15})$/,
  isSure: (token) => token.length >= 32,
});
