// SPDX-License-Identifier: Apache-2.0
import { Eye } from "lucide-react";
import { api } from "../../shared/api/client.js";
import type { Revealed } from "../../shared/api/types.js";
import { Button } from "../../shared/ui/controls.js";
import { FormDialog } from "../../shared/ui/dialog.js";
import { Text } from "../../shared/ui/Text.js";

type Why = NonNullable<Revealed["parts"][number]["why"]>;

const WHY: Record<Why, string> = {
  erased: "erased: its key was destroyed, nobody can open it any more",
  gone: "nobody has this alias: the person was erased, or it never was one of this server",
  unknown_key: "not opened: this server never had its key",
  sealed: "sealed: only the holder of the private key can open it, elsewhere",
  damaged: "not opened: it is damaged, or the sender wrote it",
  token: "a token cannot be opened: it only says which values are equal",
};

/** What one viewer was shown, until the event is left; nothing of it is kept by the page. */
export function RevealedValue({ revealed }: { revealed: Revealed }) {
  const closed = revealed.parts.filter(({ value }) => value === null);
  const isOpen = closed.length < revealed.parts.length;
  return (
    <span
      role="status"
      className="mt-1 block rounded border border-line-strong bg-canvas px-2 py-1 font-sans"
    >
      {isOpen && (
        <span className="block break-words whitespace-pre-wrap">
          <Text>{revealed.text}</Text>
        </span>
      )}
      {closed.map(({ kind, why }, at) => (
        <span key={`${at}:${kind}`} className="block text-muted">
          {kind.replaceAll("_", " ")}: {WHY[why ?? "damaged"]}
        </span>
      ))}
      {isOpen && (
        <span className="block text-muted">Shown to you until you leave this event. It is on record.</span>
      )}
    </span>
  );
}

export function RevealButton({ path, onClick }: { path: string; onClick: () => void }) {
  return (
    <Button className="mt-1" aria-label={`Reveal ${path}`} onClick={onClick}>
      <Eye size={14} aria-hidden="true" /> Reveal…
    </Button>
  );
}

interface RevealDialogProps {
  index: number;
  /** As the event writes it. */
  path: string;
  onRevealed: (revealed: Revealed) => void;
  onClose: () => void;
}

/** Asks for the reason. The log has it before the value is shown. */
export function RevealDialog({ index, path, onRevealed, onClose }: RevealDialogProps) {
  return (
    <FormDialog
      title="Reveal a hidden value"
      explain={
        <>
          <span className="font-mono">
            <Text>{path}</Text>
          </span>{" "}
          of event {index}. It is shown to you alone, until you leave this event. Before it is shown, your
          name, the field and the reason are sealed in the log.
        </>
      }
      submit="Reveal"
      reason="Why do you need to see it? At least ten characters."
      onSubmit={async (reason) => {
        onRevealed(await api.reveal(index, path, reason));
        onClose();
      }}
      onClose={onClose}
    />
  );
}
