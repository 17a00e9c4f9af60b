// SPDX-License-Identifier: Apache-2.0
// The page that checks bundles of evidence: one file, without a network, also from a disk.
import { ED25519, MerkleError, parsePolicy, parseVkey } from "@telltale/merkle";
import { type EvidenceFiles, type EvidenceReport, verifyEvidence, ZipFiles } from "@telltale/merkle/evidence";
import { nobleCrypto } from "@telltale/merkle/noble";
import { blobAccess } from "./blob-access.js";
import { el } from "./dom.js";
import { EventList } from "./event-list.js";
import { browserInflate, canInflate } from "./inflate.js";
import { PickedFiles } from "./picked-files.js";
import { renderReport } from "./view.js";
import { plural, toHeadline } from "./words.js";

function find<T extends HTMLElement>(id: string, kind: new () => T): T {
  const element = document.getElementById(id);
  if (!(element instanceof kind)) throw new Error(`the page has no ${id}`);
  return element;
}

const drop = find("drop", HTMLElement);
const busy = find("busy", HTMLElement);
const busyText = find("busy-text", HTMLElement);
const progress = find("progress", HTMLProgressElement);
const status = find("status", HTMLElement);
const result = find("result", HTMLElement);
const known = find("known", HTMLDetailsElement);
const vkeyField = find("vkey", HTMLTextAreaElement);
const policyField = find("policy", HTMLTextAreaElement);

/** What was checked last, to check it again when the reader says what he knows. */
let last: readonly File[] = [];
let running: { aborted: boolean } | undefined;

interface Known {
  vkey?: string;
  policy?: ReturnType<typeof parsePolicy>;
}

/** What the reader knows; throws MerkleError with words for him. */
function readKnown(): Known {
  const vkey = vkeyField.value.trim();
  const policy = policyField.value.trim();
  if (vkey !== "" && parseVkey(nobleCrypto, vkey).type !== ED25519)
    throw new MerkleError("bad_key", "this is the key of a witness, not of a log");
  return {
    ...(vkey === "" ? {} : { vkey }),
    ...(policy === "" ? {} : { policy: parsePolicy(nobleCrypto, new TextEncoder().encode(`${policy}\n`)) }),
  };
}

function openFiles(picked: readonly File[]): Promise<EvidenceFiles> | EvidenceFiles {
  const [only] = picked;
  if (
    picked.length === 1 &&
    only !== undefined &&
    only.webkitRelativePath === "" &&
    !only.name.endsWith(".tlog-proof")
  ) {
    if (!canInflate())
      throw new MerkleError(
        "bad_evidence",
        "this browser is too old to unpack a zip: unpack it and choose the folder",
      );
    return ZipFiles.open(blobAccess(only), browserInflate);
  }
  return new PickedFiles(picked);
}

function unreadable(error: unknown): EvidenceReport {
  const message = error instanceof Error ? error.message : "the file cannot be read";
  const rest = { findings: [message], notes: [], total: 0, checked: 0, proven: [], checkpoints: [] };
  return { verdict: "unverifiable", message, ...rest };
}

async function verify(
  picked: readonly File[],
  how: Known,
  signal: { aborted: boolean },
  events: EventList,
): Promise<EvidenceReport> {
  try {
    const files = await openFiles(picked);
    return await verifyEvidence(files, {
      crypto: nobleCrypto,
      ...how,
      signal,
      onEvent: events.take,
      onProgress: ({ checked, total }) => {
        progress.max = Math.max(total, 1);
        progress.value = checked;
        busyText.textContent = `Checking: ${checked.toLocaleString("en")} of ${plural(total, "event")}`;
      },
    });
  } catch (error) {
    return unreadable(error);
  }
}

function show(...nodes: Node[]): void {
  result.replaceChildren(...nodes);
  result.hidden = false;
  result.focus();
}

async function check(picked: readonly File[]): Promise<void> {
  if (picked.length === 0) return;
  if (running !== undefined) running.aborted = true;
  const signal = { aborted: false };
  running = signal;
  last = picked;
  let how: Known;
  try {
    how = readKnown();
  } catch (error) {
    known.open = true;
    const message = error instanceof Error ? error.message : "it cannot be read";
    status.textContent = message;
    show(el("p", "panel bad", `What you know already cannot be read: ${message}.`));
    return;
  }
  busy.hidden = false;
  result.hidden = true;
  progress.removeAttribute("value");
  busyText.textContent = "Reading…";
  const events = new EventList();
  const report = await verify(picked, how, signal, events);
  // Another one was dropped meanwhile: its answer is the one that counts.
  if (running !== signal) return;
  busy.hidden = true;
  status.textContent = `${toHeadline(report).word}. ${report.message}`;
  show(...renderReport(report, events.rows));
}

for (const id of ["zip", "folder"]) {
  const input = find(id, HTMLInputElement);
  input.addEventListener("change", () => {
    const files = [...(input.files ?? [])];
    input.value = ""; // the same file may be chosen again
    void check(files);
  });
}
for (const field of [vkeyField, policyField]) field.addEventListener("change", () => void check(last));
find("stop", HTMLElement).addEventListener("click", () => {
  if (running !== undefined) running.aborted = true;
});

// Anywhere on the page: a drop that missed would have the browser leave it and show the file.
addEventListener("dragover", (event) => {
  event.preventDefault();
  drop.classList.add("over");
});
addEventListener("dragleave", (event) => {
  if (event.relatedTarget === null) drop.classList.remove("over");
});
addEventListener("drop", (event) => {
  event.preventDefault();
  drop.classList.remove("over");
  void check([...(event.dataTransfer?.files ?? [])]);
});
