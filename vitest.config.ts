import { defineConfig } from "vitest/config";
import { shared } from "./vitest.shared.js";

export default defineConfig({
  ...shared,
  test: {
    ...shared.test,
    include: ["packages/*/{src,test}/**/*.test.{ts,tsx}", "examples/*/test/**/*.test.ts", "test/*.test.ts"],
    exclude: ["**/node_modules/**", "**/dist/**", "**/*.conformance.test.ts"],
  },
});
