// SPDX-License-Identifier: Apache-2.0
import { Check, Copy } from "lucide-react";
import { type ButtonHTMLAttributes, useState } from "react";

type Look = "primary" | "plain" | "quiet";

const LOOKS: Record<Look, string> = {
  primary: "bg-accent text-on-accent border-transparent hover:brightness-110",
  plain: "border-line bg-panel text-ink hover:border-line-strong",
  quiet: "border-transparent text-muted hover:bg-raised hover:text-ink",
};

export function buttonClass(look: Look = "plain"): string {
  return `inline-flex h-8 items-center justify-center gap-1.5 rounded border px-2.5 text-s font-medium whitespace-nowrap disabled:opacity-55 ${LOOKS[look]}`;
}

export function Button({
  look = "plain",
  className = "",
  ...rest
}: ButtonHTMLAttributes<HTMLButtonElement> & { look?: Look }) {
  return <button type="button" {...rest} className={`${buttonClass(look)} ${className}`} />;
}

/** A square icon button; `label` is its name and its tooltip. */
export function IconButton({
  label,
  className = "",
  ...rest
}: ButtonHTMLAttributes<HTMLButtonElement> & { label: string }) {
  return (
    <button
      type="button"
      aria-label={label}
      data-tip={label}
      {...rest}
      className={`inline-flex size-6 shrink-0 items-center justify-center rounded text-muted hover:bg-raised hover:text-ink ${className}`}
    />
  );
}

/** A key as it is printed on the keyboard. */
export function Kbd({ children }: { children: string }) {
  return (
    <kbd className="inline-block min-w-5 rounded border border-line bg-raised px-1 text-center font-mono text-s leading-4.5 text-muted">
      {children}
    </kbd>
  );
}

/** Copies `text` as it is, also when it is shown cut. */
export function CopyButton({ text, label = "Copy" }: { text: string; label?: string }) {
  const [done, setDone] = useState(false);
  const copy = async () => {
    try {
      await navigator.clipboard.writeText(text);
      setDone(true);
      setTimeout(() => setDone(false), 1500);
    } catch {
      // No clipboard here (an insecure address, a refused permission): the text can still be selected.
    }
  };
  return (
    <IconButton label={done ? "Copied" : label} onClick={() => void copy()}>
      {done ? <Check size={14} className="text-success" /> : <Copy size={14} />}
    </IconButton>
  );
}

/** A grey block of the size of what will stand there. */
export function Skeleton({ className }: { className: string }) {
  return <span aria-hidden="true" className={`skeleton block ${className}`} />;
}

/** Something went wrong: what happened, and what to do. */
export function Problem({ title, message, retry }: { title: string; message: string; retry?: () => void }) {
  return (
    <div
      role="alert"
      className="rounded-md border border-line border-l-4 border-l-critical bg-panel px-4 py-3"
    >
      <p className="font-medium">{title}</p>
      <p className="text-muted">{message}</p>
      {retry !== undefined && (
        <Button className="mt-2" onClick={retry}>
          Try again
        </Button>
      )}
    </div>
  );
}
