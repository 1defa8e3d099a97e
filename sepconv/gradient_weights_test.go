package sepconv_test

import (
	"encoding/json"
	"math"
	"strings"
	"testing"

	"github.com/sepconv/go/sepconv/constraints"
	"github.com/sepconv/go/sepconv/regularizers"
	"github.com/stretchr/testify/require"
)

// penaltyTies is what a regularizer of Keras makes of a weight. Where the shape is
// [1] each element is a weight.
type penaltyTies struct {
	named
	Regularizer       json.RawMessage
	Shape             []int
	W, Loss, Gradient numbers
}

type constraintTies struct {
	named
	Constraint   json.RawMessage
	Shape        []int
	W, Projected numbers
}

// like requires numbers to be those of Keras, but for rounding.
func like(t *testing.T, keras, ours float32, w any) {
	t.Helper()
	if !within(ours, interval{value: float64(keras)}, 1e-6*(1e-2+math.Abs(float64(keras)))) {
		t.Errorf("of %v Keras makes %v, we %v", w, keras, ours)
	}
}

func TestPenaltyAtTies(t *testing.T) {
	for _, p := range readTies(t).Penalties {
		t.Run(p.label(), func(t *testing.T) {
			if strings.HasPrefix(p.label(), "tf_keras") && strings.HasSuffix(p.Name, "rows_row_below_epsilon") {
				return // Keras 2 divides by lengths of 1e-6 at least, ours is Keras 3's 1e-7
			}
			r, err := regularizers.Unmarshal(p.Regularizer)
			require.NoError(t, err)
			n := product(p.Shape)
			for i, keras := range p.Loss {
				w, want := p.W[i*n:(i+1)*n], p.Gradient[i*n:(i+1)*n]
				loss, err := r.Loss(w, p.Shape)
				require.NoError(t, err)
				like(t, keras, float32(loss), w)
				dw := make([]float32, n)
				require.NoError(t, r.AddGradient(dw, w, p.Shape))
				for j := range dw {
					like(t, want[j], dw[j], w)
				}
			}
		})
	}
}

func TestConstraintAtLimits(t *testing.T) {
	for _, c := range readTies(t).Constraints {
		t.Run(c.label(), func(t *testing.T) {
			projection, err := constraints.Unmarshal(c.Constraint)
			require.NoError(t, err)
			w := append([]float32(nil), c.W...)
			require.NoError(t, projection.Project(w, c.Shape))
			for i := range w {
				like(t, c.Projected[i], w[i], c.W[i])
			}
		})
	}
}
