// SPDX-License-Identifier: Apache-2.0
import { useQuery } from "@tanstack/react-query";
import { type ReactNode, useEffect } from "react";
import { statusQuery } from "../../shared/api/queries.js";
import type { Status, WitnessStatus } from "../../shared/api/types.js";
import { countOf, formatCount, formatDuration, formatLocal, formatUtc } from "../../shared/format.js";
import { useNow } from "../../shared/now.js";
import { Button, CopyButton, Problem, Skeleton } from "../../shared/ui/controls.js";
import { Seal } from "../../shared/ui/Seal.js";
import { Text } from "../../shared/ui/Text.js";
import { Ago } from "../../shared/ui/Time.js";
import { CheckpointCheck } from "./CheckpointCheck.js";
import { SourceTable } from "./SourceTable.js";
import { isBroken, pinWords, toSealState } from "./pinned-key.js";
import { type Pinned, repin, usePin } from "./usePin.js";
import { followerWords, peerWords, toIntegrityAnswer, verifiedWords, witnessWords } from "./words.js";

function Row({ name, children }: { name: string; children: ReactNode }) {
  return (
    <div className="grid gap-x-4 border-b border-line px-4 py-2 last:border-b-0 sm:grid-cols-[10rem_minmax(0,1fr)]">
      <dt className="text-s leading-6 text-muted">{name}</dt>
      <dd className="min-w-0 text-s leading-6">{children}</dd>
    </div>
  );
}

function Panel({ title, children }: { title: string; children: ReactNode }) {
  return (
    <section aria-label={title} className="mt-6">
      <h2 className="mb-2 text-m font-semibold">{title}</h2>
      <div className="overflow-hidden rounded-md border border-line bg-panel">{children}</div>
    </section>
  );
}

function Copied({ text }: { text: string }) {
  return (
    <span className="flex items-start gap-1">
      <span className="min-w-0 font-mono break-all">
        <Text>{text}</Text>
      </span>
      <CopyButton text={text} />
    </span>
  );
}

function Witness({ witness, now }: { witness: WitnessStatus["witnesses"][number]; now: number }) {
  return (
    <p className={witness.trouble === null ? "" : "text-critical"}>
      <Text>{witness.name}</Text>: <Text>{peerWords(witness, now)}</Text>
    </p>
  );
}

function Tree({ status, pinned }: { status: Status; pinned: Pinned }) {
  const now = useNow(1000);
  return (
    <dl>
      <Row name="Events sealed">{formatCount(status.size)}</Row>
      <Row name="Last checkpoint">
        <Ago time={status.checkpoint.time} /> · {formatUtc(status.checkpoint.time)}
      </Row>
      <Row name="Verified by the server">{verifiedWords(status, now)}</Row>
      <Row name="Root">
        <Copied text={status.checkpoint.root} />
      </Row>
      <Row name="Origin">
        <Copied text={status.origin} />
      </Row>
      <Row name="Key">
        <Copied text={status.vkey} />
      </Row>
      <Row name="This browser">
        {isBroken(pinned.verdict)
          ? "knows another log; see above"
          : `pinned this key ${pinned.verdict === "first" ? "just now, on first use" : `on ${formatLocal(pinned.pin.since)}`} and has seen ${countOf(pinned.pin.size, "event")}`}
      </Row>
      <Row name="Witnesses">
        <span className={status.witness?.state === "unwitnessed" ? "text-critical" : undefined}>
          {witnessWords(status, now)}
        </span>
        {status.witness?.witnesses.map((witness) => (
          <Witness key={witness.vkey} witness={witness} now={now} />
        ))}
      </Row>
    </dl>
  );
}

function FollowerState({ words, isBad }: ReturnType<typeof followerWords>) {
  return (
    <td className={`px-4 py-2 ${isBad ? "text-critical" : "text-muted"}`}>
      <Text>{words}</Text>
    </td>
  );
}

function Followers({ status }: { status: Status }) {
  return (
    <table className="w-full text-s">
      <thead className="text-left text-muted">
        <tr className="border-b border-line">
          <th scope="col" className="px-4 py-2 font-normal">
            Follower
          </th>
          <th scope="col" className="px-4 py-2 text-right font-normal">
            Next event
          </th>
          <th scope="col" className="px-4 py-2 text-right font-normal">
            Behind
          </th>
          <th scope="col" className="px-4 py-2 font-normal">
            State
          </th>
        </tr>
      </thead>
      <tbody>
        {status.followers.map((follower) => (
          <tr key={follower.name} className="border-b border-line last:border-b-0">
            <th scope="row" className="px-4 py-2 text-left font-mono font-normal">
              {follower.name}
            </th>
            <td className="px-4 py-2 text-right">{formatCount(follower.next)}</td>
            <td className="px-4 py-2 text-right">{formatCount(follower.lag)}</td>
            <FollowerState {...followerWords(follower)} />
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function BrokenPin({ status, pinned }: { status: Status; pinned: Pinned }) {
  const words = pinWords(pinned.verdict);
  if (words === undefined) return null;
  return (
    <div
      role="alert"
      className="mt-4 rounded-md border border-line border-l-4 border-l-critical bg-panel p-4"
    >
      <p>{words}</p>
      <dl className="mt-2 text-s">
        <dt className="text-muted">
          Pinned on {formatLocal(pinned.pin.since)}, {countOf(pinned.pin.size, "event")}
        </dt>
        <dd className="font-mono break-all">{pinned.pin.vkey}</dd>
        <dt className="mt-1 text-muted">Now, {countOf(status.size, "event")}</dt>
        <dd className="font-mono break-all">{status.vkey}</dd>
      </dl>
      <Button className="mt-3" onClick={() => repin(status)}>
        I know why: pin what is here now
      </Button>
    </div>
  );
}

/** Can I trust this record? */
export function IntegrityPage() {
  const query = useQuery(statusQuery);
  const pinned = usePin();
  useEffect(() => {
    document.title = "Integrity – Telltale";
  }, []);
  const status = query.data;
  return (
    <div className="scroll-slim h-full overflow-y-auto">
      <div className="mx-auto max-w-240 px-4 pt-4 pb-16 md:px-6">
        <h1 className="flex min-h-10 items-center gap-3 text-l font-semibold">
          <Seal state={toSealState(pinned?.verdict, status?.verified ?? null)} size={34} />
          {status === undefined || pinned === undefined ? (
            <Skeleton className="h-6 w-96 max-w-full" />
          ) : (
            <span>{toIntegrityAnswer(status, pinned.verdict)}</span>
          )}
        </h1>
        {query.isError && status === undefined && (
          <Problem
            title="The state of the log cannot be read"
            message={query.error.message}
            retry={() => void query.refetch()}
          />
        )}
        {status === undefined || pinned === undefined ? (
          !query.isError && <Skeleton className="mt-6 h-120 w-full" />
        ) : (
          <>
            <BrokenPin status={status} pinned={pinned} />
            <Panel title="Tree">
              <Tree status={status} pinned={pinned} />
            </Panel>
            <Panel title="Checkpoint">
              <CheckpointCheck status={status} pinned={pinned} />
            </Panel>
            <Panel title="Sources">
              <SourceTable />
            </Panel>
            <Panel title="Followers">
              <Followers status={status} />
            </Panel>
            <p className="mt-6 text-s text-muted">
              Telltale {status.version}, running for {formatDuration(status.uptimeMs)}. Verify without this
              server:{" "}
              <code className="font-mono text-ink">npx telltale verify --data DIR --witness-key KEY</code>.
              The page that checks exported evidence in any browser, without a network:{" "}
              <a href="/verifier.html" download="verifier.html" className="text-accent underline">
                verifier.html
              </a>
            </p>
          </>
        )}
      </div>
    </div>
  );
}
