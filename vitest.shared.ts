// Tests run from source: the packages' "telltale-source" export condition points at src/index.ts.
// "import" must not be among them: Vitest hands them to Node, where they would also hold for require().
const conditions = ["telltale-source", "module", "node"];

export const shared = {
  resolve: { conditions },
  ssr: { resolve: { conditions, externalConditions: ["node"] } },
  test: {
    testTimeout: 60_000,
    hookTimeout: 60_000,
    maxWorkers: 2,
    // The default of one second is a measure of the machine, not of what is awaited.
    expect: { poll: { timeout: 30_000 } },
  },
};
