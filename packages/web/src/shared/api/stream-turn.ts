// SPDX-License-Identifier: Apache-2.0
// Which tabs hold a live connection. A browser allows six connections to a host over HTTP/1.1, for all its tabs
// together (RFC 9112 §9.4 leaves the number to it), so a stream in every tab leaves none for the seventh page.

/** Streams in one browser at a time; the rest of the six is for pages and answers. */
export const MOST_STREAMS = 3;
/** A glance at another tab does not cost a reconnect. */
export const HIDDEN_MS = 5000;

type News = { kind: "opened" | "closed"; tab: string };

/** What of the page and of the browser a turn depends on. */
export interface TurnParts {
  /** Unique among the tabs. */
  tab: string;
  document: EventTarget & { readonly visibilityState: DocumentVisibilityState };
  window: EventTarget;
  /** Reaches the other tabs of the same server, never this one. */
  channel: EventTarget & { postMessage(message: unknown): void };
  /** Called when `held` has changed. */
  onChange: () => void;
}

function toNews(value: unknown): News | undefined {
  if (typeof value !== "object" || value === null) return undefined;
  const { kind, tab } = value as Partial<News>;
  return (kind === "opened" || kind === "closed") && typeof tab === "string" ? { kind, tab } : undefined;
}

/**
 * Whether this tab may hold a stream: not while it is hidden or in the back/forward cache, and not once
 * {@link MOST_STREAMS} other tabs have taken theirs later. Turning to the tab takes it back.
 */
export class StreamTurn {
  readonly #parts: TurnParts;
  readonly #off = new AbortController();
  /** The other tabs that opened a stream after this one did. */
  readonly #later = new Set<string>();
  #timer: ReturnType<typeof setTimeout> | undefined;
  #held = false;

  constructor(parts: TurnParts) {
    this.#parts = parts;
    const { signal } = this.#off;
    const { document, window, channel } = parts;
    document.addEventListener("visibilitychange", () => this.#onVisibility(), { signal });
    window.addEventListener("pagehide", () => this.#giveUp(), { signal });
    window.addEventListener("pageshow", () => this.#onVisibility(), { signal });
    window.addEventListener("focus", () => this.#onVisibility(), { signal });
    channel.addEventListener("message", (event) => this.#onNews(toNews((event as MessageEvent).data)), {
      signal,
    });
    if (this.#isVisible()) this.#take();
  }

  get held(): boolean {
    return this.#held;
  }

  /** Gives the turn up for good; `onChange` is not called any more. */
  end(): void {
    this.#off.abort();
    clearTimeout(this.#timer);
    if (this.#held) this.#say("closed");
    this.#held = false;
  }

  #isVisible(): boolean {
    return this.#parts.document.visibilityState === "visible";
  }

  #onVisibility(): void {
    clearTimeout(this.#timer);
    if (this.#isVisible()) this.#take();
    else this.#timer = setTimeout(() => this.#giveUp(), HIDDEN_MS);
  }

  #onNews(news: News | undefined): void {
    if (news === undefined) return;
    if (news.kind === "opened") {
      this.#later.add(news.tab);
      // Nothing is said: whoever is newer than this tab has lost nothing, and whoever is older gave up before.
      if (this.#later.size >= MOST_STREAMS) this.#set(false);
      return;
    }
    this.#later.delete(news.tab);
    if (this.#later.size < MOST_STREAMS && this.#isVisible()) this.#take();
  }

  #take(): void {
    if (this.#held) return;
    this.#later.clear();
    this.#say("opened");
    this.#set(true);
  }

  #giveUp(): void {
    clearTimeout(this.#timer);
    if (!this.#held) return;
    this.#say("closed");
    this.#set(false);
  }

  #say(kind: News["kind"]): void {
    this.#parts.channel.postMessage({ kind, tab: this.#parts.tab } satisfies News);
  }

  #set(held: boolean): void {
    if (held === this.#held) return;
    this.#held = held;
    this.#parts.onChange();
  }
}

/** The turn of the page that runs this. */
export function takeTurn(onChange: () => void): StreamTurn {
  const channel = new BroadcastChannel("telltale-stream");
  // Not `crypto.randomUUID`: a server on a plain-HTTP address has none of it.
  const tab = `${Date.now()}-${Math.random()}`;
  return new StreamTurn({ tab, document, window, channel, onChange });
}
