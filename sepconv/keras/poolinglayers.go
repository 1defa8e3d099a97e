package keras

import (
	flow "github.com/sepconv/go/internal/graph"
)

// poolingLayers are maxima and means over time.
var poolingLayers = map[string]layerBuilder{
	"MaxPooling1D":           {buildPooling(false), false},
	"MaxPool1D":              {buildPooling(false), false},
	"AveragePooling1D":       {buildPooling(true), false},
	"AvgPool1D":              {buildPooling(true), false},
	"GlobalMaxPooling1D":     {buildGlobalPooling(false), false},
	"GlobalMaxPool1D":        {buildGlobalPooling(false), false},
	"GlobalAveragePooling1D": {buildGlobalPooling(true), false},
	"GlobalAvgPool1D":        {buildGlobalPooling(true), false},
}

func buildPooling(mean bool) func(*building) ([]tensor, error) {
	return func(b *building) ([]tensor, error) {
		first := b.channelsFirst()
		if err := b.threeAxes(); err != nil {
			return nil, err
		}
		size := b.integer("pool_size", 2, 1)
		w := b.window(size, size, "valid", "same")
		return b.chain(b.inTime(first, flow.NewPool(w, mean))...)
	}
}

// buildGlobalPooling is over all steps; a mean is of those that the mask leaves.
func buildGlobalPooling(mean bool) func(*building) ([]tensor, error) {
	return func(b *building) ([]tensor, error) {
		first := b.channelsFirst()
		if err := b.threeAxes(); err != nil {
			return nil, err
		}
		keep := b.flag("keepdims", false)
		op := flow.NewGlobalPool(mean, keep)
		x := b.in[0]
		if !mean || !x.hasMask {
			if first && !keep {
				return b.chain(flow.NewPermute(0, 2, 1), op)
			}
			return b.chain(b.inTime(first, op)...)
		}
		v := x.value
		var err error
		if first {
			if v, err = b.add(flow.NewPermute(0, 2, 1), v); err != nil {
				return nil, err
			}
		}
		if v, err = b.add(op, v, x.mask); err != nil {
			return nil, err
		}
		if first && keep {
			v, err = b.add(flow.NewPermute(0, 2, 1), v)
		}
		return []tensor{{value: v}}, err
	}
}
