// SPDX-License-Identifier: Apache-2.0
import { type Manifest, proofName, toRanges } from "@telltale/merkle/evidence";

/** What the README of a bundle tells of it. */
export interface ReadmeFacts {
  manifest: Manifest;
  size: number;
  vkey: string;
  fingerprint: string;
  /** Size of the tree that witnesses cosigned, where that is known. */
  witnessed: number | undefined;
}

const GO = `package main

import (
	"encoding/base64"
	"fmt"
	"os"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

func must(err error) {
	if err != nil {
		fmt.Println("NOT PROVEN:", err)
		os.Exit(1)
	}
}

// usage: go run . <vkey> <entry file> <tlog-proof file>
func main() {
	entry, err := os.ReadFile(os.Args[2])
	must(err)
	proof, err := os.ReadFile(os.Args[3])
	must(err)
	head, checkpoint, _ := strings.Cut(string(proof), "\\n\\n")
	lines := strings.Split(head, "\\n") // the name of the format, the index, the hashes
	var index int64
	_, err = fmt.Sscanf(lines[1], "index %d", &index)
	must(err)
	var hashes tlog.RecordProof
	for _, line := range lines[2:] {
		hash, err := tlog.ParseHash(line)
		must(err)
		hashes = append(hashes, hash)
	}
	key, err := note.NewVerifier(os.Args[1])
	must(err)
	signed, err := note.Open([]byte(checkpoint), note.VerifierList(key))
	must(err)
	fields := strings.Split(signed.Text, "\\n") // origin, size, root
	var size int64
	_, err = fmt.Sscan(fields[1], &size)
	must(err)
	root, err := base64.StdEncoding.DecodeString(fields[2])
	must(err)
	must(tlog.CheckRecord(hashes, size, tlog.Hash(root), index, tlog.RecordHash(entry)))
	fmt.Println("proven: entry", index, "of", fields[0], "at size", size)
}
`;

function describeSelection({ selection, log }: Manifest): string {
  const { query, from, to, alert, index } = selection;
  if (alert !== undefined) return `the evidence of the alert ${alert}`;
  if (index !== undefined) return `the event ${log}:${index}`;
  const range = [
    ...(from === undefined ? [] : [`received from ${from}`]),
    ...(to === undefined ? [] : [`before ${to}`]),
  ];
  // A query may hold any character but a line end; as an indented line it is text and nothing else.
  const what = query === undefined || query === "" ? "all events" : "the events that match";
  return [what, ...range].join(", ");
}

function describeWitnessed({ witnessed, size }: ReadmeFacts): string {
  if (witnessed === undefined)
    return "No witness has cosigned it: only the server that kept the log vouches for it.";
  const part = witnessed < size ? `the first ${witnessed} events` : "all of it";
  return `Witnesses have cosigned ${part}; \`policy\` names them.`;
}

/** The README of a bundle: how anybody checks it, without trusting whoever made it. */
export function formatReadme(facts: ReadmeFacts): string {
  const { manifest, size, vkey, fingerprint } = facts;
  const { selection, origin, made, by, events, record } = manifest;
  const indices = events.reduce((sum, { first, next }) => sum + next - first, 0);
  const first = events[0]?.first ?? 0;
  const query =
    selection.query === undefined || selection.query === ""
      ? ""
      : `\n    ${selection.query.replace(/\s/gu, " ")}\n`;
  const told =
    toRanges(record === undefined ? [] : [record]).length === 0
      ? ""
      : `\nThe log itself recorded this export: event ${record} says which events were exported, and is one of these.\n`;
  return `# Evidence from a security log

${indices} sealed events of the log \`${origin}\`, each with the proof that it stands in the log exactly so. Made ${made} by ${by}.
Asked for was ${describeSelection(manifest)}.
${query}${told}
The proofs lead to a signed checkpoint of ${size} events. ${describeWitnessed(facts)}

## What to compare first

Everything is verified with one public key. It came with this bundle, so it proves nothing until you have compared it with the key that the keeper of the log
gave you by another way (on paper, by telephone, from a contract). Its fingerprint:

    ${fingerprint}

It is the beginning of the SHA-256 of this line, the key itself (\`log.vkey\`):

    ${vkey}

    printf %s "$(cat log.vkey)" | sha256sum

## Check it with Telltale

On any machine with Node.js, without a network. \`verify\` takes the zip or the folder it was unpacked to:

    telltale verify bundle.zip --vkey '${vkey}'

It says INTACT (exit code 0), TAMPERED (1), INCOMPLETE (2), with \`--require-witness --policy FILE\` UNWITNESSED (3), or UNVERIFIABLE (4), and names the first bad event.

## Check it in a browser

\`telltale evidence --verifier verifier.html\` writes one HTML file, and every Telltale server has it at \`/verifier.html\`. Open it from your own disk, drop the zip on it. It uses no network.
It is not in this bundle on purpose: whoever could forge the bundle could forge a verifier that lies beside it. Take it from somebody you trust.

## Check it with other people's tools

Nothing here is our own format. Events are RFC 6962 leaves; \`checkpoint\` is a signed note ([c2sp.org/tlog-checkpoint](https://c2sp.org/tlog-checkpoint));
each file in \`proofs/\` is a [c2sp.org/tlog-proof](https://c2sp.org/tlog-proof); \`policy\` is a [c2sp.org/tlog-policy](https://c2sp.org/tlog-policy). With the libraries of the Go project
(Go's own module checksum database is such a log), save this as \`main.go\` in a new folder:

\`\`\`go
${GO}\`\`\`

    go mod init check && go get golang.org/x/mod@latest
    sed -n 1p events.ndjson | tr -d '\\n' > entry        # line 1 of the events belongs to the first proof by name
    go run . "$(cat log.vkey)" entry ${proofName(first)}

## What lies here

| file | |
|---|---|
| \`events.ndjson\` | the events, one a line, the exact bytes that were sealed |
| \`proofs/<index>.tlog-proof\` | why each of them is in the log, in the same order |
| \`checkpoint\` | what the log signed: its origin, its size, its root, and cosignatures of witnesses |
| \`witnessed.checkpoint\`, \`witnessed.consistency\` | where witnesses have cosigned an older checkpoint only: that one, and the proof that the newer one extends it |
| \`log.vkey\`, \`policy\` | the log's public key; the witnesses as the keeper of the log has configured them |
| \`log.keys\` | where the log's key was changed: how each key named the next one |
| \`manifest.json\` | what was asked for and what ought to be here, removed events included. Nobody signed it |

## What it proves, and what not

It proves that these bytes stand at these places of that log, which was signed with that key. It does not prove that what an event says is true: that is the word of the program that
sent it. It does not prove that the log holds no other events that matter${record === undefined ? "" : "; it does prove, by the recorded export, that none of those that were exported was taken out"}.
A log that only its own server vouches for can be rewritten by whoever holds its key; a checkpoint that a witness cosigned cannot.
If somebody shows you another bundle of the same log, \`telltale verify a.zip --against b.zip\` says whether both are of one history.
`;
}
