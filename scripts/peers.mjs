// SPDX-License-Identifier: Apache-2.0
// Where the peers of the peer tests are, what they are called, and how each is installed.
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { root } from "./lib.mjs";

const cache = process.env.TELLTALE_PEERS_CACHE ?? path.join(root, ".cache/peers");
const own = path.join(root, "test/peers");

/** The first place of a program: a named one, then PATH, then the usual folders. */
function findProgram(name, places = []) {
  const folders = (process.env.PATH ?? "").split(path.delimiter);
  const all = [...folders, "/usr/sbin", "/usr/local/sbin", ...places].filter((folder) => folder !== "");
  return all.map((folder) => path.join(folder, name)).find((file) => existsSync(file));
}

/** First line that a program prints, or undefined when it cannot be run. */
function firstLine(program, args) {
  const { status, stdout } = spawnSync(program, args, { encoding: "utf8", timeout: 30_000 });
  return status === 0 ? (stdout.split("\n")[0] ?? "").trim() : undefined;
}

class InstallError extends Error {}

function run(what, program, args, options = {}) {
  console.log(`  ${[program, ...args].join(" ")}`);
  const { status, error } = spawnSync(program, args, { stdio: ["ignore", "inherit", "inherit"], ...options });
  if (error !== undefined)
    throw new InstallError(`${what}: ${program} cannot be run (${error.code ?? error.message})`);
  if (status !== 0) throw new InstallError(`${what}: ${program} ended with ${status}`);
}

function need(program, why) {
  if (findProgram(program) === undefined)
    throw new InstallError(`${program} is needed to ${why}, and is not on this machine`);
}

/** Runs `fill` on a new folder, which takes its place only when it is whole. */
function build(folder, fill) {
  const draft = `${folder}.new`;
  rmSync(draft, { recursive: true, force: true });
  mkdirSync(draft, { recursive: true });
  fill(draft);
  rmSync(folder, { recursive: true, force: true });
  renameSync(draft, folder);
}

// ── rsyslog

function findRsyslog() {
  const program = findProgram("rsyslogd");
  const version =
    program === undefined ? undefined : firstLine(program, ["-v"])?.split(" (")[0].replace(/\s+/, " ");
  if (version === undefined) return { missing: "rsyslogd is not on this machine" };
  const gtls = ["/usr/lib/x86_64-linux-gnu", "/usr/lib/aarch64-linux-gnu", "/usr/lib64", "/usr/lib"].some(
    (folder) => existsSync(path.join(folder, "rsyslog/lmnsd_gtls.so")),
  );
  return gtls
    ? { version, program }
    : { missing: "rsyslog's TLS module (package rsyslog-gnutls) is not on this machine" };
}

function installRsyslog() {
  need("apt-get", "install rsyslog and rsyslog-gnutls (elsewhere: install both by your own package manager)");
  if (process.getuid?.() !== 0)
    throw new InstallError("apt-get needs root: apt-get install rsyslog rsyslog-gnutls");
  const env = { ...process.env, DEBIAN_FRONTEND: "noninteractive" };
  run("rsyslog", "apt-get", ["update", "-qq"], { env });
  run(
    "rsyslog",
    "apt-get",
    ["install", "-y", "-qq", "--no-install-recommends", "rsyslog", "rsyslog-gnutls"],
    { env },
  );
}

// ── programs in Go: built from the modules that the go.sum of each names

/** How a program is found and built whose sources are in that folder of test/peers; `told` asks it for its version. */
function goProgram(folder, told) {
  const sources = path.join(own, folder);
  const built = path.join(cache, folder);
  const program = path.join(built, "program");
  const stamp = path.join(built, "sources");
  const sum = () => {
    const hash = createHash("sha256");
    for (const file of ["go.mod", "go.sum", "main.go"]) hash.update(readFileSync(path.join(sources, file)));
    return hash.digest("hex");
  };
  return {
    find() {
      if (!existsSync(program)) return { missing: "it is not built" };
      if (readFileSync(stamp, "utf8") !== sum()) return { missing: "it is built from other sources" };
      const version = firstLine(program, told);
      return version === undefined ? { missing: "it does not run" } : { version, program };
    },
    install() {
      need("go", "build it (Go 1.25 or newer)");
      console.log("  Building takes some minutes the first time.");
      build(built, (draft) => {
        const args = ["build", "-mod=readonly", "-trimpath", "-o", path.join(draft, "program"), "."];
        run(folder, "go", args, { cwd: sources });
        writeFileSync(path.join(draft, "sources"), sum());
      });
    },
  };
}

// ── OpenSearch: the jars that test/peers/opensearch/jars.sha256 names

const openSearch = path.join(cache, "opensearch");
const NETWORK = /^(?:netty-|transport-netty4-)/;

function javaMajor() {
  const { stderr } = spawnSync("java", ["-version"], { encoding: "utf8" });
  // Null where there is no Java, whatever its type says.
  return Number(/version "(\d+)/.exec(stderr ?? "")?.[1] ?? 0);
}

function wantedJars() {
  const lines = readFileSync(path.join(own, "opensearch/jars.sha256"), "utf8").trimEnd().split("\n");
  return new Map(lines.map((line) => [line.slice(66), line.slice(0, 64)]));
}

/** Why the jars in a folder are not the wanted ones; undefined when they are. */
function findWrongJar(folderOf) {
  for (const [jar, wanted] of wantedJars()) {
    const file = path.join(folderOf(jar), jar);
    if (!existsSync(file)) return `${jar} is missing`;
    if (createHash("sha256").update(readFileSync(file)).digest("hex") !== wanted)
      return `${jar} is not the one in jars.sha256`;
  }
  return undefined;
}

const placeOf = (home) => (jar) => path.join(home, NETWORK.test(jar) ? "modules/transport-netty4" : "lib");

function openSearchVersion() {
  return /<opensearch\.version>(.+?)</.exec(readFileSync(path.join(own, "opensearch/pom.xml"), "utf8"))[1];
}

function findOpenSearch() {
  if (!existsSync(openSearch)) return { missing: "its jars are not there" };
  const wrong = findWrongJar(placeOf(openSearch));
  if (wrong !== undefined) return { missing: wrong };
  if (javaMajor() < 11) return { missing: "Java 11 or newer is not on this machine" };
  return { version: `OpenSearch ${openSearchVersion()} on Java ${javaMajor()}`, program: openSearch };
}

function installOpenSearch() {
  need("mvn", "fetch OpenSearch (Maven 3)");
  need("java", "run OpenSearch (Java 11 or newer)");
  build(openSearch, (home) => {
    const jars = path.join(home, "all");
    const args = ["-q", "-B", "-C", "-f", path.join(own, "opensearch/pom.xml")];
    const goal = "org.apache.maven.plugins:maven-dependency-plugin:3.8.1:copy-dependencies";
    run("OpenSearch", "mvn", [...args, goal, `-DoutputDirectory=${jars}`]);
    const wrong = findWrongJar(() => jars);
    if (wrong !== undefined) throw new InstallError(`OpenSearch: ${wrong}`);
    const unknown = readdirSync(jars).find((jar) => !wantedJars().has(jar));
    if (unknown !== undefined) throw new InstallError(`OpenSearch: ${unknown} is not in jars.sha256`);
    for (const jar of wantedJars().keys()) {
      mkdirSync(placeOf(home)(jar), { recursive: true });
      renameSync(path.join(jars, jar), path.join(placeOf(home)(jar), jar));
    }
    rmSync(jars, { recursive: true });
    mkdirSync(path.join(home, "plugins"));
    const module = path.join(home, "modules/transport-netty4");
    writeFileSync(path.join(module, "plugin-descriptor.properties"), networkModule());
    // The server runs its modules with no more rights than they ask for.
    writeFileSync(
      path.join(module, "plugin-security.policy"),
      'grant { permission java.net.SocketPermission "*", "accept,connect,resolve"; };\n',
    );
  });
}

/** What the distribution puts beside the jars of this module. */
function networkModule() {
  return `name=transport-netty4
description=Netty 4 based transport implementation
version=${openSearchVersion()}
opensearch.version=${openSearchVersion()}
java.version=11
classname=org.opensearch.transport.Netty4Plugin
extended.plugins=
has.native.controller=false
`;
}

// ── Fluent Bit: an HTTP Event Collector of others

function findFluentBit() {
  const named = process.env.TELLTALE_PEER_FLUENT_BIT;
  const program = named ?? findProgram("fluent-bit", ["/opt/fluent-bit/bin"]);
  if (program === undefined) return { missing: "fluent-bit is not on this machine" };
  const version = firstLine(program, ["--version"]);
  return version === undefined ? { missing: `${program} cannot be run` } : { version, program };
}

function installFluentBit() {
  throw new InstallError(
    "Fluent Bit is in none of the package registries that this script uses. Install it as https://docs.fluentbit.io says; it is found on PATH, in /opt/fluent-bit/bin, or where TELLTALE_PEER_FLUENT_BIT says",
  );
}

/**
 * Every peer: what it is tested as, `find` → { version, program } or { missing }, `install` (throws InstallError).
 * `isOptional`: no registry has it, so its absence is no failure of the installation.
 */
export const PEERS = {
  rsyslog: { as: "syslog receiver (TLS) and sender", find: findRsyslog, install: installRsyslog },
  opensearch: { as: "target of `to: elastic`", find: findOpenSearch, install: installOpenSearch },
  sumdb: { as: "verifier and writer of tlog-tiles", ...goProgram("sumdb", ["version"]) },
  collector: { as: "OTLP sender", ...goProgram("otlp-collector", ["--version"]) },
  heccollector: {
    as: "HTTP Event Collector, target of `to: splunk`",
    ...goProgram("hec-collector", ["--version"]),
  },
  fluentbit: {
    as: "another HTTP Event Collector",
    find: findFluentBit,
    install: installFluentBit,
    isOptional: true,
  },
};

/** What is not tested with a peer at all, and why. */
export const LEFT_OUT = [
  "Splunk and Elasticsearch themselves: no package registry has them; their protocols are tested with the collector's splunk_hec receiver, Fluent Bit and OpenSearch",
  "Wazuh: no package registry has it; its rules are tested by evaluating them (test/integrations.test.ts)",
];

export { InstallError };
