package constraints

import (
	"bufio"
	"encoding/json"
	"errors"
	"io"
	"math"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// goldenLine is a weight, or what a constraint of real Keras made of the last one:
// testdata/make.py.
type goldenLine struct {
	Shape      []int           `json:"shape"`
	W          floats          `json:"w"`
	Package    string          `json:"package"`
	Constraint json.RawMessage `json:"constraint"`
	Projected  floats          `json:"projected"`
}

// floats is an array in a string, since JSON has no NaN.
type floats []float32

func (f *floats) UnmarshalText(text []byte) error {
	for word := range strings.FieldsSeq(string(text)) {
		x, err := strconv.ParseFloat(word, 32)
		if err != nil {
			return err
		}
		*f = append(*f, float32(x))
	}
	return nil
}

// constraint reads the one of the line.
func (l *goldenLine) constraint(t *testing.T) Constraint {
	unmarshal := Unmarshal
	if l.Package == "tf_keras" {
		unmarshal = UnmarshalKeras2
	}
	c, err := unmarshal(l.Constraint)
	require.NoError(t, err)
	return c
}

// Projections are those of Keras 3 and 2, on norms from 0 to infinity, NaN and
// infinities among the weights. Keras computes in float32, hence the bound of some of
// its steps.
func TestGolden(t *testing.T) {
	f, err := os.Open("testdata/golden.json")
	require.NoError(t, err)
	defer f.Close()
	var weight goldenLine
	n := 0
	for d := json.NewDecoder(bufio.NewReader(f)); ; {
		var line goldenLine
		err := d.Decode(&line)
		if errors.Is(err, io.EOF) {
			break
		}
		require.NoError(t, err)
		if line.Constraint == nil {
			weight = line
			continue
		}
		n++
		w := slices.Clone(weight.W)
		require.NoError(t, line.constraint(t).Project(w, weight.Shape))
		for i, want := range line.Projected {
			if line.keras2NonNeg(weight.W[i]) {
				want = 0
			}
			bound := 0x1p-21 * math.Abs(float64(want))
			if want != w[i] && (want == want || w[i] == w[i]) {
				require.InDelta(t, want, w[i], bound, "%s %s of %v, element %d of %v", line.Package, line.Constraint, weight.Shape, i, weight.W)
			}
		}
	}
	require.Greater(t, n, 250)
}

// keras2NonNeg reports where Keras 2 makes NaN: w*(w >= 0) of -infinity.
func (l *goldenLine) keras2NonNeg(x float32) bool {
	return l.Package == "tf_keras" && math.IsInf(float64(x), -1) && strings.Contains(string(l.Constraint), "NonNeg")
}

// A step of training allocates nothing for its projections.
func TestProjectAllocatesNothing(t *testing.T) {
	w, shape := sampleWeight(3*3*4*2), []int{3, 3, 4, 2}
	constraints := []Constraint{
		NonNeg{}, MaxNorm{}, MaxNorm{Axis: []int{1, -1}}, UnitNorm{Axis: AllAxes()}, MinMaxNorm{Min: 0.5, Max: 1.5, Rate: 0.5, Axis: []int{3}}, RadialConstraint{},
	}
	for _, c := range constraints {
		require.Zero(t, testing.AllocsPerRun(10, func() { _ = c.Project(w, shape) }), "%#v", c)
	}
}

// Every way to split axes into kept and reduced ones groups as the definition says, and
// sums in the order of the array.
func TestGroups(t *testing.T) {
	for _, shape := range [][]int{{}, {7}, {1, 1}, {3, 1, 2}, {2, 3, 4}, {2, 1, 3, 2}, {3, 300}, {2, 129, 2}, {2, 2, 2, 2, 2}} {
		n := 1
		for _, dim := range shape {
			n *= dim
		}
		for reduced := range axes(1) << len(shape) {
			want, got := sampleWeight(n), sampleWeight(n)
			rescaleSlowly(want, shape, reduced)
			g := newGroups(shape, reduced)
			g.rescale(got, func(norm float64) float64 { return norm })
			require.Equal(t, want, got, "%v, reduced %b", shape, reduced)
		}
	}
}

// rescaleSlowly multiplies each element by its group's norm.
func rescaleSlowly(w []float32, shape []int, reduced axes) {
	norms := map[int]float64{}
	for i, x := range w {
		norms[groupOf(i, shape, reduced)] += float64(x) * float64(x)
	}
	for i, x := range w {
		w[i] = float32(float64(x) * math.Sqrt(norms[groupOf(i, shape, reduced)]))
	}
}

// groupOf returns the index of the element that is at 0 along the reduced axes, and
// else where element i is.
func groupOf(i int, shape []int, reduced axes) int {
	group, step := 0, 1
	for axis := len(shape) - 1; axis >= 0; axis-- {
		if !reduced.has(axis) {
			group += i % shape[axis] * step
		}
		step *= shape[axis]
		i /= shape[axis]
	}
	return group
}

// More dimensions than any array has are refused.
func TestManyDimensions(t *testing.T) {
	shape := make([]int, maxAxes+1)
	for i := range shape {
		shape[i] = 1
	}
	w := []float32{3}
	require.ErrorContains(t, UnitNorm{}.Project(w, shape), "at most 64 dimensions")
	require.NoError(t, UnitNorm{Axis: []int{maxAxes - 1}}.Project(w, shape[1:]))
	require.InDelta(t, 1, w[0], 1e-6)
}

func BenchmarkProject(b *testing.B) {
	w := make([]float32, 1024*1024)
	for i := range w {
		w[i] = 0.01
	}
	for _, axis := range []int{0, 1, 2} {
		b.Run(strconv.Itoa(axis), func(b *testing.B) {
			for b.Loop() {
				_ = MaxNorm{Axis: []int{axis}}.Project(w, []int{1, 1024, 1024})
			}
		})
	}
}
