import { defineConfig } from "vitest/config";

// Tests run from source: the packages' "telltale-source" export condition points at src/index.ts.
const conditions = ["telltale-source", "module", "node", "import", "default"];

export default defineConfig({
  resolve: { conditions },
  ssr: { resolve: { conditions, externalConditions: ["node", "import", "default"] } },
  test: {
    include: ["packages/*/src/**/*.test.{ts,tsx}", "packages/*/test/**/*.test.ts", "test/**/*.test.ts"],
    exclude: ["**/node_modules/**", "**/dist/**", "**/*.conformance.test.ts", "test/browser/**"],
    testTimeout: 20_000,
    maxWorkers: 2,
  },
});
