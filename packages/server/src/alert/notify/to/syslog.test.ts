// SPDX-License-Identifier: Apache-2.0
import { createServer, type AddressInfo, type Socket } from "node:net";
import { describeChannel, type Mood, type Service } from "../../../../test/notify/channel.suite.js";
import { createSyslogChannel } from "./syslog.js";

/** A receiver of syslog over TCP with octet counting. */
class Receiver implements Service {
  readonly host = "127.0.0.1";
  mood: Mood = "well";
  connections = 0;
  readonly taken: string[] = [];
  readonly #sockets = new Set<Socket>();
  readonly #server = createServer({ allowHalfOpen: true }, (socket) => {
    this.connections++;
    this.#sockets.add(socket);
    socket.on("error", () => undefined);
    const { mood } = this;
    if (mood === "dead" || mood === "busy") {
      socket.destroy();
      return;
    }
    if (mood === "endless") {
      const timer = setInterval(() => socket.write("x".repeat(10_000)), 1);
      socket.on("close", () => clearInterval(timer));
    }
    let text = "";
    socket.on("data", (piece: Buffer) => (text += piece.toString()));
    socket.on("end", () => {
      if (mood !== "well") return;
      const frame = /^(\d+) (.*)$/s.exec(text);
      if (frame?.[2] !== undefined && Buffer.byteLength(frame[2]) === Number(frame[1]))
        this.taken.push(frame[2]);
      socket.end();
    });
  });

  async start(): Promise<this> {
    await new Promise<void>((resolve) => this.#server.listen(0, "127.0.0.1", resolve));
    return this;
  }
  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }
  async close(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    await new Promise((resolve) => this.#server.close(resolve));
  }
}

describeChannel({
  name: "syslog",
  start: () => new Receiver().start(),
  channel: (service, reach) =>
    createSyslogChannel(
      {
        name: "s",
        host: service.host,
        port: service.port,
        tls: undefined,
        confirm: "close",
        timeoutMs: 300,
        form: { host: "log-1", software: "0.1.0", enterprise: undefined, maxBytes: 8_192 },
      },
      reach,
    ),
  secrets: [],
  // One message is one line.
  markup: ["\n", /[\u202a-\u202e\u0000\u001b]/],
  refuses: false,
});
