// SPDX-License-Identifier: Apache-2.0
import { X } from "lucide-react";
import { type FormEvent, type ReactNode, useEffect, useId, useRef, useState } from "react";
import { ApiError } from "../api/client.js";
import { Button, buttonClass, IconButton } from "./controls.js";

interface DialogProps {
  title: string;
  onClose: () => void;
  children: ReactNode;
  wide?: boolean;
}

/** The platform's modal dialog, open while it is mounted: it keeps the focus inside and gives it back. */
export function Dialog({ title, onClose, children, wide = false }: DialogProps) {
  const dialog = useRef<HTMLDialogElement>(null);
  const id = useId();
  useEffect(() => {
    const element = dialog.current;
    if (element !== null && !element.open) {
      element.showModal();
      // The platform would choose the button that closes.
      element.querySelector<HTMLElement>("form input, form select, form textarea")?.focus();
    }
    return () => element?.close();
  }, []);
  return (
    <dialog
      ref={dialog}
      aria-labelledby={id}
      onCancel={(event) => {
        event.preventDefault();
        onClose();
      }}
      className={`scroll-slim m-auto max-h-[calc(100dvh-2rem)] w-160 max-w-[calc(100vw-1.5rem)] overflow-y-auto rounded-lg border border-line bg-panel text-ink shadow-float ${wide ? "sm:w-184" : ""}`}
    >
      <div className="sticky top-0 z-10 flex items-center justify-between gap-4 border-b border-line bg-panel px-4 py-2.5">
        <h2 id={id} className="min-w-0 text-m font-semibold break-words">
          {title}
        </h2>
        <IconButton label="Close (Esc)" onClick={onClose}>
          <X size={16} />
        </IconButton>
      </div>
      {children}
    </dialog>
  );
}

/** Says why something did not work, in the server's words. */
export function whyNot(error: unknown): string {
  return error instanceof ApiError ? error.message : "Something unexpected happened.";
}

interface FormDialogProps {
  title: string;
  /** What happens, and what becomes part of the record. */
  explain?: ReactNode;
  submit: string;
  /** Rejects when the server refuses; the dialog then says why and stays. */
  onSubmit: (reason: string) => Promise<unknown>;
  onClose: () => void;
  /** Told what the server said, so that the fields can show it where it belongs. */
  onProblem?: (message: string | undefined) => void;
  /** What to write as a reason; undefined: none is asked for. */
  reason?: string;
  wide?: boolean;
  children?: ReactNode;
}

/** A form in a dialog. What cannot be taken back asks for a reason, not "are you sure". */
export function FormDialog(props: FormDialogProps) {
  const { title, explain, submit, onSubmit, onClose, onProblem, reason: example, wide, children } = props;
  const [reason, setReason] = useState("");
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<string>();
  const tell = (message: string | undefined) => {
    setProblem(message);
    onProblem?.(message);
  };
  const send = async () => {
    setBusy(true);
    tell(undefined);
    try {
      await onSubmit(reason.trim());
    } catch (error) {
      tell(whyNot(error));
    }
    setBusy(false);
  };
  return (
    <Dialog title={title} onClose={onClose} {...(wide === undefined ? {} : { wide })}>
      <form
        onSubmit={(event: FormEvent) => {
          event.preventDefault();
          if (!busy) void send();
        }}
        className="grid grid-cols-[minmax(0,1fr)] gap-4 p-4"
      >
        {explain !== undefined && <div className="text-s text-muted">{explain}</div>}
        {children}
        {example !== undefined && (
          <Field label="Reason" hint="It becomes part of the log, with your name.">
            {(attributes) => (
              <textarea
                {...attributes}
                required
                rows={2}
                maxLength={500}
                value={reason}
                placeholder={example}
                onChange={(event) => setReason(event.target.value)}
                className={`${INPUT} scroll-slim h-auto resize-y py-1.5`}
              />
            )}
          </Field>
        )}
        {problem !== undefined && (
          <p role="alert" className="border-l-4 border-critical bg-canvas px-3 py-2 text-s break-words">
            {problem}
          </p>
        )}
        <div className="flex flex-wrap justify-end gap-2">
          <Button onClick={onClose}>Cancel</Button>
          <button
            type="submit"
            disabled={busy || (example !== undefined && reason.trim() === "")}
            className={buttonClass("primary")}
          >
            {busy ? "Working…" : submit}
          </button>
        </div>
      </form>
    </Dialog>
  );
}

export const INPUT =
  "block h-8 w-full min-w-0 rounded border border-line-strong bg-panel px-2.5 text-s aria-invalid:border-critical disabled:opacity-55";

interface FieldProps {
  label: string;
  hint?: ReactNode;
  /** What is wrong with it. */
  problem?: string | undefined;
  children: (attributes: { id: string; "aria-describedby"?: string; "aria-invalid"?: true }) => ReactNode;
}

/** A control with its name above and a hint or what is wrong with it below. */
export function Field({ label, hint, problem, children }: FieldProps) {
  const id = useId();
  const below = problem ?? hint;
  const described = below === undefined ? {} : { "aria-describedby": `${id}-note` };
  return (
    <div className="min-w-0">
      <label htmlFor={id} className="mb-0.5 block text-s font-medium">
        {label}
      </label>
      {children({ id, ...described, ...(problem === undefined ? {} : { "aria-invalid": true }) })}
      {below !== undefined && (
        <p
          id={`${id}-note`}
          className={`mt-0.5 text-s ${problem === undefined ? "text-muted" : "text-critical"}`}
        >
          {below}
        </p>
      )}
    </div>
  );
}
