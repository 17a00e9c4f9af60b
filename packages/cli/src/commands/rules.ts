// SPDX-License-Identifier: Apache-2.0
import type { Register } from "../context.js";
import { addBacktest } from "./rules-backtest.js";
import { addRuleTools } from "./rules-tools.js";

export const registerRules: Register = (program, context) => {
  const rules = program.command("rules").description("work on detection rules");
  addRuleTools(rules, context);
  addBacktest(rules, context);
};
