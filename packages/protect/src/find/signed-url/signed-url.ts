// SPDX-License-Identifier: Apache-2.0
import { ANYWHERE, type Detector } from "../detector.js";

/**
 * What proves a signed address: AWS (Signature Version 4 and 2, CloudFront), Google Cloud, Azure shared access signatures, Alibaba, Tencent.
 * The rest of the address stays: it says what was opened.
 */
const SIGNATURE =
  /(?<=[?&;]|%26|\?|^)(x-amz-signature|x-amz-security-token|x-goog-signature|x-oss-signature|security-token|ossaccesskeysignature|q-signature|signature|sig|hmac|policy)(?:=|%3D)([^&\s"'<>\\;,#]{8,4096})/dgi;
/** A short name is a signature only beside the other parameters of one. */
const WEAK = /^(?:sig|signature|hmac|policy|security-token)$/i;
const BESIDE =
  /[?&;](?:sv|se|sp|sr|st|expires|key-pair-id|awsaccesskeyid|googleaccessid|ossaccesskeyid|x-amz-[a-z-]{1,20}|x-goog-[a-z-]{1,20}|e|exp)=/i;

/** Signatures in addresses that open something for whoever has them. */
export const signedUrl: Detector = {
  name: "signature",
  class: "secret",
  needs: ANYWHERE,
  literals: ["ignature=", "sig=", "hmac=", "policy=", "x-amz-s", "ecurity-token=", "ignature%3d"],
  find(text, hits) {
    SIGNATURE.lastIndex = 0;
    let beside: boolean | undefined;
    for (let match = SIGNATURE.exec(text); match !== null; match = SIGNATURE.exec(text)) {
      if (WEAK.test(match[1]!)) {
        beside ??= BESIDE.test(text);
        if (!beside || match[2]!.length < 16) continue;
      }
      const [start, end] = match.indices![2]!;
      hits.push({ start, end, kind: "signature", sure: true });
    }
  },
};
