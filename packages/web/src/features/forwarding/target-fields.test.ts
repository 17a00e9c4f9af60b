// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from "vitest";
import { blamed, fieldsOf, KINDS, toSettings, toTexts } from "./target-fields.js";

describe("the form of a target", () => {
  it("says what is filled in, in the words of the file", () => {
    const texts = {
      url: " https://x ",
      token: "env:TELLTALE_SECRET_A",
      "batch.events": "50",
      ack: "true",
      index: "",
      "tls.ca": "/s/ca",
    };
    expect(toSettings("siem", "splunk", "now", texts)).toEqual({
      name: "siem",
      to: "splunk",
      from: "now",
      url: "https://x",
      token: "env:TELLTALE_SECRET_A",
      ack: true,
      tls: { ca: "/s/ca" },
      batch: { events: 50 },
    });
  });

  it("leaves out what belongs to another kind", () => {
    expect(toSettings("f", "json-file", "", { url: "https://x", token: "y", keep: "3" })).toEqual({
      name: "f",
      to: "json-file",
      keep: 3,
    });
  });

  it("reads back what it wrote, and sends what is no number as it is, to be refused", () => {
    const settings = { name: "s", to: "syslog", url: "tls://x", allowPlaintext: true, batch: { waitMs: 0 } };
    expect(toSettings("s", "syslog", "", toTexts(settings))).toEqual(settings);
    expect(toSettings("s", "syslog", "", { maxMessageBytes: "many" })).toMatchObject({
      maxMessageBytes: "many",
    });
  });

  it("finds the field that the server speaks of", () => {
    const paths = fieldsOf("splunk").map(({ path }) => path);
    expect(blamed("tls.ca may not be used here", paths)).toBe("tls.ca");
    expect(blamed("There is a target of this name already.", paths)).toBeUndefined();
    expect(blamed(undefined, paths)).toBeUndefined();
  });

  it("names each field once", () => {
    for (const { id } of KINDS) {
      const paths = fieldsOf(id).map(({ path }) => path);
      expect(new Set(paths).size, id).toBe(paths.length);
    }
  });
});
