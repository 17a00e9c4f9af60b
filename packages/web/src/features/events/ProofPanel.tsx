// SPDX-License-Identifier: Apache-2.0
import { useQuery } from "@tanstack/react-query";
import { Check, Download, X } from "lucide-react";
import { api } from "../../shared/api/client.js";
import type { SealedLine } from "../../shared/api/types.js";
import { formatLocal } from "../../shared/format.js";
import { buttonClass } from "../../shared/ui/controls.js";
import { ExportButton } from "../../shared/ui/ExportButton.js";
import { Seal } from "../../shared/ui/Seal.js";
import { isBroken, pinWords } from "../integrity/pinned-key.js";
import { type Pinned, usePin } from "../integrity/usePin.js";
import { type ProofVerdict, verifyEventProof } from "./proof.js";

/** Fetches the proof and verifies it here, against the key this browser has pinned. */
async function prove(sealed: SealedLine, pinned: Pinned): Promise<ProofVerdict> {
  const words = pinWords(pinned.verdict);
  if (isBroken(pinned.verdict) && words !== undefined) {
    return {
      seal: "broken",
      headline: "The seal of this log is broken.",
      steps: [{ ok: false, text: words }],
    };
  }
  const proof = await api.proof(sealed.index);
  return verifyEventProof({
    index: sealed.index,
    line: sealed.line,
    proof,
    vkey: pinned.pin.vkey,
    pinnedSince:
      pinned.verdict === "first"
        ? "just now, on first use"
        : `on ${formatLocal(pinned.pin.since).slice(0, 10)}`,
  });
}

function Steps({ verdict }: { verdict: ProofVerdict }) {
  return (
    <ol className="mt-2 space-y-1 text-s">
      {verdict.steps.map((step) => (
        <li key={step.text} className="flex gap-2">
          {step.ok ? (
            <Check size={14} aria-label="holds" className="mt-0.75 shrink-0 text-success" />
          ) : (
            <X
              size={14}
              aria-label={verdict.seal === "broken" ? "fails" : "missing"}
              className={`mt-0.75 shrink-0 ${verdict.seal === "broken" ? "text-critical" : "text-muted"}`}
            />
          )}
          <span className="min-w-0 break-words">{step.text}</span>
        </li>
      ))}
    </ol>
  );
}

/** The seal of one event: verified in this browser, with the steps in words. */
export function ProofPanel({ sealed }: { sealed: SealedLine }) {
  const pinned = usePin();
  const query = useQuery({
    queryKey: ["proof", sealed.index, pinned?.pin.vkey, pinned !== undefined && isBroken(pinned.verdict)],
    queryFn: () => (pinned === undefined ? Promise.reject(new Error("no key")) : prove(sealed, pinned)),
    enabled: pinned !== undefined,
    staleTime: Number.POSITIVE_INFINITY,
  });
  const verdict = query.data;
  const broken = verdict?.seal === "broken";
  const headline =
    verdict?.headline ??
    (query.isError ? `The proof could not be fetched: ${query.error.message}` : "Verifying in this browser…");
  return (
    <section
      aria-label="Proof"
      className={`border-t border-line px-4 py-3 md:px-5 ${broken ? "bg-critical/8" : ""}`}
    >
      <details open={broken || undefined}>
        <summary className="flex list-none items-center gap-2.5">
          <Seal state={verdict?.seal ?? "unknown"} size={26} />
          <span className="flex-1 font-medium" role="status">
            {headline}
          </span>
          <span className="text-s text-accent underline">How</span>
        </summary>
        <div className={`pt-1 pl-9 ${broken ? "" : "min-h-36"}`}>
          {verdict !== undefined && <Steps verdict={verdict} />}
          <div className="mt-3 flex flex-wrap gap-2">
            <a
              href={`/v1/events/${sealed.index}/proof`}
              download={`event-${sealed.index}.tlog-proof`}
              className={buttonClass("plain")}
            >
              <Download size={14} aria-hidden="true" /> Download the proof
            </a>
            <ExportButton query={() => ({ index: sealed.index })} label="Export as evidence" />
          </div>
        </div>
      </details>
    </section>
  );
}
