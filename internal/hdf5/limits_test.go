package hdf5

import (
	"bytes"
	"fmt"
	"strings"
	"testing"

	"github.com/sepconv/go/internal/budget"
	"github.com/sepconv/go/internal/budget/budgettest"
	"github.com/sepconv/go/internal/hdf5/hdf5test"
	"github.com/stretchr/testify/require"
)

// fileOf writes a file.
func fileOf(t testing.TB, fill func(root *GroupWriter)) []byte {
	w := NewWriter()
	fill(w.Root())
	var b bytes.Buffer
	_, err := w.WriteTo(&b)
	require.NoError(t, err)
	return b.Bytes()
}

// multiplying are files in which a part counts many times. In those of testdata
// chunks unfold, strings and groups are shared, and groups are deep.
func multiplying(t testing.TB, size int) map[string][]byte {
	files := map[string][]byte{}
	for _, name := range []string{"zip_bomb", "shape_bomb", "diamonds", "deep", "long_string"} {
		files[name] = loadFiles(t, "hostile")[name]
	}
	long := strings.Repeat("n", 60*size)
	files["one text of many groups"] = hdf5test.ShareTexts(fileOf(t, func(root *GroupWriter) {
		root.Attribute("name", long)
		for i := range size {
			root.Group(fmt.Sprint(i)).Attribute("name", strings.Repeat("x", 37))
		}
	}), 37, uint32(len(long)))
	files["one array of many names"] = hdf5test.LinkAll(fileOf(t, func(root *GroupWriter) {
		root.Dataset("0", []int{64 * size}, make([]int64, 64*size))
		for i := range size {
			root.Dataset(fmt.Sprint("1", i), []int{1}, []float32{1})
		}
	}))
	files["long names above each other"] = fileOf(t, func(root *GroupWriter) {
		for range maxDepth - 1 {
			root = root.Group(long[:10*size])
			for i := range size / 50 {
				root.Dataset(fmt.Sprint(i), []int{1}, []float32{1})
			}
		}
	})
	files["many attributes"] = fileOf(t, func(root *GroupWriter) {
		for i := range size {
			root.Attribute(fmt.Sprint(i), []float32{1})
		}
	})
	files["long names of attributes"] = fileOf(t, func(root *GroupWriter) {
		for i := range size / 10 {
			root.Attribute(fmt.Sprint(i, long[:min(len(long), 60000)]), []float32{1})
		}
	})
	return files
}

// errStop ends a walk.
type errStop struct{ error }

// readAll reads all of a file by one way, up to the first error.
func readAll(b []byte, spend *budget.Budget) (err error) {
	defer func() {
		switch p := recover().(type) {
		case nil:
		case errStop:
			err = p.error
		default:
			panic(p)
		}
	}()
	w := &walker{check: func(err error) {
		if !isOther(err) {
			panic(errStop{err})
		}
	}}
	root, err := OpenWithin(bytes.NewReader(b), int64(len(b)), spend)
	if w.result(err) {
		w.group(root)
	}
	return nil
}

// isOther reports an error that is about the call, not the file.
func isOther(err error) bool {
	e := err.(*Error)
	return e.Err == ErrType || e.Err == ErrUnsupported
}

// Files in which parts multiply keep to any limit, or are refused.
func TestLimits(t *testing.T) {
	for name, b := range multiplying(t, 300) {
		for _, limit := range []int64{1, 1 << 10, 64 << 10, 1 << 20, 16 << 20} {
			what := fmt.Sprint(name, " within ", limit)
			budgettest.Bounded(t, what, limit, func() {
				err := readAll(b, budget.New(limit, "keras.WithMaxBytes"))
				if limit == 1 {
					require.ErrorIs(t, err, ErrTooLarge, what)
					require.ErrorIs(t, err, budget.ErrExceeded, what)
					require.ErrorContains(t, err, "the limit of 1 bytes (keras.WithMaxBytes)")
				}
			})
		}
	}
}
