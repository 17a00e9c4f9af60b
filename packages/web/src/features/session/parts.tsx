// SPDX-License-Identifier: Apache-2.0
import { Eye, EyeOff } from "lucide-react";
import { type InputHTMLAttributes, type ReactNode, useId, useState } from "react";
import { IconButton } from "../../shared/ui/controls.js";
import { Mark } from "../../shared/ui/Seal.js";

/** The page around the sign-in and set-up forms. */
export function FrontDoor({
  title,
  lead,
  children,
}: {
  title: string;
  lead: ReactNode;
  children: ReactNode;
}) {
  return (
    <main className="flex min-h-full items-center justify-center p-4">
      <div className="w-full max-w-88">
        <p className="mb-6 flex items-center gap-2 font-semibold">
          <Mark />
          Telltale
        </p>
        <h1 className="text-l font-semibold">{title}</h1>
        <div className="mt-1 mb-6 text-muted">{lead}</div>
        {children}
      </div>
    </main>
  );
}

interface FieldProps extends InputHTMLAttributes<HTMLInputElement> {
  label: string;
  hint?: string | undefined;
  bad?: boolean;
}

const INPUT = "h-10 w-full rounded border bg-panel px-3";

export function Field({ label, hint, bad = false, ...rest }: FieldProps) {
  const id = useId();
  const [shown, setShown] = useState(false);
  const secret = rest.type === "password";
  return (
    <div className="mb-4">
      <label htmlFor={id} className="mb-1 block text-s font-medium">
        {label}
      </label>
      <div className="relative">
        <input
          id={id}
          {...rest}
          type={secret && shown ? "text" : rest.type}
          aria-describedby={`${id}-hint`}
          aria-invalid={bad}
          className={`${INPUT} ${bad ? "border-critical" : "border-line-strong"} ${secret ? "pr-10" : ""}`}
        />
        {secret && (
          <IconButton
            label={shown ? "Hide the password" : "Show the password"}
            className="absolute top-2 right-2"
            onClick={() => setShown(!shown)}
          >
            {shown ? <EyeOff size={16} /> : <Eye size={16} />}
          </IconButton>
        )}
      </div>
      <p id={`${id}-hint`} className={`min-h-5 pt-0.5 text-s ${bad ? "text-critical" : "text-muted"}`}>
        {hint}
      </p>
    </div>
  );
}

/** Room for one message is always kept: an error moves nothing. */
export function FormMessage({ children }: { children?: string | undefined }) {
  return (
    <p role="alert" className="mt-3 min-h-10 text-s text-critical">
      {children}
    </p>
  );
}
