package hdf5

import (
	"bytes"
	"errors"
	"io"
	"slices"
	"strings"
	"testing"

	"github.com/sepconv/go/internal/budget/budgettest"
	"github.com/stretchr/testify/require"
)

// open opens a file whose values may take limit bytes.
func open(t testing.TB, b []byte, limit int64) *Group {
	t.Helper()
	require.NotEmpty(t, b)
	g, err := Open(bytes.NewReader(b), int64(len(b)), limit)
	require.NoError(t, err)
	return g
}

func dataset(t testing.TB, g *Group, path string) *Dataset {
	t.Helper()
	d, err := g.Dataset(path)
	require.NoError(t, err)
	return d
}

func TestShapeBomb(t *testing.T) {
	root := open(t, loadFiles(t, "hostile")["shape_bomb"], 0)
	for _, name := range root.Names() {
		if name == "contiguous" && uint64(int(^uint(0)>>1)) < 1<<40 { // 2^40 is no int
			_, err := root.Dataset(name)
			requireError(t, err, ErrTooLarge, name)
			continue
		}
		d, err := root.Dataset(name)
		if errors.Is(err, ErrTooLarge) { // where int has 32 bits
			require.Equal(t, "chunked", name)
			continue
		}
		require.NoError(t, err)
		var errs [3]error
		n := budgettest.Allocated(func() {
			_, errs[0] = d.Float32s()
			_, errs[1] = d.Float64s()
			_, errs[2] = d.Raw()
		})
		require.Less(t, n, int64(100<<10), name)
		for _, err := range errs {
			requireError(t, err, ErrTooLarge, name)
		}
	}
}

func TestZipBomb(t *testing.T) {
	b := loadFiles(t, "hostile")["zip_bomb"]
	root := open(t, b, 0)
	zeros, err := dataset(t, root, "zeros").Raw() // as much as deflate can do, and no more
	require.NoError(t, err)
	require.Len(t, zeros, 64<<20)
	_, err = dataset(t, root, "twice").Float32s()
	requireError(t, err, ErrTooLarge, "twice")

	root = open(t, b, 4<<20)
	for _, name := range []string{"zeros", "edge", "twice"} {
		d := dataset(t, root, name)
		var err error
		n := budgettest.Allocated(func() { _, err = d.Float32s() })
		require.Less(t, n, int64(5<<20), name)
		requireError(t, err, ErrTooLarge, name)
	}
}

func TestManyPaths(t *testing.T) {
	root := open(t, loadFiles(t, "hostile")["diamonds"], 0)
	_, err := root.Group(strings.Repeat("a/b/", 20))
	require.NoError(t, err)
	w := checkWalk(t, loadFiles(t, "hostile")["diamonds"], func() string { return "diamonds" })
	require.Positive(t, w.errors) // of those that the limit does not allow
}

func TestDeepGroups(t *testing.T) {
	root := open(t, loadFiles(t, "hostile")["deep"], 0)
	_, err := root.Group(strings.Repeat("g/", maxDepth))
	require.NoError(t, err)
	_, err = root.Group(strings.Repeat("g/", maxDepth+1))
	requireError(t, err, ErrTooLarge, "deep")
}

func TestSharedString(t *testing.T) {
	d := dataset(t, open(t, loadFiles(t, "hostile")["long_string"], 0), "many")
	var texts []string
	n := budgettest.Allocated(func() {
		var err error
		texts, err = d.Strings()
		require.NoError(t, err)
	})
	require.Less(t, n, int64(1<<20)) // and not the GB that they add up to
	require.Len(t, texts, 10_000)
	require.Equal(t, strings.Repeat("x", 100_000), texts[9_999])
}

func TestCycles(t *testing.T) {
	files := loadFixtures(t)
	for _, name := range []string{"links_earliest", "links_latest"} {
		root := open(t, files[name], 0)
		for _, path := range []string{"group/up", "group/self", "group/up/group/up"} {
			_, err := root.Group(path)
			requireError(t, err, ErrFormat, path)
			require.ErrorContains(t, err, "own ancestor")
		}
	}
}

// TestTruncated: a file of which anything is missing cannot be opened.
func TestTruncated(t *testing.T) {
	for name, b := range loadFixtures(t) {
		for _, n := range []int{0, 1, 8, 20, 40, 48, 95, 100, len(b) / 3, len(b) / 2, len(b) - 1} {
			_, err := Open(bytes.NewReader(b[:n]), int64(n), 0)
			require.ErrorIs(t, err, ErrFormat, "%s of %d bytes", name, n)
		}
	}
}

// TestLimit: whatever the limit, more than that is never allocated.
func TestLimit(t *testing.T) {
	files := loadFixtures(t)
	for _, name := range []string{"legacy_earliest", "filters_latest", "attributes_latest", "large_tree_earliest", "strings_latest"} {
		for limit := int64(1); limit < 8<<20; limit *= 3 {
			w := &walker{check: func(err error) {
				if !errors.Is(err, ErrTooLarge) && !errors.Is(err, ErrType) && !errors.Is(err, ErrUnsupported) {
					t.Errorf("%s, limit %d: %v", name, limit, err)
				}
			}}
			n := budgettest.Allocated(func() { w.walk(files[name], limit) })
			require.LessOrEqual(t, n, growth*limit+int64(perCall*w.calls), "%s, limit %d", name, limit)
		}
	}
	root := open(t, files["legacy_earliest"], 0)
	v, err := root.Attribute("model_config")
	require.NoError(t, err)
	_, err = v.Text()
	require.NoError(t, err)
}

func TestOpenArguments(t *testing.T) {
	b := loadFixtures(t)["layers1_latest"]
	for _, open := range []func() (*Group, error){
		func() (*Group, error) { return Open(nil, 10, 0) },
		func() (*Group, error) { return Open(bytes.NewReader(b), -1, 0) },
		func() (*Group, error) { return Open(bytes.NewReader(b), int64(len(b)), -1) },
	} {
		_, err := open()
		require.ErrorIs(t, err, ErrArgument)
	}
	// A size that is not the reader's.
	_, err := Open(bytes.NewReader(b[:100]), int64(len(b)), 0)
	require.ErrorIs(t, err, io.ErrUnexpectedEOF)
}

// failingReader fails from the given read on.
type failingReader struct {
	io.ReaderAt
	reads int
}

var errReader = errors.New("the disk is gone")

func (r *failingReader) ReadAt(b []byte, at int64) (int, error) {
	if r.reads--; r.reads < 0 {
		return 0, errReader
	}
	return r.ReaderAt.ReadAt(b, at)
}

// TestReadErrors: the reader's errors come through, whichever read they strike.
func TestReadErrors(t *testing.T) {
	b := loadFixtures(t)["filters_latest"]
	for reads := 0; ; reads++ {
		found := false
		check := func(err error) { found = found || errors.Is(err, errReader) }
		r := &failingReader{bytes.NewReader(b), reads}
		root, err := Open(r, int64(len(b)), 0)
		w := &walker{check: check}
		if w.result(err) {
			w.group(root)
		}
		if r.reads >= 0 {
			require.Greater(t, reads, 50)
			break
		}
		require.True(t, found, "read %d", reads)
	}
}

// rawFile returns a file whose root has the given header, which is at address 96.
func rawFile(header []byte) []byte {
	l := newFileLayout()
	l.end = superblockSize
	l.metadata.start = superblockSize
	l.metadata.add(header)
	return append(l.superblock(&GroupWriter{nodeWriter: nodeWriter{header: superblockSize}}), l.metadata.b...)
}

func TestHeaders(t *testing.T) {
	const first = superblockSize + 16
	continuation := func(at, size uint64) []byte {
		e := encoder{}
		e.uint64(at)
		e.uint64(size)
		return e.b
	}
	group := encodedMessage{messageGroupInfo, 0, make([]byte, 8)}
	changed := func(b []byte, at int, value byte) []byte { b[at] = value; return b }
	tests := map[string]struct {
		header []byte
		cause  error
		text   string
	}{
		"continued by itself":     {encodedHeader([]encodedMessage{group, {messageContinuation, 0, continuation(first, 48)}}), ErrFormat, "contains itself"},
		"continued outside":       {encodedHeader([]encodedMessage{group, {messageContinuation, 0, continuation(1<<40, 48)}}), ErrFormat, "outside the file"},
		"continuation too long":   {encodedHeader([]encodedMessage{group, {messageContinuation, 0, continuation(100, 1<<62)}}), ErrFormat, "takes 4611686018427387904 bytes"},
		"continuation of no size": {encodedHeader([]encodedMessage{group, {messageContinuation, 0, continuation(100, 1<<63)}}), ErrFormat, "size of 9223372036854775808"},
		"address too large":       {encodedHeader([]encodedMessage{group, {messageContinuation, 0, continuation(1<<63, 8)}}), ErrFormat, "beyond any file"},
		"undefined address":       {encodedHeader([]encodedMessage{group, {messageContinuation, 0, continuation(undefinedAddress, 8)}}), ErrFormat, "undefined"},
		"message missing":         {changed(encodedHeader([]encodedMessage{group}), 2, 3), ErrFormat, "2 of its messages are missing"},
		"message too long":        {changed(encodedHeader([]encodedMessage{group}), 18, 9), ErrFormat, "where 9 are expected"},
		"newer header":            {changed(encodedHeader([]encodedMessage{group}), 0, 9), ErrUnsupported, "version is 9"},
		"must be understood":      {encodedHeader([]encodedMessage{group, {0x70, messageFailUnknown, nil}}), ErrUnsupported, "must be understood"},
		"no group":                {encodedHeader([]encodedMessage{{messageDatatype, 0, padded(float32Type)}}), ErrFormat, "the root is a named type"},
		"nothing":                 {encodedHeader(nil), ErrFormat, "unreadable"},
	}
	for name, test := range tests {
		b := rawFile(test.header)
		_, err := Open(bytes.NewReader(b), int64(len(b)), 0)
		require.ErrorIs(t, err, test.cause, name)
		require.ErrorContains(t, err, test.text, name)
	}
	b := rawFile(encodedHeader([]encodedMessage{group, {0x70, 0, make([]byte, 8)}})) // need not be understood
	require.Empty(t, open(t, b, 0).Names())
}

// writtenFile returns a file with as many groups as names.
func writtenFile(t *testing.T, names ...string) []byte {
	w := NewWriter()
	for _, name := range names {
		w.Root().Group(name)
	}
	var b bytes.Buffer
	_, err := w.WriteTo(&b)
	require.NoError(t, err)
	return b.Bytes()
}

func TestGroupsDamaged(t *testing.T) {
	many := make([]string, 400)
	for i := range many {
		many[i] = "group" + string(rune('a'+i/20)) + string(rune('a'+i%20))
	}
	tree := func(b []byte) int { // offset of the tree of the root, which has two levels
		at := bytes.Index(b, []byte("TREE\x00\x01"))
		require.Positive(t, at)
		return at
	}
	tests := map[string]struct {
		damage func(b []byte) []byte
		text   string
	}{
		"a node is its own child": {func(b []byte) []byte {
			copy(b[tree(b)+32:], []byte{byte(tree(b)), byte(tree(b) >> 8), byte(tree(b) >> 16), 0, 0, 0, 0, 0})
			return b
		}, "own descendant"},
		"a node is a child twice": {func(b []byte) []byte { copy(b[tree(b)+48:], slices.Clone(b[tree(b)+32:tree(b)+40])); return b }, "two nodes"},
		"a level that is not":     {func(b []byte) []byte { b[tree(b)+5] = 5; return b }, "level is 0, not 4"},
		"a tree of chunks":        {func(b []byte) []byte { b[tree(b)+4] = 1; return b }, "kind is 1, not 0"},
		"no node":                 {func(b []byte) []byte { return bytes.Replace(b, []byte("SNOD"), []byte("SNOX"), 1) }, `signature is "SNOX"`},
		"no heap":                 {func(b []byte) []byte { return bytes.ReplaceAll(b, []byte("HEAP"), []byte("HEAX")) }, `signature is "HEAX"`},
		"the same name twice":     {func(b []byte) []byte { return bytes.Replace(b, []byte("groupab"), []byte("groupaa"), 1) }, "two links of the name"},
		"a name with a slash":     {func(b []byte) []byte { return bytes.Replace(b, []byte("groupab"), []byte("gro/pab"), 1) }, "as the name of a link"},
		"an empty name":           {func(b []byte) []byte { return bytes.Replace(b, []byte("groupab"), []byte("\x00roupab"), 1) }, "as the name of a link"},
	}
	for name, test := range tests {
		b := test.damage(writtenFile(t, many...))
		_, err := Open(bytes.NewReader(b), int64(len(b)), 0)
		requireError(t, err, ErrFormat, name)
		require.ErrorContains(t, err, test.text, name)
	}
}

// TestChecksums flips a bit in each kind of structure that has a checksum, at a
// place where nothing else would show it.
func TestChecksums(t *testing.T) {
	files := loadFixtures(t)
	for _, test := range []struct {
		file, signature string
		offset          int
	}{
		{"links_latest", formatSignature, 14},
		{"layers140_latest", "OHDR", 10},
		{"continued_latest", "OCHK", 10},
		{"layers140_latest", "BTHD", 15},
		{"layers140_latest", "BTLF", 6},
		{"layers140_latest", "FRHP", 15},
		{"layers140_latest", "FHDB", 60},
		{"dense_links_latest", "BTIN", 6},
		{"dense_links_latest", "FHIB", 13},
		{"indexes_latest", "FAHD", 8},
		{"indexes_latest", "FADB", 14},
		{"indexes_latest", "EAHD", 12},
		{"indexes_latest", "EAIB", 14},
		{"indexes_latest", "EADB", 14},
		{"large_indexes_latest", "EASB", 14},
	} {
		b := slices.Clone(files[test.file])
		at := bytes.LastIndex(b, []byte(test.signature)) // the last one is not that of a deleted object
		require.GreaterOrEqual(t, at, 0, test.signature)
		b[at+test.offset] ^= 1 << 6
		found := false
		w := &walker{check: func(err error) {
			found = found || errors.Is(err, ErrFormat) && strings.Contains(err.Error(), "checksum")
		}}
		w.walk(b, 0)
		require.True(t, found, "%s in %s", test.signature, test.file)
	}
}

// TestDataChecksums damages the data of each filter that has a checksum.
func TestDataChecksums(t *testing.T) {
	b := loadFixtures(t)["filters_latest"]
	for _, name := range []string{"fletcher32", "gzip", "all", "fletcher32_gzip_shuffle", "fletcher32_odd"} {
		var at int64
		d := dataset(t, open(t, b, 0), name)
		_, err := d.Raw()
		require.NoError(t, err)
		read, err := d.array.storage.open(&d.array)
		require.NoError(t, err)
		require.NoError(t, read(func(_ int, _ []byte, chunk int64) error { at = chunk; return nil }))
		damaged := slices.Clone(b)
		damaged[at+2] ^= 1
		_, err = dataset(t, open(t, damaged, 0), name).Raw()
		requireError(t, err, ErrFormat, name)
		require.ErrorContains(t, err, "chunk of", name)
	}
}

// TestChunkTwice gives the second chunk of a tree the place of the first.
func TestChunkTwice(t *testing.T) {
	b := loadFixtures(t)["layouts_earliest"]
	chunks1 := dataset(t, open(t, b, 0), "chunks1")
	_, err := chunks1.Raw()
	require.NoError(t, err)

	// A node is 24 bytes, then keys of 24 bytes and addresses of 8 by turns, the
	// place being 8 bytes into a key of one dimension.
	const first, second = 24 + 8, 24 + 32 + 8
	var found int
	for at := 0; ; at++ {
		next := bytes.Index(b[at:], []byte("TREE\x01\x00\x03\x00"))
		if next < 0 {
			break
		}
		at += next
		damaged := slices.Clone(b)
		copy(damaged[at+second:], damaged[at+first:at+first+8])
		d, err := open(t, damaged, 0).Dataset("chunks1")
		if err == nil {
			_, err = d.Raw()
		}
		if err != nil {
			requireError(t, err, ErrFormat, "chunks1")
			require.ErrorContains(t, err, "chunk 0 is there twice")
			found++
		}
	}
	require.Equal(t, 1, found, "trees of chunks1")
}

// TestSharedBlocks makes every data block and every super block of an extensible
// array the same one, though their sizes differ.
func TestSharedBlocks(t *testing.T) {
	ignoreChecksums = true
	defer func() { ignoreChecksums = false }()
	b := loadFixtures(t)["large_indexes_latest"]
	const entries, dataBlocks, superBlocks, address = 4, 6, 25, 8
	for at := 0; ; at++ {
		i := bytes.Index(b[at:], []byte("EAIB"))
		if i < 0 {
			require.Positive(t, at)
			break
		}
		at += i
		for _, entrySize := range []int{address, address + 1 + 4, address + 2 + 4} {
			for _, first := range []int{0, 5, 6, 7, 12} {
				damaged := slices.Clone(b)
				table := damaged[at+6+address+entries*entrySize:]
				for other := range dataBlocks + superBlocks {
					if other < dataBlocks == (first < dataBlocks) {
						copy(table[other*address:(other+1)*address], b[at+6+address+entries*entrySize+first*address:])
					}
				}
				checkWalk(t, damaged, func() string { return "shared blocks" })
			}
		}
	}
}
