package keras

import (
	flow "github.com/sepconv/go/internal/graph"
)

// maskLayers make masks.
var maskLayers = map[string]layerBuilder{"Masking": {buildMasking, false}}

// buildMasking makes a step 0 whose elements all have a value, and masks it.
func buildMasking(b *building) ([]tensor, error) {
	value := float32(b.number("mask_value", 0))
	x := b.in[0].value
	mask, err := b.add(flow.NewAnyNotEqual(value), x)
	if err != nil {
		return nil, err
	}
	v, err := b.add(flow.NewFill(0), x, mask)
	return []tensor{{value: v, mask: mask, hasMask: true}}, err
}
