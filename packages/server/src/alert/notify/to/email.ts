// SPDX-License-Identifier: Apache-2.0
import { connect, isIP, type Socket } from "node:net";
import { createTransport } from "nodemailer";
import type { SecretRef } from "../../../follow/forward/secret-ref.js";
import type { Section } from "../../../follow/forward/section.js";
import { isLoopback } from "../../../follow/forward/loopback.js";
import { readTls, toTlsOptions, type TlsSettings } from "../../../follow/forward/tls.js";
import { toCard, toLine, toPlainText } from "../card.js";
import type { Channel } from "../channel.js";
import { DeliveryError } from "../channel.js";
import type { ChannelKind } from "../channel-kinds.js";
import { readSecret, verifyReach } from "../channel-settings.js";
import type { Notice } from "../notice.js";
import { parseNotice } from "../notice.js";
import { toDedupKey } from "./pagerduty.js";
import type { Reach } from "../reach.js";

export interface EmailOptions {
  readonly name: string;
  readonly host: string;
  readonly port: number;
  /** `tls`: from the first byte; `starttls`: before anything is said, or not at all; `none`: only on this machine. */
  readonly security: "tls" | "starttls" | "none";
  readonly tls: TlsSettings;
  readonly reach: Reach;
  readonly auth: { readonly user: string; readonly password: SecretRef } | undefined;
  readonly from: string;
  readonly recipients: readonly string[];
  readonly timeoutMs: number;
}

/** One mailbox as RFC 5321 writes it, without names, quotes and comments: what cannot be two. */
const MAILBOX = /^[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@[A-Za-z0-9](?:[A-Za-z0-9.-]{0,251}[A-Za-z0-9])?$/;
const MAX_RECIPIENTS = 50;

/** The mail of a notice. All that events can hold is in the subject, as one clean line, and in the text. */
export function toMail(notice: Notice, { from, recipients }: Pick<EmailOptions, "from" | "recipients">) {
  const card = toCard(notice);
  const domain = from.slice(from.indexOf("@") + 1);
  return {
    from,
    to: [...recipients],
    subject: toLine(`[Telltale ${card.level}] ${card.title}`, 180),
    text: toPlainText(card),
    // The same for every attempt, so that a mailbox drops repeats; and all about one alert is one conversation.
    messageId: `<${notice.delivery}@${domain}>`,
    references: `<${toDedupKey(notice)}@${domain}>`,
    headers: {
      // RFC 3834: no vacation notice answers this.
      "Auto-Submitted": "auto-generated",
    },
    disableFileAccess: true,
    disableUrlAccess: true,
  };
}

/** Mail over SMTP. A connection of its own for each message, to an address that was judged. */
export function createEmail(options: EmailOptions): Channel {
  return {
    name: options.name,
    async send({ body }, signal) {
      const mail = toMail(parseNotice(body), options);
      const password = options.auth === undefined ? undefined : readSecret(options.auth.password);
      const late = AbortSignal.timeout(options.timeoutMs);
      const socket = await open(options, AbortSignal.any([signal, late]));
      const stop = (): void => {
        socket.destroy(new DeliveryError("no answer in time"));
      };
      const either = AbortSignal.any([signal, late]);
      either.addEventListener("abort", stop, { once: true });
      try {
        const sent = await transportOf(options, socket, password).sendMail(mail);
        return toAnswer(sent);
      } catch (cause) {
        throw toFailure(cause, late.aborted);
      } finally {
        either.removeEventListener("abort", stop);
        socket.destroy();
      }
    },
  };
}

function open({ host, port, reach }: EmailOptions, signal: AbortSignal): Promise<Socket> {
  reach.verify(host);
  return new Promise((resolve, reject) => {
    if (signal.aborted) {
      reject(new DeliveryError("stopped"));
      return;
    }
    const socket = connect({ host, port, lookup: reach.lookupFor(host) });
    const stop = (): void => {
      socket.destroy(new DeliveryError("no answer in time"));
    };
    signal.addEventListener("abort", stop, { once: true });
    socket.once("error", (cause) => {
      signal.removeEventListener("abort", stop);
      reject(cause instanceof DeliveryError ? cause : toFailure(cause, false));
    });
    socket.once("connect", () => {
      signal.removeEventListener("abort", stop);
      resolve(socket);
    });
  });
}

function transportOf(options: EmailOptions, socket: Socket, password: string | undefined) {
  const { host, port, security, tls, auth, timeoutMs } = options;
  return createTransport({
    host,
    port,
    connection: socket,
    secure: security === "tls",
    requireTLS: security === "starttls",
    ignoreTLS: security === "none",
    // The name that the certificate must be of; an address is none that SNI could carry.
    tls: { host, ...(isIP(host) === 0 ? { servername: host } : {}), ...toTlsOptions(tls) },
    ...(auth === undefined ? {} : { auth: { user: auth.user, pass: password ?? "" } }),
    greetingTimeout: timeoutMs,
    socketTimeout: timeoutMs,
  });
}

/** Some receivers may be refused while others are served: that is told, and no reason to send to all again. */
function toAnswer(sent: { response?: string; rejected?: unknown[] }): string {
  const refused = (sent.rejected ?? []).length;
  const response = toLine(String(sent.response ?? "accepted"), 120);
  return refused === 0 ? response : `${response}; ${refused} recipients were refused`;
}

/** 5xx about the message or its recipients is for good; about signing in it is a matter that somebody mends. */
function toFailure(cause: unknown, isLate: boolean): DeliveryError {
  if (cause instanceof DeliveryError) return cause;
  if (isLate) return new DeliveryError("no answer in time", { cause });
  const { code, responseCode } = cause as { code?: unknown; responseCode?: unknown };
  const isFinal =
    typeof responseCode === "number" && responseCode >= 500 && (code === "EENVELOPE" || code === "EMESSAGE");
  // Codes only: a server may repeat in words what we said to it, a password among them.
  const status = typeof responseCode === "number" ? `the mail server answered ${responseCode}` : undefined;
  const word = typeof code === "string" && /^[A-Z][A-Z0-9_]{1,60}$/.test(code) ? code : undefined;
  const message = [status, word].filter((part) => part !== undefined).join(" ") || "the connection failed";
  return new DeliveryError(message, { isFinal, cause });
}

function readSecurity(section: Section, url: URL): EmailOptions["security"] {
  const isWrapped = url.protocol === "smtps:";
  const written = section.oneOf("security", ["tls", "starttls", "none"], isWrapped ? "tls" : "starttls");
  if (isWrapped !== (written === "tls"))
    section.fail("security", "does not fit the address: smtps:// is tls, smtp:// is starttls or none");
  if (written === "none" && !isLoopback(url.hostname))
    section.fail(
      "security",
      "may be none only on this machine: alerts and passwords would be read on the way",
    );
  return written;
}

function readMailbox(section: Section, key: string, text: string): string {
  return MAILBOX.test(text) ? text : section.fail(key, "must be an address like soc@example.com");
}

export const email: ChannelKind = {
  read(section, { name, reach }) {
    const url = section.address("url", ["smtp", "smtps"]);
    verifyReach(section, "url", reach, url.hostname);
    const host = url.hostname.replace(/^\[|\]$/g, "");
    const security = readSecurity(section, url);
    const user = section.optionalText("user");
    const password = section.optionalSecret("password");
    if ((user === undefined) !== (password === undefined))
      section.fail("user", "and password belong together");
    if (user !== undefined && security === "none") section.fail("user", "needs security: starttls or tls");
    const options: EmailOptions = {
      name,
      host,
      port: url.port === "" ? (security === "tls" ? 465 : 587) : Number(url.port),
      security,
      tls: readTls(section, host),
      reach,
      auth: user === undefined || password === undefined ? undefined : { user, password },
      from: readMailbox(section, "from", section.text("from")),
      recipients: section
        .texts("recipients", { min: 1, max: MAX_RECIPIENTS })
        .map((each) => readMailbox(section, "recipients", each)),
      timeoutMs: section.integer("timeoutMs", { min: 1_000, max: 120_000, fallback: 30_000 }),
    };
    return () => createEmail(options);
  },
};
