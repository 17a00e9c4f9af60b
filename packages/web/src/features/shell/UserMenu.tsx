// SPDX-License-Identifier: Apache-2.0
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { CircleUserRound, Keyboard, LogOut } from "lucide-react";
import { useState } from "react";
import { api } from "../../shared/api/client.js";
import { sessionQuery } from "../../shared/api/queries.js";
import { applyTheme, currentTheme, type Theme } from "../../shared/theme.js";
import { Popover } from "../../shared/ui/Popover.js";
import { say } from "../../shared/ui/toast.js";

const THEMES: readonly Theme[] = ["system", "light", "dark"];

function ThemeChoice() {
  const [theme, setTheme] = useState(currentTheme);
  return (
    <fieldset className="border-t border-line px-3 py-2">
      <legend className="sr-only">Theme</legend>
      <div className="grid grid-cols-3 rounded border border-line-strong p-0.5">
        {THEMES.map((each) => (
          <label
            key={each}
            className="rounded-sm px-2 py-0.5 text-center capitalize has-checked:bg-ink has-checked:text-panel has-focus-visible:outline-2 has-focus-visible:outline-accent"
          >
            <input
              type="radio"
              name="theme"
              value={each}
              checked={theme === each}
              onChange={() => {
                setTheme(each);
                applyTheme(each);
              }}
              className="sr-only"
            />
            {each}
          </label>
        ))}
      </div>
    </fieldset>
  );
}

const ROW = "flex w-full items-center gap-2 rounded px-3 py-1.5 text-left hover:bg-raised";

export function UserMenu({ onHelp }: { onHelp: () => void }) {
  const { data } = useQuery(sessionQuery);
  const client = useQueryClient();
  const navigate = useNavigate();
  const signOut = async () => {
    try {
      await api.signOut();
      client.clear();
      await navigate({ to: "/sign-in" });
    } catch {
      say("Signing out did not work; you are still signed in. Try again.", "problem");
    }
  };
  return (
    <Popover
      label={`You are ${data?.user.name ?? "signed in"}`}
      align="end"
      buttonClass="inline-flex h-8 items-center gap-1.5 rounded px-1.5 text-s text-muted hover:bg-raised hover:text-ink"
      button={
        <>
          <CircleUserRound size={18} aria-hidden="true" />
          <span className="hidden max-w-32 truncate lg:inline">{data?.user.name}</span>
        </>
      }
    >
      {(close) => (
        <div className="w-60 text-s">
          <p className="px-3 pt-2 pb-2">
            <span className="font-medium">{data?.user.name}</span>
            <span className="text-muted"> · {data?.user.role}</span>
          </p>
          <ThemeChoice />
          <div className="border-t border-line p-1">
            <button
              type="button"
              className={ROW}
              onClick={() => {
                close();
                onHelp();
              }}
            >
              <Keyboard size={15} aria-hidden="true" /> Keyboard shortcuts
            </button>
            <button type="button" className={ROW} onClick={() => void signOut()}>
              <LogOut size={15} aria-hidden="true" /> Sign out
            </button>
          </div>
        </div>
      )}
    </Popover>
  );
}
