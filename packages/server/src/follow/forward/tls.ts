// SPDX-License-Identifier: Apache-2.0
import { createSecureContext } from "node:tls";
import { Secret } from "../../config/secrets.js";
import { isLoopback } from "./loopback.js";
import type { Section } from "./section.js";

/** How a target proves who it is, and we to it. */
export interface TlsSettings {
  /** PEM; without it the authorities that Node knows. */
  readonly ca?: string;
  readonly cert?: string;
  readonly key?: Secret;
  /** The name on its certificate, if that is not the host of the address. */
  readonly serverName?: string;
  /** Takes any certificate; only for loopback. */
  readonly insecure: boolean;
}

const MAX_PEM = 1024 * 1024;

/** Reads `tls: {ca, cert, key, serverName, insecure}`; the first three are files. Throws ConfigError. */
export function readTls(section: Section, hostname: string): TlsSettings {
  const tls = section.optionalSection("tls");
  if (tls === undefined) return { insecure: false };
  const ca = tls.optionalFile("ca", MAX_PEM);
  const cert = tls.optionalFile("cert", MAX_PEM);
  const key = tls.optionalFile("key", MAX_PEM);
  const serverName = tls.optionalText("serverName");
  const insecure = tls.flag("insecure");
  tls.finish();
  if ((cert === undefined) !== (key === undefined))
    tls.fail(undefined, "needs both cert and key, or neither");
  if (insecure && !isLoopback(hostname)) {
    tls.fail(
      "insecure",
      "is for tests on this machine: anybody on the way could read and change what is sent. Name the authority under ca",
    );
  }
  try {
    createSecureContext({ ca, cert, key });
  } catch {
    // The reason could quote the file.
    tls.fail(
      undefined,
      "holds something that is no PEM certificate or key, or they do not belong together",
      "bad_tls",
    );
  }
  return {
    insecure,
    ...(ca === undefined ? {} : { ca }),
    ...(cert === undefined ? {} : { cert }),
    ...(key === undefined ? {} : { key: new Secret(key) }),
    ...(serverName === undefined ? {} : { serverName }),
  };
}

/** The same as Node's options. TLS 1.2 is the oldest version that RFC 9662 lets syslog and BCP 195 anything use. */
export function toTlsOptions(tls: TlsSettings): {
  ca?: string;
  cert?: string;
  key?: string;
  servername?: string;
  rejectUnauthorized: boolean;
  minVersion: "TLSv1.2";
} {
  return {
    minVersion: "TLSv1.2",
    rejectUnauthorized: !tls.insecure,
    ...(tls.ca === undefined ? {} : { ca: tls.ca }),
    ...(tls.cert === undefined ? {} : { cert: tls.cert }),
    ...(tls.key === undefined ? {} : { key: tls.key.reveal() }),
    ...(tls.serverName === undefined ? {} : { servername: tls.serverName }),
  };
}
