// SPDX-License-Identifier: Apache-2.0
import type { EvidenceReport } from "@telltale/merkle/evidence";
import type { SealShape } from "./dom.js";

/** What the page says first. */
export interface Headline {
  word: string;
  shape: SealShape;
  tone: "good" | "warn" | "bad";
  /** What to do now, in one sentence. */
  next: string;
}

const COMPARE =
  "Compare the key's fingerprint below with one that you have from elsewhere: until then this says that the bundle agrees with itself.";

/** The answer of the page. A filled seal only where the key came from the reader and not with the bundle. */
export function toHeadline({ verdict, key, findings }: EvidenceReport): Headline {
  switch (verdict) {
    case "intact":
      return key?.from === "given"
        ? {
            word: "Intact",
            shape: "proven",
            tone: "good",
            next: "Every event is what the log with your key signed.",
          }
        : { word: "Intact, if the key is the right one", shape: "hollow", tone: "good", next: COMPARE };
    case "unwitnessed":
      return {
        word: "Intact, and not witnessed",
        shape: "hollow",
        tone: "warn",
        next: "Whoever holds the log's key could have rewritten it: none of those whom you trust vouches for all of it.",
      };
    case "incomplete":
      return {
        word: "Incomplete",
        shape: "hollow",
        tone: "warn",
        next: "What is proven is listed. Ask whoever gave it to you for what is missing.",
      };
    case "tampered":
      return {
        word: "Changed",
        shape: "broken",
        tone: "bad",
        next: "Do not rely on it. Ask for the bundle again, by another way, and keep this one.",
      };
    case "unverifiable":
      return {
        word: "Cannot be checked",
        shape: "unknown",
        tone: "warn",
        next:
          findings.length > 0
            ? "Choose the zip as it was given to you."
            : "There is nothing in it that could be proven.",
      };
  }
}

/** "1 event", "1,234 events". */
export function plural(count: number, noun: string): string {
  return `${count.toLocaleString("en")} ${noun}${count === 1 ? "" : "s"}`;
}

/** POSIX seconds as RFC 3339 in UTC; what cannot be a time is said to be none. */
export function toTime(seconds: bigint): string {
  const time = new Date(Number(seconds) * 1000);
  return Number.isNaN(time.getTime()) ? "at no time that can be" : time.toISOString().replace(".000Z", "Z");
}
