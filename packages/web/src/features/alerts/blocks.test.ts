// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from "vitest";
import { toBlocks, toSpans } from "./blocks.js";

describe("a runbook as blocks", () => {
  it("has headings, paragraphs, lists and code, and not its title", () => {
    const text =
      "# Title\n\nOne\ntwo.\n\n## What to do\n\n1. Ask `bob`\n   and *wait*\n2. Look\n\n- a\n\n```\n<b>x</b>\n```\n";
    expect(toBlocks(text)).toEqual([
      { kind: "paragraph", spans: [{ kind: "text", text: "One two." }] },
      { kind: "heading", spans: [{ kind: "text", text: "What to do" }] },
      {
        kind: "list",
        ordered: true,
        items: [
          [
            { kind: "text", text: "Ask " },
            { kind: "code", text: "bob" },
            { kind: "text", text: " and " },
            { kind: "em", text: "wait" },
          ],
          [{ kind: "text", text: "Look" }],
        ],
      },
      { kind: "list", ordered: false, items: [[{ kind: "text", text: "a" }]] },
      { kind: "code", text: "<b>x</b>" },
    ]);
  });

  it("shows HTML and links as text that leads nowhere", () => {
    expect(
      toSpans("<script>alert(1)</script> [here](javascript:alert(1)) ![x](http://a/b.png) **so**"),
    ).toEqual([
      { kind: "text", text: "<script>alert(1)</script> [here](javascript:alert(1)) x " },
      { kind: "strong", text: "so" },
    ]);
  });

  it("takes a hostile text in linear time", () => {
    const began = performance.now();
    for (const unit of ["*", "**a", "[", "![](", "`", "# ", "1. ", "```\n"]) toBlocks(unit.repeat(30_000));
    expect(performance.now() - began).toBeLessThan(10_000);
  });
});
