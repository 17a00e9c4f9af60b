// SPDX-License-Identifier: Apache-2.0
import type { ReactNode } from "react";
import { Text } from "../../shared/ui/Text.js";
import { type Block, type Span, toBlocks } from "./blocks.js";

function Spans({ spans }: { spans: readonly Span[] }): ReactNode {
  return spans.map((span, at) => {
    if (span.kind === "code")
      return (
        <code key={at} className="rounded bg-raised px-1 font-mono break-words">
          <Text>{span.text}</Text>
        </code>
      );
    if (span.kind === "strong")
      return (
        <strong key={at} className="font-semibold">
          <Text>{span.text}</Text>
        </strong>
      );
    if (span.kind === "em")
      return (
        <em key={at}>
          <Text>{span.text}</Text>
        </em>
      );
    return <Text key={at}>{span.text}</Text>;
  });
}

function Shown({ block }: { block: Block }) {
  switch (block.kind) {
    case "heading":
      return (
        <h4 className="pt-2 font-semibold">
          <Spans spans={block.spans} />
        </h4>
      );
    case "list": {
      const items = block.items.map((spans, at) => (
        <li key={at}>
          <Spans spans={spans} />
        </li>
      ));
      return block.ordered ? (
        <ol className="list-decimal space-y-1 pl-5">{items}</ol>
      ) : (
        <ul className="list-disc space-y-1 pl-5">{items}</ul>
      );
    }
    case "code":
      return (
        <pre tabIndex={0} className="scroll-slim overflow-x-auto rounded bg-raised p-2 font-mono">
          {block.text}
        </pre>
      );
    default:
      return (
        <p>
          <Spans spans={block.spans} />
        </p>
      );
  }
}

/** A README as text: headings, paragraphs, lists and code. No HTML, no pictures, and a link is its words. */
export function Markdown({ text }: { text: string }) {
  return (
    <div className="max-w-prose space-y-2 break-words">
      {toBlocks(text).map((block, at) => (
        <Shown key={at} block={block} />
      ))}
    </div>
  );
}
