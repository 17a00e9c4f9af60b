// SPDX-License-Identifier: Apache-2.0
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { Link, useNavigate } from "@tanstack/react-router";
import { type FormEvent, useEffect, useState } from "react";
import { ApiError, api } from "../../shared/api/client.js";
import { needsSetupQuery, sessionQuery } from "../../shared/api/queries.js";
import { buttonClass } from "../../shared/ui/controls.js";
import { Field, FormMessage, FrontDoor } from "./parts.js";
import { judgePassword, readSetupToken } from "./search-state.js";

/** Takes the one-time token out of the address bar: it must not stay in the history or on a screenshot. */
function useSetupToken(): [string, (token: string) => void, boolean] {
  const [given] = useState(() => readSetupToken(window.location));
  const [token, setToken] = useState(given);
  useEffect(() => {
    document.title = "Set up – Telltale";
    if (given !== "") window.history.replaceState(window.history.state, "", "/setup");
  }, [given]);
  return [token, setToken, given !== ""];
}

function TokenField({ token, onChange }: { token: string; onChange: (token: string) => void }) {
  return (
    <Field
      label="Set-up token"
      value={token}
      onChange={(event) => onChange(event.target.value)}
      autoComplete="off"
      spellCheck={false}
      required
      hint="The server printed it with the set-up link when it started."
    />
  );
}

function AlreadySetUp() {
  return (
    <FrontDoor
      title="Telltale is set up already"
      lead="The first administrator exists; the set-up link has done its work. If it was not you who used it, stop the server and look at who did: telltale search action:user_created"
    >
      <Link to="/sign-in" className="text-accent underline">
        Sign in
      </Link>
    </FrontDoor>
  );
}

export function SetupPage() {
  const navigate = useNavigate();
  const client = useQueryClient();
  const [token, setToken, given] = useSetupToken();
  const [name, setName] = useState("");
  const [password, setPassword] = useState("");
  const [tried, setTried] = useState(false);
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<string>();
  const weakness = judgePassword(password, name);
  const needed = useQuery(needsSetupQuery);
  if (needed.isPending) return null;
  if (needed.data === false && !busy) return <AlreadySetUp />;

  const submit = async (event: FormEvent) => {
    event.preventDefault();
    setTried(true);
    if (weakness !== undefined) return;
    setBusy(true);
    setProblem(undefined);
    try {
      await api.setup({ token: token.trim(), name: name.trim(), password });
      const session = await api.session().catch(() => api.signIn(name.trim(), password));
      client.setQueryData(sessionQuery.queryKey, session);
      await navigate({ to: "/events", replace: true });
    } catch (error) {
      setProblem(error instanceof ApiError ? error.message : "Something unexpected happened. Try again.");
    } finally {
      setBusy(false);
    }
  };

  return (
    <FrontDoor
      title="Create the first administrator"
      lead="There is no default account. The set-up link works once; from then on you sign in with this name."
    >
      <form onSubmit={(event) => void submit(event)}>
        {!given && <TokenField token={token} onChange={setToken} />}
        <Field
          label="Name"
          value={name}
          onChange={(event) => setName(event.target.value)}
          autoComplete="username"
          autoCapitalize="none"
          required
          autoFocus
        />
        <Field
          label="Password"
          type="password"
          value={password}
          onChange={(event) => setPassword(event.target.value)}
          autoComplete="new-password"
          required
          hint={weakness ?? "Good."}
          bad={tried && weakness !== undefined}
        />
        <button type="submit" disabled={busy} className={`${buttonClass("primary")} h-10 w-full`}>
          {busy ? "Creating…" : "Create and sign in"}
        </button>
        <FormMessage>{problem}</FormMessage>
      </form>
    </FrontDoor>
  );
}
