// SPDX-License-Identifier: Apache-2.0
import { type PointerEvent, useEffect, useMemo, useState } from "react";
import type { Histogram as Counts } from "../../shared/api/types.js";
import { countOf, formatCount, formatSpan, formatUtc, toMs } from "../../shared/format.js";
import { Skeleton } from "../../shared/ui/controls.js";
import {
  type Bar,
  bucketAt,
  CLASSES,
  describeHistogram,
  sumClasses,
  toBars,
  toTicks,
} from "./histogram-model.js";

const HEIGHT = 88;
const AXIS = 22;
const FILL = {
  success: "var(--bar-success)",
  failure: "var(--bar-failure)",
  denied: "var(--bar-denied)",
  other: "var(--bar-other)",
} as const;

export function useWidth(): [(element: HTMLElement | null) => void, number] {
  const [width, setWidth] = useState(0);
  const [element, setElement] = useState<HTMLElement | null>(null);
  useEffect(() => {
    if (element === null) return undefined;
    const observer = new ResizeObserver(() => setWidth(element.clientWidth));
    observer.observe(element);
    return () => observer.disconnect();
  }, [element]);
  return [setElement, width];
}

function xOf(event: PointerEvent<SVGSVGElement>): number {
  return event.clientX - event.currentTarget.getBoundingClientRect().left;
}

interface Brush {
  start: number;
  end: number;
}

/** Dragging marks whole buckets; letting go zooms; a click zooms into one bucket. */
function useBrush(width: number, bars: Bar[], onZoom: (from: number, to: number) => void) {
  const [brush, setBrush] = useState<Brush>();
  const [hover, setHover] = useState<number>();
  const at = (event: PointerEvent<SVGSVGElement>) => bucketAt(xOf(event), width, bars.length);
  return {
    brush,
    hover,
    handlers: {
      onPointerDown: (event: PointerEvent<SVGSVGElement>) => {
        if (event.button !== 0 || bars.length === 0) return;
        event.currentTarget.setPointerCapture(event.pointerId);
        setBrush({ start: at(event), end: at(event) });
      },
      onPointerMove: (event: PointerEvent<SVGSVGElement>) => {
        // Read now: by the time React updates, the event has no current target any more.
        const end = at(event);
        setHover(end);
        setBrush((before) => (before === undefined ? before : { ...before, end }));
      },
      onPointerUp: () => {
        if (brush === undefined) return;
        setBrush(undefined);
        const first = bars[Math.min(brush.start, brush.end)];
        const last = bars[Math.max(brush.start, brush.end)];
        if (first !== undefined && last !== undefined) onZoom(first.from, last.to);
      },
      onPointerCancel: () => setBrush(undefined),
      onPointerLeave: () => setHover(undefined),
    },
  };
}

function BarStack({ bar }: { bar: Bar }) {
  if (bar.parts.length === 0) {
    return (
      <rect x={bar.x} y={HEIGHT - 1} width={bar.width} height={1} fill="var(--line-strong)" opacity={0.5} />
    );
  }
  return bar.parts.map((part) => (
    <rect
      key={part.name}
      x={bar.x}
      y={part.y}
      width={bar.width}
      height={part.height}
      fill={FILL[part.name]}
    />
  ));
}

function HoverNote({ bar, width }: { bar: Bar; width: number }) {
  const left = Math.min(Math.max(bar.x + bar.width / 2, 110), Math.max(110, width - 110));
  const clock = new Date(bar.from).toLocaleTimeString(undefined, {
    hour: "2-digit",
    minute: "2-digit",
    second: "2-digit",
  });
  return (
    <div
      aria-hidden="true"
      style={{ left }}
      className="pointer-events-none absolute top-full z-20 w-55 -translate-x-1/2 rounded bg-ink px-2 py-1 text-s text-panel"
    >
      <p className="font-medium">
        {countOf(bar.total, "event")} from {clock}
      </p>
      <p className="opacity-80">{formatUtc(bar.from).slice(0, 19)} UTC</p>
      {bar.parts.map((part) => (
        <p key={part.name} className="flex items-center gap-1.5">
          <span className="size-2" style={{ background: FILL[part.name] }} />
          {part.name}
          <span className="ml-auto">{formatCount(part.count)}</span>
        </p>
      ))}
    </div>
  );
}

function Legend({ counts, onPick }: { counts: Counts; onPick: (outcome: string) => void }) {
  const sums = sumClasses(counts);
  return (
    <ul className="flex flex-wrap gap-x-1">
      {CLASSES.map((name) => (
        <li key={name}>
          <button
            type="button"
            disabled={name === "other" || sums[name] === 0}
            data-tip={name === "other" ? "error and unknown" : `Only ${name}`}
            onClick={() => onPick(name)}
            className="inline-flex min-h-6 items-center gap-1.5 rounded px-1.5 enabled:hover:bg-raised enabled:hover:text-ink"
          >
            <span className="size-2.5" style={{ background: FILL[name] }} />
            {name} {formatCount(sums[name])}
          </button>
        </li>
      ))}
    </ul>
  );
}

interface PlotProps {
  counts: Counts;
  bars: Bar[];
  width: number;
  onZoom: (from: number, to: number) => void;
}

function Axis({ counts, width }: { counts: Counts; width: number }) {
  return (
    <>
      <line x1={0} x2={width} y1={HEIGHT + 0.5} y2={HEIGHT + 0.5} stroke="var(--line-strong)" opacity={0.6} />
      {toTicks(toMs(counts.from), toMs(counts.to), width).map((tick) => (
        <g key={tick.x}>
          <line x1={tick.x} x2={tick.x} y1={HEIGHT} y2={HEIGHT + 4} stroke="var(--line-strong)" />
          <text x={tick.x} y={HEIGHT + 17} textAnchor="middle" fill="var(--muted)" className="text-s">
            {tick.label}
          </text>
        </g>
      ))}
    </>
  );
}

function Plot({ counts, bars, width, onZoom }: PlotProps) {
  const { brush, hover, handlers } = useBrush(width, bars, onZoom);
  const hovered = hover === undefined || brush !== undefined ? undefined : bars[hover];
  const first = brush === undefined ? undefined : bars[Math.min(brush.start, brush.end)];
  const last = brush === undefined ? undefined : bars[Math.max(brush.start, brush.end)];
  return (
    <>
      <svg
        role="img"
        aria-label={describeHistogram(counts)}
        width={width}
        height={HEIGHT + AXIS}
        className="block cursor-crosshair touch-pan-y select-none"
        {...handlers}
      >
        <line x1={0} x2={width} y1={0.5} y2={0.5} stroke="var(--line)" strokeDasharray="2 3" />
        {hovered !== undefined && (
          <rect x={hovered.x} y={0} width={hovered.width} height={HEIGHT} fill="var(--raised)" />
        )}
        {bars.map((bar) => (
          <BarStack key={bar.from} bar={bar} />
        ))}
        {first !== undefined && last !== undefined && (
          <rect
            x={first.x}
            y={0}
            width={last.x + last.width - first.x}
            height={HEIGHT}
            fill="var(--accent)"
            opacity={0.22}
          />
        )}
        <Axis counts={counts} width={width} />
      </svg>
      {hovered !== undefined && <HoverNote bar={hovered} width={width} />}
    </>
  );
}

interface HistogramProps {
  counts: Counts | undefined;
  width: number;
  setElement: (element: HTMLElement | null) => void;
  onZoom: (from: number, to: number) => void;
  onOutcome: (outcome: string) => void;
}

/** Events over time, stacked by outcome; empty buckets are drawn; unit and bucket are named. */
export function Histogram({ counts, width, setElement, onZoom, onOutcome }: HistogramProps) {
  const { bars, top } = useMemo(
    () => (counts === undefined || width === 0 ? { bars: [], top: 0 } : toBars(counts, width, HEIGHT)),
    [counts, width],
  );
  return (
    <section aria-label="Events over time" className="px-4 text-s text-muted md:px-6">
      <div className="flex h-7 items-center justify-between gap-4">
        {counts === undefined ? (
          <Skeleton className="h-4 w-40" />
        ) : (
          <>
            <p className="truncate">
              up to {formatCount(top)} {top === 1 ? "event" : "events"} per{" "}
              {formatSpan(counts.bucketMs).replace(/^1 /, "")}, as received
            </p>
            <div className="hidden sm:block">
              <Legend counts={counts} onPick={onOutcome} />
            </div>
          </>
        )}
      </div>
      <div ref={setElement} className="relative" style={{ height: HEIGHT + AXIS }}>
        {counts === undefined ? (
          <Skeleton className="h-22 w-full" />
        ) : (
          <Plot counts={counts} bars={bars} width={width} onZoom={onZoom} />
        )}
      </div>
    </section>
  );
}
