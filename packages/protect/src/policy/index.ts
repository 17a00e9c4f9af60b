// SPDX-License-Identifier: Apache-2.0
export { classKindsOf, compilePolicy, toProtectorOptions } from "./compile.js";
export { type Policy, POLICY_LIMITS, parsePolicy, type RulesText } from "./parse.js";
export { PolicyError, type PolicyErrorCode } from "./policy-error.js";
