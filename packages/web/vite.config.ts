// SPDX-License-Identifier: Apache-2.0
import tailwindcss from "@tailwindcss/vite";
import react from "@vitejs/plugin-react";
import path from "node:path";
import { defineConfig } from "vite";
import { verifierPage } from "./verifier-page.mjs";

const api = process.env["TELLTALE_URL"] ?? "http://127.0.0.1:7400";

export default defineConfig({
  root: import.meta.dirname,
  plugins: [
    react(),
    tailwindcss(),
    verifierPage(path.join(import.meta.dirname, "../server/public/verifier.html")),
  ],
  // Sibling packages are built from source, so `vite build` needs no earlier step.
  resolve: { conditions: ["telltale-source", "module", "browser", "import", "default"] },
  build: {
    outDir: "../server/public",
    emptyOutDir: true,
    target: "es2022",
    // The CSP has no data: for scripts and fonts; small files stay files.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
  },
  server: { proxy: { "/v1": api, "/log": api } },
});
