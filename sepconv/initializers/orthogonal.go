package initializers

import (
	"math"

	"github.com/sepconv/go/internal/param"
)

// Orthogonal fills a matrix with orthonormal columns, or orthonormal rows if it
// has more columns than rows, times Gain: the factor Q of the QR factorisation
// of a matrix of normal numbers, with the signs that make the diagonal of R
// positive, so that every orthogonal matrix is equally likely. A weight of more
// than two dimensions is the matrix of all its dimensions but the last, by the
// last: (k*C, M) for the depthwise kernel and (C*M, F) for the pointwise
// kernel. Keras: Orthogonal(gain=1.0, seed=None), "orthogonal".
//
// The time grows with the larger dimension times the square of the smaller, and
// the memory is 8 bytes an element.
//
// Saxe, McClelland and Ganguli, Exact solutions to the nonlinear dynamics of
// learning in deep linear neural networks, 2014.
type Orthogonal struct {
	// Gain multiplies the matrix. 0 stands for 1.
	Gain float64

	// Seed starts the random numbers. 0 stands for none: the layer's is used.
	Seed uint64
}

// Name returns "Orthogonal".
func (Orthogonal) Name() string { return "Orthogonal" }

// Initialize fills w with a random orthogonal matrix. The error wraps
// [sepconv.ErrShape] if shape has fewer than two dimensions.
func (o Orthogonal) Initialize(w []float32, shape []int, seed uint64) error {
	if err := param.CheckWeight(o.Name(), w, shape); err != nil {
		return err
	}
	if err := o.Validate(shape); err != nil {
		return err
	}
	if len(w) == 0 {
		return nil
	}
	cols := shape[len(shape)-1]
	rows := len(w) / cols
	vectors := normalVectors(min(rows, cols), max(rows, cols), newSampler(o.Seed, seed))
	orthonormalize(vectors)
	gain := param.Or(o.Gain, 1)
	for j, vector := range vectors {
		for i, x := range vector {
			if rows < cols {
				w[j*cols+i] = float32(gain * x)
			} else {
				w[i*cols+j] = float32(gain * x)
			}
		}
	}
	return nil
}

// Validate reports wrong fields, and a shape that the initializer does not serve.
func (o Orthogonal) Validate(shape []int) error {
	if err := param.CheckFloat32(o.Name(), "Gain", o.Gain); err != nil {
		return err
	}
	if len(shape) < 2 {
		return param.BadShape(o.Name(), shape, "it must have at least two dimensions")
	}
	_, err := param.Elements(o.Name(), shape)
	return err
}

// normalVectors draws count vectors of normal numbers.
func normalVectors(count, length int, s *sampler) [][]float64 {
	store := make([]float64, count*length)
	for i := range store {
		store[i] = s.normal()
	}
	vectors := make([][]float64, count)
	for j := range vectors {
		vectors[j] = store[j*length : (j+1)*length]
	}
	return vectors
}

// orthonormalize replaces the vectors, the columns of A = QR, by those of Q,
// with a positive diagonal of R. It is Gram-Schmidt's process run twice for
// each vector, which leaves an error of a few ulp (Giraud, Langou and
// Rozložník, The loss of orthogonality in the Gram-Schmidt orthogonalization
// process, 2005).
func orthonormalize(vectors [][]float64) {
	for j, v := range vectors {
		for range 2 {
			before := vectors[:j]
			for ; len(before) >= 4; before = before[4:] {
				removeFour(v, before[0], before[1], before[2], before[3])
			}
			for _, q := range before {
				removeOne(v, q)
			}
		}
		toUnitLength(v)
	}
}

// removeFour subtracts from v its projections on four orthonormal vectors. Four
// at once keep the adders busy.
func removeFour(v, a, b, c, d []float64) {
	a, b, c, d = a[:len(v)], b[:len(v)], c[:len(v)], d[:len(v)]
	var va, vb, vc, vd float64
	for i, x := range v {
		va += float64(x * a[i])
		vb += float64(x * b[i])
		vc += float64(x * c[i])
		vd += float64(x * d[i])
	}
	for i := range v {
		v[i] -= (float64(va*a[i]) + float64(vb*b[i])) + (float64(vc*c[i]) + float64(vd*d[i]))
	}
}

// removeOne subtracts from v its projection on a unit vector.
func removeOne(v, q []float64) {
	q = q[:len(v)]
	dot := 0.0
	for i, x := range v {
		dot += float64(x * q[i])
	}
	for i := range v {
		v[i] -= float64(dot * q[i])
	}
}

// toUnitLength divides v by its length. A vector of zeros, which chance does
// not produce, stays as it is, as in Keras.
func toUnitLength(v []float64) {
	sum := 0.0
	for _, x := range v {
		sum += float64(x * x)
	}
	if sum == 0 {
		return
	}
	norm := math.Sqrt(sum)
	for i := range v {
		v[i] /= norm
	}
}
