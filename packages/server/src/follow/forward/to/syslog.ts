// SPDX-License-Identifier: Apache-2.0
import { connect as connectTcp, isIP, type LookupFunction, type Socket } from "node:net";
import { hostname } from "node:os";
import { connect as connectTls } from "node:tls";
import { readVersion } from "../../../version.js";
import type { TargetKind } from "../target-kinds.js";
import { ALL_TAKEN, TargetError, type DeliveryResult, type Outgoing, type Target } from "../target.js";
import { readTls, toTlsOptions, type TlsSettings } from "../tls.js";
import { encodeBatch, toReason } from "./http.js";
import { toSyslogMessage, type SyslogForm } from "./syslog-message.js";

export interface SyslogOptions {
  readonly name: string;
  readonly host: string;
  readonly port: number;
  /** Undefined: plain TCP. */
  readonly tls: TlsSettings | undefined;
  readonly form: SyslogForm;
  /**
   * What confirms a batch. `close`: the receiver has read all and closes in turn. `write`: the operating system has taken
   * it; what it had not sent when a connection breaks is lost. For receivers that do not close.
   */
  readonly confirm: "close" | "write";
  readonly timeoutMs?: number;
  /** Resolves names; default the system's. */
  readonly lookup?: LookupFunction;
}

const TLS_PORT = 6514;
const TCP_PORT = 601;
/** At least, and at most, how long a connection is watched between the last byte and its end. */
const WATCH_MS = { min: 10, max: 1000 };
/**
 * How long the first connection is watched where we show a certificate: with TLS 1.3 our handshake is complete before the
 * receiver has looked at it (RFC 8446, section 2), and some only close when they do not trust it.
 */
const REFUSAL_MS = 1000;
/** No syslog receiver answers anything. */
const ANSWER_BYTES = 4096;

/** Octet counting (RFC 6587 section 3.4.1, RFC 5425 section 4.3): `LENGTH SP MESSAGE`. */
export function toFrame(message: string): string {
  return `${Buffer.byteLength(message)} ${message}`;
}

/**
 * RFC 5424 over TCP or TLS (RFC 5425). Syslog has no acknowledgement: what is written to a connection that breaks is
 * gone, and nobody says so. So each batch has a connection of its own that ends in order: we write, watch for a moment
 * whether the receiver hangs up, close our half, and the receiver closes when it has read everything. An end that is not in
 * order sends the batch again. What a receiver has read and not stored when it dies is lost: no sender of syslog can know.
 */
class SyslogTarget implements Target {
  readonly name: string;
  readonly kind = "syslog";
  readonly #options: SyslogOptions;
  /** Of the TLS session before: a new connection then costs no signature. */
  #session: Buffer | undefined;
  /** Whether a batch was confirmed since the last failure: then our certificate is one that the receiver takes. */
  #isTrusted = false;

  constructor(options: SyslogOptions) {
    this.name = options.name;
    this.#options = options;
  }

  async deliver(batch: readonly Outgoing[], signal: AbortSignal): Promise<DeliveryResult> {
    const { form, timeoutMs = 30_000 } = this.#options;
    const bytes = await encodeBatch(batch, (each) => toFrame(toSyslogMessage(each, form)));
    if (signal.aborted) throw new TargetError("unreachable", "stopped");
    const socket = this.#connect();
    let isLate = false;
    const timer = setTimeout(() => {
      isLate = true;
      socket.destroy();
    }, timeoutMs);
    const stop = (): void => {
      socket.destroy();
    };
    signal.addEventListener("abort", stop, { once: true });
    try {
      const isTrusted = this.#isTrusted || this.#options.tls?.cert === undefined;
      await transmit(socket, bytes, this.#options, isTrusted ? WATCH_MS.min : REFUSAL_MS);
      this.#isTrusted = true;
    } catch (cause) {
      this.#session = undefined;
      this.#isTrusted = false;
      if (isLate) {
        throw new TargetError("timeout", `not taken and closed within ${timeoutMs / 1000} s`, { cause });
      }
      throw cause instanceof TargetError ? cause : toTargetError(cause);
    } finally {
      clearTimeout(timer);
      signal.removeEventListener("abort", stop);
      socket.destroy();
    }
    return ALL_TAKEN;
  }

  async close(): Promise<void> {
    this.#session = undefined;
  }

  #connect(): Socket {
    const { host, port, tls, lookup } = this.#options;
    const reach = lookup === undefined ? {} : { lookup };
    if (tls === undefined) return connectTcp({ host, port, ...reach });
    const socket = connectTls({
      host,
      port,
      ...reach,
      // Unlike https, tls sends no name by itself.
      ...(isIP(host) === 0 ? { servername: host } : {}),
      ...toTlsOptions(tls),
      ...(this.#session === undefined ? {} : { session: this.#session }),
    });
    socket.on("session", (session) => {
      this.#session = session;
    });
    return socket;
  }
}

/**
 * Writes all and waits for what confirms it; watches the connection for at least `leastWatchMs` before it ends it. Rejects when the
 * connection ends in any other way.
 */
function transmit(
  socket: Socket,
  bytes: Buffer,
  { confirm, tls }: Pick<SyslogOptions, "confirm" | "tls">,
  leastWatchMs: number,
): Promise<void> {
  return new Promise((resolve, reject) => {
    const began = performance.now();
    let isOurEndSent = false;
    let answered = 0;
    const broke = (): void =>
      reject(new TargetError("unreachable", "the receiver closed before it had read everything"));
    socket.on("error", reject);
    socket.once(tls === undefined ? "connect" : "secureConnect", () => {
      const roundTripMs = performance.now() - began;
      socket.write(bytes, (error) => {
        if (error) return;
        if (confirm === "write") {
          socket.end(resolve);
          return;
        }
        // A receiver that dies now ends the connection like one that has read all: both ends are told apart only by
        // their order. So ours is sent when an end of theirs, made before the last byte was there, would have come.
        const watch = Math.min(Math.max(2 * roundTripMs, leastWatchMs), WATCH_MS.max);
        setTimeout(() => {
          isOurEndSent = true;
          socket.end();
        }, watch);
      });
    });
    socket.on("data", (piece) => {
      answered += piece.length;
      if (answered > ANSWER_BYTES)
        reject(new TargetError("bad_answer", "the receiver talks, as no syslog receiver does"));
    });
    socket.on("end", () => {
      if (isOurEndSent) resolve();
      else broke();
    });
    socket.on("close", broke);
  });
}

/** A certificate that does not hold is a matter for a person; a connection that does not come about may be one of time. */
function toTargetError(cause: unknown): TargetError {
  const { code } = cause as { code?: unknown };
  const isTrust =
    typeof code === "string" &&
    /^(?:CERT_|UNABLE_TO_|DEPTH_ZERO_|SELF_SIGNED_|ERR_TLS_CERT|HOSTNAME_MISMATCH|ERR_SSL_TLSV1_ALERT_(?:UNKNOWN_CA|BAD_CERT))/.test(
      code,
    );
  return new TargetError(isTrust ? "no_access" : "unreachable", toReason(cause), { cause });
}

export function createSyslog(options: SyslogOptions): Target {
  return new SyslogTarget(options);
}

export const syslog: TargetKind = {
  batch: () => ({ events: 1000, bytes: 1024 * 1024, waitMs: 1000 }),
  read(section, name) {
    const url = section.url("url", { encrypted: "tls", plain: "tcp" });
    if (url.pathname !== "" || url.search !== "") section.fail("url", "has a host and a port, and no path");
    const isTls = url.protocol === "tls:";
    if (!isTls && section.has("tls")) section.fail("tls", "is for tls:// addresses");
    const host = url.hostname.replace(/^\[|\]$/g, "");
    const enterprise = section.integer("enterprise", { min: 0, max: 0xffff_ffff, fallback: 0 });
    const options: SyslogOptions = {
      name,
      host,
      port: url.port === "" ? (isTls ? TLS_PORT : TCP_PORT) : Number(url.port),
      tls: isTls ? readTls(section, host) : undefined,
      ...section.reach,
      confirm: section.oneOf("confirm", ["close", "write"], "close"),
      timeoutMs: section.integer("timeoutMs", { min: 1000, max: 600_000, fallback: 30_000 }),
      form: {
        host: section.optionalText("host") ?? hostname(),
        software: readVersion(),
        enterprise: enterprise === 0 ? undefined : enterprise,
        // What receivers should take (RFC 5425 section 4.3.1), and what rsyslog takes unless it is told otherwise.
        maxBytes: section.integer("maxMessageBytes", { min: 2048, max: 65_000, fallback: 8192 }),
      },
    };
    return () => createSyslog(options);
  },
};
