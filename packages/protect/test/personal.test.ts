// SPDX-License-Identifier: Apache-2.0
import { createProtector } from "@telltale/protect";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { KEPT_KINDS } from "../src/find/personal.js";
import { maskingPolicy } from "./policy.js";

const protector = createProtector();

function protect(data: unknown): unknown {
  const event = { action: "user_updated", data };
  protector.protect(event);
  const once = JSON.stringify(event);
  expect(protector.protect(event)).toBeNull();
  expect(JSON.stringify(event)).toBe(once);
  return event.data;
}

describe("numbers under a name that tells what they are", () => {
  it.each([
    [{ nhsNumber: "943 476 5919" }, { nhsNumber: "[masked:uk_nhs]" }],
    [{ bsn: 111222333 }, { bsn: "[masked:nl_bsn]" }],
    [{ tax_id: "65929970489" }, { tax_id: "[masked:de_tax_id]" }],
    [{ phone: "4155552671" }, { phone: "[masked:phone]" }],
    [{ phones: ["0151 12345678", 4155552671] }, { phones: ["[masked:phone]", "[masked:phone]"] }],
    [{ "номер телефона": "8 495 1234567" }, { "номер телефона": "[masked:phone]" }],
    [{ routing_number: "021000021" }, { routing_number: "[masked:bank_routing]" }],
    [{ bankAccount: "000123456789" }, { bankAccount: "[masked:bank_account]" }],
  ])("%j", (data, expected) => {
    expect(protect(data)).toEqual(expected);
  });

  it.each([
    { bsn: "111222334" },
    { order: 52998224725 },
    { phoneVerified: true, phoneAttempts: 12 },
    { phone_model: "Pixel 20261122" },
    { user_id: 4155552671 },
    { tax_id: "none", tax: 0.19 },
    { call_id: 4155552671 },
  ])("stay: %j", (data) => {
    expect(protect(structuredClone(data))).toEqual(data);
  });

  it("leaves who somebody is", () => {
    const event = {
      actor: { id: "219-09-9999", name: "+14155552671" },
      targets: [{ id: "DE89370400440532013000" }],
    };
    expect(protector.protect(event)).toBeNull();
  });
});

describe("what is kept by default", () => {
  const text = "from 203.0.113.7, 00:1b:44:11:3a:b7, IMEI 490154203237518, VIN 1HGCM82633A004352";
  const fields = {
    dob: "1980-01-02",
    fullName: "Alice Example",
    street: "1 Main Road",
    lat: 48.2,
    diagnosis: "J45.9",
  };

  it("stays", () => {
    expect(protector.protectText(text)).toEqual({ text, found: [] });
    expect(protect({ ...fields })).toEqual(fields);
  });

  it("goes when a policy asks", () => {
    const asking = createProtector({ policy: maskingPolicy(KEPT_KINDS) });
    expect(asking.protectText(text).found.map(({ kind }) => kind)).toEqual(["ip", "mac", "imei", "vin"]);
    const event = { action: "user_updated", data: { ...fields } };
    const kinds = asking.protect(event)?.map(({ kind }) => kind);
    expect(kinds).toEqual(["birth_date", "name", "address", "location", "health"]);
    expect(asking.protectText('first_name="Alice" dob: 1980-01-02').text).not.toMatch(/Alice|1980/);
  });

  it("goes kind by kind", () => {
    const asking = createProtector({ policy: maskingPolicy(["ip", "birth_date"]) });
    expect(asking.protectText(text).text).toContain("00:1b:44:11:3a:b7");
    expect(asking.protectText(text).text).not.toContain("203.0.113.7");
    const event = { action: "user_updated", data: { ...fields } };
    expect(asking.protect(event)).toEqual([
      { path: "data.dob", how: expect.any(String) as string, kind: "birth_date" },
    ]);
  });
});

describe("any text of digits and the words beside them", () => {
  const piece = fc.constantFrom(
    ..."ssn |phone: |IBAN |DE89|account number |12|345|6789|0000|-|.|/|(|)|+|+1|4155552671|219-09-9999|[masked:ssn]|[masked:card 411111******1111]|cvv |PIN |%B|^|;|=|P<UTO|<<|\n|\\n| |VIN|A1|x".split(
      "|",
    ),
  );

  it("is protected twice as once", () => {
    const asking = createProtector({ policy: maskingPolicy(KEPT_KINDS) });
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 16 }), (pieces) => {
        for (const each of [protector, asking]) {
          const once = each.protectText(pieces.join("")).text;
          expect(each.protectText(once)).toEqual({ text: once, found: [] });
        }
      }),
      { numRuns: 5000 },
    );
  });
});
