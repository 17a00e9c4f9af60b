// SPDX-License-Identifier: Apache-2.0
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { Outlet, useNavigate } from "@tanstack/react-router";
import { useEffect, useRef, useState } from "react";
import { statusQuery } from "../../shared/api/queries.js";
import { liveStream, useStream } from "../../shared/api/stream.js";
import { useHotkeys } from "../../shared/hotkeys.js";
import { say } from "../../shared/ui/toast.js";
import { observeStatus } from "../integrity/usePin.js";
import { Help } from "./Help.js";
import { type PageEntry, PAGES } from "./pages.js";
import { Rail } from "./Rail.js";
import { TopBar } from "./TopBar.js";

/** Keeps what the rail and the badge show in step with the server's news. */
function useNews(): void {
  const client = useQueryClient();
  useEffect(() => {
    liveStream.start();
    return () => liveStream.stop();
  }, []);
  const { data: status } = useQuery(statusQuery);
  useEffect(() => {
    if (status !== undefined) observeStatus(status);
  }, [status]);
  useStream((message) => {
    if (message.kind === "checkpoint") {
      const { size, root, time } = message.checkpoint;
      client.setQueryData(statusQuery.queryKey, (status) =>
        status === undefined || size < status.size
          ? status
          : { ...status, size, checkpoint: { ...status.checkpoint, size, root, time } },
      );
    }
    // What came while the connection was away is in no message.
    if (message.kind === "open") void client.invalidateQueries({ queryKey: statusQuery.queryKey });
    if (message.kind === "alert") {
      void client.invalidateQueries({ queryKey: statusQuery.queryKey });
      if (message.alert.count === 1 && message.alert.status === "new")
        say(`New alert: ${message.alert.title}`);
    }
  });
}

const SEQUENCE_MS = 1000;

function useShellKeys(onHelp: () => void): void {
  const navigate = useNavigate();
  const gAt = useRef(0);
  const afterG = (to: PageEntry["to"]) => () => {
    if (Date.now() - gAt.current < SEQUENCE_MS) void navigate({ to });
    gAt.current = 0;
  };
  useHotkeys({
    "?": onHelp,
    "/": () => document.querySelector<HTMLInputElement>("#search")?.focus(),
    g: () => {
      gAt.current = Date.now();
    },
  });
  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      if (gAt.current === 0) return;
      const page = PAGES.find(({ key }) => key === event.key);
      if (page === undefined) return;
      const go = afterG(page.to);
      // Before the page's own single keys see the second half of the chord.
      event.preventDefault();
      event.stopPropagation();
      go();
    };
    document.addEventListener("keydown", onKey, true);
    return () => document.removeEventListener("keydown", onKey, true);
  });
}

/** The frame of every page: rail, top bar, content. */
export function Shell() {
  const [help, setHelp] = useState(false);
  useNews();
  useShellKeys(() => setHelp(true));
  return (
    <div className="flex h-dvh flex-col md:flex-row">
      <a
        href="#content"
        className="absolute -top-20 left-2 z-50 rounded bg-panel px-3 py-2 shadow-float focus:top-2"
      >
        Skip to the content
      </a>
      <Rail />
      <div className="flex min-h-0 min-w-0 flex-1 flex-col">
        <TopBar onHelp={() => setHelp(true)} />
        <main id="content" tabIndex={-1} className="relative min-h-0 flex-1 outline-none">
          <Outlet />
        </main>
      </div>
      <Help open={help} onClose={() => setHelp(false)} />
    </div>
  );
}
