// SPDX-License-Identifier: Apache-2.0
import { parentPort } from "node:worker_threads";
import { hashFrame, loadCodec } from "./codec.js";

/** One request to the compressor thread. Buffers are transferred, never copied. */
export interface CodecRequest {
  id: number;
  task: "compress" | "hash";
  bytes: Uint8Array;
  maxBytes: number;
}

export type CodecResponse = { id: number; bytes: Uint8Array } | { id: number; error: string };

parentPort?.on("message", (request: CodecRequest) => {
  void answer(request);
});

async function answer(request: CodecRequest): Promise<void> {
  const port = parentPort;
  if (port === null) return;
  try {
    const codec = await loadCodec();
    const input = Buffer.from(request.bytes.buffer, request.bytes.byteOffset, request.bytes.length);
    const output =
      request.task === "compress" ? codec.compress(input) : hashFrame(codec, input, request.maxBytes);
    // A copy of its own: a small Buffer may lie in a pool that must not be transferred.
    const bytes = new Uint8Array(output);
    port.postMessage({ id: request.id, bytes } satisfies CodecResponse, [bytes.buffer]);
  } catch (error) {
    port.postMessage({ id: request.id, error: String(error) } satisfies CodecResponse);
  }
}
