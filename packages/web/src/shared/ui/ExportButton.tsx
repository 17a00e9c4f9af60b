// SPDX-License-Identifier: Apache-2.0
import { Package } from "lucide-react";
import { useEffect, useRef, useState } from "react";
import { api, type EvidenceQuery } from "../api/client.js";
import { countOf } from "../format.js";
import { buttonClass } from "./controls.js";
import { say } from "./toast.js";

interface ExportButtonProps {
  /** What to export; asked when the button is pressed, as a range of time may move. */
  query: () => EvidenceQuery;
  label: string;
  className?: string;
}

/** Hands a file to the browser, which asks where to or puts it where downloads go. */
function save(blob: Blob, name: string): void {
  const url = URL.createObjectURL(blob);
  const link = document.createElement("a");
  link.href = url;
  link.download = name;
  link.click();
  // The download has its own hold of it by then.
  setTimeout(() => URL.revokeObjectURL(url), 60_000);
}

/** Makes a bundle of evidence: a zip that anybody can check without this server. Pressed again it stops. */
export function ExportButton({ query, label, className = "" }: ExportButtonProps) {
  const [busy, setBusy] = useState(false);
  const running = useRef<AbortController>(undefined);
  useEffect(() => () => running.current?.abort(), []);

  const run = async (): Promise<void> => {
    if (running.current !== undefined) {
      running.current.abort();
      return;
    }
    const stop = new AbortController();
    running.current = stop;
    setBusy(true);
    try {
      const { blob, name, events, limited } = await api.exportEvidence(query(), stop.signal);
      save(blob, name);
      const which = limited ? ": the newest, there are more" : "";
      say(
        `Exported ${countOf(events, "event")}, the log's own note of it among them${which}. Check it with verifier.html or telltale verify.`,
      );
    } catch (error) {
      if (!stop.signal.aborted)
        say(`Nothing was exported. ${error instanceof Error ? error.message : ""}`, "problem");
    } finally {
      running.current = undefined;
      setBusy(false);
    }
  };
  return (
    <button
      type="button"
      onClick={() => void run()}
      data-tip="A zip of these events with proofs that anybody can check. The export becomes part of the log"
      className={className === "" ? buttonClass("plain") : className}
    >
      <Package size={14} aria-hidden="true" /> {busy ? "Stop the export" : label}
    </button>
  );
}
