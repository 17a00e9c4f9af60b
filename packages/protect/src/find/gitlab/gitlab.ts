// SPDX-License-Identifier: Apache-2.0
import { prefixDetector } from "../detector.js";

/**
 * GitLab tokens (docs, "Token overview"): personal, OAuth secret, deploy, runner, runner authentication, CI job, trigger, feed, incoming
 * mail, agent, feature flag client, SCIM. Routable tokens have parts after dots.
 */
export const gitlab = prefixDetector({
  name: "gitlab_token",
  literals: [
    "glpat-",
    "gloas-",
    "gldt-",
    "glrt-",
    "glrtr-",
    "glcbt-",
    "glptt-",
    "glft-",
    "glimt-",
    "glagent-",
    "glffct-",
    "glsoat-",
    "GR1348941",
    "_gitlab_session=",
  ],
  pattern:
    /gl(?:pat|oas|dt|rtr?|ptt|ft|imt|agent|ffct|soat)-[\w-]{16,300}(?:\.[a-z0-9]{2}\.[a-z0-9]{8,10})?|glcbt-[0-9a-zA-Z]{1,5}_[\w-]{16,300}|glcbt-[\w-]{16,300}|GR1348941[\w-]{16,64}|(?<=_gitlab_session=)[0-9a-f]{32}/g,
  cut: /(?<![A-Za-z0-9])gl(?:pat|oas|dt|rtr?|ptt|ft|imt|agent|ffct|soat|cbt)-[\w-]{6,15}$/,
});
