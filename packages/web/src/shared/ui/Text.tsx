// SPDX-License-Identifier: Apache-2.0
import { toSegments } from "../segments.js";

const TIPS: Readonly<Record<string, string>> = {
  alias: "alias: stands for a person whose name is kept apart from the log",
  token:
    "token: the value was replaced before it was stored and cannot be opened; equal values have equal tokens",
  encrypted: "encrypted: the value can be opened with a reason, until it is erased",
  sealed: "sealed: nobody can open or search the value here, only the holder of the private key elsewhere",
};

/** A hidden value: dotted, with its kind, and what of it may be shown. */
export function Masked({ how, what, left }: { how: string; what: string; left?: string | undefined }) {
  return (
    <span
      className="masked font-sans"
      data-tip={TIPS[how] ?? `${how}: the value was hidden before it was stored`}
    >
      <span className="sr-only">{how} </span>
      {what.replaceAll("_", " ")}
      {left !== undefined && <span className="font-mono">{left}</span>}
    </span>
  );
}

/** Text that somebody else wrote. Always a text node, never HTML; acting characters are marks. */
export function Text({ children }: { children: string }) {
  const segments = toSegments(children);
  if (segments.length === 1 && segments[0]?.kind === "text") return segments[0].text;
  return segments.map((segment, at) => {
    const key = `${at}:${segment.kind}`;
    if (segment.kind === "masked") return <Masked key={key} {...segment} />;
    if (segment.kind === "text") return <span key={key}>{segment.text}</span>;
    return (
      <span key={key} className="char-mark" data-tip="a control character, shown as a mark">
        {segment.text}
      </span>
    );
  });
}
