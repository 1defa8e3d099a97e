package engine

import (
	"errors"
	"fmt"
	"math"
	"math/bits"
)

// Padding says how many zeros there are before and after the signal.
type Padding uint8

const (
	Valid  Padding = iota // none
	Same                  // as many as make the output ceil(steps/stride) long, the odd one after
	Causal                // (kernel-1)*dilation before, none after
)

// Geometry is the shape of a layer. All numbers are positive.
type Geometry struct {
	Channels, Filters            int
	Kernel, Stride, Dilation     int
	Multiplier                   int
	Padding                      Padding
	ChannelsFirst                bool
	columns, reach, pointWeights int // see Check
}

// MaxWeights is the largest number of weights a layer may have, 1 GiB of them:
// a shape from a file or a request cannot make the program ask for more.
const MaxWeights = 1 << 28

// Check computes the sizes that follow from the others, and reports an error if
// one does not fit an int or the weights exceed MaxWeights.
func (g *Geometry) Check() error {
	var ok [4]bool
	g.columns, ok[0] = mul(g.Channels, g.Multiplier)
	g.reach, ok[1] = mul(g.Kernel-1, g.Dilation)
	g.pointWeights, ok[2] = mul(g.columns, g.Filters)
	depthWeights, fits := mul(g.columns, g.Kernel)
	ok[3] = fits
	switch {
	case !ok[1] || g.reach == math.MaxInt:
		return fmt.Errorf("kernel size %d with dilation rate %d reaches further than an int can tell", g.Kernel, g.Dilation)
	case !ok[0] || !ok[2] || !ok[3] || g.pointWeights > MaxWeights || depthWeights > MaxWeights-g.pointWeights:
		return fmt.Errorf("%d channels, depth multiplier %d, kernel size %d and %d filters make more than %d weights",
			g.Channels, g.Multiplier, g.Kernel, g.Filters, MaxWeights)
	}
	return nil
}

// byChannel reports whether the steps of a channel of the input stand side by side, and
// those of the next channel after them. One channel is the same in both formats.
func (g *Geometry) byChannel() bool { return g.ChannelsFirst && g.Channels > 1 }

// Columns is the number of channels between the two convolutions: C*M.
func (g *Geometry) Columns() int { return g.columns }

var (
	errNegative = errors.New("is negative")
	errTooShort = errors.New("is shorter than the kernel reaches")
	errTooLong  = errors.New("is too long for an int")
)

// OutputSteps returns the length of the output for an input of the given length
// and the zeros that stand before the input (Keras' conv_output_length; for
// "same" the padding depends on the length).
//
//	valid   floor((steps-span)/stride) + 1, span = (kernel-1)*dilation + 1
//	same    ceil(steps/stride)
//	causal  ceil(steps/stride)
func (g *Geometry) OutputSteps(steps int) (out, left int, err error) {
	span := g.reach + 1
	switch {
	case steps < 0:
		return 0, 0, errNegative
	case steps > math.MaxInt-span:
		return 0, 0, errTooLong
	case g.Padding == Valid && steps < span:
		return 0, 0, errTooShort
	case g.Padding == Valid:
		return (steps-span)/g.Stride + 1, 0, nil
	}
	out = steps / g.Stride
	if steps%g.Stride != 0 {
		out++
	}
	if out > 0 {
		left = g.Left(steps % g.Stride)
	}
	return out, left, nil
}

// Left returns the zeros that stand before an input which is not empty and whose
// length leaves the given remainder when it is divided by the stride. All but "same"
// take no notice of that; there it is half of the zeros that the last window needs.
func (g *Geometry) Left(remainder int) int {
	switch g.Padding {
	case Valid:
		return 0
	case Causal:
		return g.reach
	}
	if remainder == 0 {
		remainder = g.Stride
	}
	return max(g.reach+1-remainder, 0) / 2
}

// Reach returns by how many steps the last tap of an output is after the first.
func (g *Geometry) Reach() int { return g.reach }

// mul multiplies two numbers that are not negative; ok is false if the product
// does not fit an int.
func mul(a, b int) (product int, ok bool) {
	high, low := bits.Mul(uint(a), uint(b))
	if high != 0 || low > math.MaxInt {
		return 0, false
	}
	return int(low), true
}

// Elements returns the number of elements of an array; ok is false if a
// dimension is negative or the product does not fit an int.
func Elements(shape ...int) (n int, ok bool) {
	n, ok = 1, true
	for _, d := range shape {
		if d < 0 {
			return 0, false
		}
		if n, ok = mul(n, d); !ok {
			return 0, false
		}
	}
	return n, true
}
