// SPDX-License-Identifier: Apache-2.0
import type { Register } from "../context.js";

export const registerDemo: Register = (program) => {
  program.command("demo").description("see it work: an example shop, its customers, and an attacker");
};
