// SPDX-License-Identifier: Apache-2.0
import { toSegments } from "../segments.js";

/** A hidden value: dotted, with its kind. */
export function Masked({ how, what }: { how: string; what: string }) {
  return (
    <span className="masked font-sans" data-tip={`${how}: the value was hidden before it was stored`}>
      <span className="sr-only">{how} </span>
      {what.replaceAll("_", " ")}
    </span>
  );
}

/** Text that somebody else wrote. Always a text node, never HTML; acting characters are marks. */
export function Text({ children }: { children: string }) {
  const segments = toSegments(children);
  if (segments.length === 1 && segments[0]?.kind === "text") return segments[0].text;
  return segments.map((segment, at) => {
    const key = `${at}:${segment.kind}`;
    if (segment.kind === "masked") return <Masked key={key} how={segment.how} what={segment.what} />;
    if (segment.kind === "text") return <span key={key}>{segment.text}</span>;
    return (
      <span key={key} className="char-mark" data-tip="a control character, shown as a mark">
        {segment.text}
      </span>
    );
  });
}
