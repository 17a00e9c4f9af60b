// SPDX-License-Identifier: Apache-2.0
import type { NotifyChannel, NotifyTest } from "../../shared/api/types.js";
import { formatCount } from "../../shared/format.js";
import { Button } from "../../shared/ui/controls.js";
import { Fact } from "../../shared/ui/page.js";
import { ROW } from "../../shared/ui/rows.js";
import { Text } from "../../shared/ui/Text.js";
import { Ago } from "../../shared/ui/Time.js";
import { holdingWords, kindWord, stateWord, waitingWords } from "./words.js";

// A colour, a shape and a word: never colour alone.
const LOOKS = {
  running: { shape: "M6 1.5a4.5 4.5 0 1 1 0 9a4.5 4.5 0 0 1 0-9z", colour: "text-success" },
  quiet: { shape: "M2 1.5h3v9H2zM7 1.5h3v9H7z", colour: "text-info" },
  paused: { shape: "M2 1.5h3v9H2zM7 1.5h3v9H7z", colour: "text-info" },
  failing: { shape: "M1.5 1.5h9v9h-9z", colour: "text-denied" },
} as const;

function StateWord({ channel }: { channel: NotifyChannel }) {
  const { shape, colour } = LOOKS[channel.state];
  return (
    <span className={`inline-flex items-center gap-1.5 text-s font-medium whitespace-nowrap ${colour}`}>
      <svg viewBox="0 0 12 12" width="10" height="10" aria-hidden="true" className="shrink-0">
        <path d={shape} fill="currentColor" />
      </svg>
      {stateWord(channel)}
    </span>
  );
}

function Facts({ channel }: { channel: NotifyChannel }) {
  const { paused, lastDelivered, lastError, counts, origin } = channel;
  return (
    <dl className="border-t border-line">
      {paused !== undefined && (
        <Fact name="Paused">
          by <Text>{paused.by}</Text>, <Ago time={paused.at} />
        </Fact>
      )}
      <Fact name="Waiting">{waitingWords(channel)}</Fact>
      <Fact name="Last success">
        {lastDelivered === undefined ? "none yet" : <Ago time={lastDelivered} />}
      </Fact>
      <Fact name="Last error">
        {lastError === undefined ? (
          "none"
        ) : (
          <>
            <Text>{lastError.message}</Text>, <Ago time={lastError.at} />
          </>
        )}
      </Fact>
      <Fact name="In 90 days">
        {formatCount(counts.delivered)} delivered, {formatCount(counts.failed)} given up
      </Fact>
      <Fact name="Holds back">{holdingWords(channel)}</Fact>
      <Fact name="Origin">
        {origin === "file"
          ? "the file that TELLTALE_NOTIFY names, and changed there"
          : "the setting TELLTALE_WEBHOOK_URL"}
      </Fact>
    </dl>
  );
}

function TestAnswer({ test }: { test: NotifyTest | "running" }) {
  if (test === "running") return <>Sending a test message…</>;
  return (
    <>
      {test.delivered ? "The test message was taken" : "The test message did not arrive"} after{" "}
      {formatCount(test.ms)} ms: <Text>{test.answer}</Text>
    </>
  );
}

interface ChannelCardProps {
  channel: NotifyChannel;
  allowed: boolean;
  /** What the last test met. */
  test: NotifyTest | "running" | undefined;
  showsDeliveries: boolean;
  onPause: (channel: NotifyChannel) => void;
  onResume: (channel: NotifyChannel) => void;
  onTest: (channel: NotifyChannel) => void;
  onDeliveries: (channel: NotifyChannel) => void;
}

function Buttons({ channel, allowed, test, showsDeliveries, ...on }: ChannelCardProps) {
  const isPaused = channel.state === "paused";
  return (
    <div
      role="group"
      aria-label={`What to do with ${channel.name}`}
      className="flex flex-wrap items-center gap-2 border-t border-line px-4 py-3"
    >
      {allowed && (
        <Button disabled={test === "running"} onClick={() => on.onTest(channel)}>
          Send a test
        </Button>
      )}
      {allowed && !isPaused && <Button onClick={() => on.onPause(channel)}>Pause</Button>}
      {allowed && isPaused && (
        <Button look="primary" onClick={() => on.onResume(channel)}>
          Resume
        </Button>
      )}
      <Button look="quiet" aria-pressed={showsDeliveries} onClick={() => on.onDeliveries(channel)}>
        {showsDeliveries ? "Deliveries of all channels" : "Only its deliveries"}
      </Button>
      <p role="status" className="basis-full text-s break-words empty:hidden">
        {test !== undefined && <TestAnswer test={test} />}
      </p>
    </div>
  );
}

/** One channel: how it is, what arrives, and what can be done about it. */
export function ChannelCard(props: ChannelCardProps) {
  const { channel } = props;
  return (
    <article
      {...ROW}
      aria-label={channel.name}
      className="mt-4 overflow-hidden rounded-md border border-line bg-panel"
    >
      <div className="flex flex-wrap items-baseline gap-x-3 gap-y-1 px-4 py-2.5">
        <h2 className="text-m font-semibold break-all">{channel.name}</h2>
        <span className="flex-1 text-s text-muted">{kindWord(channel.kind)}</span>
        <StateWord channel={channel} />
      </div>
      <Facts channel={channel} />
      <Buttons {...props} />
    </article>
  );
}
