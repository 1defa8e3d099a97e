package losses

import (
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/sepconv/go/internal/fault"
	"github.com/sepconv/go/internal/param"
	"github.com/sepconv/go/sepconv"
	"github.com/stretchr/testify/require"
)

// arguments are random ones of every loss.
type arguments struct {
	logits, targets, weights []float32
	labels                   []int32
	width                    int
}

// newArguments draws logits of some spread, labels, and targets from 0 to 1 that do not sum to 1.
func newArguments(rng *rand.Rand, samples, width int, spread float64) *arguments {
	a := &arguments{width: width, logits: make([]float32, samples*width), targets: make([]float32, samples*width), weights: make([]float32, samples), labels: make([]int32, samples)}
	for i := range a.logits {
		a.logits[i] = float32(spread * rng.NormFloat64())
		a.targets[i] = rng.Float32()
	}
	for i := range a.labels {
		a.labels[i] = rng.Int32N(int32(width))
		a.weights[i] = 2 * rng.Float32()
	}
	return a
}

const smoothed = 0.125 // exact in float32

// losses are all, by name, of arguments.
var losses = map[string]func(a *arguments, d []float32) (float64, error){
	"sparse": func(a *arguments, d []float32) (float64, error) {
		return SparseCategoricalCrossentropy{}.Compute(d, a.logits, a.labels, a.weights, a.width)
	},
	"categorical": func(a *arguments, d []float32) (float64, error) {
		return CategoricalCrossentropy{LabelSmoothing: smoothed}.Compute(d, a.logits, a.targets, a.weights, a.width)
	},
	"binary": func(a *arguments, d []float32) (float64, error) {
		return BinaryCrossentropy{LabelSmoothing: smoothed}.Compute(d, a.logits, a.targets, a.weights, a.width)
	},
	"squared": func(a *arguments, d []float32) (float64, error) {
		return MeanSquaredError{}.Compute(d, a.logits, a.targets, a.weights, a.width)
	},
}

// truths are the losses of one sample, by other formulas and in float64, and their
// derivatives as differences of plus and minus.
var truths = map[string]func(x, t []float64, label int) (loss float64, plus, minus []float64){
	"sparse": func(x, _ []float64, label int) (loss float64, plus, minus []float64) {
		hot := make([]float64, len(x))
		hot[label] = 1
		return crossEntropy(x, hot)
	},
	"categorical": func(x, t []float64, _ int) (loss float64, plus, minus []float64) {
		for j := range t {
			t[j] = t[j]*(1-smoothed) + smoothed/float64(len(t))
		}
		return crossEntropy(x, t)
	},
	"binary": func(x, t []float64, _ int) (loss float64, plus, minus []float64) {
		n := float64(len(x))
		for j, v := range x {
			z := t[j]*(1-smoothed) + smoothed/2
			loss += (z*math.Log1p(math.Exp(-v)) + (1-z)*math.Log1p(math.Exp(v))) / n
			plus, minus = append(plus, 1/(1+math.Exp(-v))/n), append(minus, z/n)
		}
		return loss, plus, minus
	},
	"squared": func(x, t []float64, _ int) (loss float64, plus, minus []float64) {
		n := float64(len(x))
		for j, v := range x {
			loss += (v - t[j]) * (v - t[j]) / n
			plus, minus = append(plus, 2*v/n), append(minus, 2*t[j]/n)
		}
		return loss, plus, minus
	},
}

func crossEntropy(x, t []float64) (loss float64, plus, minus []float64) {
	sum, all := 0.0, 0.0
	for j, v := range x {
		sum += math.Exp(v)
		all += t[j]
	}
	for j, v := range x {
		loss -= t[j] * (v - math.Log(sum))
		plus = append(plus, math.Exp(v)/sum*all)
	}
	return loss, plus, t
}

func wide(x []float32) (y []float64) {
	for _, v := range x {
		y = append(y, float64(v))
	}
	return y
}

// Values and gradients are the true ones, within the last rounding and what the
// exponentials of float32 lose, which grows with the distance of the logits.
func TestTruth(t *testing.T) {
	const tiny = 1e-15 // what float64 loses
	rng := rand.New(rand.NewPCG(16, 1))
	for name, compute := range losses {
		for _, width := range []int{1, 2, 7, 8, 12, 35, 1000} {
			for _, spread := range []float64{0.01, 1, 5} {
				a := newArguments(rng, 3, width, spread)
				d := make([]float32, len(a.logits))
				got, err := compute(a, d)
				require.NoError(t, err)
				want, relative := 0.0, 0x1p-23*(1+4*spread)
				for i, label := range a.labels {
					row := func(x []float32) []float64 { return wide(x[i*width:][:width]) }
					loss, plus, minus := truths[name](row(a.logits), row(a.targets), int(label))
					share := float64(a.weights[i]) / 3
					want += share * loss
					for j := range plus {
						slope := plus[j] - minus[j]
						bound := tiny + 0x1p-24*math.Abs(slope) + relative*math.Abs(plus[j])
						require.InDelta(t, share*slope, d[i*width+j], share*bound, "%s, width %d, spread %v", name, width, spread)
					}
				}
				require.InDelta(t, want, got, tiny+relative*want, "%s, width %d, spread %v", name, width, spread)
			}
		}
	}
}

// The gradient is the slope of the loss that is returned: in steps of 2^-6 the difference
// has an error of their square.
func TestFiniteDifferences(t *testing.T) {
	rng := rand.New(rand.NewPCG(16, 2))
	const h = 0x1p-6
	for name, compute := range losses {
		a := newArguments(rng, 3, 5, 1)
		d := make([]float32, len(a.logits))
		_, err := compute(a, d)
		require.NoError(t, err)
		for i, x := range a.logits {
			var sides [2]float64
			for side, to := range []float32{x - h, x + h} {
				a.logits[i] = to
				sides[side], err = compute(a, nil)
				require.NoError(t, err)
			}
			a.logits[i] = x
			require.InDelta(t, (sides[1]-sides[0])/(2*h), d[i], 1e-4, "%s, logit %d", name, i)
		}
	}
}

// Saturated logits give what is left, not what cancels.
func TestSaturation(t *testing.T) {
	d := make([]float32, 1)
	for _, x := range []float32{-1e30, -100, -40, 40, 100, 1e30} {
		target := float32(0)
		if x > 0 {
			target = 1
		}
		loss, err := BinaryCrossentropy{}.Compute(d, []float32{x}, []float32{target}, nil, 1)
		require.NoError(t, err)
		want := math.Exp(-math.Abs(float64(x)))
		require.InDelta(t, want, loss, want*0x1p-20+0x1p-149, "%v", x)
		require.InDelta(t, want, math.Abs(float64(d[0])), want*0x1p-20+0x1p-149, "%v", x)
		loss, err = BinaryCrossentropy{}.Compute(d, []float32{x}, []float32{1 - target}, nil, 1)
		require.NoError(t, err)
		require.InEpsilon(t, math.Abs(float64(x)), loss, 1e-15)
	}
	two := make([]float32, 2)
	loss, err := SparseCategoricalCrossentropy{}.Compute(two, []float32{20, 0}, []int32{0}, nil, 2)
	require.NoError(t, err)
	require.InEpsilon(t, math.Log1p(math.Exp(-20)), loss, 1e-6)
	require.InEpsilon(t, -1/(1+math.Exp(20)), two[0], 1e-6)
}

// A row of zeros as targets is no sample: neither loss nor gradient, where TensorFlow's is
// softmax.
func TestTargetsOfZero(t *testing.T) {
	d := []float32{7, 7, 7}
	loss, err := CategoricalCrossentropy{}.Compute(d, []float32{1, 2, 3}, make([]float32, 3), nil, 3)
	require.NoError(t, err)
	require.Zero(t, loss)
	require.Equal(t, make([]float32, 3), d)
}

func TestNoSamples(t *testing.T) {
	for name, compute := range losses {
		for _, width := range []int{1, 3, math.MaxInt} {
			for _, d := range [][]float32{nil, {}} {
				loss, err := compute(&arguments{width: width}, d)
				require.NoError(t, err, name)
				require.Zero(t, loss, name)
			}
		}
	}
}

// Samples that weigh nothing have no gradient, and none of them is divided by 0.
func TestWeightsOfZero(t *testing.T) {
	d := []float32{7, 7, 7, 7}
	for _, r := range []Reduction{"", SumOverBatchSize, Sum, MeanWithSampleWeight} {
		loss, err := MeanSquaredError{r}.Compute(d, []float32{1, 2, 3, 4}, make([]float32, 4), []float32{0, 0}, 2)
		require.NoError(t, err)
		require.Zero(t, loss)
		require.Equal(t, make([]float32, 4), d)
	}
}

// Every set of kernels gives the same bits, which are these on every CPU.
func TestBits(t *testing.T) {
	want := map[string]uint32{"sparse": 0x6a47ea7a, "categorical": 0xef518664, "binary": 0x40bc6aa6, "squared": 0xeeae3d33}
	for _, set := range sepconv.Kernels() {
		t.Setenv("SEPCONV_KERNEL", set)
		for name, compute := range losses {
			rng := rand.New(rand.NewPCG(16, 3))
			hash := crc32.NewIEEE()
			for _, width := range []int{1, 2, 3, 8, 12, 17, 35, 130, 1001} {
				for _, spread := range []float64{0.1, 3, 30} {
					a := newArguments(rng, 4, width, spread)
					d := make([]float32, len(a.logits))
					loss, err := compute(a, d)
					require.NoError(t, err)
					require.NoError(t, binary.Write(hash, binary.LittleEndian, loss))
					require.NoError(t, binary.Write(hash, binary.LittleEndian, d))
				}
			}
			require.Equal(t, want[name], hash.Sum32(), "%s with %s: 0x%08x", name, set, hash.Sum32())
		}
	}
}

// A step of training allocates nothing, and a loss alone only what sync.Pool lost, as it
// does at times.
func TestComputeAllocatesNothing(t *testing.T) {
	a := newArguments(rand.New(rand.NewPCG(16, 4)), 8, 35, 1)
	d := make([]float32, len(a.logits))
	for name, compute := range losses {
		require.Zero(t, testing.AllocsPerRun(20, func() { _, _ = compute(a, d) }), name)
		least := math.Inf(1)
		for range 20 {
			least = min(least, testing.AllocsPerRun(1, func() { _, _ = compute(a, nil) }))
		}
		require.Zero(t, least, "%s alone", name)
	}
	require.Zero(t, testing.AllocsPerRun(20, func() { _, _ = CountCorrect(a.logits, a.labels, a.width) }))
}

// What cannot be computed is an error that says why, and leaves the gradient as it was.
func TestMisuse(t *testing.T) {
	f := make([]float32, 12)
	good := func(change func(a *arguments)) *arguments {
		a := &arguments{width: 3, logits: []float32{1, 2, 3, 4, 5, 6}, targets: make([]float32, 6), weights: []float32{1, 1}, labels: []int32{0, 2}}
		change(a)
		return a
	}
	tests := []struct {
		names   []string
		change  func(a *arguments)
		d       []float32
		cause   error
		message string
	}{
		{all, func(a *arguments) { a.width = 0 }, f[:6], fault.ErrShape, "is 0, it must be 1 or more"},
		{all, func(a *arguments) { a.width = -3 }, f[:6], fault.ErrShape, "is -3, it must be 1 or more"},
		{all, func(a *arguments) { a.width = 4 }, f[:6], fault.ErrShape, "has 6 elements, it must have a multiple of the width, 4"},
		{all, func(a *arguments) {}, f[:5], fault.ErrShape, "has 5 elements, it must have 6"},
		{all, func(a *arguments) {}, f[:0], fault.ErrShape, "has 0 elements, it must have 6"},
		{all, func(a *arguments) { a.weights = f[:3] }, f[6:], fault.ErrShape, "weights has 3 elements, it must have 2"},
		{all, func(a *arguments) { a.weights = f[:0] }, f[6:], fault.ErrShape, "weights has 0 elements, it must have 2"},
		{all, func(a *arguments) { a.logits = f[:6] }, f[:6], fault.ErrOverlap, "share memory"},
		{all, func(a *arguments) { a.logits = f[3:9] }, f[:6], fault.ErrOverlap, "share memory"},
		{all, func(a *arguments) { a.weights = f[5:7] }, f[:6], fault.ErrOverlap, "and weights share memory"},
		{dense, func(a *arguments) { a.targets = f[5:11] }, f[:6], fault.ErrOverlap, "and targets share memory"},
		{dense, func(a *arguments) { a.targets = f[:3] }, f[6:], fault.ErrShape, "targets has 3 elements, it must have 6"},
		{sparse, func(a *arguments) { a.labels = nil }, f[:6], fault.ErrShape, "labels has 0 elements, it must have 2"},
		{sparse, func(a *arguments) { a.labels[1] = 3 }, f[:6], ErrLabel, "label 1 is 3, it must be from 0 to 2"},
		{sparse, func(a *arguments) { a.labels[0] = -1 }, f[:6], ErrLabel, "label 0 is -1, it must be from 0 to 2"},
	}
	for _, test := range tests {
		for _, name := range test.names {
			for i := range f {
				f[i] = 7
			}
			loss, err := losses[name](good(test.change), test.d)
			require.ErrorIs(t, err, test.cause, test.message)
			require.ErrorContains(t, err, test.message)
			require.Zero(t, loss)
			require.Equal(t, slices.Repeat([]float32{7}, len(f)), f, "%s: %v", name, err)
		}
	}
}

var (
	sparse = []string{"sparse"}
	dense  = []string{"categorical", "binary", "squared"}
	all    = append(slices.Clone(sparse), dense...)
)

func TestWrongFields(t *testing.T) {
	x, targets, d := []float32{1, 2}, []float32{0, 1}, []float32{7, 7}
	check := func(_ float64, err error, message string) {
		t.Helper()
		require.ErrorIs(t, err, fault.ErrConfig)
		require.ErrorContains(t, err, message)
		require.Equal(t, []float32{7, 7}, d)
	}
	for _, smoothing := range []float64{-0.1, 1.5, math.NaN(), math.Inf(1)} {
		message := fmt.Sprintf("LabelSmoothing is %v, it must be from 0 to 1", smoothing)
		loss, err := CategoricalCrossentropy{LabelSmoothing: smoothing}.Compute(d, x, targets, nil, 2)
		check(loss, err, message)
		loss, err = BinaryCrossentropy{LabelSmoothing: smoothing}.Compute(d, x, targets, nil, 2)
		check(loss, err, message)
	}
	const message = `Reduction is "none", it must be "sum_over_batch_size", "sum" or "mean_with_sample_weight"`
	loss, err := SparseCategoricalCrossentropy{Reduction: "none"}.Compute(d, x, []int32{0}, nil, 2)
	check(loss, err, message)
	loss, err = MeanSquaredError{Reduction: "none"}.Compute(d, x, targets, nil, 2)
	check(loss, err, message)
	_, err = BinaryCrossentropy{LabelSmoothing: param.Zero}.Compute(d, x, targets, nil, 2)
	require.NoError(t, err)
}

func TestWrongAccuracies(t *testing.T) {
	_, err := CountCorrect([]float32{1, 2}, []int32{2}, 2)
	require.ErrorIs(t, err, ErrLabel)
	require.ErrorContains(t, err, "CountCorrect: label 0 is 2, it must be from 0 to 1")
	_, err = CountCorrect([]float32{1, 2}, nil, 2)
	require.ErrorIs(t, err, fault.ErrShape)
	_, err = CountCorrect([]float32{1, 2}, []int32{0}, 3)
	require.ErrorIs(t, err, fault.ErrShape)
	_, err = CountCorrectTargets([]float32{1, 2}, []float32{1}, 2)
	require.ErrorIs(t, err, fault.ErrShape)
	_, err = CountCorrectTargets(nil, nil, 0)
	require.ErrorIs(t, err, fault.ErrShape)
}

func TestLog1p(t *testing.T) {
	for x := 1.0; x > 1e-320; x *= 0.9 {
		require.InEpsilon(t, math.Log1p(x), log1p(x), 0x1p-49, "%v", x)
	}
	require.Zero(t, log1p(0))
	require.True(t, math.IsNaN(log1p(math.NaN())))
}

// 64 samples of 35 classes, and 1600 of 1000.
func BenchmarkSparse(b *testing.B) {
	for _, size := range [][2]int{{64, 35}, {1600, 1000}} {
		b.Run(fmt.Sprint(size), func(b *testing.B) {
			a := newArguments(rand.New(rand.NewPCG(1, 1)), size[0], size[1], 1)
			d := make([]float32, len(a.logits))
			b.SetBytes(int64(4 * len(d)))
			for b.Loop() {
				_, _ = losses["sparse"](a, d)
			}
		})
	}
}
