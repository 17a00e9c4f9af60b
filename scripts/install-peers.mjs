// SPDX-License-Identifier: Apache-2.0
// `npm run peers:install`: gets what the peer tests talk to, as far as package registries have it. What is there stays.
import { InstallError, PEERS } from "./peers.mjs";

const wanted = process.argv.slice(2);
const unknown = wanted.find((name) => PEERS[name] === undefined);
if (unknown !== undefined) {
  console.error(`Usage: npm run peers:install [-- ${Object.keys(PEERS).join(" | ")}]`);
  process.exit(64);
}
let failed = 0;
for (const [name, peer] of Object.entries(PEERS)) {
  if (wanted.length > 0 && !wanted.includes(name)) continue;
  console.log(`── ${name}: ${peer.as}`);
  const before = peer.find();
  if (before.version !== undefined) {
    console.log(`  is there: ${before.version}`);
    continue;
  }
  console.log(`  ${before.missing}`);
  try {
    peer.install();
    const { version, missing } = peer.find();
    if (version === undefined) throw new InstallError(`after the installation ${missing}`);
    console.log(`  installed: ${version}`);
  } catch (error) {
    if (!(error instanceof InstallError)) throw error;
    console.error(`  NOT installed: ${error.message}`);
    if (peer.isOptional !== true || wanted.includes(name)) failed++;
  }
}
process.exit(failed === 0 ? 0 : 1);
