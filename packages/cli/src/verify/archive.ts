// SPDX-License-Identifier: Apache-2.0
import { fingerprintOf, verifyArchive } from "@telltale/log";
import type { Context } from "../context.js";
import { CliFailure } from "../failure.js";
import { createProgress } from "../ui/progress.js";
import { formatCount } from "../ui/units.js";
import type { Outcome, VerifyOptions } from "./options.js";

/** An archive of retention, without its log. */
export async function verifyArchived(options: VerifyOptions, dir: string, { io }: Context): Promise<Outcome> {
  const progress = createProgress(io, "verifying");
  try {
    const verdict = await verifyArchive({
      dir,
      ...(options.vkey !== undefined && { vkey: options.vkey }),
      signal: io.signal,
      onProgress: ({ done, total, checked }) =>
        progress.update(
          done,
          total,
          `${formatCount(done)} of ${formatCount(total)} segments, ${formatCount(checked)} events`,
        ),
    });
    if (io.signal.aborted) throw new CliFailure("interrupted", "stopped");
    const { vkey } = verdict;
    const notes =
      options.vkey === undefined && vkey !== undefined
        ? [
            `the key came with the archive: compare its fingerprint, ${fingerprintOf(vkey)}, with one that you have from elsewhere`,
          ]
        : [];
    // Only the log's own signature is beside the copies.
    const { requireWitness, policy, witnessKey } = options;
    const isAsked = requireWitness === true || policy !== undefined || witnessKey !== undefined;
    const isUnwitnessed = verdict.verdict === "intact" && isAsked;
    const message = `${verdict.message}, but only the server vouches for the checkpoints in it`;
    return { verdict: isUnwitnessed ? { ...verdict, verdict: "unwitnessed", message } : verdict, notes };
  } finally {
    progress.clear();
  }
}
