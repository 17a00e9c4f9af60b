// Tests run from source: the packages' "telltale-source" export condition points at src/index.ts.
const conditions = ["telltale-source", "module", "node", "import", "default"];

export const shared = {
  resolve: { conditions },
  ssr: { resolve: { conditions, externalConditions: ["node", "import", "default"] } },
  test: { testTimeout: 60_000, hookTimeout: 60_000, maxWorkers: 2 },
};
