// SPDX-License-Identifier: Apache-2.0
import { checkLog } from "./check.js";
import { checkPredecessors } from "./successor/check.js";
import type { Verdict, VerifyLogOptions } from "./types.js";

/** The verdict with that on the logs before; what was changed in one of those counts, too. */
async function withPredecessors(
  dataDir: string,
  verdict: Verdict,
  firstLine: Buffer | undefined,
): Promise<Verdict> {
  const predecessors = await checkPredecessors(dataDir, firstLine);
  if (predecessors.length === 0) return verdict;
  const changed = predecessors.find((each) => each.verdict === "tampered");
  if (changed === undefined || verdict.verdict === "tampered") return { ...verdict, predecessors };
  const findings = [...verdict.findings, changed.message];
  const message = `this log itself is in order, and one that it succeeds was changed: ${changed.message}`;
  return { ...verdict, verdict: "tampered", message, findings, predecessors };
}

/**
 * As `checkLog`, and the logs that this one succeeds, as far as they are kept beside it. Never throws, whatever the directory
 * holds; may be called while a server is running, and then speaks of the newest head when it started.
 */
export async function verifyLog(options: VerifyLogOptions): Promise<Verdict> {
  const { verdict, firstLine } = await checkLog(options);
  try {
    return await withPredecessors(options.dataDir, verdict, firstLine);
  } catch (error) {
    const message = `the logs that this one succeeds could not be checked: ${error instanceof Error ? error.message : String(error)}`;
    return { ...verdict, verdict: "unverifiable", message, findings: [...verdict.findings, message] };
  }
}
