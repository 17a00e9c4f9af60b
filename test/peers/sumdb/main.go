// SPDX-License-Identifier: Apache-2.0

// Others' verifier and others' log: golang.org/x/mod's sumdb/note and sumdb/tlog, of which Go's own checksum database is made.
//
//	sumdb verify <url> <vkey> <token> <checkpoint file>...   a C2SP tlog-tiles log over HTTP, and that it extends older checkpoints
//	sumdb receipt <vkey> <proof file> <entry file>           a C2SP tlog-proof
//	sumdb write <dir> <size>...                              a log: tiles, bundles, a checkpoint and proofs for each size
package main

import (
	"bytes"
	"crypto/rand"
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

const height = 8

func must[T any](value T, err error) T {
	check(err)
	return value
}

func check(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// openCheckpoint verifies a signed checkpoint. The text of a tlog-checkpoint is not that of Go's own trees, so it is read here.
func openCheckpoint(msg []byte, vkey string) tlog.Tree {
	verifier := must(note.NewVerifier(vkey))
	opened := must(note.Open(msg, note.VerifierList(verifier)))
	lines := strings.Split(opened.Text, "\n")
	if len(lines) != 4 || lines[0] != verifier.Name() || lines[3] != "" {
		check(fmt.Errorf("not a checkpoint of %s: %q", verifier.Name(), opened.Text))
	}
	root := must(base64.StdEncoding.DecodeString(lines[2]))
	if len(root) != tlog.HashSize {
		check(fmt.Errorf("a root of %d bytes", len(root)))
	}
	return tlog.Tree{N: must(strconv.ParseInt(lines[1], 10, 64)), Hash: tlog.Hash(root)}
}

// remote reads a log over HTTP; Go verifies every tile before it believes it.
type remote struct {
	url, token string
	size       int64
	tiles      map[string][]byte
}

func (r *remote) get(path string) ([]byte, error) {
	if data, ok := r.tiles[path]; ok {
		return data, nil
	}
	request, err := http.NewRequest("GET", r.url+path, nil)
	if err != nil {
		return nil, err
	}
	request.Header.Set("authorization", "Bearer "+r.token)
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return nil, err
	}
	defer response.Body.Close()
	data, err := io.ReadAll(response.Body)
	if err == nil && response.StatusCode != 200 {
		err = fmt.Errorf("%s: %s", path, response.Status)
	}
	r.tiles[path] = data
	return data, err
}

func (r *remote) Height() int { return height }

// ReadTiles: Go writes tile/<height>/<level>/…, C2SP leaves the height out.
func (r *remote) ReadTiles(tiles []tlog.Tile) ([][]byte, error) {
	var all [][]byte
	for _, tile := range tiles {
		data, err := r.get("/" + strings.Replace(tile.Path(), "tile/8/", "tile/", 1))
		if err != nil {
			return nil, err
		}
		all = append(all, data)
	}
	return all, nil
}

func (r *remote) SaveTiles([]tlog.Tile, [][]byte) {}

// bundlePath is the path of entry bundle n, of that width.
func bundlePath(n int64, width int) string {
	path := tlog.Tile{H: height, L: 0, N: n, W: width}.Path()
	return strings.Replace(path, "tile/8/0/", "tile/entries/", 1)
}

func splitBundle(data []byte) [][]byte {
	var entries [][]byte
	for len(data) > 0 {
		length := int(binary.BigEndian.Uint16(data))
		entries = append(entries, data[2:2+length])
		data = data[2+length:]
	}
	return entries
}

func verify(url, vkey, token string, older []string) {
	log := &remote{url: url, token: token, tiles: map[string][]byte{}}
	tree := openCheckpoint(must(log.get("/checkpoint")), vkey)
	hashes := tlog.TileHashReader(tree, log)
	checked := int64(0)
	for n := int64(0); n*256 < tree.N; n++ {
		width := int(min(256, tree.N-n*256))
		entries := splitBundle(must(log.get("/" + bundlePath(n, width))))
		if len(entries) != width {
			check(fmt.Errorf("bundle %d has %d entries, not %d", n, len(entries), width))
		}
		var indexes []int64
		for i := range entries {
			indexes = append(indexes, tlog.StoredHashIndex(0, n*256+int64(i)))
		}
		for i, leaf := range must(hashes.ReadHashes(indexes)) {
			if tlog.RecordHash(entries[i]) != leaf {
				check(fmt.Errorf("entry %d is not the one in the tree", n*256+int64(i)))
			}
			checked++
		}
	}
	for index := int64(0); index < tree.N; index += 1 + tree.N/50 {
		proof := must(tlog.ProveRecord(tree.N, index, hashes))
		entry := splitBundle(must(log.get("/" + bundlePath(index/256, int(min(256, tree.N-index/256*256))))))[index%256]
		check(tlog.CheckRecord(proof, tree.N, tree.Hash, index, tlog.RecordHash(entry)))
	}
	for _, file := range older {
		before := openCheckpoint(must(os.ReadFile(file)), vkey)
		proof := must(tlog.ProveTree(tree.N, before.N, hashes))
		check(tlog.CheckTree(proof, tree.N, tree.Hash, before.N, before.Hash))
	}
	fmt.Printf("ok %d entries, %d older checkpoints\n", checked, len(older))
}

func receipt(vkey, proofFile, entryFile string) {
	text := must(os.ReadFile(proofFile))
	header, checkpoint, _ := bytes.Cut(text, []byte("\n\n"))
	lines := strings.Split(string(header), "\n")
	if lines[0] != "c2sp.org/tlog-proof@v1" || !strings.HasPrefix(lines[1], "index ") {
		check(fmt.Errorf("not a tlog-proof: %q", lines))
	}
	index := must(strconv.ParseInt(lines[1][6:], 10, 64))
	var proof tlog.RecordProof
	for _, line := range lines[2:] {
		proof = append(proof, tlog.Hash(must(base64.StdEncoding.DecodeString(line))))
	}
	tree := openCheckpoint(checkpoint, vkey)
	check(tlog.CheckRecord(proof, tree.N, tree.Hash, index, tlog.RecordHash(must(os.ReadFile(entryFile)))))
	fmt.Printf("ok %d of %d\n", index, tree.N)
}

// stored keeps the hashes of a tree as Go numbers them.
type stored []tlog.Hash

func (s stored) ReadHashes(indexes []int64) ([]tlog.Hash, error) {
	var all []tlog.Hash
	for _, index := range indexes {
		all = append(all, s[index])
	}
	return all, nil
}

func record(n int64) []byte { return fmt.Appendf(nil, `{"n":%d,"by":"Go"}`, n) }

func save(dir, path string, data []byte) {
	file := filepath.Join(dir, path)
	check(os.MkdirAll(filepath.Dir(file), 0o755))
	check(os.WriteFile(file, data, 0o644))
}

func proofLines(hashes []tlog.Hash) string {
	var text strings.Builder
	for _, hash := range hashes {
		fmt.Fprintln(&text, base64.StdEncoding.EncodeToString(hash[:]))
	}
	return text.String()
}

// writeTiles writes what a reader of the tree of this size needs, one folder for each size.
func writeTiles(dir string, size int64, hashes stored) {
	for _, tile := range tlog.NewTiles(height, 0, size) {
		save(dir, strings.Replace(tile.Path(), "tile/8/", "tile/", 1), must(tlog.ReadTileData(tile, hashes)))
	}
	for n := int64(0); n*256 < size; n++ {
		width := min(256, size-n*256)
		var bundle []byte
		for i := range width {
			entry := record(n*256 + i)
			bundle = append(binary.BigEndian.AppendUint16(bundle, uint16(len(entry))), entry...)
		}
		save(dir, bundlePath(n, int(width)), bundle)
	}
}

func write(dir string, sizes []string) {
	const name = "go.example/sumdb"
	skey, vkey := generate(name)
	signer := must(note.NewSigner(skey))
	var hashes stored
	var before int64
	for _, text := range sizes {
		size := must(strconv.ParseInt(text, 10, 64))
		for n := before; n < size; n++ {
			hashes = append(hashes, must(tlog.StoredHashes(n, record(n), hashes))...)
		}
		root := must(tlog.TreeHash(size, hashes))
		body := fmt.Sprintf("%s\n%d\n%s\n", name, size, base64.StdEncoding.EncodeToString(root[:]))
		checkpoint := must(note.Sign(&note.Note{Text: body}, signer))
		place := filepath.Join(dir, text)
		save(place, "checkpoint", checkpoint)
		writeTiles(place, size, hashes)
		for index := int64(0); index < size; index += 1 + size/20 {
			proof := must(tlog.ProveRecord(size, index, hashes))
			head := fmt.Sprintf("c2sp.org/tlog-proof@v1\nindex %d\n%s\n", index, proofLines(proof))
			save(place, fmt.Sprintf("proof/%d", index), append([]byte(head), checkpoint...))
		}
		if before > 0 {
			save(place, "consistency", []byte(proofLines(must(tlog.ProveTree(size, before, hashes)))))
		}
		before = size
	}
	fmt.Println(vkey)
}

func generate(name string) (string, string) {
	skey, vkey, err := note.GenerateKey(rand.Reader, name)
	check(err)
	return skey, vkey
}

func main() {
	args := os.Args[1:]
	switch {
	case len(args) == 1 && args[0] == "version":
		fmt.Println("golang.org/x/mod v0.24.0")
	case len(args) >= 4 && args[0] == "verify":
		verify(args[1], args[2], args[3], args[4:])
	case len(args) == 4 && args[0] == "receipt":
		receipt(args[1], args[2], args[3])
	case len(args) >= 3 && args[0] == "write":
		write(args[1], args[2:])
	default:
		fmt.Fprintln(os.Stderr, "sumdb verify | receipt | write | version")
		os.Exit(64)
	}
}
