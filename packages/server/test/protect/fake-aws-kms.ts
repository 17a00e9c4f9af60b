// SPDX-License-Identifier: Apache-2.0
import { randomBytes } from "node:crypto";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { openBytes, sealBytes } from "../../src/protect/root/cipher.js";
import { signV4 } from "../../src/protect/root/sigv4.js";

export const AWS_KEY = "arn:aws:kms:eu-central-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab";
export const AWS_ENV = {
  AWS_ACCESS_KEY_ID: "AKIDEXAMPLE",
  AWS_SECRET_ACCESS_KEY: "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY",
};

interface Input {
  KeyId?: string;
  Plaintext?: string;
  CiphertextBlob?: string;
  EncryptionContext?: Record<string, string>;
}

/** AWS KMS as its API reference documents it: five actions, the signature checked, errors with `__type`. */
export class FakeAwsKms {
  readonly calls: { action: string; context: Record<string, string> | undefined }[] = [];
  /** Answers this status with this error to everything. */
  fault: { status: number; type: string } | undefined;
  readonly #generations = [randomBytes(32)];
  readonly #server = createServer((request, response) => void this.#serve(request, response));

  static async start(): Promise<FakeAwsKms> {
    const fake = new FakeAwsKms();
    await new Promise<void>((resolve) => fake.#server.listen(0, "127.0.0.1", resolve));
    return fake;
  }

  get url(): URL {
    return new URL(`http://127.0.0.1:${(this.#server.address() as AddressInfo).port}/`);
  }

  get generations(): number {
    return this.#generations.length;
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    let body = "";
    for await (const chunk of request) body += String(chunk);
    const send = (status: number, answer: object): void =>
      void response
        .writeHead(status, { "content-type": "application/x-amz-json-1.1" })
        .end(JSON.stringify(answer));
    if (this.fault !== undefined) return send(this.fault.status, { __type: this.fault.type });
    if (!isSigned(request, body)) {
      return send(400, { __type: "com.amazon.coral.service#IncompleteSignatureException" });
    }
    const action = String(request.headers["x-amz-target"]).replace(/^TrentService\./, "");
    const input = JSON.parse(body) as Input;
    this.calls.push({ action, context: input.EncryptionContext });
    if (input.KeyId !== AWS_KEY) return send(400, { __type: "NotFoundException" });
    const [status, answer] = this.#act(action, input);
    send(status, answer);
  }

  #act(action: string, input: Input): [number, object] {
    const associated = Buffer.from(JSON.stringify(Object.entries(input.EncryptionContext ?? {})));
    const newest = this.#generations[this.#generations.length - 1] ?? Buffer.alloc(0);
    switch (action) {
      case "Encrypt": {
        const sealed = sealBytes(newest, Buffer.from(input.Plaintext ?? "", "base64"), associated);
        return [200, { KeyId: AWS_KEY, CiphertextBlob: sealed.toString("base64") }];
      }
      case "GenerateDataKey": {
        const key = randomBytes(32);
        const CiphertextBlob = sealBytes(newest, key, associated).toString("base64");
        return [200, { KeyId: AWS_KEY, CiphertextBlob, Plaintext: key.toString("base64") }];
      }
      case "Decrypt": {
        const blob = Buffer.from(input.CiphertextBlob ?? "", "base64");
        for (const key of this.#generations) {
          const plain = openBytes(key, blob, associated);
          if (plain !== undefined) return [200, { KeyId: AWS_KEY, Plaintext: plain.toString("base64") }];
        }
        return [400, { __type: "InvalidCiphertextException" }];
      }
      case "RotateKeyOnDemand":
        this.#generations.push(randomBytes(32));
        return [200, { KeyId: AWS_KEY }];
      case "DescribeKey":
        return [200, { KeyMetadata: { KeyId: AWS_KEY, KeyState: "Enabled" } }];
      default:
        return [400, { __type: "UnknownOperationException" }];
    }
  }
}

const SCOPE =
  /Credential=AKIDEXAMPLE\/(\d{8})\/([a-z0-9-]+)\/kms\/aws4_request, SignedHeaders=([a-z0-9;-]+), /;

/** Computes the signature again from what arrived; `signV4` itself is held to AWS's published examples. */
function isSigned(request: IncomingMessage, body: string): boolean {
  const header = String(request.headers.authorization);
  const [, day = "?", region = "", signed = ""] = SCOPE.exec(header) ?? [];
  const names = signed.split(";");
  if (!["host", "x-amz-date", "x-amz-target"].every((name) => names.includes(name))) return false;
  const headers: Record<string, string> = Object.fromEntries(
    names.map((name) => [name, String(request.headers[name])]),
  );
  const date = String(request.headers["x-amz-date"]);
  const expected = signV4(
    { method: "POST", path: "/", query: "", headers, body },
    { region, service: "kms", date },
    { accessKeyId: AWS_ENV.AWS_ACCESS_KEY_ID, secretAccessKey: AWS_ENV.AWS_SECRET_ACCESS_KEY },
  );
  return header === expected && date.startsWith(day);
}
