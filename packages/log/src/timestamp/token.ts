// SPDX-License-Identifier: Apache-2.0
import { createHash, verify, X509Certificate } from "node:crypto";
import { type Authority, verifyChain } from "./chain.js";
import { DerError, DerReader, type DerValue, TAG } from "./der.js";

const SIGNED_DATA = "1.2.840.113549.1.7.2";
const TST_INFO = "1.2.840.113549.1.9.16.1.4";
const CONTENT_TYPE = "1.2.840.113549.1.9.3";
const MESSAGE_DIGEST = "1.2.840.113549.1.9.4";
const SIGNING_CERTIFICATE = "1.2.840.113549.1.9.16.2.12";
const SIGNING_CERTIFICATE_V2 = "1.2.840.113549.1.9.16.2.47";

const DIGESTS: ReadonlyMap<string, string> = new Map([
  ["2.16.840.1.101.3.4.2.1", "sha256"],
  ["2.16.840.1.101.3.4.2.2", "sha384"],
  ["2.16.840.1.101.3.4.2.3", "sha512"],
]);
/** PKCS #1 v1.5 and ECDSA; what they are called with a digest in the name. RSA-PSS has parameters and is not taken. */
const SIGNATURES: ReadonlySet<string> = new Set([
  "1.2.840.113549.1.1.1",
  "1.2.840.113549.1.1.11",
  "1.2.840.113549.1.1.12",
  "1.2.840.113549.1.1.13",
  "1.2.840.10045.4.3.2",
  "1.2.840.10045.4.3.3",
  "1.2.840.10045.4.3.4",
]);

/** When an authority says that it saw some data. */
export interface VerifiedToken {
  /** ms since 1970, as the authority states. */
  time: number;
  /** The subject of the certificate that signed. */
  authority: string;
  /** A chain leads from it to a certificate that the caller trusts; false when none were given. */
  isTrusted: boolean;
}

export interface TokenInput {
  token: Buffer;
  /** What was timestamped. */
  data: Uint8Array;
  /** Of the request, where it is known. */
  nonce?: Buffer;
  /** Certificates that are believed; without them anybody may have made the token. */
  authorities?: readonly Authority[];
}

function bad(why: string): never {
  throw new DerError(`not a usable timestamp: ${why}`);
}

interface SignedToken {
  info: Buffer;
  certificates: X509Certificate[];
  signer: DerReader;
}

/** ContentInfo and SignedData (RFC 5652 sections 3 and 5) with one signer. */
function parseSignedData(token: Buffer): SignedToken {
  const content = new DerReader(DerReader.only(token, TAG.sequence).content);
  if (content.oid() !== SIGNED_DATA) bad("no signed data");
  const explicit = new DerReader(content.take(TAG.context(0)).content);
  content.end();
  const data = explicit.sequence();
  explicit.end();
  data.unsigned();
  data.take(TAG.set);
  const encapsulated = data.sequence();
  if (encapsulated.oid() !== TST_INFO) bad("it signs something else");
  const info = DerReader.only(encapsulated.take(TAG.context(0)).content, TAG.octets).content;
  encapsulated.end();
  const certificates = new DerReader(data.take(TAG.context(0)).content).all(16).map(({ whole }) => {
    try {
      return new X509Certificate(whole);
    } catch {
      return bad("a certificate cannot be read");
    }
  });
  data.maybe(TAG.context(1));
  const signers = new DerReader(data.take(TAG.set).content);
  data.end();
  const signer = signers.sequence();
  signers.end();
  return { info, certificates, signer };
}

function digestOf(algorithm: DerReader): string {
  const name = DIGESTS.get(algorithm.oid());
  const parameters = algorithm.maybe(TAG.null);
  algorithm.end();
  if (parameters !== undefined && parameters.content.length > 0) bad("a digest with parameters");
  return name ?? bad("an unknown digest");
}

/** The one value of each signed attribute, by its type. */
function parseAttributes(content: Buffer): Map<string, DerValue> {
  const attributes = new Map<string, DerValue>();
  for (const { content: each } of new DerReader(content).all(32)) {
    const attribute = new DerReader(each);
    const type = attribute.oid();
    const values = new DerReader(attribute.take(TAG.set).content).all(8);
    attribute.end();
    const [value] = values;
    if (value === undefined || values.length > 1 || attributes.has(type))
      bad("an attribute is not there once");
    attributes.set(type, value);
  }
  return attributes;
}

/** The hash by which the signed attributes name the certificate (RFC 5035, RFC 2634), so that no other can be put in its place. */
function namedCertificate(attributes: ReadonlyMap<string, DerValue>): { digest: string; hash: Buffer } {
  const v2 = attributes.get(SIGNING_CERTIFICATE_V2);
  const value = v2 ?? attributes.get(SIGNING_CERTIFICATE) ?? bad("it does not name its certificate");
  const first = new DerReader(new DerReader(value.content).sequence().take(TAG.sequence).content);
  if (v2 === undefined) return { digest: "sha1", hash: first.take(TAG.octets).content };
  const algorithm = first.maybe(TAG.sequence);
  const digest = algorithm === undefined ? "sha256" : digestOf(new DerReader(algorithm.content));
  return { digest, hash: first.take(TAG.octets).content };
}

/** The certificate that signed, and that it signed exactly this content. */
function verifySigner({ info, certificates, signer }: SignedToken): X509Certificate {
  signer.unsigned();
  signer.any(); // which certificate: the signed attributes say it and bind it
  const digest = digestOf(signer.sequence());
  const attributes = signer.take(TAG.context(0));
  const algorithm = signer.sequence().oid();
  const signature = signer.take(TAG.octets).content;
  if (!SIGNATURES.has(algorithm)) bad("an unknown signature");
  const values = parseAttributes(attributes.content);
  const type = values.get(CONTENT_TYPE);
  if (type === undefined || DerReader.only(type.whole, TAG.oid) === undefined) bad("no content type");
  if (new DerReader(type.whole).oid() !== TST_INFO) bad("another content type");
  const stated = values.get(MESSAGE_DIGEST);
  if (stated?.tag !== TAG.octets || !createHash(digest).update(info).digest().equals(stated.content))
    bad("the signed digest is not that of the content");
  const named = namedCertificate(values);
  const certificate = certificates.find(({ raw }) =>
    createHash(named.digest).update(raw).digest().equals(named.hash),
  );
  if (certificate === undefined) bad("the certificate that it names is not there");
  // RFC 5652 section 5.4: what is signed is the attributes as a SET OF, not as they are tagged here.
  const signed = Buffer.concat([Buffer.of(TAG.set), attributes.whole.subarray(1)]);
  if (!verify(digest, signed, certificate.publicKey, signature)) bad("the signature does not hold");
  return certificate;
}

const TIME = /^(\d{4})(\d{2})(\d{2})(\d{2})(\d{2})(\d{2})(?:\.(\d{0,6}[1-9]))?Z$/;

/** GeneralizedTime as RFC 3161 has it: UTC, seconds, no trailing zeros. */
function parseTime(text: string): number {
  const match = TIME.exec(text) ?? bad("no time");
  const [, year, month, day, hour, minute, second, fraction = "0"] = match;
  const time = Date.parse(`${year}-${month}-${day}T${hour}:${minute}:${second}Z`);
  if (Number.isNaN(time)) bad("a time that does not exist");
  return time + Math.floor(Number(`0.${fraction}`) * 1000);
}

/** TSTInfo (RFC 3161 section 2.4.2). */
function parseInfo(bytes: Buffer, { data, nonce }: TokenInput): number {
  const info = new DerReader(DerReader.only(bytes, TAG.sequence).content);
  if (!info.unsigned().equals(Buffer.of(1))) bad("another version");
  info.oid();
  const imprint = info.sequence();
  const digest = digestOf(imprint.sequence());
  const hash = imprint.take(TAG.octets).content;
  imprint.end();
  if (!createHash(digest).update(data).digest().equals(hash)) bad("it is of other data");
  info.unsigned();
  const time = parseTime(info.take(TAG.generalizedTime).content.toString("latin1"));
  info.maybe(TAG.sequence);
  info.maybe(TAG.boolean);
  const answered = info.maybe(TAG.integer);
  info.maybe(TAG.context(0));
  info.maybe(TAG.context(1));
  info.end();
  if (nonce !== undefined && answered?.content.equals(nonce) !== true) bad("it answers another question");
  return time;
}

/**
 * Establishes that who signed the token says to have seen exactly `data` at the time that is returned: imprint, CMS signature of one
 * signer, its certificate by its hash, and, where authorities are given, a chain from it to one of them that was valid then.
 * Throws DerError otherwise, whatever the input.
 */
export function verifyToken(input: TokenInput): VerifiedToken {
  try {
    const signed = parseSignedData(input.token);
    const certificate = verifySigner(signed);
    const time = parseInfo(signed.info, input);
    const { authorities } = input;
    const isTrusted = authorities !== undefined && authorities.length > 0;
    if (isTrusted) verifyChain(certificate, signed.certificates, authorities, time);
    return { time, authority: certificate.subject.replaceAll("\n", ", "), isTrusted };
  } catch (error) {
    if (error instanceof DerError) throw error;
    const why = error instanceof Error ? error.message : String(error);
    throw new DerError(`not a usable timestamp: ${why}`);
  }
}
