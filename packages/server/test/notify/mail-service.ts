// SPDX-License-Identifier: Apache-2.0
import { createServer, type AddressInfo, type Socket } from "node:net";
import { createServer as createTlsServer, TLSSocket } from "node:tls";
import { readFileSync } from "node:fs";
import type { Mood, Service } from "./channel.suite.js";

const fixture = (name: string): string =>
  readFileSync(new URL(`../fixtures/tls/${name}`, import.meta.url), "utf8");

export interface TakenMail {
  readonly from: string;
  readonly to: readonly string[];
  /** Header lines as they came, and the text below them. */
  readonly head: string;
  readonly text: string;
  readonly isSecure: boolean;
  readonly user: string | undefined;
}

/** An SMTP server (RFC 5321) with STARTTLS (RFC 3207) and AUTH PLAIN (RFC 4954). */
export class MailService implements Service {
  readonly host = "127.0.0.1";
  readonly user = "telltale";
  readonly password = "correct-horse";
  mood: Mood = "well";
  connections = 0;
  /** Recipients that it refuses. */
  refused = new Set<string>();
  offersTls = true;
  readonly mails: TakenMail[] = [];
  readonly #isWrapped: boolean;
  readonly #sockets = new Set<Socket>();
  readonly #server;

  constructor(isWrapped: boolean) {
    this.#isWrapped = isWrapped;
    const serve = (socket: Socket): void => this.#serve(socket, isWrapped);
    this.#server = isWrapped
      ? createTlsServer({ cert: fixture("a.crt"), key: fixture("a.key") }, serve)
      : createServer(serve);
    this.#server.on("connection", (socket: Socket) => {
      this.connections++;
      this.#sockets.add(socket);
      socket.on("error", () => undefined);
    });
    this.#server.on("tlsClientError", () => undefined);
  }

  async start(): Promise<this> {
    await new Promise<void>((resolve) => this.#server.listen(0, "127.0.0.1", resolve));
    return this;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  get ca(): string {
    return fixture("a.crt");
  }

  get taken(): readonly string[] {
    return this.mails.map(({ head, text }) => `${head}\n\n${text}`);
  }

  async close(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  #serve(socket: Socket, isSecure: boolean): void {
    socket.on("error", () => undefined);
    if (this.mood === "slow") return;
    if (this.mood === "dead") {
      socket.destroy();
      return;
    }
    if (this.mood === "endless") {
      const timer = setInterval(() => socket.write(`220-${"x".repeat(10_000)}\r\n`), 1);
      socket.on("close", () => clearInterval(timer));
      return;
    }
    socket.write("220 mail.example ESMTP\r\n");
    new Session(this, socket, isSecure, !this.#isWrapped).listen();
  }
}

class Session {
  readonly #service: MailService;
  #socket: Socket;
  #isSecure: boolean;
  readonly #mayUpgrade: boolean;
  #buffer = "";
  #data: string[] | undefined;
  #from = "";
  #to: string[] = [];
  #user: string | undefined;

  constructor(service: MailService, socket: Socket, isSecure: boolean, mayUpgrade: boolean) {
    this.#service = service;
    this.#socket = socket;
    this.#isSecure = isSecure;
    this.#mayUpgrade = mayUpgrade;
  }

  listen(): void {
    this.#socket.on("data", (piece: Buffer) => {
      this.#buffer += piece.toString("latin1");
      for (let end = this.#buffer.indexOf("\r\n"); end !== -1; end = this.#buffer.indexOf("\r\n")) {
        const line = this.#buffer.slice(0, end);
        this.#buffer = this.#buffer.slice(end + 2);
        this.#line(line);
      }
    });
  }

  #say(text: string): void {
    this.#socket.write(`${text}\r\n`);
  }

  #line(line: string): void {
    if (this.#data !== undefined) {
      if (line === ".") this.#took();
      else this.#data.push(line.startsWith(".") ? line.slice(1) : line);
      return;
    }
    const word = line.split(" ", 1)[0]?.toUpperCase() ?? "";
    if (word === "EHLO") this.#greet();
    else if (word === "STARTTLS") this.#upgrade();
    else if (word === "AUTH") this.#authenticate(line);
    else if (word === "MAIL") this.#mail(line);
    else if (word === "RCPT") this.#recipient(line);
    else if (word === "DATA") {
      this.#data = [];
      this.#say("354 go on");
    } else if (word === "QUIT") {
      this.#say("221 bye");
      this.#socket.end();
    } else this.#say("502 what");
  }

  #greet(): void {
    const tls = this.#mayUpgrade && !this.#isSecure && this.#service.offersTls ? ["STARTTLS"] : [];
    const lines = ["mail.example", ...tls, ...(this.#isSecure ? ["AUTH PLAIN"] : []), "8BITMIME"];
    this.#say(lines.map((each, i) => `250${i === lines.length - 1 ? " " : "-"}${each}`).join("\r\n"));
  }

  #upgrade(): void {
    if (!this.#service.offersTls) {
      this.#say("502 what");
      return;
    }
    this.#say("220 go on");
    const plain = this.#socket;
    plain.removeAllListeners("data");
    this.#buffer = "";
    this.#socket = new TLSSocket(plain, { isServer: true, cert: fixture("a.crt"), key: fixture("a.key") });
    this.#socket.on("error", () => undefined);
    this.#isSecure = true;
    this.listen();
  }

  #authenticate(line: string): void {
    const [, user, password] = Buffer.from(line.split(" ")[2] ?? "", "base64")
      .toString()
      .split("\0");
    if (user === this.#service.user && password === this.#service.password) {
      this.#user = user;
      this.#say("235 welcome");
      // What servers do: they repeat what they were told.
    } else this.#say(`535 5.7.8 no: ${password ?? ""}`);
  }

  #mail(line: string): void {
    if (this.#service.mood === "busy") {
      this.#say("451 4.7.1 greylisted");
      return;
    }
    this.#from = /<(.*?)>/.exec(line)?.[1] ?? "";
    this.#to = [];
    this.#say("250 ok");
  }

  #recipient(line: string): void {
    const to = /<(.*?)>/.exec(line)?.[1] ?? "";
    if (this.#service.mood === "refusing" || this.#service.refused.has(to)) {
      this.#say("550 5.1.1 nobody here");
      return;
    }
    this.#to.push(to);
    this.#say("250 ok");
  }

  #took(): void {
    const all = (this.#data ?? []).join("\n");
    this.#data = undefined;
    const end = all.indexOf("\n\n");
    const head = all.slice(0, end);
    const encoding = /^content-transfer-encoding: (.*)$/im.exec(head)?.[1];
    const text = decode(all.slice(end + 2), encoding);
    this.#service.mails.push({
      from: this.#from,
      to: this.#to,
      head,
      text,
      isSecure: this.#isSecure,
      user: this.#user,
    });
    this.#say("250 2.0.0 queued as 1");
  }
}

function decode(text: string, encoding: string | undefined): string {
  if (encoding === "base64") return Buffer.from(text, "base64").toString();
  if (encoding !== "quoted-printable") return text;
  const bytes = text
    .replace(/=\n/g, "")
    .replace(/=([0-9A-F]{2})/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
  return Buffer.from(bytes, "latin1").toString();
}
