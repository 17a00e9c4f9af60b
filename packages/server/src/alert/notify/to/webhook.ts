// SPDX-License-Identifier: Apache-2.0
import type { ChannelKind } from "../channel-kinds.js";
import { readPostTarget, readSecret } from "../channel-settings.js";
import { templateProblem } from "../template.js";
import { createWebhook, TEMPLATE_TYPES } from "../webhook.js";

const FORMS = Object.keys(TEMPLATE_TYPES) as (keyof typeof TEMPLATE_TYPES)[];

export const webhook: ChannelKind = {
  read(section, { name, reach }) {
    const target = readPostTarget(section, reach);
    const secret = section.secret("secret");
    const text = section.optionalText("template");
    const form = section.oneOf("templateForm", FORMS, "json");
    if (text === undefined && section.has("templateForm"))
      section.fail("templateForm", "belongs to a template");
    const problem = text === undefined ? undefined : templateProblem(text, form);
    if (problem !== undefined) section.fail("template", problem);
    const template = text === undefined ? {} : { template: { text, form } };
    return () => createWebhook({ name, ...target, secret: () => readSecret(secret), ...template });
  },
};
