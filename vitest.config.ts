import { defineConfig } from "vitest/config";
import { shared } from "./vitest.shared.js";

const exclude = ["**/node_modules/**", "**/dist/**", "**/*.conformance.test.ts"];

export default defineConfig({
  test: {
    ...shared.test,
    projects: [
      {
        ...shared,
        test: {
          ...shared.test,
          name: "packages",
          include: ["packages/*/{src,test}/**/*.test.{ts,tsx}"],
          exclude,
          // Loading the same modules anew for each of 250 files took a third of the time; no test changes a module.
          isolate: false,
        },
      },
      {
        ...shared,
        test: {
          ...shared.test,
          name: "whole",
          include: ["examples/*/test/**/*.test.ts", "test/*.test.ts"],
          exclude,
        },
      },
    ],
  },
});
