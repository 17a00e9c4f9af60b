// SPDX-License-Identifier: Apache-2.0

type Child = Node | string | undefined | false;

/** An element with a class and content. Text is always text: nothing here is ever read as HTML. */
export function el<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  className: string,
  ...children: Child[]
): HTMLElementTagNameMap[K] {
  const element = document.createElement(tag);
  if (className !== "") element.className = className;
  for (const child of children) if (child !== undefined && child !== false) element.append(child);
  return element;
}

const SVG = "http://www.w3.org/2000/svg";
const WHOLE =
  "M12.00 3.00A3.1 3.1 0 0 1 17.29 4.72A3.1 3.1 0 0 1 20.56 9.22A3.1 3.1 0 0 1 20.56 14.78A3.1 3.1 0 0 1 17.29 19.28A3.1 3.1 0 0 1 12.00 21.00A3.1 3.1 0 0 1 6.71 19.28A3.1 3.1 0 0 1 3.44 14.78A3.1 3.1 0 0 1 3.44 9.22A3.1 3.1 0 0 1 6.71 4.72A3.1 3.1 0 0 1 12.00 3.00Z";
const RIGHT =
  "M12.00 3.00A3.1 3.1 0 0 1 17.29 4.72A3.1 3.1 0 0 1 20.56 9.22A3.1 3.1 0 0 1 20.56 14.78A3.1 3.1 0 0 1 17.29 19.28A3.1 3.1 0 0 1 12.00 21.00L14 16.6L11 13.6L14 10.2L11.2 7Z";
const LEFT =
  "M12.00 21.00A3.1 3.1 0 0 1 6.71 19.28A3.1 3.1 0 0 1 3.44 14.78A3.1 3.1 0 0 1 3.44 9.22A3.1 3.1 0 0 1 6.71 4.72A3.1 3.1 0 0 1 12.00 3.00L11.2 7L14 10.2L11 13.6L14 16.6Z";

/** The shapes of integrity, as the application has them. */
export type SealShape = "proven" | "hollow" | "broken" | "unknown";

interface Stroke {
  d: string;
  fill?: boolean;
  stroke?: string;
  transform?: string;
  dashed?: boolean;
}

const STROKES: Record<SealShape, Stroke[]> = {
  proven: [
    { d: WHOLE, fill: true },
    { d: "M8.2 12.2l2.7 2.7 5-5.4", stroke: "var(--panel)" },
  ],
  hollow: [
    { d: WHOLE, stroke: "currentColor" },
    { d: "M8.4 12.2l2.5 2.5 4.7-5", stroke: "currentColor" },
  ],
  broken: [
    { d: RIGHT, fill: true, transform: "translate(1.6 0.9) rotate(6 12 12)" },
    { d: LEFT, fill: true, transform: "translate(-1.6 -0.9) rotate(-6 12 12)" },
  ],
  unknown: [{ d: WHOLE, stroke: "currentColor", dashed: true }],
};

/** Decorative: the words beside it say the same. */
export function seal(shape: SealShape, size: number, className: string): SVGElement {
  const svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("viewBox", "0 0 24 24");
  svg.setAttribute("width", String(size));
  svg.setAttribute("height", String(size));
  svg.setAttribute("aria-hidden", "true");
  svg.setAttribute("class", className);
  for (const { d, fill, stroke, transform, dashed } of STROKES[shape]) {
    const path = document.createElementNS(SVG, "path");
    path.setAttribute("d", d);
    path.setAttribute("fill", fill === true ? "currentColor" : "none");
    if (stroke !== undefined) {
      path.setAttribute("stroke", stroke);
      path.setAttribute("stroke-width", "1.8");
      path.setAttribute("stroke-linecap", "round");
      path.setAttribute("stroke-linejoin", "round");
    }
    if (transform !== undefined) path.setAttribute("transform", transform);
    if (dashed === true) path.setAttribute("stroke-dasharray", "2 2.2");
    svg.append(path);
  }
  return svg;
}
