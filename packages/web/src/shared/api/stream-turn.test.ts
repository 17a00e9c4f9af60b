// SPDX-License-Identifier: Apache-2.0
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { HIDDEN_MS, MOST_STREAMS, StreamTurn } from "./stream-turn.js";

class FakeDocument extends EventTarget {
  visibilityState: DocumentVisibilityState = "visible";
}

class FakeChannel extends EventTarget {
  readonly #browser: FakeChannel[];
  constructor(browser: FakeChannel[]) {
    super();
    this.#browser = browser;
    browser.push(this);
  }
  postMessage(data: unknown): void {
    for (const other of this.#browser)
      if (other !== this) other.dispatchEvent(new MessageEvent("message", { data }));
  }
}

let browser: FakeChannel[] = [];

class Tab {
  readonly document = new FakeDocument();
  readonly window = new EventTarget();
  readonly channel = new FakeChannel(browser);
  changes = 0;
  readonly turn: StreamTurn;

  constructor(visibility: DocumentVisibilityState = "visible") {
    this.document.visibilityState = visibility;
    const { document, window, channel } = this;
    const onChange = () => {
      this.changes++;
    };
    this.turn = new StreamTurn({ tab: String(browser.length), document, window, channel, onChange });
  }

  show(visibility: DocumentVisibilityState): void {
    this.document.visibilityState = visibility;
    this.document.dispatchEvent(new Event("visibilitychange"));
  }
}

const openTabs = (count: number): Tab[] => Array.from({ length: count }, () => new Tab());
const held = (tabs: readonly Tab[]): boolean[] => tabs.map(({ turn }) => turn.held);

beforeEach(() => {
  browser = [];
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

describe("the turn to hold a stream", () => {
  it("is given up after some seconds out of sight, not at a glance away, and taken back in sight", () => {
    const tab = new Tab();
    tab.show("hidden");
    vi.advanceTimersByTime(HIDDEN_MS - 1);
    tab.show("visible");
    vi.advanceTimersByTime(HIDDEN_MS);
    expect(tab.turn.held).toBe(true);
    tab.show("hidden");
    vi.advanceTimersByTime(HIDDEN_MS);
    expect(tab.turn.held).toBe(false);
    tab.show("visible");
    expect(tab.turn.held).toBe(true);
  });

  it("is given up at once when the page goes, and taken back when it returns from the cache", () => {
    const tab = new Tab();
    tab.window.dispatchEvent(new Event("pagehide"));
    expect(tab.turn.held).toBe(false);
    tab.window.dispatchEvent(new Event("pageshow"));
    expect(tab.turn.held).toBe(true);
  });

  it("waits for sight in a tab that was opened in the background", () => {
    const tab = new Tab("hidden");
    expect(tab.turn.held).toBe(false);
    tab.show("visible");
    expect(tab.turn.held).toBe(true);
  });

  it("is held by the newest tabs only, however many are in sight", () => {
    const tabs = openTabs(12);
    expect(held(tabs)).toEqual(tabs.map((_, at) => at >= tabs.length - MOST_STREAMS));
  });

  it("goes to the tab that one turns to, and comes back when another closes", () => {
    const tabs = openTabs(MOST_STREAMS + 1);
    tabs[0]?.window.dispatchEvent(new Event("focus"));
    expect(held(tabs)).toEqual([true, false, ...Array(MOST_STREAMS - 1).fill(true)]);
    tabs[0]?.window.dispatchEvent(new Event("pagehide"));
    expect(held(tabs)).toEqual([false, ...Array(MOST_STREAMS).fill(true)]);
  });

  it("ends without another word to the page, and frees its place", () => {
    const tabs = openTabs(MOST_STREAMS + 1);
    const last = tabs.at(-1);
    const before = last?.changes;
    last?.turn.end();
    last?.show("visible");
    expect(last?.turn.held).toBe(false);
    expect(last?.changes).toBe(before);
    expect(held(tabs.slice(0, -1))).toEqual(Array(MOST_STREAMS).fill(true));
  });

  it("is not shaken by what else is said on the channel", () => {
    const tab = new Tab();
    for (const data of [null, 3, "opened", {}, { kind: "opened" }, { kind: "gone", tab: "x" }])
      for (let n = 0; n < MOST_STREAMS; n++) tab.channel.dispatchEvent(new MessageEvent("message", { data }));
    expect(tab.turn.held).toBe(true);
  });
});
