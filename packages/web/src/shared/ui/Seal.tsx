// SPDX-License-Identifier: Apache-2.0

/** The three shapes of integrity, the same wherever it shows, and the one for "not known yet". */
export type SealState = "proven" | "unwitnessed" | "broken" | "unknown";

const WHOLE =
  "M12.00 3.00A3.1 3.1 0 0 1 17.29 4.72A3.1 3.1 0 0 1 20.56 9.22A3.1 3.1 0 0 1 20.56 14.78A3.1 3.1 0 0 1 17.29 19.28A3.1 3.1 0 0 1 12.00 21.00A3.1 3.1 0 0 1 6.71 19.28A3.1 3.1 0 0 1 3.44 14.78A3.1 3.1 0 0 1 3.44 9.22A3.1 3.1 0 0 1 6.71 4.72A3.1 3.1 0 0 1 12.00 3.00Z";
const RIGHT =
  "M12.00 3.00A3.1 3.1 0 0 1 17.29 4.72A3.1 3.1 0 0 1 20.56 9.22A3.1 3.1 0 0 1 20.56 14.78A3.1 3.1 0 0 1 17.29 19.28A3.1 3.1 0 0 1 12.00 21.00L14 16.6L11 13.6L14 10.2L11.2 7Z";
const LEFT =
  "M12.00 21.00A3.1 3.1 0 0 1 6.71 19.28A3.1 3.1 0 0 1 3.44 14.78A3.1 3.1 0 0 1 3.44 9.22A3.1 3.1 0 0 1 6.71 4.72A3.1 3.1 0 0 1 12.00 3.00L11.2 7L14 10.2L11 13.6L14 16.6Z";

const COLOUR: Record<SealState, string> = {
  proven: "text-success",
  unwitnessed: "text-ink",
  broken: "text-critical",
  unknown: "text-muted",
};

function Shape({ state }: { state: SealState }) {
  switch (state) {
    case "proven":
      return (
        <>
          <path d={WHOLE} fill="currentColor" />
          <path d="M8.2 12.2l2.7 2.7 5-5.4" fill="none" stroke="var(--panel)" strokeWidth="2" />
        </>
      );
    case "unwitnessed":
      return (
        <>
          <path d={WHOLE} fill="none" stroke="currentColor" strokeWidth="1.7" />
          <path d="M8.4 12.2l2.5 2.5 4.7-5" fill="none" stroke="currentColor" strokeWidth="1.7" />
        </>
      );
    case "broken":
      return (
        <>
          <path d={RIGHT} fill="currentColor" transform="translate(1.6 0.9) rotate(6 12 12)" />
          <path d={LEFT} fill="currentColor" transform="translate(-1.6 -0.9) rotate(-6 12 12)" />
        </>
      );
    case "unknown":
      return <path d={WHOLE} fill="none" stroke="currentColor" strokeWidth="1.5" strokeDasharray="2 2.2" />;
  }
}

/** The sign of Telltale itself: makes no claim about any record. */
export function Mark({ size = 22 }: { size?: number }) {
  return (
    <svg viewBox="0 0 24 24" width={size} height={size} aria-hidden="true" className="shrink-0 text-accent">
      <path d={WHOLE} fill="currentColor" />
      <path d="M8.2 12.2l2.7 2.7 5-5.4" fill="none" stroke="var(--on-accent)" strokeWidth="2" />
    </svg>
  );
}

/** Decorative: the words beside it say the same. */
export function Seal({ state, size = 20 }: { state: SealState; size?: number }) {
  return (
    <svg
      viewBox="0 0 24 24"
      width={size}
      height={size}
      aria-hidden="true"
      className={`shrink-0 overflow-visible ${COLOUR[state]}`}
      strokeLinecap="round"
      strokeLinejoin="round"
    >
      <Shape state={state} />
    </svg>
  );
}
