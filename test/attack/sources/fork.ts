// SPDX-License-Identifier: Apache-2.0
import { someOf, type SourceAttack } from "./source-attack.js";

export const fork: SourceAttack = {
  name: "two processes with one boot",
  as: "fork",
  how: "a copy of the process, as of a virtual machine, goes on with the same key and the same numbers, and sends an event after the process itself went on; what it sends then is of the fork that was told",
  run(source, random) {
    const { lines } = someOf(source, random);
    const copy = source.clone();
    const own = source.take(10);
    const from = copy.seq + 1;
    return { lines: [...lines, ...own, copy.next()], told: { fork: [from] } };
  },
};
