// SPDX-License-Identifier: Apache-2.0
import { X509Certificate } from "node:crypto";
import { DerError } from "./der.js";

/** A certificate that is believed. */
export type Authority = X509Certificate;

const TIME_STAMPING = "1.3.6.1.5.5.7.3.8";
const MAX_DEPTH = 8;
const MAX_AUTHORITIES = 500;

/** The certificates of a PEM file. Throws DerError when there is none or one cannot be read. */
export function parseAuthorities(pem: string): Authority[] {
  const blocks = pem.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g) ?? [];
  if (blocks.length === 0 || blocks.length > MAX_AUTHORITIES)
    throw new DerError("no certificates in the file");
  return blocks.map((block) => {
    try {
      return new X509Certificate(block);
    } catch {
      throw new DerError("a certificate of the file cannot be read");
    }
  });
}

function isValidAt({ validFrom, validTo }: X509Certificate, time: number): boolean {
  return Date.parse(validFrom) <= time && time <= Date.parse(validTo);
}

function isIssuedBy(certificate: X509Certificate, issuer: X509Certificate): boolean {
  return certificate.checkIssued(issuer) && certificate.verify(issuer.publicKey);
}

/**
 * Throws DerError unless `signer` is for timestamps only (RFC 3161 section 2.3) and a chain of certificates, each valid at the time
 * and issued by the next, leads to one of the authorities. Revocation is not asked for: that needs a network and a moment.
 */
export function verifyChain(
  signer: X509Certificate,
  others: readonly X509Certificate[],
  authorities: readonly Authority[],
  time: number,
): void {
  const purposes: readonly string[] = signer.keyUsage ?? [];
  if (purposes.length !== 1 || purposes[0] !== TIME_STAMPING)
    throw new DerError("the certificate is not one for timestamps alone");
  let at = signer;
  for (let depth = 0; depth < MAX_DEPTH; depth++) {
    if (!isValidAt(at, time)) throw new DerError("a certificate was not valid at the time");
    const trusted = authorities.find((each) => each.raw.equals(at.raw) || (each.ca && isIssuedBy(at, each)));
    if (trusted !== undefined) {
      if (!isValidAt(trusted, time)) throw new DerError("the authority was not valid at the time");
      return;
    }
    const current = at;
    const issuer = others.find(
      (each) => !each.raw.equals(current.raw) && each.ca && isIssuedBy(current, each),
    );
    if (issuer === undefined) break;
    at = issuer;
  }
  throw new DerError("no chain leads to an authority that is trusted");
}
