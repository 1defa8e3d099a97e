package sepconv_test

import (
	"encoding/json"
	"math"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/sepconv/go/internal/kernel"
	"github.com/sepconv/go/internal/truth"
	"github.com/sepconv/go/sepconv"
	"github.com/stretchr/testify/require"
)

// ties is what Keras' gradients are at corners, at ties and at infinities:
// testdata/golden/README.md.
type ties struct {
	X           numbers
	Functions   []functionTies
	Lines       []lineTies
	Penalties   []penaltyTies
	Constraints []constraintTies
}

// named is a row of a table, and the activation as a configuration has it.
type named struct {
	Package, Name string
	Activation    json.RawMessage
}

type functionTies struct {
	named
	Y     numbers
	Slope numbers `json:"dy_dx"`
}

type lineTies struct {
	named
	X, Dy, Y, Dx numbers
}

// numbers are float32 written as text, which can be NaN.
type numbers []float32

func (n *numbers) UnmarshalJSON(data []byte) error {
	var texts []string
	if err := json.Unmarshal(data, &texts); err != nil {
		return err
	}
	for _, text := range texts {
		x, err := strconv.ParseFloat(text, 32)
		if err != nil {
			return err
		}
		*n = append(*n, float32(x))
	}
	return nil
}

func readTies(t *testing.T) (all ties) {
	data, err := os.ReadFile("testdata/golden/ties.json")
	require.NoError(t, err)
	require.NoError(t, json.Unmarshal(data, &all))
	return all
}

// activation returns the activation and its name.
func (n named) activation(t *testing.T) (kernel.Activation, string) {
	unmarshal := sepconv.UnmarshalActivation
	if strings.HasPrefix(n.Package, "tf_keras") {
		unmarshal = sepconv.UnmarshalActivationKeras2
	}
	a, err := unmarshal(n.Activation)
	require.NoError(t, err)
	g := goldenCase{Config: json.RawMessage(`{"activation":` + string(n.Activation) + `}`)}
	return g.activation(t, sepconv.Config{Activation: a}), a.Name()
}

func (n named) label() string { return strings.ReplaceAll(n.Package, " ", "") + "/" + n.Name }

// TestDerivativeAtTies holds the true derivatives to Keras' gradients, also where they
// are a matter of choice.
func TestDerivativeAtTies(t *testing.T) {
	all := readTies(t)
	require.GreaterOrEqual(t, len(all.Functions), 60)
	for _, f := range all.Functions {
		t.Run(f.label(), func(t *testing.T) {
			a, name := f.activation(t)
			slope := truth.Derivative(a)
			for i, x := range all.X {
				want := slope(flush(x))
				if !within(f.Slope[i], interval{value: want}, kerasSlopeSlack(name, want)) && !slopeDiffers(name, slope, x, f.Slope[i]) {
					t.Errorf("at %v Keras has %v, we %v", x, f.Slope[i], want)
				}
			}
		})
	}
}

// flush makes zero of subnormals, as TensorFlow does.
func flush(x float32) float64 {
	if math.Abs(float64(x)) < 0x1p-126 {
		return 0
	}
	return float64(x)
}

// slopeDiffers reports whether Keras' derivative is not ours by design, or for want
// of digits.
func slopeDiffers(name string, slope func(float64) float64, x, keras float32) bool {
	switch {
	case x != x:
		return true // several functions of Keras compare, and so hide a NaN
	case math.IsInf(float64(x), 0) && keras != keras:
		return true // Inf-Inf or 0*Inf, where we have the limit
	}
	switch name {
	case "squareplus":
		return math.Abs(float64(x)) >= 0x1p64 // whose square overflows
	case "selu":
		return x < 0 && x > -0x1p-25 && within(keras, interval{value: slope(0)}, 1e-6) // e^x - 1 is 0 here
	case "hard_sigmoid", "hard_silu":
		return x == math.Nextafter32(3, 0) // x + 3 is rounded to 6
	case "hard_sigmoid_keras2":
		return x == math.Nextafter32(2.5, 3) // 0.2x + 0.5 is rounded to 1
	}
	return false
}

// TestPullbackAtTies is TestDerivativeAtTies for activations along an axis.
func TestPullbackAtTies(t *testing.T) {
	for _, l := range readTies(t).Lines {
		t.Run(l.label(), func(t *testing.T) {
			a, _ := l.activation(t)
			if a.Func == kernel.SparsemaxCumulative && !(math.Abs(float64(slices.Max(l.X))) < 1e6) {
				return // Keras finds no support, and hides a NaN
			}
			dx := truth.Pullback(a.Func, widened(l.X), widened(l.Dy))
			for i, want := range dx {
				if !within(l.Dx[i], interval{value: want}, 1e-6*(1+math.Abs(want))) {
					t.Errorf("element %d of %v: Keras has %v, we %v", i, l.X, l.Dx[i], want)
				}
			}
		})
	}
}
