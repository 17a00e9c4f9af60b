// SPDX-License-Identifier: Apache-2.0
import { type FormEvent, useState } from "react";
import type { ReviewComment } from "../../shared/api/types.js";
import { buttonClass } from "../../shared/ui/controls.js";
import { Text } from "../../shared/ui/Text.js";
import { Ago } from "../../shared/ui/Time.js";

export const COMMENT_FIELD = "review-comment";

/** Lines as they were written; each is text, whatever it holds. */
export function Lines({ text }: { text: string }) {
  return text.split("\n").map((line, number) => (
    <span key={number} className="block min-h-5 break-words">
      <Text>{line}</Text>
    </span>
  ));
}

function Form({ onComment }: { onComment: (text: string) => Promise<unknown> }) {
  const [text, setText] = useState("");
  const [busy, setBusy] = useState(false);
  const submit = async () => {
    const comment = text.trim();
    if (comment === "" || busy) return;
    setBusy(true);
    await onComment(comment).then(
      () => setText(""),
      // Said in a toast; the text stays, so that nothing has to be written twice.
      () => undefined,
    );
    setBusy(false);
  };
  return (
    <form
      onSubmit={(event: FormEvent) => {
        event.preventDefault();
        void submit();
      }}
      className="mt-2 flex flex-wrap items-end justify-end gap-2"
    >
      <label className="min-w-60 flex-1">
        <span className="sr-only">Comment</span>
        <textarea
          id={COMMENT_FIELD}
          value={text}
          onChange={(event) => setText(event.target.value)}
          onKeyDown={(event) => {
            if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) void submit();
            if (event.key === "Escape") event.currentTarget.blur();
          }}
          rows={2}
          maxLength={4000}
          placeholder="What did you find, and what was done? The comment is part of the record."
          className="scroll-slim block w-full resize-y rounded border border-line-strong bg-panel px-2.5 py-1.5 text-s"
        />
      </label>
      <button
        type="submit"
        disabled={busy || text.trim() === ""}
        className={buttonClass("plain")}
        data-tip="Ctrl Enter"
      >
        Comment
      </button>
    </form>
  );
}

interface ReviewCommentsProps {
  comments: readonly ReviewComment[];
  allowed: boolean;
  onComment: (text: string) => Promise<unknown>;
}

/** What people found, oldest first. Each comment is an event. */
export function ReviewComments({ comments, allowed, onComment }: ReviewCommentsProps) {
  return (
    <>
      {comments.length === 0 && <p className="text-s text-muted">Nobody has said anything.</p>}
      <ol className="space-y-2 text-s">
        {comments.map(({ at, by, text }, place) => (
          <li key={`${at}:${place}`}>
            <p className="text-muted">
              <span className="font-medium text-ink">
                <Text>{by.name}</Text>
              </span>{" "}
              ({by.role}), <Ago time={at} />
            </p>
            <p className="border-l-2 border-line pl-2">
              <Lines text={text} />
            </p>
          </li>
        ))}
      </ol>
      {allowed && <Form onComment={onComment} />}
    </>
  );
}
