// SPDX-License-Identifier: Apache-2.0
import { existsSync, readFileSync } from "node:fs";
import path from "node:path";
import { tempDir } from "@telltale/testkit";
import { expect, it } from "vitest";
import { startSiem } from "./siem.js";

it("takes events with its token, and none while it is busy", async () => {
  const dir = tempDir("siem", true);
  const siem = await startSiem(path.join(dir.path, "it's a: demo"));
  try {
    const { parseConfig } = await import("@telltale/server");
    const { config } = parseConfig({ dataDir: dir.path, forward: siem.configFile });
    expect(config.forward.map(({ name }) => name)).toEqual(["splunk", "wazuh"]);
    const text = readFileSync(siem.configFile, "utf8");
    const wazuhFile = JSON.parse(/path: (".*")/.exec(text)![1]!) as string;
    expect(existsSync(path.dirname(wazuhFile))).toBe(true);
    const url = `${/url: (\S+)/.exec(text)![1]!}/services/collector/event`;
    const token = readFileSync(path.join(path.dirname(siem.configFile), "siem-token"), "utf8");
    expect(text).not.toContain(token);
    const post = async (authorization: string): Promise<number> => {
      const response = await fetch(url, { method: "POST", body: "{}", headers: { authorization } });
      await response.arrayBuffer();
      return response.status;
    };
    expect(await post(`Splunk ${token}`)).toBe(200);
    expect(await post("Splunk guess")).toBe(403);
    siem.busy = true;
    expect(await post(`Splunk ${token}`)).toBe(503);
    siem.busy = false;
    expect(await post(`Splunk ${token}`)).toBe(200);
  } finally {
    await siem.stop();
    dir.dispose();
  }
});
