package hdf5

import (
	"bytes"
	"encoding/binary"
	"errors"
	"maps"
	"math/rand/v2"
	"os"
	"slices"
	"strconv"
	"testing"
	"time"

	"github.com/sepconv/go/internal/budget/budgettest"
	"github.com/stretchr/testify/require"
)

// walker reads all that a file holds, by every way there is.
type walker struct {
	calls  int // of the package
	errors int
	check  func(error)
}

// walk reads a file, which may take limit bytes of memory.
func (w *walker) walk(b []byte, limit int64) {
	root, err := Open(bytes.NewReader(b), int64(len(b)), limit)
	if w.result(err) {
		w.group(root)
	}
}

// result counts a call and reports whether it succeeded.
func (w *walker) result(err error) bool {
	w.calls++
	if err != nil {
		w.errors++
		w.check(err)
	}
	return err == nil
}

func (w *walker) group(g *Group) {
	w.attributes(g.AttributeNames(), g.Attribute)
	for _, name := range g.Names() {
		w.calls++
		switch g.Kind(name) {
		case KindGroup:
			if child, err := g.Group(name); w.result(err) {
				w.group(child)
			}
		default:
			if d, err := g.Dataset(name); w.result(err) {
				w.value(d)
				w.attributes(d.AttributeNames(), d.Attribute)
			}
		}
	}
}

func (w *walker) attributes(names []string, attribute func(string) (*Value, error)) {
	for _, name := range names {
		if v, err := attribute(name); w.result(err) {
			w.value(v)
			_, err = v.Text()
			w.result(err)
			_, err = v.Bool()
			w.result(err)
		}
	}
}

func (w *walker) value(v value) {
	_ = v.Type().String()
	_ = v.Shape()
	_, err := v.Float32s()
	w.result(err)
	_, err = v.Float64s()
	w.result(err)
	_, err = v.Int64s()
	w.result(err)
	_, err = v.Strings()
	w.result(err)
	_, err = v.Raw()
	w.result(err)
}

// checkError checks that an error has one of the causes and says something.
func checkError(t testing.TB) func(error) {
	causes := []error{ErrFormat, ErrUnsupported, ErrTooLarge, ErrNotExist, ErrType}
	return func(err error) {
		var e *Error
		if !errors.As(err, &e) || e.Detail == "" {
			t.Errorf("an error without details: %v", err)
		}
		if !slices.ContainsFunc(causes, func(cause error) bool { return errors.Is(err, cause) }) {
			t.Errorf("an error without cause: %v", err)
		}
	}
}

const (
	walkLimit = 4 << 20
	// Beside what is charged, slices that grow leave their former selves behind,
	// and calls return errors and lists of names.
	growth   = 2
	perCall  = 2 << 10
	walkTime = 20 * time.Second // far more than it takes, on any machine
)

// checkWalk walks a file and checks what it allocates and how long it takes.
func checkWalk(t testing.TB, b []byte, describe func() string) *walker {
	t.Helper()
	w := &walker{check: checkError(t)}
	start := time.Now()
	n := budgettest.Allocated(func() { w.walk(b, walkLimit) })
	if most := int64(growth*walkLimit + perCall*w.calls); n > most {
		t.Errorf("%s: %d bytes allocated in %d calls, the most is %d", describe(), n, w.calls, most)
	}
	if d := time.Since(start); d > walkTime {
		t.Errorf("%s: %v", describe(), d)
	}
	return w
}

// mutate returns a copy of a file with some damage; other is another file.
func mutate(rng *rand.Rand, b, other []byte) []byte {
	b = slices.Clone(b)
	for range 1 + rng.IntN(2) {
		switch kind := rng.IntN(16); {
		case len(b) < 16:
			return b
		case kind == 0: // truncation
			b = b[:rng.IntN(len(b))]
		case kind <= 2: // a piece of this or the other file somewhere else
			from := b
			if kind == 2 {
				from = other
			}
			at := rng.IntN(len(from))
			n := min(1+rng.IntN(512), len(from)-at)
			copy(b[rng.IntN(len(b)):], slices.Clone(from[at:at+n]))
		case kind <= 5: // a number that is large, or small, or an address in the file
			values := [...]uint64{0, 1, 1 << 16, 1<<31 - 1, 1 << 31, 1<<32 - 1, 1 << 40, 1<<63 - 1, 1 << 63, 1<<64 - 1, uint64(len(b)), uint64(rng.IntN(len(b)))}
			var number [8]byte
			binary.LittleEndian.PutUint64(number[:], values[rng.IntN(len(values))])
			copy(b[rng.IntN(len(b)):], number[:1<<rng.IntN(4)])
		case kind <= 8: // an address in the place of another
			if i, j := findAddress(rng, b), findAddress(rng, b); i >= 0 && j >= 0 {
				copy(b[i:i+8], slices.Clone(b[j:j+8]))
			}
		default: // bytes
			near := rng.IntN(len(b))
			for range 1 + rng.IntN(8) {
				i := rng.IntN(len(b))
				if kind > 11 {
					i = min(near+rng.IntN(64), len(b)-1)
				}
				switch rng.IntN(4) {
				case 0:
					b[i]++
				case 1:
					b[i]--
				case 2:
					b[i] ^= 1 << rng.IntN(8)
				default:
					b[i] = byte(rng.Uint32())
				}
			}
		}
	}
	return b
}

// findAddress returns a place where 8 bytes could be an address; -1 if it finds
// none.
func findAddress(rng *rand.Rand, b []byte) int {
	for range 1000 {
		i := rng.IntN(len(b) - 7)
		if v := binary.LittleEndian.Uint64(b[i:]); v > 0 && v < uint64(len(b)) {
			return i
		}
	}
	return -1
}

// mutationsVariable is the environment variable that says how many damaged files
// TestMutations reads.
const mutationsVariable = "HDF5_MUTATIONS"

// TestMutations reads damaged files: each must give values or errors, in bounded
// time and memory. In every other file checksums are not looked at, so that the
// damage reaches what they protect.
func TestMutations(t *testing.T) {
	count := 2000
	if s := os.Getenv(mutationsVariable); s != "" {
		var err error
		count, err = strconv.Atoi(s)
		require.NoError(t, err)
	}
	files := loadFixtures(t)
	names := slices.Sorted(maps.Keys(files))
	defer func() { ignoreChecksums = false }()
	intact, damaged := 0, 0
	for i := range count {
		rng := rand.New(rand.NewPCG(1, uint64(i)))
		ignoreChecksums = i%2 != 0
		name := names[i/2%len(names)]
		b := mutate(rng, files[name], files[names[rng.IntN(len(names))]])
		w := checkWalk(t, b, func() string { return name + ", mutation " + strconv.Itoa(i) })
		if w.calls == 1 && w.errors == 1 {
			damaged++
		} else {
			intact++
		}
	}
	t.Logf("%d files, %d of them could be opened", count, intact)
	require.Positive(t, damaged)
	require.Greater(t, intact, count/2)
}

// TestWalkIntact shows that the mutations begin with files that can be read.
func TestWalkIntact(t *testing.T) {
	for name, b := range loadFixtures(t) {
		w := checkWalk(t, b, func() string { return name })
		require.Greater(t, w.calls, 2, name)
	}
}

func FuzzRead(f *testing.F) {
	for _, b := range loadFixtures(f) {
		if len(b) < 64<<10 { // larger ones are larger in no interesting way
			f.Add(b, true)
			f.Add(b, false)
		}
	}
	f.Fuzz(func(t *testing.T, b []byte, checksums bool) {
		ignoreChecksums = !checksums
		defer func() { ignoreChecksums = false }()
		checkWalk(t, b, func() string { return "fuzz" })
	})
}
