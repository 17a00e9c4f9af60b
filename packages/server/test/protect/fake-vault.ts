// SPDX-License-Identifier: Apache-2.0
import { randomBytes } from "node:crypto";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { openBytes, sealBytes } from "../../src/protect/root/cipher.js";

export const VAULT_TOKEN = "hvs.fake";

/** The transit engine as its API documents it: encrypt, decrypt and rotate of one AEAD key. */
export class FakeVault {
  fault: number | undefined;
  readonly #versions = [randomBytes(32)];
  readonly #server = createServer((request, response) => void this.#serve(request, response));

  static async start(): Promise<FakeVault> {
    const fake = new FakeVault();
    await new Promise<void>((resolve) => fake.#server.listen(0, "127.0.0.1", resolve));
    return fake;
  }

  get origin(): URL {
    return new URL(`http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`);
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    let body = "";
    for await (const chunk of request) body += String(chunk);
    const send = (status: number, answer?: object): void =>
      void response
        .writeHead(status, { "content-type": "application/json" })
        .end(answer === undefined ? "" : JSON.stringify(answer));
    if (this.fault !== undefined) return send(this.fault, { errors: ["Vault is sealed"] });
    if (request.headers["x-vault-token"] !== VAULT_TOKEN) return send(403, { errors: ["permission denied"] });
    const input = JSON.parse(body) as { plaintext?: string; ciphertext?: string; associated_data?: string };
    const associated = Buffer.from(input.associated_data ?? "", "base64");
    const newest = this.#versions[this.#versions.length - 1] ?? Buffer.alloc(0);
    switch (request.url) {
      case "/v1/transit/encrypt/telltale": {
        const sealed = sealBytes(newest, Buffer.from(input.plaintext ?? "", "base64"), associated);
        const ciphertext = `vault:v${this.#versions.length}:${sealed.toString("base64")}`;
        return send(200, { data: { ciphertext, key_version: this.#versions.length } });
      }
      case "/v1/transit/decrypt/telltale": {
        const [, version = "", sealed = ""] = /^vault:v(\d+):(.+)$/.exec(input.ciphertext ?? "") ?? [];
        const key = this.#versions[Number(version) - 1];
        const plain =
          key === undefined ? undefined : openBytes(key, Buffer.from(sealed, "base64"), associated);
        if (plain === undefined) return send(400, { errors: ["cipher: message authentication failed"] });
        return send(200, { data: { plaintext: plain.toString("base64") } });
      }
      case "/v1/transit/keys/telltale/rotate":
        this.#versions.push(randomBytes(32));
        return send(204);
      default:
        return send(404, { errors: [] });
    }
  }
}
