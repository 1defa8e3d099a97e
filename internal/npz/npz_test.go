package npz

import (
	"archive/zip"
	"bytes"
	"encoding/binary"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/sepconv/go/internal/archive"
	"github.com/sepconv/go/internal/budget"
	"github.com/sepconv/go/internal/budget/budgettest"
	"github.com/stretchr/testify/require"
)

const files = "../../sepconv/keras/testdata/files/"

// kerasFile returns the weights in an archive that Keras wrote.
func kerasFile(t testing.TB, name string) []byte {
	data, err := os.ReadFile(filepath.Join(files, name))
	require.NoError(t, err)
	a, err := archive.Open(bytes.NewReader(data), int64(len(data)), budget.New(1<<30, ""))
	require.NoError(t, err)
	weights, err := a.Read("model.weights.npz")
	require.NoError(t, err)
	return weights
}

// limit is that of all files here that have no other.
const limit = 1 << 20

func read(data []byte) ([]Member, error) {
	return Read(bytes.NewReader(data), int64(len(data)), budget.New(limit, ""))
}

// npyFile is a .npy file of version 1.
func npyFile(header string, body []byte) []byte {
	b := append([]byte("\x93NUMPY\x01\x00"), binary.LittleEndian.AppendUint16(nil, uint16(len(header)))...)
	return append(append(b, header...), body...)
}

func archived(t testing.TB, name string, data []byte) []byte {
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	f, err := w.Create(name)
	require.NoError(t, err)
	_, err = f.Write(data)
	require.NoError(t, err)
	require.NoError(t, w.Close())
	return b.Bytes()
}

// The pickles of NumPy 1 and 2. Package keras compares the values with Keras'.
func TestKeras2(t *testing.T) {
	for _, name := range []string{"k2_pickled.keras", "k212_pickled.keras", "k215_pickled.keras"} {
		members, err := read(kerasFile(t, name))
		require.NoError(t, err, name)
		shapes := map[string][][]int{}
		for _, m := range members {
			for i, a := range m.Arrays {
				require.Equal(t, string(rune('0'+i)), a.Key)
				require.Equal(t, "float32", a.DType)
				shapes[m.Name] = append(shapes[m.Name], a.Shape)
			}
		}
		require.Len(t, shapes, 2, name)
		for path, got := range shapes {
			require.Len(t, got, 3, "%s: %s", name, path)
		}
	}
}

// Keras 3 pickles its own objects, which only Keras 3 could make again.
func TestKeras3(t *testing.T) {
	_, err := read(kerasFile(t, "k3_pickled.keras"))
	require.ErrorIs(t, err, ErrUnsupported)
	require.ErrorContains(t, err, "which is never done")
}

func TestPlainArrays(t *testing.T) {
	raw := []byte{0, 0, 128, 63, 0, 0, 0, 64}
	for header, want := range map[string][]float32{
		"{'descr': '<f4', 'fortran_order': False, 'shape': (2,), }  \n": {1, 2},
		"{'descr': '<i4', 'fortran_order': True, 'shape': (2,), }\n":    {1065353216, 1073741824},
		"{'descr': '<u8', 'fortran_order': False, 'shape': (), }":       {0x4000000000000000 + 0x3f800000},
		"{'descr': '|b1', 'fortran_order': False, 'shape': (2, 4), }":   {0, 0, 128, 63, 0, 0, 0, 64},
		"{'descr': '>i2', 'fortran_order': False, 'shape': (4,), }":     {0, -32705, 0, 64},
	} {
		members, err := read(archived(t, "x.npy", npyFile(header, raw)))
		require.NoError(t, err, header)
		require.Equal(t, "x", members[0].Name)
		require.Equal(t, want, members[0].Arrays[0].Values, header)
	}
}

// pickled is a member whose body is a pickle.
func pickled(t testing.TB, pickle string) []byte {
	return archived(t, "x.npy", npyFile("{'descr': '|O', 'fortran_order': False, 'shape': (), }", []byte(pickle)))
}

// pickleOf is the pickle that numpy.save writes for an object, given how the
// object is pickled.
func pickleOf(object string) string {
	return "\x80\x03cnumpy.core.multiarray\n_reconstruct\ncnumpy\nndarray\nK\x00\x85C\x01b\x87R" +
		"(K\x01)cnumpy\ndtype\nX\x02\x00\x00\x00O8K\x00K\x01\x87R(K\x03X\x01\x00\x00\x00|NNNJ\xff\xff\xff\xffJ\xff\xff\xff\xffK?tb\x89]" + object + "atb."
}

// arrayOf is the pickle of an array of float32.
func arrayOf(shape, raw string) string {
	return "cnumpy.core.multiarray\n_reconstruct\ncnumpy\nndarray\nK\x00\x85C\x01b\x87R(K\x01" + shape +
		"cnumpy\ndtype\nX\x02\x00\x00\x00f4K\x00K\x01\x87R(K\x03X\x01\x00\x00\x00<NNNJ\xff\xff\xff\xffJ\xff\xff\xff\xffK\x00tb\x89B" +
		string(binary.LittleEndian.AppendUint32(nil, uint32(len(raw)))) + raw + "tb"
}

func key(k string) string { return "X" + string([]byte{byte(len(k)), 0, 0, 0}) + k }

func TestPickle(t *testing.T) {
	one, two := string([]byte{0, 0, 128, 63}), string([]byte{0, 0, 0, 64, 0, 0, 64, 64})
	members, err := read(pickled(t, pickleOf("}("+key("10")+arrayOf("K\x01\x85", one)+key("9")+arrayOf("K\x02\x85", two)+"u")))
	require.NoError(t, err)
	require.Equal(t, "10", members[0].Arrays[0].Key)
	require.Equal(t, []float32{2, 3}, members[0].Arrays[1].Values)
	members, err = read(pickled(t, pickleOf("}")))
	require.NoError(t, err)
	require.Empty(t, members[0].Arrays)

	for want, pickle := range map[string]string{
		`calls "os.system"`:           "cos\nsystem\n(X\x04\x00\x00\x00echotR.",
		`calls "builtins.eval"`:       "\x8c\x08builtins\x8c\x04eval\x93.",
		"instruction 0x69":            "(i",   // INST
		"instruction 0x81":            "\x81", // NEWOBJ
		"a call that makes no array":  "N)R",
		"a state that no array has":   "NNb",
		"not an array of one object":  "N.",
		"object is not a dictionary":  pickleOf("N"),
		"else than arrays of numbers": pickleOf("}(" + key("a") + "Nu"),
		`key "a" twice`:               pickleOf("}(" + key("a") + arrayOf(")", one) + key("a") + arrayOf(")", one) + "u"),
		"needs 2 elements of 4":       pickleOf("}(" + key("a") + arrayOf("K\x02\x85", one) + "u"),
		"nothing on the stack":        ".",
		"no mark":                     "Nt",
		"1 bytes are needed, 0":       "N",
		"bytes are needed, 2":         "X\xff\xff\xff\x7fab",
		"nothing in place 7":          "h\x07",
		"values added to something":   "NNa",
		"no end of line":              "cos",
		"shape":                       pickleOf("}(" + key("a") + arrayOf("J\xff\xff\xff\xff\x85", one) + "u"),
		"is no integer":               pickleOf("}(" + key("a") + arrayOf("N\x85", one) + "u"),
		"an integer of 9 bytes":       "\x8a\x09123456789",
	} {
		_, err := read(pickled(t, pickle))
		require.Error(t, err, want)
		require.ErrorContains(t, err, want)
	}
}

func TestPickleTooLong(t *testing.T) {
	data := pickled(t, strings.Repeat("N", maxSteps+1)+".")
	_, err := Read(bytes.NewReader(data), int64(len(data)), budget.New(1<<30, ""))
	require.ErrorIs(t, err, ErrTooLarge)
	require.ErrorContains(t, err, "instructions")
}

// One array a hundred times in a dictionary counts a hundred times.
func TestBudget(t *testing.T) {
	array := arrayOf("M\x00\x10\x85", strings.Repeat("\x00", 4*4096))
	dict := "}(" + key("first") + array + "q\x01"
	for i := range 100 {
		dict += key(string([]byte{'k', byte('0' + i/10), byte('0' + i%10)})) + "h\x01"
	}
	_, err := read(pickled(t, pickleOf(dict+"u")))
	require.ErrorIs(t, err, ErrTooLarge)
}

func TestErrors(t *testing.T) {
	for want, data := range map[string][]byte{
		"begins with":      []byte("no array"),
		"header is said":   append([]byte("\x93NUMPY\x01\x00\xff\xff"), "short"...),
		"is cut off":       []byte("\x93NUMPY\x02\x00\x01\x00"),
		"its header is":    npyFile("{'descr': [('a', '<f4')], 'fortran_order': False, 'shape': (), }", nil),
		"dtype is":         npyFile("{'descr': '<q8', 'fortran_order': False, 'shape': (), }", make([]byte, 8)),
		"[2] of <c8 needs": npyFile("{'descr': '<c8', 'fortran_order': False, 'shape': (2,), }", make([]byte, 8)),
		"1 elements of 4":  npyFile("{'descr': '<f4', 'fortran_order': False, 'shape': (1,), }", make([]byte, 8)),
		"3 elements of 4":  npyFile("{'descr': '<f4', 'fortran_order': False, 'shape': (3,), }", make([]byte, 8)),
		"shape":            npyFile("{'descr': '<f4', 'fortran_order': False, 'shape': (99999999999999999999,), }", nil),
		"shape [65536":     npyFile("{'descr': '<f4', 'fortran_order': False, 'shape': (65536, 65536, 65536, 65536), }", nil), // 2^64
		"dimensions":       npyFile("{'descr': '<f4', 'fortran_order': False, 'shape': ("+strings.Repeat("1, ", 65)+"), }", make([]byte, 4)),
	} {
		_, err := read(archived(t, "x.npy", data))
		require.Error(t, err, want)
		require.ErrorContains(t, err, want)
		require.ErrorContains(t, err, `member "x.npy"`)
	}
	big := npyFile("{'descr': '|u1', 'fortran_order': False, 'shape': (300000,), }", make([]byte, 300000))
	_, err := read(archived(t, "x.npy", big))
	require.ErrorIs(t, err, ErrTooLarge)
	_, err = read([]byte("not a zip"))
	require.ErrorIs(t, err, ErrFormat)
}

// An array that is not read says so, and bars no other.
func TestUnreadArrays(t *testing.T) {
	for what, header := range map[string]string{
		"<c8":              "{'descr': '<c8', 'fortran_order': False, 'shape': (2, 1), }",
		"|V8":              "{'descr': '|V8', 'fortran_order': False, 'shape': (2, 1), }",
		"<U2":              "{'descr': '<U2', 'fortran_order': False, 'shape': (2, 1), }",
		"in Fortran order": "{'descr': '<f8', 'fortran_order': True, 'shape': (2, 1), }",
	} {
		members, err := read(archived(t, "x.npy", npyFile(header, make([]byte, 16))))
		require.NoError(t, err, what)
		a := members[0].Arrays[0]
		require.ErrorIs(t, a.Err, ErrUnsupported)
		require.ErrorContains(t, a.Err, what)
		require.Equal(t, []int{2, 1}, a.Shape)
		require.Nil(t, a.Values)
	}
	one := string([]byte{0, 0, 128, 63})
	odd := strings.Replace(arrayOf("K\x01\x85", one+one), "f4", "c8", 1)
	members, err := read(pickled(t, pickleOf("}("+key("odd")+odd+key("0")+arrayOf("K\x01\x85", one)+"u")))
	require.NoError(t, err)
	require.Equal(t, "<c8", members[0].Arrays[0].DType)
	require.Error(t, members[0].Arrays[0].Err)
	require.Equal(t, []float32{1}, members[0].Arrays[1].Values)
}

// No pickle makes the machine panic, and what it returns is as large as it says.
func FuzzRead(f *testing.F) {
	for _, name := range []string{"k2_pickled.keras", "k212_pickled.keras", "k3_pickled.keras"} {
		data := kerasFile(f, name)
		z, err := zip.NewReader(bytes.NewReader(data), int64(len(data)))
		require.NoError(f, err)
		for _, m := range z.File {
			r, err := m.Open()
			require.NoError(f, err)
			var b bytes.Buffer
			_, err = b.ReadFrom(r)
			require.NoError(f, err)
			f.Add(b.Bytes())
		}
	}
	for _, data := range multiplying(20) {
		f.Add(data)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		var members []Member
		var err error
		packed := archived(t, "x.npy", data)
		budgettest.Bounded(t, "read", limit, func() { members, err = read(packed) })
		if err != nil {
			return
		}
		for _, a := range members[0].Arrays {
			n := 1
			for _, d := range a.Shape {
				require.True(t, d >= 0 && (d == 0 || n <= math.MaxInt/d))
				n *= d
			}
			if a.Err != nil {
				require.ErrorIs(t, a.Err, ErrUnsupported)
				n = 0
			}
			require.Len(t, a.Values, n)
		}
	})
}
