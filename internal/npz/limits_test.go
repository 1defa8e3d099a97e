package npz

import (
	"archive/zip"
	"bytes"
	"fmt"
	"strings"
	"testing"

	"github.com/sepconv/go/internal/budget"
	"github.com/sepconv/go/internal/budget/budgettest"
	"github.com/stretchr/testify/require"
)

// multiplying are .npy files of pickles in which a part counts many times: put into
// the memory of the machine once, and taken from it with two bytes.
func multiplying(size int) map[string][]byte {
	const put, get = "q\x01", "h\x01"
	pickled := func(pickle string) []byte {
		return npyFile("{'descr': '|O', 'fortran_order': False, 'shape': (), }", []byte(pickle))
	}
	keys := func(value string) string {
		dict := "}("
		for i := range size {
			dict += key(fmt.Sprint(i)) + value
		}
		return pickleOf(dict + "u")
	}
	dimensions := "(" + strings.Repeat("K\x00", 64) + "t" + put
	empty := arrayOf(get, "")
	long := "X" + string([]byte{0, byte(size), 0, 0}) + strings.Repeat("k", 256*size)
	return map[string][]byte{
		"one array of many names":  pickled(strings.Replace(keys(get), key("0")+get, key("0")+arrayOf("M"+string([]byte{0, byte(size / 4)})+"\x85", strings.Repeat("\x00", 4*256*(size/4)))+put, 1)),
		"one shape of many arrays": pickled(dimensions + strings.Repeat(empty, size) + "."),
		"constants":                pickled(strings.Repeat("}", 100*size) + "."),
		"empty lists":              pickled(strings.Repeat("]", 100*size) + "."),
		"texts":                    pickled(strings.Repeat(long, 4) + "."),
		"integers":                 pickled(strings.Repeat("J\xff\xff\xff\x7f", 20*size) + "."),
		"tuples":                   pickled(strings.Repeat("N\x85", 50*size) + "."),
		"nested tuples":            pickled(strings.Repeat("(", 20*size) + strings.Repeat("t", 20*size) + "."),
		"one text many times":      pickled(long + put + strings.Repeat(get, 50*size) + "."),
		"one list many times":      pickled("]" + put + strings.Repeat("]"+get+"a", 20*size) + "."),
		"a long shape":             npyFile("{'descr': '<f4', 'fortran_order': False, 'shape': ("+strings.Repeat("0,", min(10*size, 30000))+"), }", nil),
	}
}

// Archives in which parts multiply keep to any limit, or are refused.
func TestLimits(t *testing.T) {
	for name, member := range multiplying(200) {
		var many bytes.Buffer
		w := zip.NewWriter(&many)
		for i := range 10 {
			f, err := w.Create(fmt.Sprint(i, ".npy"))
			require.NoError(t, err)
			_, err = f.Write(member)
			require.NoError(t, err)
		}
		require.NoError(t, w.Close())
		for _, data := range [][]byte{archived(t, "x.npy", member), many.Bytes()} {
			for _, limit := range []int64{0, 64 << 10, 1 << 20, 16 << 20} {
				budgettest.Bounded(t, fmt.Sprint(name, " within ", limit), limit, func() {
					_, err := Read(bytes.NewReader(data), int64(len(data)), budget.New(limit, ""))
					if limit == 0 {
						require.ErrorIs(t, err, ErrTooLarge, name)
						require.ErrorIs(t, err, budget.ErrExceeded, name)
					}
				})
			}
		}
	}
}
