package truth

import (
	"fmt"
	"math"
	"slices"

	"github.com/sepconv/go/internal/kernel"
)

// Along checks what an activation along an axis has made of a row: y, of GLU half
// as long. nil is that nothing is wrong.
func Along(f kernel.Func, row, y []float32) error {
	truths := truthsOf(f, row)
	var err error
	for _, truth := range truths {
		if err = differ(row, y, truth); err == nil {
			return nil
		}
	}
	return err
}

// value is what an element along an axis becomes, and how far from it the result
// may be.
type value struct{ truth, most float64 }

func differ(row, y []float32, want []value) error {
	if len(y) != len(want) {
		return fmt.Errorf("a row of %d became one of %d, not %d", len(row), len(y), len(want))
	}
	for i, w := range want {
		if !Near(y[i], w.truth, w.most) {
			return fmt.Errorf("element %d of %d, %x, is %x; the truth is %x, the bound %x", i, len(row), row[i], y[i], w.truth, w.most)
		}
	}
	return nil
}

// truthsOf returns what a row may become: one truth but where a function jumps.
func truthsOf(f kernel.Func, row []float32) [][]value {
	if f == kernel.GLU {
		return [][]value{glu(row)}
	}
	highest := highestOf(row)
	if math.IsInf(highest, 0) || highest != highest {
		return [][]value{slices.Repeat([]value{{truth: math.NaN()}}, len(row))}
	}
	switch f {
	case kernel.Softmax:
		return [][]value{softmax(row, highest)}
	case kernel.LogSoftmax:
		return [][]value{logSoftmax(row, highest)}
	case kernel.Sparsemax:
		return [][]value{sparsemax(row, highest)}
	case kernel.SparsemaxCumulative:
		return sparsemaxCumulative(row, highest)
	}
	panic(fmt.Sprintf("truth: function %d is not along an axis", f))
}

// highestOf returns the greatest element; NaN if there is one.
func highestOf(row []float32) float64 {
	m := math.Inf(-1)
	for _, x := range row {
		m = math.Max(m, float64(x))
	}
	return m
}

// expError is the relative error of a float32 e^-distance of which the distance is
// rounded as well.
func expError(distance float64) float64 { return 0x1p-23 * (0.87 + min(distance, 110)/2) }

func softmax(row []float32, highest float64) []value {
	sum := 0.0
	for _, x := range row {
		sum += math.Exp(float64(x) - highest)
	}
	y := make([]value, len(row))
	for i, x := range row {
		p := math.Exp(float64(x)-highest) / sum
		y[i] = value{p, p*0x1p-23*(2+min(highest-float64(x), 110)/2) + 1.5*smallest}
	}
	return y
}

func logSoftmax(row []float32, highest float64) []value {
	below, ties, lost := 0.0, 0.0, 0.0
	for _, x := range row {
		d := highest - float64(x)
		if d == 0 {
			ties++
			continue
		}
		below += math.Exp(-d)
		if !math.IsInf(d, 0) {
			lost += math.Exp(-d) * expError(d)
		}
	}
	y := make([]value, len(row))
	for i, x := range row {
		want := float64(x) - highest - math.Log1p(ties-1+below)
		y[i] = value{want, 0.5*ULP(want) + lost/(ties+below) + 0x1p-50*(1+math.Abs(want))}
	}
	return y
}

// sparsemax is the projection by sorting, relative to the maximum.
func sparsemax(row []float32, highest float64) []value {
	sum, tau := 0., 0.
	for i, d := range descending(row, highest) {
		if 1+float64(i+1)*d <= sum+d {
			break
		}
		sum += d
		tau = (sum - 1) / float64(i+1)
	}
	y := make([]value, len(row))
	for i, x := range row {
		p := math.Max(float64(x)-highest-tau, 0)
		y[i] = value{p, p*0x1p-24 + 1e-12}
	}
	return y
}

// descending returns the distances from the maximum, the least first; they are not
// positive.
func descending(row []float32, highest float64) []float64 {
	d := make([]float64, len(row))
	for i, x := range row {
		d[i] = float64(x) - highest
	}
	slices.Sort(d)
	slices.Reverse(d)
	return d
}

// sparsemaxCumulative is Keras' formula by sorting, relative to the maximum. It
// jumps where an element enters the support: if one is within rounding of that,
// the truth with and the truth without it count.
func sparsemaxCumulative(row []float32, highest float64) (truths [][]value) {
	const rounding = 1e-12
	sum, cumulative, k := 0., 0., 0.
	for _, d := range descending(row, highest) {
		cumulative += d
		inside := 1 + (k+1)*d - cumulative
		if math.IsInf(d, -1) {
			inside = d
		}
		if inside <= rounding {
			truths = append(truths, beyond(row, highest, sum, k))
		}
		if inside <= -rounding {
			return truths
		}
		sum += cumulative
		k++
	}
	return append(truths, beyond(row, highest, sum, k))
}

// beyond is how far the row is beyond the threshold of a support of k elements.
func beyond(row []float32, highest, sum, k float64) []value {
	tau := highest*(k-1)/2 + (sum-1)/k
	y := make([]value, len(row))
	for i, x := range row {
		p := math.Max(float64(x)-highest-tau, 0)
		y[i] = value{p, p*0x1p-24 + 1e-9}
	}
	return y
}

// glu multiplies by a float32 sigmoid, of which a large factor shows what is lost
// below the smallest subnormal.
func glu(row []float32) []value {
	half := len(row) / 2
	y := make([]value, half)
	for i := range y {
		a, s := float64(row[i]), sigmoid(float64(row[half+i]))
		if s < smallest/2 {
			s = 0
		}
		want := a * s
		y[i] = value{want, 4.5*ULP(want) + math.Abs(a)*2*smallest}
	}
	return y
}
