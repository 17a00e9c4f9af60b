// SPDX-License-Identifier: Apache-2.0
import { prefixDetector } from "../detector.js";

/** Telltale's own keys, `tt_<role>_<id>_<secret>`. The role and the id stay: they say which key to revoke. */
export const telltale = prefixDetector({
  name: "telltale_key",
  literals: ["tt_"],
  pattern: /(?<=(?<![A-Za-z0-9])tt_(?:ingest|read|admin|backfill)_[A-Za-z0-9]{1,40}_)[\w-]{16,512}/g,
});
