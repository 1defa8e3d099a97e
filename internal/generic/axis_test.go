package generic

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/sepconv/go/internal/kernel"
	"github.com/sepconv/go/internal/truth"
	"github.com/stretchr/testify/require"
)

// axisRows are rows of every kind that a sum, a maximum or a projection may get
// wrong.
func axisRows() map[string][]float32 {
	rng := rand.New(rand.NewPCG(7, 8))
	row := func(n int, f func(i int) float64) []float32 {
		y := make([]float32, n)
		for i := range y {
			y[i] = float32(f(i))
		}
		return y
	}
	normal := func(spread float64) func(int) float64 {
		return func(int) float64 { return spread * rng.NormFloat64() }
	}
	rows := map[string][]float32{
		"one":              {-7.25},
		"two":              {1, 1.5},
		"issue 23425":      {0, 0.5, 1},
		"tie":              {2, 2, 2},
		"tie among others": {-1, 0.5, 0.5, 0.25, 0.5, -3},
		"zeros":            {0, minus0, 0, minus0, minus0},
		"edge of support":  {0, 1}, // the 0 is not in it
		"just inside":      {0x1p-24, 1},
		"minus infinity":   {-inf, 1, 1.5, -inf, -2},
		"huge":             {1e30, 1e30, -1e30, math.MaxFloat32 / 2},
		"largest":          {math.MaxFloat32, math.MaxFloat32, math.MaxFloat32, -math.MaxFloat32},
		"lowest":           {-math.MaxFloat32, -math.MaxFloat32},
		"steps of 1":       {0x1p24, 0x1p24, 0x1p24 - 1, 3},
		"subnormal":        {tiny, -tiny, 3 * tiny, 0, 0x1p-127},
		"normal":           row(1000, normal(1)),
		"narrow":           row(999, normal(1e-4)),
		"wide":             row(517, normal(50)),
		"long":             row(100_000, normal(1)),
		"long and equal":   row(100_003, func(int) float64 { return 0.1 }),
		"long and narrow":  row(100_000, normal(1e-6)),
		"ascending":        row(100_000, func(i int) float64 { return float64(i) / 1e5 }),
		// Each step of Michelot's projection would drop only one element.
		"geometric": row(120, func(i int) float64 { return -math.Exp2(float64(i) - 60) }),
		"doubling":  row(26, func(i int) float64 { return -math.Exp2(float64(-i)) }),
		"alternate": row(4096, func(i int) float64 { return float64(i%2)*0x1p-12 + 1 }),
	}
	for n := range 20 { // every number of elements in the last round of lanes
		rows["short "+string(rune('a'+n))] = row(n, normal(2))
	}
	return rows
}

// held applies a function to each of the rows, holds it to the truth, and gives
// what it has made of them to check.
func held(t *testing.T, f kernel.Func, rows map[string][]float32, check func(name string, y []float32)) {
	for name, row := range rows {
		y := slices.Clone(row)
		activations()[f](y, &kernel.Activation{Func: f})
		require.NoError(t, truth.Along(f, row, y), name)
		if len(row) > 0 {
			check(name, y)
		}
	}
}

func TestSoftmax(t *testing.T) {
	held(t, kernel.Softmax, axisRows(), func(name string, y []float32) { require.InDelta(t, 1, total(y), 3e-7, name) })
}

func TestLogSoftmax(t *testing.T) {
	held(t, kernel.LogSoftmax, axisRows(), func(name string, y []float32) {
		for i, x := range y {
			require.LessOrEqual(t, x, float32(0), "%s[%d]", name, i)
		}
	})
}

func TestSparsemax(t *testing.T) {
	held(t, kernel.Sparsemax, axisRows(), func(name string, y []float32) { require.InDelta(t, 1, total(y), 3e-7, name) })
}

func total(y []float32) (sum float64) {
	for _, x := range y {
		sum += float64(x)
	}
	return sum
}

func TestSparsemaxByHand(t *testing.T) {
	for _, c := range []struct{ row, want []float32 }{
		{[]float32{0, 0.5, 1}, []float32{0, 0.25, 0.75}},
		{[]float32{1, 1.5}, []float32{0.25, 0.75}},
		{[]float32{5, 7}, []float32{0, 1}},
		{[]float32{-inf, 1, 1.5}, []float32{0, 0.25, 0.75}},
		{[]float32{1e9, 1e9}, []float32{0.5, 0.5}},
		{[]float32{0.25, 0.25, 0.25, -9, 0.25}, []float32{0.25, 0.25, 0.25, 0, 0.25}},
	} {
		sparsemax(c.row)
		require.Equal(t, c.want, c.row)
	}
}

func TestSparsemaxCumulative(t *testing.T) {
	rows := axisRows()
	rng := rand.New(rand.NewPCG(7, 8))
	// Supports of many elements, of which few or none are equal: the pairs must
	// not be gone through one by one.
	for _, n := range []int{255, 256, 257, 1000, 100_000} {
		near, tied := make([]float32, n), make([]float32, n)
		for i := range near {
			near[i] = -rng.Float32() / float32(n)
			tied[i] = -float32(rng.IntN(3)) / float32(n)
		}
		rows[fmt.Sprintf("%d near each other", n)] = near
		rows[fmt.Sprintf("%d tied", n)] = tied
	}
	held(t, kernel.SparsemaxCumulative, rows, func(string, []float32) {})
	// What real Keras 3.15.1 gives: keras-team/keras#23425.
	y := []float32{0, 0.5, 1}
	sparsemaxCumulative(y)
	require.Equal(t, []float32{0, 0, 0.25}, y)
}

// As in Keras, except that there sparsemax makes of NaN and of +Inf what comes.
func TestAxisNaN(t *testing.T) {
	for name, f := range map[string]func([]float32){"softmax": softmax, "logSoftmax": logSoftmax, "sparsemax": sparsemax, "sparsemaxCumulative": sparsemaxCumulative} {
		for _, row := range [][]float32{
			{nan}, {1, nan, 2}, {nan, 1}, {1, 2, nan}, {nan, nan},
			{inf}, {1, inf}, {inf, inf, 0}, {-inf, inf},
			{-inf}, {-inf, -inf, -inf},
			{1, 2, 3, 4, 5, 6, 7, 8, 9, 10, nan, 12},
		} {
			y := slices.Clone(row)
			f(y)
			for _, v := range y {
				require.True(t, v != v, "%s(%v) = %v", name, row, y)
			}
		}
		f(nil)
	}
}

// How the lanes meet is a promise to the other instruction sets. In each case a 1
// is lost, or is not, only in that order.
func TestLanes(t *testing.T) {
	const big = 0x1p54
	for _, c := range []struct {
		l    Lanes
		want float64
	}{
		{Lanes{0: big, 4: 1, 2: -big}, 0},
		{Lanes{0: big, 6: 1, 2: -big}, 0},
		{Lanes{0: big, 4: -big, 2: 1}, 1},
		{Lanes{2: big, 6: -big, 0: 1}, 1},
		{Lanes{0: big, 2: 1, 1: -big}, 0},
		{Lanes{1: big, 5: 1, 3: -big}, 0},
		{Lanes{1: big, 7: 1, 3: -big}, 0},
		{Lanes{1: big, 5: -big, 3: 1}, 1},
		{Lanes{3: big, 7: -big, 1: 1}, 1},
		{Lanes{0: big, 1: 1, 3: -big}, 0},
		{Lanes{1, 2, 3, 4, 5, 6, 7, 8}, 36},
	} {
		require.Equal(t, c.want, c.l.Sum(), "%v", c.l)
	}
	var l Lanes
	for i := range 20 {
		l.Add(i, math.Exp2(float64(i)))
	}
	require.Equal(t, Lanes{0x10101, 0x20202, 0x40404, 0x80808, 0x1010, 0x2020, 0x4040, 0x8080}, l)

	// The same through a whole function: next to the 1 of element 0 the others of
	// its lane are lost, those of other lanes gather first.
	row := []float32{0, 8 * 40: -inf}
	for i := 1; i < len(row); i++ {
		row[i] = -inf
		if i%8 == 0 {
			row[i] = -40
		}
	}
	y := slices.Clone(row)
	logSoftmax(y)
	require.Zero(t, y[0])
	row[0], row[1] = -40, 0
	y = slices.Clone(row)
	logSoftmax(y)
	require.Negative(t, y[1])
}

func TestLogSum(t *testing.T) {
	for x := 1.; x < 1e18; x = x*1.00037 + 1e-9 {
		want := math.Log(x)
		require.InDelta(t, want, LogSum(x), want*0x1p-50, "log(%v)", x)
	}
	require.Zero(t, LogSum(1))
	require.True(t, math.IsNaN(LogSum(math.NaN())))
}
