// SPDX-License-Identifier: Apache-2.0
import { createTelltale } from "@telltale/sdk";
import { createShop } from "./shop.js";

const { TELLTALE_URL, TELLTALE_KEY, PORT = "7480", NODE_ENV } = process.env;
if (TELLTALE_URL === undefined || TELLTALE_KEY === undefined) {
  console.error("Set TELLTALE_URL and TELLTALE_KEY (telltale keys create --role ingest --name shop).");
  process.exit(2);
}

const telltale = createTelltale({
  app: "shop",
  url: TELLTALE_URL,
  key: TELLTALE_KEY,
  env: NODE_ENV ?? "demo",
  development: NODE_ENV === "development",
  onError: ({ code, message }) => console.error(`telltale: ${code}: ${message}`),
});
const app = await createShop({ telltale });
const server = app.listen(Number(PORT), "127.0.0.1", (error) => {
  // Express calls this for a failure, too.
  if (error !== undefined) {
    console.error(`The shop cannot listen: ${error.message}`);
    process.exit(1);
  }
  telltale.sys.startup({ actor: { type: "system" } });
  console.log(`The shop listens on http://127.0.0.1:${PORT}`);
});

async function stop(): Promise<void> {
  server.closeAllConnections();
  server.close();
  telltale.sys.shutdown({ actor: { type: "system" } });
  await telltale.close(3000);
  process.exit(0);
}

for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => void stop());
