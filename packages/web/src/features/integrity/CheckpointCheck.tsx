// SPDX-License-Identifier: Apache-2.0
import { useQuery } from "@tanstack/react-query";
import type { Status } from "../../shared/api/types.js";
import { CopyButton } from "../../shared/ui/controls.js";
import { Seal } from "../../shared/ui/Seal.js";
import { Text } from "../../shared/ui/Text.js";
import { verifyCheckpointText } from "./checkpoint.js";
import { isBroken } from "./pinned-key.js";
import type { Pinned } from "./usePin.js";

/** The signed text itself, verified here against the pinned key. */
export function CheckpointCheck({ status, pinned }: { status: Status; pinned: Pinned }) {
  const { text } = status.checkpoint;
  const { data } = useQuery({
    queryKey: ["checkpoint", text, pinned.pin.vkey],
    queryFn: () => verifyCheckpointText(text, pinned.pin.vkey),
    staleTime: Number.POSITIVE_INFINITY,
  });
  const state =
    data === undefined ? "unknown" : !data.ok || isBroken(pinned.verdict) ? "broken" : "unwitnessed";
  return (
    <div className="p-4">
      <p className="mb-2 flex min-h-6 items-center gap-2 text-s" role="status">
        <Seal state={state} size={18} />
        {data?.text ?? "Verifying in this browser…"}
      </p>
      <div className="flex items-start gap-1">
        <pre
          tabIndex={0}
          className="scroll-slim min-w-0 flex-1 overflow-x-auto rounded bg-canvas p-3 font-mono text-s"
        >
          {text
            .trimEnd()
            .split("\n")
            .map((line, at) => (
              <span key={at} className="block min-h-5">
                <Text>{line}</Text>
              </span>
            ))}
        </pre>
        <CopyButton text={text} label="Copy the checkpoint" />
      </div>
    </div>
  );
}
