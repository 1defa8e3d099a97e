package keras

import (
	flow "github.com/sepconv/go/internal/graph"
)

// wrapperLayers have another layer in them.
var wrapperLayers = map[string]layerBuilder{
	"TimeDistributed": {buildTimeDistributed, true},
}

// buildTimeDistributed gives each step to a layer as if it were an element of the
// batch.
func buildTimeDistributed(b *building) ([]tensor, error) {
	if len(b.in) != 1 || !b.l.wrapper {
		return nil, unsupportedf("it must have one layer and one input")
	}
	x := b.in[0]
	merged, err := b.add(flow.NewMergeTime(), x.value)
	if err != nil {
		return nil, err
	}
	call := &Call{Arguments: []Argument{{}}}
	out, err := b.apply(b.l.Layers[0], call, []tensor{{value: merged}}, b.scope)
	if err != nil {
		return nil, err
	}
	for i := range out {
		if out[i].value, err = b.add(flow.NewSplitTime(), out[i].value, x.value); err != nil {
			return nil, err
		}
		out[i].hasMask = false
	}
	return out, nil
}
