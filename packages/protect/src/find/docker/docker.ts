// SPDX-License-Identifier: Apache-2.0
import { prefixDetector } from "../detector.js";

/** Docker Hub personal and organization access tokens, and swarm join tokens. */
export const docker = prefixDetector({
  name: "docker_token",
  literals: ["dckr_", "SWMTKN-1-", "SWMKEY-1-"],
  pattern: /dckr_(?:pat|oat)_[\w-]{20,64}|SWM(?:TKN|KEY)-1-[\w-]{40,100}/g,
  cut: /dckr_(?:pat|oat)_[\w-]{6,19}$/,
});
