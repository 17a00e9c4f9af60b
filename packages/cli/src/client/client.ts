// SPDX-License-Identifier: Apache-2.0
import { CliFailure, systemCode } from "../failure.js";
import type { CliIo } from "../io.js";
import { type ClientOptions, DEFAULT_URL } from "../options.js";

/** The server's own words about what went wrong. */
interface ErrorBody {
  error: { code: string; message: string; position?: unknown };
}

export interface Client {
  readonly url: string;
  /** GET that answers JSON. Throws CliFailure for everything but success. */
  getJson(path: string, query?: Record<string, string | undefined>): Promise<unknown>;
  /** Any request; answers whatever the status is. Throws CliFailure `unreachable` when there is no answer. */
  request(path: string, init?: RequestInit): Promise<Response>;
  /** The failure that a status other than success stands for. */
  toFailure(response: Response): Promise<CliFailure>;
}

/** The server's address without a trailing slash. Throws CliFailure `usage`. */
export function parseUrl(text: string): string {
  let url: URL;
  try {
    url = new URL(text);
  } catch (error) {
    throw new CliFailure("usage", `"${text}" is no address`, `Write it like ${DEFAULT_URL}`, {
      cause: error,
    });
  }
  if (url.protocol !== "http:" && url.protocol !== "https:") {
    throw new CliFailure(
      "usage",
      `"${text}" is not an http or https address`,
      `Write it like ${DEFAULT_URL}`,
    );
  }
  if (url.username !== "" || url.password !== "") {
    throw new CliFailure(
      "usage",
      "the address must not hold a user or a password",
      "Pass the key with TELLTALE_KEY",
    );
  }
  return `${url.origin}${url.pathname}`.replace(/\/+$/, "");
}

/** The key from the options or the environment. Throws CliFailure `notPermitted` when there is none. */
export function mustHaveKey(options: ClientOptions, io: CliIo, role: string): string {
  const key = options.key ?? io.env["TELLTALE_KEY"];
  if (key !== undefined && /^[\x21-\x7e]{1,200}$/.test(key)) return key;
  const what =
    key === undefined || key === "" ? "no API key was given" : "the API key holds characters that no key has";
  throw new CliFailure(
    "notPermitted",
    what,
    `Set TELLTALE_KEY. A new key: telltale keys create --role ${role} --name cli --data DIR`,
  );
}

/** A client of the server that the options or the environment name. */
export function createClient(io: CliIo, options: ClientOptions, role: string | undefined): Client {
  const url = parseUrl(options.url ?? io.env["TELLTALE_URL"] ?? DEFAULT_URL);
  const key = role === undefined ? undefined : mustHaveKey(options, io, role);

  async function request(path: string, init: RequestInit = {}): Promise<Response> {
    const headers = new Headers(init.headers);
    if (key !== undefined) headers.set("authorization", `Bearer ${key}`);
    try {
      return await fetch(url + path, { signal: io.signal, redirect: "error", ...init, headers });
    } catch (error) {
      throw toUnreachable(url, error, io);
    }
  }

  async function toFailure(response: Response): Promise<CliFailure> {
    const body = parseErrorBody(await response.text().catch(() => ""));
    if (body === undefined) {
      return new CliFailure(
        "unreachable",
        `${url} answered ${response.status}, but not as a Telltale server does`,
        "Check the address: --url or TELLTALE_URL",
      );
    }
    const { code, message, position } = body.error;
    if (response.status === 401) {
      return new CliFailure(
        "notPermitted",
        message,
        "Check TELLTALE_KEY; telltale keys list --data DIR shows all keys",
      );
    }
    if (response.status === 403) {
      return new CliFailure(
        "notPermitted",
        message,
        role === undefined ? undefined : `This needs a key with the role ${role}`,
      );
    }
    if (response.status === 429 || response.status === 503)
      return new CliFailure("tryLater", `${message} (${code})`);
    if (response.status >= 500) return new CliFailure("unreachable", `${message} (${code})`);
    const where = typeof position === "number" ? { position } : {};
    return new CliFailure("usage", `${message} (${code})`, undefined, where);
  }

  return {
    url,
    request,
    toFailure,
    async getJson(path, query = {}) {
      const search = new URLSearchParams();
      for (const [name, value] of Object.entries(query)) if (value !== undefined) search.set(name, value);
      const text = search.size === 0 ? "" : `?${search.toString()}`;
      const response = await request(path + text);
      if (!response.ok) throw await toFailure(response);
      try {
        return await response.json();
      } catch (error) {
        throw new CliFailure("unreachable", `${url} did not answer with JSON`, "Check the address", {
          cause: error,
        });
      }
    },
  };
}

function parseErrorBody(text: string): ErrorBody | undefined {
  try {
    const { error } = JSON.parse(text) as Partial<ErrorBody>;
    return typeof error?.code === "string" && typeof error.message === "string" ? { error } : undefined;
  } catch {
    return undefined;
  }
}

const REASONS: Record<string, string> = {
  ECONNREFUSED: "nothing listens there",
  ENOTFOUND: "there is no such host",
  EAI_AGAIN: "the name cannot be resolved",
  ECONNRESET: "the connection was cut",
  UND_ERR_SOCKET: "the connection was cut",
  ETIMEDOUT: "there is no answer",
  UND_ERR_CONNECT_TIMEOUT: "there is no answer",
  DEPTH_ZERO_SELF_SIGNED_CERT: "its certificate is self-signed; name it in NODE_EXTRA_CA_CERTS",
  SELF_SIGNED_CERT_IN_CHAIN: "its certificate is self-signed; name it in NODE_EXTRA_CA_CERTS",
};

function toUnreachable(url: string, error: unknown, io: CliIo): CliFailure {
  if (io.signal.aborted) return new CliFailure("interrupted", "stopped");
  const cause = (error as { cause?: unknown }).cause;
  const nested = (cause as { errors?: unknown[] } | undefined)?.errors?.[0];
  const code = systemCode(cause) ?? systemCode(nested) ?? "";
  const reason = Object.hasOwn(REASONS, code) ? REASONS[code] : code || "no connection";
  return new CliFailure(
    "unreachable",
    `cannot reach Telltale at ${url}: ${reason}`,
    "Is it running? Start it with: telltale serve. Another address: --url or TELLTALE_URL",
    { cause: error },
  );
}
