package keras

import (
	"encoding/json"

	"github.com/sepconv/go/internal/strictjson"
	"github.com/sepconv/go/sepconv"
)

// batchNormNames are the names of the layer's weights in Keras' order.
func batchNormNames(config json.RawMessage) (names []string) {
	fields := members(config)
	for _, optional := range []struct{ key, name string }{{"scale", "gamma"}, {"center", "beta"}} {
		if text := fields[optional.key]; text == nil || string(text) == "true" {
			names = append(names, optional.name)
		}
	}
	return append(names, "moving_mean", "moving_variance")
}

// torchNames are PyTorch's names of the same arrays.
var torchNames = map[string]string{"weight": "gamma", "bias": "beta", "running_mean": "moving_mean", "running_var": "moving_variance"}

// What BatchNormalization of Keras and BatchNorm1d of PyTorch add to the variance
// by default.
const (
	kerasEpsilon = 1e-3
	torchEpsilon = 1e-5
)

// BatchNorm returns the weights of a BatchNormalization of Keras, or a BatchNorm1d
// of PyTorch in safetensors, for sepconv's FoldBatchNorm.
//
// Where the file has no configuration it does not say the epsilon, which then is
// the default, 1e-3 of Keras and 1e-5 of PyTorch: set BatchNorm.Epsilon if the
// layer has another. The arrays are told by their names; where they are only
// numbered, as in .weights.h5, four are gamma, beta, mean and variance, and fewer
// are an error, since nothing tells gamma from beta.
func (l *Layer) BatchNorm() (b sepconv.BatchNorm, err error) {
	if err := l.check(); err != nil {
		return b, err
	}
	if l.Class == "" && l.Config == nil {
		return l.bareBatchNorm()
	}
	if !l.is("BatchNormalization") {
		return b, l.errorf("it is of class %.80q, not BatchNormalization of Keras", l.className())
	}
	if b.Epsilon, err = l.epsilon(); err != nil {
		return b, err
	}
	err = l.readBatchNorm(&b, (*Tensor).name)
	return b, err
}

// epsilon returns that of the configuration; 0, which is the default, if it has
// none.
func (l *Layer) epsilon() (float64, error) {
	text := member(l.Config, "epsilon")
	if strictjson.IsNull(text) {
		return 0, nil
	}
	e, ok := strictjson.Float(text)
	if !ok {
		return 0, l.errorf("%w: epsilon is %.40s; it must be a number", sepconv.ErrConfig, text)
	}
	switch e {
	case 0:
		return sepconv.Zero, nil
	case sepconv.Zero:
		return 0, l.errorf("%w: epsilon is 2^63, which stands for 0 here", sepconv.ErrConfig)
	}
	return e, nil
}

// bareBatchNorm returns the weights of a layer that has no configuration.
func (l *Layer) bareBatchNorm() (b sepconv.BatchNorm, err error) {
	if l.weight("running_mean") != nil {
		b.Epsilon = torchEpsilon
		err = l.readBatchNorm(&b, func(t *Tensor) string { return torchNames[t.Name] })
		return b, err
	}
	b.Epsilon = kerasEpsilon
	if l.weight("0") == nil {
		err = l.readBatchNorm(&b, (*Tensor).name)
		return b, err
	}
	names := batchNormNames(nil)
	if n := len(l.Weights); n != len(names) {
		return b, l.errorf("%w: it has %d numbered arrays and no configuration; only 4 are known to be gamma, beta, mean and variance: Open the model's JSON and LoadWeights this file",
			sepconv.ErrWeights, n)
	}
	numbered := map[*Tensor]string{}
	for i, t := range l.Weights {
		numbered[t] = names[i]
	}
	err = l.readBatchNorm(&b, func(t *Tensor) string { return numbered[t] })
	return b, err
}

// readBatchNorm sets the arrays of b to those of the layer, each by its name.
func (l *Layer) readBatchNorm(b *sepconv.BatchNorm, name func(*Tensor) string) error {
	for _, t := range l.Weights {
		to := map[string]*[]float32{"gamma": &b.Gamma, "beta": &b.Beta, "moving_mean": &b.Mean, "moving_variance": &b.Variance}[name(t)]
		if to == nil {
			continue
		}
		if err := l.checkArray(t); err != nil {
			return err
		}
		*to = t.Values
	}
	if len(l.Weights) == 0 {
		return l.errorf("%w: it has no weights: give the model some with Model.LoadWeights if the file is a configuration alone; otherwise "+unbuilt, sepconv.ErrWeights)
	}
	if b.Mean == nil || b.Variance == nil {
		return l.errorf("%w: it has no mean and variance in the file", sepconv.ErrWeights)
	}
	return nil
}

// name is the array's name, as a function.
func (t *Tensor) name() string { return t.Name }

// onChannels reports whether the layer normalizes the axis of channels, which is
// an integer, of Keras 2 also a list of one.
func (l *Layer) onChannels(f sepconv.DataFormat) bool {
	axis := -1
	if text := member(l.Config, "axis"); !strictjson.IsNull(text) {
		n, ok := strictjson.Int(text)
		if list, isList := strictjson.Ints(text); isList && len(list) == 1 {
			n, ok = list[0], true
		}
		if !ok {
			return false
		}
		axis = n
	}
	if f == sepconv.ChannelsFirst {
		return axis == 1 || axis == -2
	}
	return axis == 2 || axis == -1
}
