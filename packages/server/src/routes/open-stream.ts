// SPDX-License-Identifier: Apache-2.0
import type { Log } from "@telltale/log";
import type { AlertStore } from "../alert/alert.js";
import type { Closing } from "../closing.js";
import type { Metrics } from "../metrics.js";
import { createStreamHub, type StreamHub } from "./stream-hub.js";

/** The live stream of the pages: told of alerts, of what was committed, and of the newest checkpoint. */
export function openStream(
  { log, metrics, closing }: { log: Log; metrics: Metrics; closing: Closing },
  alerts: AlertStore,
): StreamHub {
  const stream = createStreamHub({ metrics });
  closing.add(() => stream.close());
  closing.add(alerts.subscribe((alert) => stream.alert(alert)));
  closing.add(
    log.onCommit((committed) => {
      stream.committed(committed);
      if (stream.clients === 0) return;
      const { size, root, time } = log.checkpoint();
      stream.checkpoint({ size, root: root.toString("base64"), time });
    }),
  );
  return stream;
}
