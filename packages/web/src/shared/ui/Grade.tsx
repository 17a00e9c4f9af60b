// SPDX-License-Identifier: Apache-2.0
import type { Level, Outcome } from "@telltale/event";
import type { Severity } from "../api/alert-types.js";

// Each class has a colour, a shape and a word: never colour alone.
const OUTCOMES: Record<Outcome, { shape: string; colour: string }> = {
  success: { shape: "M6 1.5a4.5 4.5 0 1 1 0 9a4.5 4.5 0 0 1 0-9z", colour: "text-success" },
  failure: { shape: "M6 1l5.2 9.5H.8z", colour: "text-failure" },
  denied: { shape: "M1.5 1.5h9v9h-9z", colour: "text-denied" },
  error: { shape: "M6 .8L11.2 6 6 11.2.8 6z", colour: "text-info" },
  unknown: { shape: "M1 5h10v2H1z", colour: "text-info" },
};

const SEVERITIES: Record<Severity, { bars: number; colour: string; word: string }> = {
  informational: { bars: 0, colour: "text-info", word: "info" },
  low: { bars: 1, colour: "text-low", word: "low" },
  medium: { bars: 2, colour: "text-medium", word: "medium" },
  high: { bars: 3, colour: "text-high", word: "high" },
  critical: { bars: 4, colour: "text-critical", word: "critical" },
};

export function OutcomeWord({ outcome }: { outcome: Outcome }) {
  const known = OUTCOMES[outcome] ?? OUTCOMES.unknown;
  return (
    <span className={`inline-flex items-center gap-1.5 ${known.colour}`}>
      <svg viewBox="0 0 12 12" width="9" height="9" aria-hidden="true" className="shrink-0">
        <path d={known.shape} fill="currentColor" />
      </svg>
      {outcome}
    </span>
  );
}

/** `info` is the rule and stays quiet; `warn` and `critical` are spoken. */
export function LevelWord({ level }: { level: Level }) {
  if (level === "info") return <span className="text-muted">info</span>;
  return (
    <span className={level === "critical" ? "font-semibold text-critical" : "font-medium text-medium"}>
      {level}
    </span>
  );
}

export function SeverityWord({ level }: { level: Severity }) {
  const known = SEVERITIES[level] ?? SEVERITIES.informational;
  return (
    <span className={`inline-flex items-center gap-1.5 font-medium ${known.colour}`}>
      <svg viewBox="0 0 15 12" width="15" height="12" aria-hidden="true" className="shrink-0">
        {[0, 1, 2, 3].map((bar) => (
          <rect
            key={bar}
            x={bar * 4}
            y={8 - bar * 2.5}
            width="2.6"
            height={4 + bar * 2.5}
            fill="currentColor"
            opacity={bar < known.bars ? 1 : 0.22}
          />
        ))}
      </svg>
      {known.word}
    </span>
  );
}
