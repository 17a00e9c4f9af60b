// SPDX-License-Identifier: Apache-2.0
import { createHash, createHmac } from "node:crypto";

/** Who signs; `sessionToken` only of temporary credentials. */
export interface AwsCredentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string | undefined;
}

/** A request as it is signed. Header names in lower case; `host` must be among them. */
export interface SignedRequest {
  readonly method: string;
  /** Absolute path, normalized and encoded already. */
  readonly path: string;
  /** Canonical query string: encoded and in order; "" for none. */
  readonly query: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

export interface SigningScope {
  readonly region: string;
  readonly service: string;
  /** `YYYYMMDDTHHMMSSZ`. */
  readonly date: string;
}

const ALGORITHM = "AWS4-HMAC-SHA256";

const sha256 = (text: string): string => createHash("sha256").update(text).digest("hex");
const hmac = (key: string | Buffer, text: string): Buffer => createHmac("sha256", key).update(text).digest();

/** A moment as SigV4 writes it. */
export function toAmzDate(ms: number): string {
  return new Date(ms).toISOString().replace(/[-:]|\.\d{3}/g, "");
}

/**
 * The `authorization` header of AWS Signature Version 4. All headers given are signed.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html
 */
export function signV4(
  request: SignedRequest,
  { region, service, date }: SigningScope,
  { accessKeyId, secretAccessKey }: AwsCredentials,
): string {
  const names = Object.keys(request.headers).toSorted();
  const signed = names.join(";");
  const lines = names.map((name) => `${name}:${request.headers[name]!.trim().replace(/ +/g, " ")}\n`);
  const canonical = [
    request.method,
    request.path,
    request.query,
    lines.join(""),
    signed,
    sha256(request.body),
  ].join("\n");
  const day = date.slice(0, 8);
  const scope = `${day}/${region}/${service}/aws4_request`;
  const toSign = [ALGORITHM, date, scope, sha256(canonical)].join("\n");
  const key = [day, region, service, "aws4_request"].reduce<string | Buffer>(hmac, `AWS4${secretAccessKey}`);
  const signature = createHmac("sha256", key).update(toSign).digest("hex");
  return `${ALGORITHM} Credential=${accessKeyId}/${scope}, SignedHeaders=${signed}, Signature=${signature}`;
}
