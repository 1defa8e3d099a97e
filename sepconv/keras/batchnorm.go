package keras

import (
	"encoding/json"

	"github.com/sepconv/go/sepconv"
)

// batchNormConfig is what counts of the configuration of a BatchNormalization.
type batchNormConfig struct {
	Axis    json.RawMessage `json:"axis"` // an integer, of Keras 2 also a list of one
	Epsilon *float64        `json:"epsilon"`
	Center  *bool           `json:"center"`
	Scale   *bool           `json:"scale"`
}

// batchNormNames are the names of the layer's weights in Keras' order.
func batchNormNames(config json.RawMessage) (names []string) {
	var c batchNormConfig
	if json.Unmarshal(config, &c) != nil {
		return nil
	}
	if c.Scale == nil || *c.Scale {
		names = append(names, "gamma")
	}
	if c.Center == nil || *c.Center {
		names = append(names, "beta")
	}
	return append(names, "moving_mean", "moving_variance")
}

// torchNames are PyTorch's names of the same arrays.
var torchNames = map[string]string{"weight": "gamma", "bias": "beta", "running_mean": "moving_mean", "running_var": "moving_variance"}

// torchEpsilon is what PyTorch's BatchNorm1d adds to the variance by default.
const torchEpsilon = 1e-5

// BatchNorm returns the weights of a BatchNormalization of Keras, or a BatchNorm1d
// of PyTorch in safetensors (with PyTorch's default epsilon, since the file does
// not say), for sepconv's FoldBatchNorm.
func (l *Layer) BatchNorm() (sepconv.BatchNorm, error) {
	b := sepconv.BatchNorm{Epsilon: torchEpsilon}
	names := torchNames
	if l.Class != "" || l.Config != nil {
		if !l.is("BatchNormalization") {
			return b, l.errorf("it is of class %.80q, not BatchNormalization of Keras", l.className())
		}
		var c batchNormConfig
		if err := json.Unmarshal(l.Config, &c); err != nil {
			return b, l.errorf("%w", err)
		}
		if b.Epsilon = 0; c.Epsilon != nil {
			b.Epsilon = *c.Epsilon
		}
		if c.Epsilon != nil && *c.Epsilon == 0 {
			b.Epsilon = sepconv.ExplicitZero()
		}
		names = nil
	}
	for _, t := range l.Weights {
		name := t.Name
		if names != nil {
			name = names[name]
		}
		switch name {
		case "gamma":
			b.Gamma = t.Values
		case "beta":
			b.Beta = t.Values
		case "moving_mean":
			b.Mean = t.Values
		case "moving_variance":
			b.Variance = t.Values
		}
	}
	if b.Mean == nil || b.Variance == nil {
		return b, l.errorf("%w: it has no mean and variance in the file", sepconv.ErrWeights)
	}
	return b, nil
}

// onChannels tells whether the layer normalizes the axis of channels.
func (l *Layer) onChannels(f sepconv.DataFormat) bool {
	var c batchNormConfig
	if json.Unmarshal(l.Config, &c) != nil {
		return false
	}
	axis := []int{-1}
	if c.Axis != nil && json.Unmarshal(c.Axis, &axis[0]) != nil && json.Unmarshal(c.Axis, &axis) != nil || len(axis) != 1 {
		return false
	}
	if f == sepconv.ChannelsFirst {
		return axis[0] == 1 || axis[0] == -2
	}
	return axis[0] == 2 || axis[0] == -1
}
