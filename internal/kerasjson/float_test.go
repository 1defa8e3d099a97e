package kerasjson

import (
	"math"
	"testing"

	"github.com/sepconv/go/internal/fault"
	"github.com/stretchr/testify/assert"
)

// Python's repr of floats.
func TestPythonFloat(t *testing.T) {
	tests := map[float64]string{
		0: "0.0", 1: "1.0", -2.5: "-2.5", 0.01: "0.01", 1e-4: "0.0001", 1e-5: "1e-05", 1e15: "1000000000000000.0", 1e16: "1e+16",
		1e22: "1e+22", 1.5e-7: "1.5e-07", 1e100: "1e+100", 0.30000000000000004: "0.30000000000000004",
	}
	for x, want := range tests {
		got, err := Float(x).MarshalJSON()
		assert.NoError(t, err)
		assert.Equal(t, want, string(got))
	}
	_, err := Float(math.NaN()).MarshalJSON()
	assert.ErrorIs(t, err, fault.ErrConfig)
}
