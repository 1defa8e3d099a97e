package optimizers_test

import (
	"bytes"
	"compress/gzip"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"math"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/sepconv/go/internal/nn"
	"github.com/sepconv/go/sepconv"
	"github.com/sepconv/go/sepconv/constraints"
	"github.com/sepconv/go/sepconv/losses"
	"github.com/sepconv/go/sepconv/optimizers"
	"github.com/sepconv/go/sepconv/regularizers"
	"github.com/stretchr/testify/require"
)

// A kerasTraining is what an optimizer of Keras has made of a network of layers:
// testdata/README.md.
type kerasTraining struct {
	kerasRun
	Layers      []sepconv.Config
	InputShape  [3]int `json:"input_shape"`
	OutputShape []int  `json:"output_shape"`
	Head        *struct {
		Units  int
		Factor float64
		Mode   string
	}
	Losses []float64
	Offset int

	number int
}

func readTrainings(t testing.TB) (runs []*kerasTraining, kept []float32) {
	packed, err := os.ReadFile("testdata/training.jsonl.gz")
	require.NoError(t, err)
	unpacked, err := gzip.NewReader(bytes.NewReader(packed))
	require.NoError(t, err)
	for lines := json.NewDecoder(unpacked); lines.More(); {
		r := &kerasTraining{number: len(runs)}
		require.NoError(t, lines.Decode(r))
		runs = append(runs, r)
	}
	floats, err := os.ReadFile("testdata/training.f32")
	require.NoError(t, err)
	kept = make([]float32, len(floats)/4)
	require.NoError(t, binary.Read(bytes.NewReader(floats), binary.LittleEndian, kept))
	return runs, kept
}

// noise returns what that of testdata/training.py does: multiples of 2^-23 from -1 to
// below 1, times a scale.
func (r *kerasTraining) noise(array, n int, scale float32) []float32 {
	x := make([]float32, n)
	for i := range x {
		// splitmix64: Steele, Lea and Flood, 2014.
		z := (uint64(r.number)<<40 | uint64(array)<<32 + uint64(i) + 1) * 0x9e3779b97f4a7c15
		z = (z ^ z>>30) * 0xbf58476d1ce4e5b9
		z = (z ^ z>>27) * 0x94d049bb133111eb
		z ^= z >> 31
		x[i] = float32(int(z>>40)-1<<23) / (1 << 23) * scale
	}
	return x
}

// Numbers of arrays of noise: of the inputs and the targets of each step, and of the
// weights.
const (
	inputs  = 0
	targets = 64
	weights = 128
)

// A network is the layers of a run in training, one after the other, and its head: the
// mean over time, and a matrix and a bias.
type network struct {
	run       *kerasTraining
	layers    []*sepconv.Trainer
	y, dy     [][]float32 // of each layer
	steps     []int       // that go into each layer, and come out of the last
	channels  int         // that come out of the last
	head      sepconv.Variables
	penalty   regularizers.OrthogonalRegularizer
	mean      []float32
	dmean     []float32
	logits    []float32
	dlogits   []float32
	variables sepconv.Variables
}

func newNetwork(t testing.TB, r *kerasTraining, options ...sepconv.CompileOption) *network {
	n := &network{run: r}
	batch, steps, channels := r.InputShape[0], r.InputShape[1], r.InputShape[2]
	if r.Layers[0].DataFormat == sepconv.ChannelsFirst {
		steps, channels = channels, steps
	}
	array := weights
	for _, c := range r.Layers {
		layer, err := sepconv.New(c, channels)
		require.NoError(t, err)
		w := layer.Weights()
		columns := len(w.Pointwise) / c.Filters
		w.Depthwise = r.weight(array, len(w.Depthwise), c.KernelSize)
		w.Pointwise = r.weight(array+1, len(w.Pointwise), columns)
		array += 2
		if !c.NoBias {
			w.Bias = r.weight(array, len(w.Bias), 1)
			array++
		}
		require.NoError(t, layer.SetWeights(w))
		trainer, err := layer.Train(options...)
		require.NoError(t, err)
		shape, err := trainer.OutputShape(batch, steps)
		require.NoError(t, err)
		size := shape[0] * shape[1] * shape[2]
		n.layers, n.steps = append(n.layers, trainer), append(n.steps, steps)
		n.y, n.dy = append(n.y, make([]float32, size)), append(n.dy, make([]float32, size))
		channels = c.Filters
		steps = size / batch / channels
		for _, v := range trainer.Variables() {
			v.Name = fmt.Sprint(len(n.layers), "/", v.Name)
			n.variables = append(n.variables, v)
		}
	}
	n.steps, n.channels = append(n.steps, steps), channels
	if h := r.Head; h != nil {
		n.penalty = regularizers.OrthogonalRegularizer{Factor: h.Factor, Mode: h.Mode}
		kernel, bias := r.weight(array, channels*h.Units, channels), r.weight(array+1, h.Units, 1)
		n.head = sepconv.Variables{
			{Name: "dense/kernel", Shape: []int{channels, h.Units}, Value: kernel, Gradient: make([]float32, len(kernel))},
			{Name: "dense/bias", Value: bias, Gradient: make([]float32, len(bias))},
		}
		n.mean, n.dmean = make([]float32, batch*channels), make([]float32, batch*channels)
		n.logits, n.dlogits = make([]float32, batch*h.Units), make([]float32, batch*h.Units)
		n.variables = append(n.variables, n.head...)
	}
	return n
}

// weight returns the initial values of a weight, by how many terms are in a sum with it.
func (r *kerasTraining) weight(array, n, terms int) []float32 {
	half := 0
	for ; terms >= 4; terms /= 4 {
		half++
	}
	return r.noise(array, n, 1/float32(int(1)<<half))
}

// step takes a step of training, and returns the loss.
func (n *network) step(t testing.TB, optimizer optimizers.Optimizer, number int) float64 {
	r := n.run
	shape := r.InputShape
	src := r.noise(inputs+number, shape[0]*shape[1]*shape[2], 2)
	x := src
	for i, l := range n.layers {
		l.ZeroGradients()
		require.NoError(t, l.Forward(n.y[i], x, shape[0], n.steps[i]))
		x = n.y[i]
	}
	loss := n.loss(t, x, number)
	for i := len(n.layers) - 1; i >= 0; i-- {
		var dsrc []float32
		if i > 0 {
			dsrc = n.dy[i-1]
		}
		require.NoError(t, n.layers[i].Backward(dsrc, n.dy[i]))
		penalty, err := n.layers[i].AddPenalty()
		require.NoError(t, err)
		loss += penalty
	}
	require.NoError(t, optimizer.Step(n.variables))
	for _, l := range n.layers {
		require.NoError(t, l.Project())
	}
	return loss
}

// loss returns that of the last layer's output, and makes its derivative.
func (n *network) loss(t testing.TB, y []float32, number int) float64 {
	r, last := n.run, len(n.layers)-1
	if n.head == nil {
		width := r.OutputShape[len(r.OutputShape)-1]
		target := r.noise(targets+number, len(y), 1)
		loss, err := losses.MeanSquaredError{}.Compute(n.dy[last], y, target, nil, width)
		require.NoError(t, err)
		return loss
	}
	batch, units := r.InputShape[0], r.Head.Units
	nn.GlobalAverage(n.mean, y, batch, n.steps[last+1], n.channels, make([]float64, n.channels))
	n.dense(batch, units)
	labels := make([]int32, batch)
	for i, x := range r.noise(targets+number, batch, 1) {
		labels[i] = int32((x + 1) / 2 * float32(units))
	}
	loss, err := losses.SparseCategoricalCrossentropy{}.Compute(n.dlogits, n.logits, labels, nil, units)
	require.NoError(t, err)
	n.denseBack(batch, units)
	nn.GlobalAverageBack(n.dy[last], n.dmean, batch, n.steps[last+1], n.channels)
	penalty, err := n.penalty.Loss(n.head[0].Value, n.head[0].Shape)
	require.NoError(t, err)
	require.NoError(t, n.penalty.AddGradient(n.head[0].Gradient, n.head[0].Value, n.head[0].Shape))
	return loss + penalty
}

// dense is logits = mean . kernel + bias.
func (n *network) dense(batch, units int) {
	for i := range n.logits {
		row, unit := i/units, i%units
		sum := float64(n.head[1].Value[unit])
		for c := range n.channels {
			sum += float64(n.mean[row*n.channels+c]) * float64(n.head[0].Value[c*units+unit])
		}
		n.logits[i] = float32(sum)
	}
}

// denseBack makes the derivatives by the mean, the kernel and the bias.
func (n *network) denseBack(batch, units int) {
	clear(n.head[1].Gradient)
	for c := range n.channels {
		for unit := range units {
			sum := 0.0
			for row := range batch {
				sum += float64(n.mean[row*n.channels+c]) * float64(n.dlogits[row*units+unit])
			}
			n.head[0].Gradient[c*units+unit] = float32(sum)
		}
		for row := range batch {
			sum := 0.0
			for unit := range units {
				sum += float64(n.dlogits[row*units+unit]) * float64(n.head[0].Value[c*units+unit])
			}
			n.dmean[row*n.channels+c] = float32(sum)
		}
	}
	for i, d := range n.dlogits {
		n.head[1].Gradient[i%units] += d
	}
}

// arrays are all weights, in Keras' order.
func (n *network) arrays() (all [][]float32) {
	for _, l := range n.layers {
		w := l.Weights()
		all = append(all, w.Depthwise, w.Pointwise)
		if w.Bias != nil {
			all = append(all, w.Bias)
		}
	}
	for _, v := range n.head {
		all = append(all, v.Value)
	}
	return all
}

// nudge changes all weights by their last bit, up or down.
func (n *network) nudge(t testing.TB) {
	to := float32(math.Inf(1))
	next := func(x []float32) {
		for i := range x {
			x[i] = math.Nextafter32(x[i], to)
			to = -to
		}
	}
	for _, l := range n.layers {
		w := l.Weights()
		for _, x := range [][]float32{w.Depthwise, w.Pointwise, w.Bias} {
			next(x)
		}
		require.NoError(t, l.SetWeights(w))
	}
	for _, v := range n.head {
		next(v.Value)
	}
}

// apart returns the largest difference of two lists of arrays, each by the largest element
// of its array.
func apart(a, b [][]float32) float64 {
	worst := 0.0
	for i := range a {
		largest, difference := 0.0, 0.0
		for k, x := range a[i] {
			largest = max(largest, math.Abs(float64(x)))
			difference = max(difference, math.Abs(float64(x)-float64(b[i][k])))
		}
		if difference > 0 {
			worst = max(worst, difference/largest)
		}
	}
	return worst
}

// like returns the next arrays of a list of floats, of the lengths of others.
func like(arrays [][]float32, floats []float32) (next [][]float32, rest []float32) {
	for _, a := range arrays {
		next, floats = append(next, floats[:len(a)]), floats[len(a):]
	}
	return next, floats
}

// A trail is the losses of a run, and all weights after each tenth step.
type trail struct {
	losses []float64
	kept   [][][]float32
}

const trainingSteps = 50

// train makes all steps of a network.
func (n *network) train(t testing.TB) (all trail) {
	optimizer := n.run.optimizer(t)
	for step := range trainingSteps {
		all.losses = append(all.losses, n.step(t, optimizer, step))
		if (step+1)%10 == 0 {
			var arrays [][]float32
			for _, a := range n.arrays() {
				arrays = append(arrays, slices.Clone(a))
			}
			all.kept = append(all.kept, arrays)
		}
	}
	return all
}

// unsteady are the runs that leave Keras' by more than 1e-5, by their numbers, and why. In
// each of them the last bit of the initial weights decides on more than that, so that they
// would leave Keras' in float64 as well.
var unsteady = map[int]string{
	7:  "rho is 0.5 and the rate 0.1: steps as long as weights, that follow the gradient of the moment",
	14: "centered, with a rho of 0.7: the divisor is the root of a difference of near numbers",
	18: "beta_2 is 0: it divides by the gradient of the moment, and leaps where that passes 0",
	34: "beta_2 is 0",
	37: "rates of 0.5 and 0.25: steps as long as weights",
	38: "rho is 1: it divides by nothing but epsilon, 1e-7",
	41: "a rate of 0.5, and three layers",
	50: "beta_2 is 0",
	55: "centered, with a rho of 0.7, after an exponential",
	60: "a rate of 0.1 from the first step on, when Adam divides each gradient by its own size; it comes back",
}

// A network of layers with regularizers and constraints goes where Keras' goes: after each
// tenth step no weight is further away than 1e-5 of the largest in its array. What a run
// makes of a change in the last bits of its initial weights says where that can be asked.
func TestTrainingAsKeras(t *testing.T) {
	const (
		near   = 1e-5
		steady = 1e-6 // sixteen times the change
	)
	runs, kept := readTrainings(t)
	seen := map[string]int{}
	for _, r := range runs {
		if testing.Short() && r.number%8 != 0 {
			continue
		}
		first := newNetwork(t, r).train(t)
		for _, set := range sepconv.Kernels()[1:] {
			require.Equal(t, first, newNetwork(t, r, sepconv.WithKernel(set)).train(t), "run %d by %s", r.number, set)
		}
		nudged := newNetwork(t, r)
		nudged.nudge(t)
		other := nudged.train(t)

		left, sensitive := false, 0.0
		at := kept[r.Offset:]
		for i, ours := range first.kept {
			var theirs [][]float32
			theirs, at = like(ours, at)
			sensitive = max(sensitive, apart(ours, other.kept[i]))
			if off := apart(theirs, ours); off > near {
				left = true
				require.Greater(t, sensitive, steady, "run %d, %v, step %d: it is off by %.2g", r.number, r, 10*(i+1), off)
			}
		}
		_, known := unsteady[r.number]
		require.Equal(t, known, left, "run %d, %v", r.number, r)
		if !known && r.penaltiesCount() {
			for step, want := range r.Losses {
				require.InEpsilon(t, want, first.losses[step], near, "run %d, %v, loss of step %d", r.number, r, step)
			}
		}
		for _, f := range r.features() {
			seen[f]++
		}
	}
	if testing.Short() {
		return
	}
	for _, f := range strings.Fields(`SGD Adam AdamW RMSprop keras3 tf_keras clipvalue clipnorm global_clipnorm weight_decay
		ExponentialDecay InverseTimeDecay PolynomialDecay PiecewiseConstantDecay CosineDecay
		valid same causal channels_first channels_last strides dilation multiplier bias nobias frozen rows columns
		L1 L2 L1L2 activity MaxNorm UnitNorm MinMaxNorm NonNeg`) {
		require.GreaterOrEqual(t, seen[f], 4, f)
	}
}

// penaltiesCount reports whether Keras' losses have the penalties that ours have: Keras 2
// counts those of frozen layers.
func (r *kerasTraining) penaltiesCount() bool {
	return r.Package != "tf_keras" || !slices.ContainsFunc(r.Layers, func(c sepconv.Config) bool { return c.Frozen })
}

// features names what takes part in a run.
func (r *kerasTraining) features() (all []string) {
	add := func(name string, is bool) {
		if is && !slices.Contains(all, name) {
			all = append(all, name)
		}
	}
	add(r.Class, true)
	add(r.Package, true)
	add(r.Schedule, r.Schedule != "")
	for name := range r.Arguments {
		add(name, true)
	}
	if r.Head != nil {
		add(r.Head.Mode, true)
	}
	for _, c := range r.Layers {
		add(string(c.Padding), true)
		add(string(c.DataFormat), true)
		add("strides", c.Strides > 1)
		add("dilation", c.DilationRate > 1)
		add("multiplier", c.DepthMultiplier > 1)
		add("bias", !c.NoBias)
		add("nobias", c.NoBias)
		add("frozen", c.Frozen)
		add("activity", c.ActivityRegularizer != nil)
		for _, of := range []regularizers.Regularizer{c.DepthwiseRegularizer, c.PointwiseRegularizer, c.BiasRegularizer} {
			if of != nil {
				add(of.Name(), true)
			}
		}
		for _, of := range []constraints.Constraint{c.DepthwiseConstraint, c.PointwiseConstraint, c.BiasConstraint} {
			if of != nil {
				add(of.Name(), true)
			}
		}
	}
	return all
}
