// SPDX-License-Identifier: Apache-2.0
import { z } from "zod";
import type { SourceBoot, SourceChains } from "../chain/source-chains.js";
import type { Api } from "./define.js";

/** Processes that one answer names, those heard last. */
const MAX_SOURCES = 500;
const MAX_GAPS = 10;

const count = z.int().min(0);
const sourcesShape = z.object({
  /** Newest first. */
  sources: z.array(
    z.object({
      app: z.string(),
      instance: z.string().optional(),
      via: z.string(),
      boot: z.string(),
      /** `live`: heartbeats come. `open`: it sends none, so that its silence says nothing. */
      state: z.enum(["live", "open", "silent", "stopped"]),
      lastSeq: count,
      lastReceived: z.iso.datetime(),
      everyMs: count.optional(),
      /** Numbers that have not come. */
      missing: count,
      /** The newest of them. */
      gaps: z.array(z.object({ from: count, to: count })),
      findings: count,
    }),
  ),
  total: count,
  /** False: there were too many, or the log is older than this memory, so that a process may be missing here. */
  complete: z.boolean(),
});
type Answer = z.output<typeof sourcesShape>;

function stateOf({ isStopped, isSilent, everyMs }: SourceBoot): Answer["sources"][number]["state"] {
  if (isStopped) return "stopped";
  if (isSilent) return "silent";
  return everyMs === undefined ? "open" : "live";
}

function toShown(source: SourceBoot): Answer["sources"][number] {
  const { app, instance, via, boot, chain, lastReceived, everyMs, findings } = source;
  return {
    app,
    ...(instance === undefined ? {} : { instance }),
    via,
    boot,
    state: stateOf(source),
    lastSeq: chain.state.head,
    lastReceived,
    ...(everyMs === undefined ? {} : { everyMs }),
    missing: chain.state.missing,
    gaps: chain.state.gaps.slice(-MAX_GAPS).map(({ from, to }) => ({ from, to })),
    findings,
  };
}

/** How the processes stand that number and chain their events. */
export function registerSources(
  api: Api,
  chains: Pick<SourceChains, "sources" | "size" | "isPartial">,
): void {
  api.route(
    {
      method: "GET",
      url: "/v1/sources",
      access: "status.read",
      summary:
        "The processes that number and chain their events: when each was heard, its last number, what is missing, whether it is silent",
      answer: sourcesShape,
    },
    (): Answer => {
      const newest = [...chains.sources()].sort((a, b) => (a.lastReceived < b.lastReceived ? 1 : -1));
      return {
        sources: newest.slice(0, MAX_SOURCES).map(toShown),
        total: chains.size,
        complete: !chains.isPartial && newest.length <= MAX_SOURCES,
      };
    },
  );
}
