// SPDX-License-Identifier: Apache-2.0
// One attack on the way from a source to a log: the server's own ingest, sealer and keeper of the sources' chains.
import type { SecurityEvent } from "@telltale/event";
import { verifyLog } from "@telltale/log";
import { ChainSender, Random } from "@telltale/testkit";
import { KEY_HASH, startIngest } from "../../../packages/server/test/ingest-fixture.js";
import type { SourceAttack, Told } from "./source-attack.js";

/** What came of an attack on a source. */
export interface Tried {
  /** The server told just the numbers that it had to tell, each as what it is, and nothing else. */
  asExpected: boolean;
  /** The server told anything of this source. */
  isTold: boolean;
  /** The log verifies, so none of the defences of what is sealed says anything. */
  isIntact: boolean;
}

const sorted = (each: Iterable<string>): string => [...new Set(each)].toSorted().join();

function expectedOf(told: Told): string {
  return sorted(Object.entries(told).flatMap(([kind, all]) => all.map((n) => `${kind} ${n}`)));
}

function toldBy(findings: readonly SecurityEvent[]): string {
  return sorted(
    findings.flatMap(({ data }) => {
      const [from, to] = [Number(data?.from), Number(data?.to)];
      return Array.from({ length: to - from + 1 }, (_, i) => `${String(data?.kind)} ${from + i}`);
    }),
  );
}

/** Sends what the attack leaves in bodies of 1 to 12 events. */
export async function trySource(attack: SourceAttack, seed: number): Promise<Tried> {
  const random = new Random(seed);
  const server = await startIngest();
  try {
    const { lines, told } = attack.run(new ChainSender({ key: KEY_HASH, boot: random.hex(32) }), random);
    for (let at = 0; at < lines.length; ) {
      const body = lines.slice(at, at + 1 + random.below(12));
      at += body.length;
      await server.send(...body);
    }
    const findings = (await server.findings()).filter(({ action }) => action === "log_gap_detected");
    const { verdict } = await verifyLog({ dataDir: server.test.dir.path, vkey: server.log.vkey });
    return {
      asExpected: toldBy(findings) === expectedOf(told),
      isTold: findings.length > 0,
      isIntact: verdict === "intact",
    };
  } finally {
    await server.close();
  }
}
