// SPDX-License-Identifier: Apache-2.0
import { CliFailure } from "./failure.js";

/** A slip in typing must not look like a log that was changed. Throws CliFailure `usage`. */
export async function parseVkeyOption(text: string): Promise<string> {
  const [{ ED25519, MerkleError, parseVkey }, { nodeCrypto }] = await Promise.all([
    import("@telltale/merkle"),
    import("@telltale/merkle/node"),
  ]);
  const hint =
    "It looks like telltale/92e0fc…+c592132e+AR95…: a name, 8 hex digits and base64, as in DATA/keys/main.vkey";
  try {
    const key = text.trim();
    if (parseVkey(nodeCrypto, key).type === ED25519) return key;
  } catch (error) {
    if (!(error instanceof MerkleError)) throw error;
    throw new CliFailure("usage", `--vkey is ${error.message}`, hint, { cause: error });
  }
  throw new CliFailure("usage", "--vkey is the key of a witness, not of a log", hint);
}
