package nn

import (
	"math"

	"github.com/sepconv/go/internal/kernel"
)

// BatchNormalization is the layer of that name in training (Ioffe and Szegedy, 2015), as
// Keras 3 computes it. Of the n rows of a batch it makes, for each channel,
//
//	mean     = sum(x) / n
//	variance = sum((x - mean)^2) / n
//	y        = gamma * (x - mean) / sqrt(variance + epsilon) + beta
//
// and lets the moving statistics, with which the trained layer computes, follow those of
// the batch:
//
//	moving = moving*momentum + batch*(1 - momentum)
//
// The variance that moves is the same, with n and not n-1.
type BatchNormalization struct {
	// Momentum and Epsilon are Keras' arguments, set by NewBatchNormalization to their
	// defaults.
	Momentum, Epsilon float64

	// Gamma is 1 at first, Beta 0. DGamma and DBeta are their gradients, to which Backward
	// adds.
	Gamma, Beta, DGamma, DBeta []float32

	// MovingMean and MovingVariance are 0 and 1 at first.
	MovingMean, MovingVariance []float32

	src           []float32 // of the last batch
	mean, inverse []float64 // of it
	sumA, sumB    []float64 // over its rows
	partA, partB  []float64 // over blocks of them
	team          team
}

// NewBatchNormalization returns the layer for a number of channels. At most the given
// number of goroutines work on it.
func NewBatchNormalization(channels, threads int) *BatchNormalization {
	floats := func() []float32 { return make([]float32, channels) }
	doubles := func() []float64 { return make([]float64, channels) }
	b := &BatchNormalization{
		Momentum: 0.99, Epsilon: 1e-3,
		Gamma: floats(), Beta: floats(), DGamma: floats(), DBeta: floats(),
		MovingMean: floats(), MovingVariance: floats(),
		mean: doubles(), inverse: doubles(), sumA: doubles(), sumB: doubles(),
		team: team{threads: threads},
	}
	for c := range channels {
		b.Gamma[c], b.MovingVariance[c] = 1, 1
	}
	return b
}

// Forward normalizes src, which has at least one row, into dst, and moves the moving
// statistics. src must stay as it is until Backward has run.
func (b *BatchNormalization) Forward(dst, src []float32) {
	b.src = src
	b.statistics()
	scale, shift := b.sumA, b.sumB // are free again
	for c, gamma := range b.Gamma {
		scale[c] = float64(gamma) * b.inverse[c]
		shift[c] = float64(b.Beta[c])
	}
	channels := len(scale)
	b.blocks(func(_, from, to int) {
		mean := b.mean
		for r := from; r < to; r++ {
			x, y := src[r*channels:][:channels], dst[r*channels:][:channels]
			for c, x := range x {
				y[c] = float32(float64((float64(x)-mean[c])*scale[c]) + shift[c])
			}
		}
	})
}

// statistics computes the mean and the inverse deviation of the batch.
func (b *BatchNormalization) statistics() {
	n := float64(len(b.src) / len(b.mean))
	b.sum(func(x []float32, sum, _ []float64) {
		for c, x := range x {
			sum[c] += float64(x)
		}
	})
	for c := range b.mean {
		b.mean[c] = b.sumA[c] / n
	}
	b.sum(func(x []float32, sum, _ []float64) {
		mean := b.mean[:len(sum)]
		for c, x := range x {
			d := float64(x) - mean[c]
			sum[c] += float64(d * d)
		}
	})
	for c := range b.inverse {
		variance := b.sumA[c] / n
		b.inverse[c] = 1 / math.Sqrt(variance+b.Epsilon)
		b.MovingMean[c] = b.moved(b.MovingMean[c], b.mean[c])
		b.MovingVariance[c] = b.moved(b.MovingVariance[c], variance)
	}
}

// moved returns a moving statistic after another batch.
func (b *BatchNormalization) moved(moving float32, batch float64) float32 {
	return float32(float64(float64(moving)*b.Momentum) + float64(batch*(1-b.Momentum)))
}

// Backward adds the derivatives by gamma and beta to their gradients, and makes dsrc the
// derivative by src of the last Forward; it may be ddst. With h = (x - mean) * inverse,
// inverse = 1/sqrt(variance + epsilon), through which x reaches all rows, these are
//
//	dbeta  += sum(dy)
//	dgamma += sum(dy * h)
//	dx      = gamma * inverse * (dy - sum(dy)/n - h*sum(dy*h)/n)
func (b *BatchNormalization) Backward(dsrc, ddst []float32) {
	channels := len(b.mean)
	n := float64(len(b.src) / channels)
	b.sumWith(ddst)
	for c := range b.mean {
		b.DBeta[c] += float32(b.sumA[c])
		b.DGamma[c] += float32(b.sumB[c])
		b.sumA[c] /= n
		b.sumB[c] /= n
	}
	b.blocks(func(_, from, to int) {
		for r := from; r < to; r++ {
			b.pull(dsrc[r*channels:][:channels], ddst[r*channels:][:channels], b.src[r*channels:][:channels])
		}
	})
}

// pull computes a row of the derivative by src.
func (b *BatchNormalization) pull(dx, dy, x []float32) {
	n := len(x)
	mean, inverse, ofBeta, ofGamma, gamma := b.mean[:n], b.inverse[:n], b.sumA[:n], b.sumB[:n], b.Gamma[:n]
	for c, x := range x {
		h := float64((float64(x) - mean[c]) * inverse[c])
		d := float64(dy[c]) - ofBeta[c] - float64(h*ofGamma[c])
		dx[c] = float32(float64(gamma[c]) * inverse[c] * d)
	}
}

// sumWith makes sumA the sum of dy, and sumB that of dy * h.
func (b *BatchNormalization) sumWith(dy []float32) {
	channels := len(b.mean)
	b.sumRows(func(r int, sumA, sumB []float64) {
		x, dy := b.src[r*channels:][:channels], dy[r*channels:][:channels]
		mean, inverse := b.mean[:channels], b.inverse[:channels]
		for c, x := range x {
			d := float64(dy[c])
			sumA[c] += d
			sumB[c] += float64(d * float64((float64(x)-mean[c])*inverse[c]))
		}
	})
}

// sum makes sumA and sumB sums over the rows of src.
func (b *BatchNormalization) sum(add func(row []float32, sumA, sumB []float64)) {
	channels := len(b.mean)
	b.sumRows(func(r int, sumA, sumB []float64) { add(b.src[r*channels:][:channels], sumA, sumB) })
}

// sumRows makes sumA and sumB sums over the rows, in the order of the package.
func (b *BatchNormalization) sumRows(add func(r int, sumA, sumB []float64)) {
	channels := len(b.mean)
	rows := len(b.src) / channels
	parts := (rows + kernel.Block - 1) / kernel.Block * channels
	b.partA, b.partB = zeros(b.partA, parts), zeros(b.partB, parts)
	b.blocks(func(i, from, to int) {
		sumA, sumB := b.partA[i*channels:][:channels], b.partB[i*channels:][:channels]
		for r := from; r < to; r++ {
			add(r, sumA, sumB)
		}
	})
	clear(b.sumA)
	clear(b.sumB)
	for i := range parts {
		b.sumA[i%channels] += b.partA[i]
		b.sumB[i%channels] += b.partB[i]
	}
}

// blocks calls f for each block of rows, on several goroutines.
func (b *BatchNormalization) blocks(f func(i, from, to int)) {
	rows := len(b.src) / len(b.mean)
	b.team.do((rows+kernel.Block-1)/kernel.Block, func(i int) {
		f(i, i*kernel.Block, min((i+1)*kernel.Block, rows))
	})
}

// zeros returns n zeros, in the memory of s if that is enough.
func zeros(s []float64, n int) []float64 {
	if cap(s) < n {
		return make([]float64, n)
	}
	s = s[:n]
	clear(s)
	return s
}
