package keras

import (
	"errors"
	"fmt"
	"slices"

	flow "github.com/sepconv/go/internal/graph"
	"github.com/sepconv/go/sepconv"
)

// textLayers take text. A program does not: what they make of it is its input.
var textLayers = map[string]layerBuilder{
	"TextVectorization": {buildText, false},
	"StringLookup":      {buildText, false},
	"Hashing":           {buildText, false},
}

// textInput is an input of text, which no operation takes, or the text that a
// StringLookup with invert makes of indices.
type textInput struct {
	shape  flow.Shape
	source int // of the model's inputs
	made   *Text
}

// buildText makes the layer's output an input of the program.
func buildText(b *building) ([]tensor, error) {
	t, err := once(b, b.text)
	if err == nil {
		err = b.err
	}
	if err != nil {
		return nil, err
	}
	x := b.in[0]
	switch {
	case t.invert && x.text != nil:
		return nil, errors.New("invert is true, and its input is text; it takes indices")
	case t.invert:
		return []tensor{{value: x.value, text: &textInput{made: t}}}, nil
	case x.text == nil && b.l.is("Hashing"):
		return nil, unsupportedf("its input is numbers; a Hashing of text is computed here")
	case x.text == nil:
		return nil, errors.New("its input is not one of text")
	case x.text.made != nil:
		return nil, unsupportedf("its input is the text that another layer makes; here text comes from outside")
	}
	if slices.Contains(x.text.shape, 0) {
		return nil, fmt.Errorf("%w: its input has shape %v, in which there is no text", sepconv.ErrShape, x.text.shape)
	}
	shape, groups, err := t.shape(x.text.shape, b.l.keras2)
	if err != nil {
		return nil, err
	}
	v, err := b.newInput(b.l, shape, Port{Integer: t.mode == "int", Text: t.grouped(groups), source: x.text.source, text: x.text.shape})
	return []tensor{{value: v}}, err
}

// shape returns that of the numbers for texts of a shape, and the groups of words that are
// added up. Keras 3 alone takes texts with more axes than one where it does not give
// indices, and goes along the first of them, whatever its documents say.
func (t *Text) shape(in flow.Shape, keras2 bool) (shape flow.Shape, groups int, err error) {
	splits := t.cut != nil && t.cut.split != ""
	rank, depth := len(in), t.depth
	switch {
	case splits && (rank > 2 || rank == 2 && in[1] != 1):
		return nil, 0, fmt.Errorf("%w: its input has shape %v; where texts are split it must be [? 1]", sepconv.ErrShape, in)
	case t.cut != nil && !splits && rank != 2:
		return nil, 0, unsupportedf("split is null and its input has shape %v: Keras takes what is along the batch for a text then; give the model an Input of shape (1,)", in)
	case t.cut != nil && t.mode == "int":
		n := t.length
		if !splits {
			n = t.cut.count(in[1], t.length)
		}
		return flow.Shape{flow.Open, n}, 1, nil
	case t.mode == "int":
		return in, 1, nil
	case t.mode == "one_hot" && (!keras2 || rank == 1 || rank == 2 && in[1] == 1):
		if rank > 1 && in[rank-1] == 1 {
			in = in[:rank-1]
		}
		if rank == 3 && len(in) == 2 && in[1] == 1 && t.find.index == nil {
			in = in[:1] // which a Hashing does twice
		}
		return append(slices.Clone(in), depth), 1, nil
	case t.mode != "one_hot" && (splits || rank == 2):
		return flow.Shape{flow.Open, depth}, 1, nil
	case t.mode != "one_hot" && rank == 3 && !keras2 && in[2] > 0 && in[2] <= maxDepthOfText/depth:
		return flow.Shape{flow.Open, in[2], depth}, in[2], nil
	}
	return nil, 0, unsupportedf("output_mode is %s and its input has shape %v; it is computed of [? n]", t.mode, in)
}

// count returns how many tokens there are of a text that is given as n, cut off or filled
// up to a length.
func (c *cutter) count(n, length int) int {
	switch {
	case length >= 0:
		return length
	case n < 0 || c.ngrams == nil:
		return n
	}
	joined := 0
	for _, width := range c.ngrams {
		joined += max(0, n-width+1)
	}
	return joined
}
