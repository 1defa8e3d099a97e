package losses

import (
	"bufio"
	"encoding/json"
	"errors"
	"io"
	"math"
	"os"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// goldenCase is what a loss of real Keras made of logits: testdata/make.py.
type goldenCase struct {
	Package   string    `json:"package"`
	Loss      string    `json:"loss"`
	Reduction Reduction `json:"reduction"`
	Smoothing float64   `json:"smoothing"`
	Width     int       `json:"width"`
	Logits    floats    `json:"logits"`
	Targets   floats    `json:"targets"` // or labels
	Weights   floats    `json:"weights"`
	Value     floats    `json:"value"`
	Gradient  floats    `json:"gradient"`
}

// floats is an array in a string, since JSON has no NaN.
type floats []float32

func (f *floats) UnmarshalText(text []byte) error {
	*f = floats{}
	for word := range strings.FieldsSeq(string(text)) {
		x, err := strconv.ParseFloat(word, 32)
		if err != nil {
			return err
		}
		*f = append(*f, float32(x))
	}
	return nil
}

func readLines[T any](t *testing.T, name string) (lines []T) {
	f, err := os.Open("testdata/" + name)
	require.NoError(t, err)
	defer f.Close()
	for d := json.NewDecoder(bufio.NewReader(f)); ; {
		var line T
		err := d.Decode(&line)
		if errors.Is(err, io.EOF) {
			return lines
		}
		require.NoError(t, err)
		lines = append(lines, line)
	}
}

// compute calls the loss of the case.
func (c *goldenCase) compute(t *testing.T, gradient []float32) float64 {
	var loss float64
	var err error
	switch c.Loss {
	case "SparseCategoricalCrossentropy":
		loss, err = SparseCategoricalCrossentropy{c.Reduction}.Compute(gradient, c.Logits, toLabels(c.Targets), c.Weights, c.Width)
	case "CategoricalCrossentropy":
		loss, err = CategoricalCrossentropy{c.Smoothing, c.Reduction}.Compute(gradient, c.Logits, c.Targets, c.Weights, c.Width)
	case "BinaryCrossentropy":
		loss, err = BinaryCrossentropy{c.Smoothing, c.Reduction}.Compute(gradient, c.Logits, c.Targets, c.Weights, c.Width)
	case "MeanSquaredError":
		loss, err = MeanSquaredError{c.Reduction}.Compute(gradient, c.Logits, c.Targets, c.Weights, c.Width)
	}
	require.NoError(t, err)
	return loss
}

func toLabels(numbers []float32) []int32 {
	labels := make([]int32, len(numbers))
	for i, x := range numbers {
		labels[i] = int32(x)
	}
	return labels
}

// Losses and gradients are those of Keras 3 and 2 within some steps of float32: of the
// loss and of the terms of which it is made, of the gradient's elements and of the probabilities
// of which they are differences, which the greatest share of a sample multiplies.
func TestGolden(t *testing.T) {
	const few = 0x1p-22
	counts := map[string]int{}
	for i, c := range readLines[goldenCase](t, "golden.json") {
		counts[c.Loss]++
		gradient := make([]float32, len(c.Logits))
		loss := c.compute(t, gradient)
		require.True(t, near(float64(c.Value[0]), loss, few*(math.Abs(float64(c.Value[0]))+c.share(t))), "case %d: %v, not %v: %+v", i, loss, c.Value, c)
		require.Equal(t, math.Float64bits(loss), math.Float64bits(c.compute(t, nil)), "without a gradient")
		for j, want := range c.Gradient {
			require.True(t, near(float64(want), float64(gradient[j]), few*(math.Abs(float64(want))+c.share(t))), "case %d: %v, not %v: %+v", i, gradient, c.Gradient, c)
		}
	}
	require.Len(t, counts, 4)
	for name, n := range counts {
		require.Greater(t, n, 60, name)
	}
}

// share is the greatest share of a sample.
func (c *goldenCase) share(t *testing.T) float64 {
	samples := len(c.Logits) / c.Width
	divisor, err := c.Reduction.divisor("", c.Weights, samples)
	require.NoError(t, err)
	b := batch{weights: c.Weights, divisor: divisor}
	greatest := 0.0
	for i := range samples {
		greatest = max(greatest, b.share(i))
	}
	return greatest
}

// near is whether a number is what Keras has, within a bound.
func near(want, got, bound float64) bool {
	return want == got || want != want && got != got || math.Abs(want-got) <= bound
}

// accuracyCase is which samples Keras takes for correct.
type accuracyCase struct {
	Logits floats `json:"logits"`
	Label  int32  `json:"label"`
	Hits   floats `json:"hits"`
}

// One sample at a time, NaN, infinities and ties among the logits.
func TestGoldenAccuracy(t *testing.T) {
	const classes = 3
	for _, c := range readLines[accuracyCase](t, "golden-accuracy.json") {
		total := 0
		for i, hit := range c.Hits {
			logits := c.Logits[i*classes:][:classes]
			n, err := CountCorrect(logits, []int32{c.Label}, classes)
			require.NoError(t, err)
			require.EqualValues(t, hit, n, "%v, label %d", logits, c.Label)
			targets := make([]float32, classes)
			targets[c.Label] = 1
			n, err = CountCorrectTargets(logits, targets, classes)
			require.NoError(t, err)
			require.EqualValues(t, hit, n, "%v, label %d", logits, c.Label)
			total += n
		}
		labels := make([]int32, len(c.Hits))
		for i := range labels {
			labels[i] = c.Label
		}
		n, err := CountCorrect(c.Logits, labels, classes)
		require.NoError(t, err)
		require.Equal(t, total, n)
	}
}
