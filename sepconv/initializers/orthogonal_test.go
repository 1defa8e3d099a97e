package initializers

import (
	"testing"

	"github.com/stretchr/testify/assert"
)

// The columns, or the rows if they are fewer, are orthonormal times Gain, on
// the shapes of depthwise and pointwise kernels.
func TestOrthogonal(t *testing.T) {
	shapes := [][]int{{5, 4, 1}, {9, 4, 3}, {3, 1, 7}, {1, 64, 32}, {1, 32, 64}, {1, 50, 50}, {1, 1, 1}, {2, 2}, {6, 5}, {3, 2, 2, 4}}
	for _, shape := range shapes {
		for _, gain := range []float64{1, 1.5} {
			w := initialized(t, Orthogonal{Gain: gain}, 11, shape...)
			cols := shape[len(shape)-1]
			rows := len(w) / cols
			count, length, index := cols, rows, func(vector, i int) int { return i*cols + vector }
			if rows < cols {
				count, length, index = rows, cols, func(vector, i int) int { return vector*cols + i }
			}
			for a := range count {
				for b := range count {
					sum, want := 0.0, 0.0
					for i := range length {
						sum += float64(w[index(a, i)]) * float64(w[index(b, i)])
					}
					if a == b {
						want = gain * gain
					}
					assert.InDelta(t, want, sum, 1e-6, "%v: vectors %d and %d", shape, a, b)
				}
			}
		}
	}
}

// In float64, before rounding, the error is that of a few ulp.
func TestOrthonormalize(t *testing.T) {
	vectors := normalVectors(60, 60, newSampler(0, 2))
	first := append([]float64(nil), vectors[0]...)
	orthonormalize(vectors)
	for a := range vectors {
		for b := range a {
			assert.InDelta(t, 0, dot(vectors[a], vectors[b]), 1e-15)
		}
		assert.InDelta(t, 1, dot(vectors[a], vectors[a]), 1e-15)
	}
	assert.Positive(t, dot(first, vectors[0]), "the diagonal of R is positive")
}

// With the signs of Keras every orthogonal matrix is equally likely, so that
// the mean of an element is 0.
func TestOrthogonalIsUnbiased(t *testing.T) {
	const n = 2000
	sum, squares := 0.0, 0.0
	for seed := range uint64(n) {
		w := initialized(t, Orthogonal{}, seed, 3, 3)
		sum += float64(w[0])
		squares += float64(w[0]) * float64(w[0])
	}
	assert.InDelta(t, 0, sum/n, 5*0.0129, "5 standard errors, the variance being 1/3")
	assert.InDelta(t, 1.0/3, squares/n, 5*0.0067, "the variance of the square is 1/5 - 1/9")
}

func BenchmarkOrthogonal(b *testing.B) {
	shape := []int{1, 512, 512}
	w := make([]float32, 512*512)
	for b.Loop() {
		if err := (Orthogonal{}).Initialize(w, shape, 1); err != nil {
			b.Fatal(err)
		}
	}
}

func dot(x, y []float64) float64 {
	sum := 0.0
	for i := range x {
		sum += x[i] * y[i]
	}
	return sum
}
