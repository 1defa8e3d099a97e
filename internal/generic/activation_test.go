package generic

import (
	"flag"
	"fmt"
	"math"
	"testing"

	"github.com/sepconv/go/internal/kernel"
	"github.com/sepconv/go/internal/truth"
	"github.com/stretchr/testify/require"
)

const usualStride = 4801

var stride = flag.Uint("activation-stride", usualStride,
	"measure activations on each such argument between 2^-30 and 2^8 in magnitude: 1 is exhaustive, 10 minutes or more")

// A judged activation is held to the bound of package truth, or to a stricter one
// for its parameters.
type judged struct {
	name string
	act  kernel.Activation
	ulp  float64 // 0: as truth says
}

func judgedActivations() []judged {
	a := func(f kernel.Func, parameters ...float32) kernel.Activation {
		p := append(parameters, 0, 0, 0)
		return kernel.Activation{Func: f, A: p[0], B: p[1], C: p[2]}
	}
	noLimit := float32(math.NaN())
	return []judged{
		{name: "relu", act: a(kernel.ReLU)},
		{name: "relu6", act: a(kernel.ReLU6)},
		{name: "relu slope 0.3", act: a(kernel.GeneralReLU, noLimit, 0.3, 0.7)},
		{name: "leaky_relu 0.2", act: a(kernel.LeakyReLU, 0.2)},
		{name: "exponential", act: a(kernel.Exponential)},
		{name: "sigmoid", act: a(kernel.Sigmoid)},
		{name: "tanh", act: a(kernel.Tanh)},
		{name: "silu", act: a(kernel.SiLU)},
		{name: "gelu", act: a(kernel.GELU)},
		{name: "gelu_tanh", act: a(kernel.GELUTanh)},
		{name: "mish", act: a(kernel.Mish)},
		{name: "softplus", act: a(kernel.Softplus)},
		{name: "log_sigmoid", act: a(kernel.LogSigmoid)},
		{name: "elu", act: a(kernel.ELU, 1)},
		{name: "elu 1.3", act: a(kernel.ELU, 1.3), ulp: 1.7},
		{name: "elu 1.01", act: a(kernel.ELU, 1.01)},
		{name: "elu 1.7", act: a(kernel.ELU, 1.7)},
		{name: "selu", act: a(kernel.SELU)},
		{name: "celu", act: a(kernel.CELU, 1)},
		{name: "celu 0.7", act: a(kernel.CELU, 0.7), ulp: 2.2},
		{name: "celu 0.55", act: a(kernel.CELU, 0.55)},
		{name: "celu -0.5", act: a(kernel.CELU, -0.5), ulp: 1.5},
		{name: "softsign", act: a(kernel.Softsign)},
		{name: "tanh_shrink", act: a(kernel.TanhShrink)},
		{name: "soft_shrink 0.5", act: a(kernel.SoftShrink, 0.5)},
		{name: "squareplus 4", act: a(kernel.SquarePlus, 4)},
		{name: "squareplus 3", act: a(kernel.SquarePlus, 3)},
		{name: "squareplus 0.01", act: a(kernel.SquarePlus, 0.01), ulp: 2},
		{name: "squareplus 0", act: a(kernel.SquarePlus, 0)},
		{name: "hard_sigmoid", act: a(kernel.HardSigmoid)},
		{name: "hard_sigmoid2", act: a(kernel.HardSigmoid2)},
		{name: "hard_silu", act: a(kernel.HardSiLU)},
		{name: "hard_tanh", act: a(kernel.HardTanh)},
		{name: "sparse_plus", act: a(kernel.SparsePlus)},
		{name: "sparse_sigmoid", act: a(kernel.SparseSigmoid)},
	}
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
	want = truth.Clip(want, -overflow, overflow)
	d := math.Abs(truth.Clip(float64(got), -overflow, overflow) - want)
	a.ulp.add(x, d/truth.ULP(want))
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
			f := truth.Of(j.act)
			if j.ulp != 0 {
				f.ULP = j.ulp
			}
			y := make([]float32, 1<<12)
			kernel := activations()[j.act.Func]
			arguments(func(block []float32) {
				y := y[:copy(y, block)]
				kernel(y, &j.act)
				for i, x := range block {
					found.add(x, y[i], f.Value(float64(x)))
				}
			})
			if *stride < usualStride || testing.Verbose() {
				t.Logf("%-16s %v", j.name, &found)
			}
			found.ulp.require(t, "ulp", f.ULP)
			found.share.require(t, "2^-24 |x|", f.Share)
			found.absolute.require(t, "2^-24", f.Absolute)
		})
	}
}

// GELU's halves cancel where x is below -1, so that its error in ulp is bounded above
// that alone. At the ends it becomes x and 0, and not before.
func TestGELU(t *testing.T) {
	for _, c := range []struct {
		f    kernel.Func
		gelu func(float32) float32
		end  float32
	}{{kernel.GELU, gelu, geluEnd}, {kernel.GELUTanh, geluTanh, geluTanhEnd}} {
		f := truth.Of(kernel.Activation{Func: c.f})
		var right, left worst
		for b := math.Float32bits(0x1p-20); b <= math.Float32bits(c.end); b += uint32(*stride) {
			x := math.Float32frombits(b)
			add := func(w *worst, x float32) {
				want := f.Value(float64(x))
				w.add(x, math.Abs(float64(c.gelu(x))-want)/truth.ULP(want))
			}
			add(&right, x)
			if x <= 1 {
				add(&left, -x)
			}
		}
		right.require(t, "ulp", 2.9)
		left.require(t, "ulp", 4.3)

		require.Equal(t, c.end, c.gelu(c.end))
		require.Zero(t, c.gelu(-c.end))
		require.Zero(t, c.gelu(-2*c.end))
		for b := math.Float32bits(4); b < math.Float32bits(c.end); b++ {
			x := math.Float32frombits(b)
			if y := c.gelu(-x); y >= 0 {
				t.Fatalf("function %d of %v is %v", c.f, -x, y)
			}
		}
	}
}

func TestLog1pUnit(t *testing.T) {
	var found worst
	for b := uint32(0); b <= math.Float32bits(1); b += 997 {
		u := math.Float32frombits(b)
		want := math.Log1p(float64(u))
		found.add(u, math.Abs(float64(log1pUnit(u))-want)/truth.ULP(want))
	}
	found.require(t, "ulp", 1)
}
