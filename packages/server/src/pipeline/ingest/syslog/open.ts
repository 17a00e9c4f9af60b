// SPDX-License-Identifier: Apache-2.0
import type { Config } from "../../../config/config.js";
import type { SelfLog } from "../../../self-log.js";
import type { Pipeline } from "../../pipeline.js";
import { SYSLOG_VIA, SyslogListener } from "./listener.js";

export interface OpenSyslogOptions {
  readonly config: Pick<Config, "syslog">;
  readonly pipeline: Pick<Pipeline, "ingest">;
  readonly selfLog: SelfLog;
  readonly onError: (error: unknown) => void;
}

/** Listens for syslog where the settings say so. What had to be dropped becomes an event. */
export async function openSyslog(options: OpenSyslogOptions): Promise<SyslogListener | undefined> {
  const { config, pipeline, selfLog, onError } = options;
  if (config.syslog === undefined) return undefined;
  const listener = new SyslogListener({
    ...config.syslog,
    ingest: (body) => pipeline.ingest(body, { via: SYSLOG_VIA }),
    onLost: (why, count) =>
      selfLog.emit({
        action: "log_gap_detected",
        level: "warn",
        reason: why,
        message: `${count} syslog messages were not kept`,
        targets: [{ type: "source", id: SYSLOG_VIA }],
        data: { count },
      }),
    onError,
  });
  await listener.start();
  return listener;
}
