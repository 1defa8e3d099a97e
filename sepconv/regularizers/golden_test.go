package regularizers

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

// goldenCase is what real Keras made of a weight or an output: testdata/make.py.
type goldenCase struct {
	Package     string          `json:"package"`
	Kind        string          `json:"kind"` // "weight", or "activity" of an output
	Regularizer json.RawMessage `json:"regularizer"`
	Shape       []int           `json:"shape"`
	W           floats          `json:"w"`
	Loss        floats          `json:"loss"`
	Gradient    floats          `json:"gradient"`
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

func readGolden(t *testing.T, name string) (cases []goldenCase) {
	f, err := os.Open("testdata/" + name)
	require.NoError(t, err)
	defer f.Close()
	for d := json.NewDecoder(bufio.NewReader(f)); ; {
		var c goldenCase
		err := d.Decode(&c)
		if errors.Is(err, io.EOF) {
			return cases
		}
		require.NoError(t, err)
		cases = append(cases, c)
	}
}

// regularizer reads the one of the case.
func (c *goldenCase) regularizer(t *testing.T) Regularizer {
	unmarshal := Unmarshal
	if c.Package == "tf_keras" {
		unmarshal = UnmarshalKeras2
	}
	r, err := unmarshal(c.Regularizer)
	require.NoError(t, err)
	return r
}

// check compares with a relative error of some steps of float32, which Keras computes
// in. The derivatives of OrthogonalRegularizer are differences of products of unit
// vectors, and as good as the largest of these.
func (c *goldenCase) check(t *testing.T, loss float64, gradient []float32) {
	const few = 0x1p-21
	require.Len(t, gradient, len(c.Gradient))
	requireNear(t, float64(c.Loss[0]), loss, few*math.Abs(float64(c.Loss[0]))+1e-9, c)
	largest := 0.0
	for _, x := range c.Gradient {
		largest = max(largest, math.Abs(float64(x)))
	}
	for i, want := range c.Gradient {
		bound := few * math.Abs(float64(want))
		if strings.Contains(string(c.Regularizer), "Orthogonal") {
			bound = few*largest + 0x1p-24
		}
		requireNear(t, float64(want), float64(gradient[i]), bound, c)
	}
}

// requireNear is InDelta for which NaN and infinities are themselves.
func requireNear(t *testing.T, want, got, bound float64, c *goldenCase) {
	t.Helper()
	if want == got || want != want && got != got {
		return
	}
	require.LessOrEqual(t, math.Abs(got-want), bound, "%v, not %v: %s %s of %v %v", got, want, c.Package, c.Regularizer, c.Shape, c.W)
}

// Losses and gradients are those of Keras 3 and 2, zeros, ties, NaN and infinities
// among the weights.
func TestGoldenWeights(t *testing.T) {
	n := 0
	for _, c := range readGolden(t, "golden.json") {
		if c.Kind != "weight" || c.keras2Lengths(t) {
			continue
		}
		n++
		r := c.regularizer(t)
		gradient := make([]float32, len(c.W))
		require.NoError(t, r.AddGradient(gradient, c.W, c.Shape))
		c.check(t, loss(t, r, c.W, c.Shape), gradient)
	}
	require.Greater(t, n, 200)
}

// keras2Lengths reports a row that is shorter than 1e-6, and so longer in Keras 3 than
// in Keras 2.
func (c *goldenCase) keras2Lengths(t *testing.T) bool {
	_, orthogonal := c.regularizer(t).(OrthogonalRegularizer)
	return c.Package == "tf_keras" && orthogonal && (c.W[0] == 1e-8 || c.W[0] == 5e-7)
}

// The activity regularizer is divided by the batch, and was not in Keras 3.0.
func TestGoldenActivity(t *testing.T) {
	for name, undivided := range map[string]bool{"golden.json": false, "golden-keras30.json": true} {
		n := 0
		for _, c := range readGolden(t, name) {
			if c.Kind != "activity" {
				continue
			}
			n++
			gradient := make([]float32, len(c.W))
			for i := range gradient {
				gradient[i] = 7 // which Compute replaces
			}
			a := Activity{c.regularizer(t), undivided}
			penalty, err := a.Compute(gradient, c.W, c.Shape)
			require.NoError(t, err)
			c.check(t, penalty, gradient)
			alone, err := a.Compute(nil, c.W, c.Shape)
			require.NoError(t, err)
			require.Equal(t, penalty, alone)
		}
		require.Positive(t, n, name)
	}
}
