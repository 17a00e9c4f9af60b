// SPDX-License-Identifier: Apache-2.0
import { BlockList, isIP } from "node:net";
import { addNetwork } from "../pipeline/ingest/syslog/listener.js";
import type { SyslogAddress } from "../pipeline/ingest/syslog/listener.js";
import { ConfigError } from "./config-error.js";
import type { RawConfig } from "./env.js";
import { ENV_NAMES } from "./env.js";

export interface SyslogConfig {
  readonly addresses: readonly SyslogAddress[];
  /** Networks that may send beside this machine. */
  readonly allow: readonly string[];
}

function fail(name: "syslog" | "syslogAllow", what: string, cause?: unknown): ConfigError {
  return new ConfigError("bad_value", `${ENV_NAMES[name]} ${what}`, cause);
}

/** `udp://127.0.0.1:5514,tcp://[::1]:5514`. Undefined when nothing is said. Throws ConfigError. */
export function parseSyslogConfig(raw: RawConfig): SyslogConfig | undefined {
  if (raw.syslog === undefined) {
    if (raw.syslogAllow === undefined) return undefined;
    throw fail("syslogAllow", `needs ${ENV_NAMES.syslog}, the addresses to listen on.`);
  }
  const addresses = list(raw.syslog).map(toAddress);
  const allow = list(raw.syslogAllow ?? "");
  const known = new BlockList();
  for (const network of allow) {
    try {
      addNetwork(known, network);
    } catch (error) {
      throw fail("syslogAllow", `holds ${network}, which is no network such as 10.0.0.0/8.`, {
        cause: error,
      });
    }
  }
  const isOpen = addresses.some(({ host }) => !isLoopback(host));
  if (isOpen && allow.length === 0) {
    throw fail(
      "syslog",
      `listens for other machines: name those that may send in ${ENV_NAMES.syslogAllow}, for example 10.0.0.0/8. Syslog has no keys and no encryption.`,
    );
  }
  return { addresses, allow };
}

function list(text: string): string[] {
  return text
    .split(",")
    .map((each) => each.trim())
    .filter((each) => each !== "");
}

function toAddress(text: string): SyslogAddress {
  const match = /^(udp|tcp):\/\/(?:\[([^\]]+)\]|([^:[\]]+)):(\d{1,5})$/.exec(text);
  const host = match?.[2] ?? match?.[3] ?? "";
  const port = Number(match?.[4]);
  if (match === null || isIP(host) === 0 || port > 65_535)
    throw fail(
      "syslog",
      `holds ${text}; write udp://ADDRESS:PORT or tcp://ADDRESS:PORT, several with commas between.`,
    );
  return { protocol: match[1] as "udp" | "tcp", host, port };
}

function isLoopback(host: string): boolean {
  return host === "::1" || host.startsWith("127.");
}
