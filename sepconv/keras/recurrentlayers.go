package keras

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/sepconv/go/internal/engine"
	flow "github.com/sepconv/go/internal/graph"
	"github.com/sepconv/go/sepconv"
)

// recurrentLayers are the builders of layers that go from step to step.
var recurrentLayers = map[string]layerBuilder{
	"SimpleRNN":     {buildRecurrent, false},
	"LSTM":          {buildRecurrent, false},
	"GRU":           {buildRecurrent, false},
	"Bidirectional": {buildBidirectional, false},
}

func buildRecurrent(b *building) ([]tensor, error) {
	states, err := b.initialStates()
	if err != nil {
		return nil, err
	}
	out, _, err := b.direction(b.l.Class, b.l.cellWeights(), false, states)
	return out, err
}

// initialStates returns the initial states that the call names; none are zeros.
func (b *building) initialStates() ([]tensor, error) {
	if len(b.in) > 1 {
		return b.in[1:], nil
	}
	var list []tensor
	for _, a := range b.call.Arguments {
		if a.Name != "initial_state" || b.scope == nil {
			continue
		}
		for _, o := range a.Outputs {
			t, err := b.scope.output(o)
			if err != nil {
				return nil, err
			}
			list = append(list, t)
		}
	}
	return list, nil
}

// cellWeights are the arrays of a recurrent layer, which some files have in its cell.
func (l *Layer) cellWeights() []*Tensor {
	if len(l.Weights) == 0 && len(l.Layers) == 1 && l.Layers[0] != nil {
		return l.Layers[0].Weights
	}
	return l.Weights
}

// recurrence is the operations of a recurrent layer.
type recurrence struct {
	input, step flow.Op
	layer       flow.Recurrent
}

// direction adds a recurrent layer of a class, whose configuration is b's. reverse
// turns its direction around.
func (b *building) direction(class string, weights []*Tensor, reverse bool, states []tensor) (out []tensor, r flow.Recurrent, err error) {
	if err := b.threeAxes(); err != nil {
		return nil, r, err
	}
	made, err := b.recurrence(class, weights, reverse, len(states))
	if err != nil {
		return nil, r, err
	}
	r = made.layer
	x, err := b.add(made.input, b.in[0].value)
	if err != nil {
		return nil, r, err
	}
	in := []flow.Value{x}
	if r.Masked {
		in = append(in, b.in[0].mask)
	}
	for _, s := range states {
		in = append(in, s.value)
	}
	values, err := b.addAll(made.step, in...)
	if err != nil {
		return nil, r, err
	}
	for _, v := range values {
		out = append(out, tensor{value: v})
	}
	if r.Sequences && r.Masked {
		out[0].mask, out[0].hasMask = b.in[0].mask, true
	}
	return out, r, nil
}

// recurrence makes the operations: a product for all inputs at once, and the steps.
func (b *building) recurrence(class string, weights []*Tensor, reverse bool, states int) (made recurrence, err error) {
	if b.flag("stateful", false) {
		return made, unsupportedf("stateful is true; its states would go on from one run to the next")
	}
	if b.flag("time_major", false) {
		return made, unsupportedf("time_major is true; the batch must be the first axis")
	}
	if b.l.keras2 && b.l.InTraining() && (b.number("dropout", 0) > 0 || b.number("recurrent_dropout", 0) > 0) {
		return made, errors.New("it is called with training=True, and so drops at random in predict of Keras 2, too; call it without")
	}
	depth, err := b.last()
	if err != nil {
		return made, err
	}
	r, err := b.cell(class, reverse, states)
	if err != nil {
		return made, err
	}
	wide := times(r.Units, r.Gates())
	if wide < 0 {
		return made, fmt.Errorf("%w: units is %d, which is too many", sepconv.ErrConfig, r.Units)
	}
	kernel, bias, err := b.cellArrays(weights, &r, depth, wide)
	if err != nil {
		return made, err
	}
	if err := b.spend(depth+r.Units, wide); err != nil {
		return made, err
	}
	return recurrence{flow.NewDense(&b.target, kernel, bias, depth, wide, engine.Activation{}), flow.NewRecurrent(&b.target, r), r}, b.err
}

// cell reads the configuration of a recurrent layer that is given so many initial states.
func (b *building) cell(class string, reverse bool, states int) (r flow.Recurrent, err error) {
	r = flow.Recurrent{
		Units: b.integer("units", 0, 1), Sequences: b.flag("return_sequences", false), Final: b.flag("return_state", false),
		Backwards: b.flag("go_backwards", false) != reverse, ZeroMasked: b.flag("zero_output_for_mask", false),
		Masked: b.in[0].hasMask, WithInitial: states > 0,
	}
	if b.zeroMasked { // as a Bidirectional says, whatever its layers do
		r.ZeroMasked = r.Sequences
	}
	switch class {
	case "LSTM":
		r.Cell = flow.LSTM
	case "GRU":
		r.Cell = flow.GRU
		if !b.flag("reset_after", !b.l.keras2 || b.c["reset_after"] != nil) {
			r.Cell = flow.GRUBefore
		}
	}
	r.Activation = b.activation("activation")
	if r.Cell != flow.SimpleRNN {
		r.Gate = b.activation("recurrent_activation")
	}
	if gated(r.Activation) || gated(r.Gate) {
		return r, fmt.Errorf("%w: its activation is glu, which halves what it is given", sepconv.ErrConfig)
	}
	if states > 0 && states != r.States() {
		return r, fmt.Errorf("%w: it is given %d initial states; it takes %d", sepconv.ErrShape, states, r.States())
	}
	return r, b.err
}

// cellArrays returns the kernel of the input and its bias, and gives r the arrays of its own.
// wide is the number of columns of all gates together.
func (b *building) cellArrays(weights []*Tensor, r *flow.Recurrent, depth, wide int) (kernel, bias []float32, err error) {
	shapes := [][]int{{depth, wide}, {r.Units, wide}}
	biased := b.flag("use_bias", true)
	switch {
	case biased && r.Cell == flow.GRU: // one for the input, one for the states
		shapes = append(shapes, []int{2, wide})
	case biased:
		shapes = append(shapes, []int{wide})
	}
	arrays, err := b.l.arraysOf(weights, []string{"its kernel", "its recurrent kernel", "its bias"}, shapes)
	if err != nil {
		return nil, nil, err
	}
	r.Weights = arrays[1]
	if biased {
		bias = arrays[2][:wide]
		if r.Cell == flow.GRU {
			r.Bias = arrays[2][wide:]
		}
	}
	for _, a := range arrays {
		b.bytes += 4 * int64(len(a))
	}
	return arrays[0], bias, nil
}

// buildBidirectional runs a layer in both directions.
func buildBidirectional(b *building) ([]tensor, error) {
	forward, ok := parseObject(b.c["layer"])
	if !ok {
		return nil, unsupportedf("it has no layer")
	}
	backward, own := parseObject(b.c["backward_layer"])
	if !own {
		backward = forward
	}
	states, err := b.initialStates()
	if err != nil {
		return nil, err
	}
	if len(states)%2 != 0 {
		return nil, fmt.Errorf("%w: it is given %d initial states; each direction takes as many", sepconv.ErrShape, len(states))
	}
	var halves [2][]tensor
	sequences := false
	for i, o := range []object{forward, backward} {
		if isRecurrent := o.class == "LSTM" || o.class == "GRU" || o.class == "SimpleRNN"; !isRecurrent || o.registered != "" && o.registered != o.class {
			return nil, unsupportedf("it has a layer of class %.80q; there are LSTM, GRU and SimpleRNN", o.class)
		}
		each := *b
		each.c = configuration(members(o.config))
		weights, err := b.l.directionWeights(i)
		if err != nil {
			return nil, err
		}
		each.zeroMasked = true
		out, r, err := each.direction(o.class, weights, i == 1 && !own, states[i*len(states)/2:(i+1)*len(states)/2])
		if err != nil {
			return nil, err
		}
		halves[i], sequences = out, r.Sequences
	}
	y, back := halves[0][0], halves[1][0]
	if sequences {
		if back.value, err = b.add(flow.NewReverse(), back.value); err != nil {
			return nil, err
		}
	}
	out, err := b.mergeDirections(y.value, back.value)
	if err != nil {
		return nil, err
	}
	for i := range out {
		out[i].mask, out[i].hasMask = y.mask, y.hasMask
	}
	return append(append(out, halves[0][1:]...), halves[1][1:]...), nil
}

// mergeDirections merges the outputs as merge_mode says.
func (b *building) mergeDirections(forward, backward flow.Value) ([]tensor, error) {
	mode := "null"
	if b.c["merge_mode"] == nil || b.c.given("merge_mode") {
		mode = b.word("merge_mode", "concat", "sum", "ave", "mul")
	}
	var v flow.Value
	var err error
	switch mode {
	case "concat":
		v, err = b.add(flow.NewConcat(-1), forward, backward)
	case "sum":
		v, err = b.add(flow.NewMerge(flow.Add), forward, backward)
	case "ave":
		if v, err = b.add(flow.NewMerge(flow.Add), forward, backward); err == nil {
			v, err = b.add(b.affine(0, []float64{0.5}, []float64{0}), v)
		}
	case "mul":
		v, err = b.add(flow.NewMerge(flow.Multiply), forward, backward)
	default:
		return []tensor{{value: forward}, {value: backward}}, nil
	}
	return []tensor{{value: v}}, err
}

// directionWeights returns the arrays of one direction: 0 forward, 1 backward.
func (l *Layer) directionWeights(i int) ([]*Tensor, error) {
	if n := len(l.Weights); n > 0 {
		if n%2 != 0 {
			return nil, fmt.Errorf("%w: it has %d arrays; both directions need as many", sepconv.ErrWeights, n)
		}
		return l.Weights[i*n/2 : (i+1)*n/2], nil
	}
	// Files have them in groups named after attributes, backward_layer first; the names of these
	// layers may be the user's own.
	var both []*Layer
	for _, inner := range l.Layers {
		if inner != nil && inner.Class == "" {
			both = append(both, inner)
		}
	}
	if len(both) != 2 {
		return nil, nil
	}
	if strings.HasPrefix(both[0].Name, "forward") && !strings.HasPrefix(both[1].Name, "forward") {
		slices.Reverse(both)
	}
	return both[1-i].cellWeights(), nil
}
