// SPDX-License-Identifier: Apache-2.0
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import path from "node:path";
import { addWatched, initWitness, WitnessStore } from "@telltale/log";
import { parseVkey, type PolicyWitness } from "@telltale/merkle";
import { nodeCrypto } from "@telltale/merkle/node";
import { tempDir } from "@telltale/testkit";

type Instead = (request: IncomingMessage, response: ServerResponse, body: Buffer) => void;

/** A real witness behind HTTP that a test can make lie, fall silent or go away. */
export class FakeWitness {
  readonly store: WitnessStore;
  readonly asked: string[] = [];
  /** Answers in place of the witness. */
  instead: Instead | undefined;
  readonly #server: Server;
  readonly #dispose: () => void;

  private constructor(store: WitnessStore, dispose: () => void) {
    this.store = store;
    this.#dispose = dispose;
    this.#server = createServer((request, response) => void this.#answer(request, response));
  }

  static async start(name: string, vkey: string, now: () => number = Date.now): Promise<FakeWitness> {
    const temp = tempDir("fake-witness");
    const dir = path.join(temp.path, "w");
    await initWitness(dir, name);
    const store = await WitnessStore.open({ dir, now });
    await addWatched(store.paths, vkey);
    const witness = new FakeWitness(store, () => temp.dispose());
    await new Promise<void>((resolve) => witness.#server.listen(0, "127.0.0.1", resolve));
    return witness;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  get pair(): string {
    return `${this.store.vkey}=${this.url}`;
  }

  get witness(): PolicyWitness {
    const key = parseVkey(nodeCrypto, this.store.vkey);
    return { name: key.name, key };
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk);
    const body = Buffer.concat(chunks);
    this.asked.push(`${request.method} ${body.toString().split("\n")[0]}`);
    if (this.instead !== undefined) return this.instead(request, response, body);
    const hash = /^\/([0-9a-f]{64})\/checkpoint$/.exec(request.url ?? "")?.[1];
    if (hash !== undefined) {
      const note = await this.store.checkpointOf(hash);
      response.writeHead(note === undefined ? 404 : 200).end(note);
      return;
    }
    if (request.url === "/add-keys") {
      const { status } = await this.store.addKeys(body);
      response.writeHead(status).end();
      return;
    }
    const answer = await this.store.addCheckpoint(body);
    if (answer.status === 200) response.end(answer.body);
    else if (answer.status === 409) {
      response.writeHead(409, { "content-type": "text/x.tlog.size" }).end(`${answer.size}\n`);
    } else response.writeHead(answer.status).end(answer.why);
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections();
    if (this.#server.listening) await new Promise((resolve) => this.#server.close(resolve));
    await this.store.close();
    this.#dispose();
  }

  /** Nobody listens any more. */
  async die(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }
}
