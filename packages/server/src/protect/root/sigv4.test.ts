// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from "vitest";
import { signV4, toAmzDate } from "./sigv4.js";

const WHO = {
  accessKeyId: "AKIDEXAMPLE",
  secretAccessKey: "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY",
};

// From AWS's signature test suite (aws-sig-v4-test-suite) and from the worked example of its documentation.
const CASES: {
  name: string;
  method: string;
  query: string;
  headers: Record<string, string>;
  service: string;
  signature: string;
}[] = [
  {
    name: "get-vanilla",
    method: "GET",
    query: "",
    headers: { host: "example.amazonaws.com", "x-amz-date": "20150830T123600Z" },
    service: "service",
    signature: "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31",
  },
  {
    name: "post-vanilla",
    method: "POST",
    query: "",
    headers: { host: "example.amazonaws.com", "x-amz-date": "20150830T123600Z" },
    service: "service",
    signature: "5da7c1a2acd57cee7505fc6676e4e544621c30862966e37dddb68e92efbe5d6b",
  },
  {
    name: "iam ListUsers",
    method: "GET",
    query: "Action=ListUsers&Version=2010-05-08",
    headers: {
      "content-type": "application/x-www-form-urlencoded; charset=utf-8",
      host: "iam.amazonaws.com",
      "x-amz-date": "20150830T123600Z",
    },
    service: "iam",
    signature: "5d672d79c15b13162d9279b0855cfba6789a8edb4c82c400e06b5924a6f2b5d7",
  },
];

describe("signV4", () => {
  it.each(CASES)("signs $name as AWS does", ({ method, query, headers, service, signature }) => {
    const scope = { region: "us-east-1", service, date: "20150830T123600Z" };
    const header = signV4({ method, path: "/", query, headers, body: "" }, scope, WHO);
    expect(header).toBe(
      `AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/${service}/aws4_request, SignedHeaders=${Object.keys(headers).join(";")}, Signature=${signature}`,
    );
  });

  it("covers body and headers", () => {
    const scope = { region: "us-east-1", service: "kms", date: "20150830T123600Z" };
    const headers = { host: "h", "x-amz-target": "a" };
    const of = (more: object): string =>
      signV4({ method: "POST", path: "/", query: "", headers, body: "{}", ...more }, scope, WHO);
    expect(of({ body: "{ }" })).not.toBe(of({}));
    expect(of({ headers: { ...headers, "x-amz-target": "b" } })).not.toBe(of({}));
  });

  it("writes moments as AWS does", () => {
    expect(toAmzDate(Date.UTC(2015, 7, 30, 12, 36, 0, 7))).toBe("20150830T123600Z");
  });
});
