// SPDX-License-Identifier: Apache-2.0
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { describeChannel } from "../../../../test/notify/channel.suite.js";
import { DIGEST, makeAlert, makeNotice, TEST, toDelivery } from "../../../../test/notify/notices.js";
import { WebService } from "../../../../test/notify/web-service.js";
import { Reach } from "../reach.js";
import { fillTemplate, templateProblem } from "../template.js";
import { createWebhook, isWebhookSignature } from "../webhook.js";

const SECRET = "a secret of the test";
const TEMPLATE = '{"text":"{{title}} {{alert.key}}: {{summary}} {{lines}}","level":"{{level}}"}';
const start = () => new WebService().start();

describeChannel({
  name: "webhook with a template",
  start,
  channel: (service, reach) =>
    createWebhook({
      url: service.url,
      reach,
      timeoutMs: 200,
      secret: () => SECRET,
      template: { text: TEMPLATE, form: "json" },
    }),
  secrets: [SECRET, "SECRETPATH"],
  markup: [/\u0000/],
});

describe("template", () => {
  it("is filled, signed as it is sent, and of its content type", async () => {
    const service = await start();
    const reach = new Reach([service.host]);
    const template = { text: "title={{title}}&n={{alert.count}}", form: "form" } as const;
    const channel = createWebhook({ url: service.url, reach, secret: () => SECRET, template });
    const alert = makeAlert({ title: "a&b=c" });
    await channel.send(toDelivery(makeNotice({ alert })), new AbortController().signal);
    const [request] = service.requests;
    expect(request?.body).toBe("title=a%26b%3Dc&n=5");
    expect(request?.headers["content-type"]).toBe("application/x-www-form-urlencoded");
    const header = request?.headers["telltale-signature"] as string;
    const nowSeconds = Math.floor(Date.now() / 1_000);
    expect(isWebhookSignature({ secret: SECRET, header, body: request?.body ?? "", nowSeconds })).toBe(true);
    await service.close();
  });

  it("stays what it is whatever the values are", () => {
    const text = fc.string({ unit: "binary", maxLength: 200 });
    fc.assert(
      fc.property(text, text, (title, key) => {
        const notice = makeNotice({ alert: makeAlert({ title, key, ruleId: key }) });
        const filled = JSON.parse(
          fillTemplate('{"a":"{{alert.key}}","b":["{{title}}"]}', "json", notice),
        ) as object;
        expect(Object.keys(filled)).toEqual(["a", "b"]);
        expect(fillTemplate("{{title}} {{alert.rule}}", "text", notice)).not.toMatch(/[\r\n\u202e]/);
        expect(fillTemplate("a={{alert.key}}&b=1", "form", notice)).toMatch(/^a=[^&=]*&b=1$/);
      }),
    );
  });

  it("does not fill what a value brings along, and is bounded", () => {
    const alert = makeAlert({ title: "{{alert.key}}", key: "k".repeat(5_000) });
    expect(fillTemplate("{{title}}", "text", makeNotice({ alert }))).toBe("{{alert.key}}");
    const many = "{{alert.key}}".repeat(1_000);
    expect(fillTemplate(many, "text", makeNotice({ alert })).length).toBeLessThan(64 * 1_024);
    for (const notice of [DIGEST, TEST])
      expect(fillTemplate("{{alert.id}}{{type}}", "text", notice)).toBe(notice.type);
  });

  it.each([
    ["{{constructor}}", "text", "knows no such name"],
    ["{{alert.__proto__}}", "text", "knows no such name"],
    ["{{#each x}}", "text", "knows no such name"],
    ["{{title", "text", "belong to nothing"],
    ["x".repeat(20_000), "text", "more than"],
    ['{"a":"{{title}}"', "json", "is not JSON"],
  ] as const)("refuses %s as %s", (template, form, why) => {
    expect(templateProblem(template, form)).toContain(why);
  });

  it("takes a nested object and an empty one", () => {
    expect(templateProblem('{"a":{"b":{"c":"{{title}}"}}}', "json")).toBeUndefined();
    expect(templateProblem("{}", "json")).toBeUndefined();
  });
});
