package generic

import (
	"flag"
	"fmt"
	"math"
	"testing"

	"github.com/sepconv/go/internal/kernel"
	"github.com/stretchr/testify/require"
)

const usualStride = 4801

var stride = flag.Uint("activation-stride", usualStride,
	"measure activations on each such argument between 2^-30 and 2^8 in magnitude: 1 is exhaustive, 10 minutes or more")

// A judged activation has a reference in float64 arithmetic, which knows nothing
// of the formulas under test, and the error it may have.
type judged struct {
	name      string
	act       kernel.Activation
	reference func(x float64) float64

	// The greatest errors; 0 is not tested.
	ulp      float64 // in units of the last place
	share    float64 // in units of 2^-24 |x|
	absolute float64 // in units of 2^-24
}

var noLimit = float32(math.NaN())

func judgedActivations() []judged {
	a := func(f kernel.Func, parameters ...float32) kernel.Activation {
		p := append(parameters, 0, 0, 0)
		return kernel.Activation{Func: f, A: p[0], B: p[1], C: p[2]}
	}
	return []judged{
		{name: "exponential", act: a(kernel.Exponential), reference: math.Exp, ulp: 0.87},
		{name: "sigmoid", act: a(kernel.Sigmoid), reference: refSigmoid, ulp: 2},
		{name: "tanh", act: a(kernel.Tanh), reference: math.Tanh, ulp: 1.01},
		{name: "silu", act: a(kernel.SiLU), reference: refSiLU, ulp: 2.9},
		{name: "gelu", act: a(kernel.GELU), reference: refGELU, ulp: 4.3, share: 2.5},
		{name: "gelu_tanh", act: a(kernel.GELUTanh), reference: refGELUTanh, share: 2},
		{name: "mish", act: a(kernel.Mish), reference: refMish, ulp: 4.4, share: 3},
		{name: "softplus", act: a(kernel.Softplus), reference: refSoftplus, ulp: 1.9},
		{name: "log_sigmoid", act: a(kernel.LogSigmoid), reference: func(x float64) float64 { return -refSoftplus(-x) }, ulp: 1.9},
		{name: "elu", act: a(kernel.ELU, 1), reference: refELU(1, 1, 1), ulp: 0.88},
		{name: "elu 1.3", act: a(kernel.ELU, 1.3), reference: refELU(1, float64(float32(1.3)), 1), ulp: 1.7},
		{name: "selu", act: a(kernel.SELU), reference: refELU(1.0507009873554804934193349852946, 1.6732632423543772848170429916717, 1), ulp: 1.8},
		{name: "celu", act: a(kernel.CELU, 1), reference: refELU(1, 1, 1), ulp: 0.88},
		{name: "celu 0.7", act: a(kernel.CELU, 0.7), reference: refELU(1, float64(float32(0.7)), float64(float32(0.7))), ulp: 2.2},
		{name: "celu -0.5", act: a(kernel.CELU, -0.5), reference: refELU(1, -0.5, -0.5), ulp: 1.5},
		{name: "softsign", act: a(kernel.Softsign), reference: func(x float64) float64 { return x / (1 + math.Abs(x)) }, ulp: 1.5},
		{name: "tanh_shrink", act: a(kernel.TanhShrink), reference: refTanhShrink, ulp: 3.4},
		{name: "squareplus 4", act: a(kernel.SquarePlus, 4), reference: refSquarePlus(4), ulp: 2.8},
		{name: "squareplus 0.01", act: a(kernel.SquarePlus, 0.01), reference: refSquarePlus(float64(float32(0.01))), ulp: 2},
		{name: "squareplus 0", act: a(kernel.SquarePlus, 0), reference: func(x float64) float64 { return math.Max(x, 0) }, ulp: 1},
		{name: "hard_sigmoid", act: a(kernel.HardSigmoid), reference: func(x float64) float64 { return clip(x+3, 0, 6) / 6 }, absolute: 1.01},
		{name: "hard_sigmoid2", act: a(kernel.HardSigmoid2), reference: func(x float64) float64 { return clip(0.2*x+0.5, 0, 1) }, absolute: 1},
		{name: "hard_silu", act: a(kernel.HardSiLU), reference: func(x float64) float64 { return x * clip(x+3, 0, 6) / 6 }, share: 1.9},
		{name: "sparse_plus", act: a(kernel.SparsePlus), reference: refSparsePlus, ulp: 2},
		{name: "sparse_sigmoid", act: a(kernel.SparseSigmoid), reference: func(x float64) float64 { return clip((x+1)/2, 0, 1) }, ulp: 0.5},
	}
}

func clip(x, lo, hi float64) float64 { return math.Max(lo, math.Min(hi, x)) }

func refSigmoid(x float64) float64 { return 1 / (1 + math.Exp(-x)) }

func refSiLU(x float64) float64 { return x * refSigmoid(x) }

func refGELU(x float64) float64 { return x * math.Erfc(-x/math.Sqrt2) / 2 }

func refGELUTanh(x float64) float64 {
	return x * refSigmoid(2*math.Sqrt(2/math.Pi)*(x+0.044715*x*x*x))
}

func refSoftplus(x float64) float64 { return math.Max(x, 0) + math.Log1p(math.Exp(-math.Abs(x))) }

func refMish(x float64) float64 { return x * math.Tanh(refSoftplus(x)) }

func refELU(scale, alpha, width float64) func(float64) float64 {
	return func(x float64) float64 {
		if x > 0 {
			return scale * x
		}
		e := math.Expm1(x / width)
		if e > math.MaxFloat32 { // a negative width; the factor comes too late
			e = math.Inf(1)
		}
		return scale * alpha * e
	}
}

func refTanhShrink(x float64) float64 {
	if math.Abs(x) > 0.03 {
		return x - math.Tanh(x)
	}
	v := x * x
	return x * v * (1./3 - v*(2./15-v*(17./315-v*(62./2835-v*1382/155925))))
}

func refSquarePlus(b float64) func(float64) float64 {
	return func(x float64) float64 {
		root := math.Sqrt(x*x + b)
		if x < 0 {
			return b / 2 / (root - x)
		}
		return (x + root) / 2
	}
}

func refSparsePlus(x float64) float64 {
	switch {
	case x <= -1:
		return 0
	case x < 1:
		return (x + 1) * (x + 1) / 4
	}
	return x
}

// An accuracy is the greatest error of an activation by each measure.
type accuracy struct{ ulp, share, absolute worst }

type worst struct {
	err float64
	at  float32
}

func (w *worst) add(x float32, err float64) {
	if err != err {
		err = math.Inf(1)
	}
	if err > w.err {
		*w = worst{err, x}
	}
}

func (a *accuracy) add(x, got float32, want float64) {
	const overflow = 0x1p128 // what comes after the largest float32
	want = clip(want, -overflow, overflow)
	d := math.Abs(clip(float64(got), -overflow, overflow) - want)
	a.ulp.add(x, d/ulpOf(want))
	a.absolute.add(x, d*0x1p24)
	if math.Abs(float64(x)) > 0x1p-100 {
		a.share.add(x, d*0x1p24/math.Abs(float64(x)))
	}
}

func (a *accuracy) String() string {
	return fmt.Sprintf("%.4f ulp at %v, %.4f |x| at %v, %.4f at %v",
		a.ulp.err, a.ulp.at, a.share.err, a.share.at, a.absolute.err, a.absolute.at)
}

func (w *worst) require(t *testing.T, unit string, bound float64) {
	if bound != 0 {
		require.LessOrEqual(t, w.err, bound, "error in %s at %v", unit, w.at)
	}
}

// ulpOf is the distance between the float32 around y.
func ulpOf(y float64) float64 {
	_, e := math.Frexp(y)
	return math.Ldexp(1, max(e, -125)-24)
}

// arguments gives finite float32 in blocks, more of them between 2^-30 and 2^8
// than beyond, where all functions are straight or saturated, and most around
// powers of two and where formulas change.
func arguments(run func(block []float32)) {
	block := make([]float32, 0, 1<<12)
	add := func(bits uint32) {
		block = append(block, math.Float32frombits(bits))
		if len(block) == cap(block) {
			run(block)
			block = block[:0]
		}
	}
	span := func(from, to float32, stride uint32) {
		for b := math.Float32bits(from); b < math.Float32bits(to); b += stride {
			add(b)
			add(b | signBit)
		}
	}
	dense, sparse := uint32(*stride), uint32(65519)
	if dense < usualStride {
		sparse = 1021
	}
	span(0, 0x1p-30, sparse)
	span(0x1p-30, 0x1p8, dense)
	span(0x1p8, float32(math.Inf(1)), sparse)
	for e := -149; e < 128; e++ {
		b := math.Float32bits(float32(math.Ldexp(1, e)))
		span(math.Float32frombits(b-1), math.Float32frombits(b+2), 1)
	}
	for _, x := range []float32{0.34657, 1.0397, 3, 6, 17.32868, 44.2, 87.33655, 88.37626, 88.72284, 103.972, 104} {
		span(x, x*(1+0x1p-14), 1)
	}
	run(block)
}

func TestActivationAccuracy(t *testing.T) {
	for _, j := range judgedActivations() {
		t.Run(j.name, func(t *testing.T) {
			var found accuracy
			y := make([]float32, 1<<12)
			kernel := activations()[j.act.Func]
			arguments(func(block []float32) {
				y := y[:copy(y, block)]
				kernel(y, &j.act)
				for i, x := range block {
					found.add(x, y[i], j.reference(float64(x)))
				}
			})
			if *stride < usualStride || testing.Verbose() {
				t.Logf("%-16s %v", j.name, &found)
			}
			found.ulp.require(t, "ulp", j.ulp)
			found.share.require(t, "2^-24 |x|", j.share)
			found.absolute.require(t, "2^-24", j.absolute)
		})
	}
}

func TestLog1pUnit(t *testing.T) {
	var found worst
	for b := uint32(0); b <= math.Float32bits(1); b += 997 {
		u := math.Float32frombits(b)
		want := math.Log1p(float64(u))
		found.add(u, math.Abs(float64(log1pUnit(u))-want)/ulpOf(want))
	}
	found.require(t, "ulp", 1)
}
