// SPDX-License-Identifier: Apache-2.0
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { Link, useNavigate, useSearch } from "@tanstack/react-router";
import { type FormEvent, useEffect, useState } from "react";
import { ApiError, api } from "../../shared/api/client.js";
import { needsSetupQuery, sessionQuery } from "../../shared/api/queries.js";
import { readText } from "../../shared/form.js";
import { buttonClass } from "../../shared/ui/controls.js";
import { Field, FormMessage, FrontDoor } from "./parts.js";

function toWords(error: unknown): string {
  if (!(error instanceof ApiError)) return "Something unexpected happened. Try again.";
  if (error.status === 401) return "Name and password do not match. The attempt was recorded.";
  return error.message;
}

/** Whether the server still waits for its first administrator; the redirect that led here usually knows. */
function useNeedsSetup(): boolean {
  const { data } = useQuery(needsSetupQuery);
  return data ?? false;
}

export function SignInPage() {
  const { to } = useSearch({ from: "/sign-in" });
  const navigate = useNavigate();
  const client = useQueryClient();
  const needsSetup = useNeedsSetup();
  const [problem, setProblem] = useState<string>();
  const [busy, setBusy] = useState(false);
  useEffect(() => {
    document.title = "Sign in – Telltale";
  }, []);

  const submit = async (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const form = new FormData(event.currentTarget);
    setBusy(true);
    setProblem(undefined);
    try {
      const session = await api.signIn(readText(form, "name"), readText(form, "password"));
      client.clear();
      client.setQueryData(sessionQuery.queryKey, session);
      await navigate({ href: to ?? "/events", replace: true });
    } catch (error) {
      setProblem(toWords(error));
    } finally {
      setBusy(false);
    }
  };

  return (
    <FrontDoor
      title="Sign in"
      lead={
        needsSetup ? (
          <>
            No administrator exists yet. Open the set-up link that the server printed when it started, or{" "}
            <Link to="/setup" className="text-accent underline">
              enter its token
            </Link>
            .
          </>
        ) : (
          "Signing in, and failing to, is written to the log."
        )
      }
    >
      <form onSubmit={(event) => void submit(event)}>
        <Field label="Name" name="name" autoComplete="username" autoCapitalize="none" required autoFocus />
        <Field label="Password" name="password" type="password" autoComplete="current-password" required />
        <button type="submit" disabled={busy} className={`${buttonClass("primary")} h-10 w-full`}>
          {busy ? "Signing in…" : "Sign in"}
        </button>
        <FormMessage>{problem}</FormMessage>
      </form>
    </FrontDoor>
  );
}
