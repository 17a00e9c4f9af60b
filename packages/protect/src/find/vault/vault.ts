// SPDX-License-Identifier: Apache-2.0
import { prefixDetector } from "../detector.js";

/** HashiCorp Vault service, batch and recovery tokens, and Terraform Cloud tokens. */
export const vault = prefixDetector({
  name: "vault_token",
  literals: ["hvs.", "hvb.", "hvr.", ".atlasv1.", "token s.", "token: s.", "token=s.", 'token":"s.'],
  pattern:
    /(?<![\w.])hv[sbr]\.[\w-]{20,512}|(?<![\w.-])[A-Za-z0-9]{14}\.atlasv1\.[\w-]{60,80}|(?<=token["']?[ :=]{1,2}["']?)s\.[A-Za-z0-9]{24}(?![\w.])/gi,
  cut: /(?<![\w.])hv[sbr]\.[\w-]{8,19}$/,
});
