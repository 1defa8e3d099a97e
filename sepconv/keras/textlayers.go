package keras

import (
	"errors"
	"strings"

	flow "github.com/sepconv/go/internal/graph"
)

// textLayers take text. A program does not: what they make of it is its input.
var textLayers = map[string]layerBuilder{
	"TextVectorization": {buildText, false},
	"StringLookup":      {buildText, false},
}

// isText reports whether an input layer takes strings.
func (l *Layer) isText() bool { return strings.Contains(string(member(l.Config, "dtype")), `"string"`) }

// buildText makes the layer's output an input of the program.
func buildText(b *building) ([]tensor, error) {
	x := b.in[0]
	if x.text == nil {
		return nil, errors.New("its input is not one of text")
	}
	t, err := once(b, b.text)
	if err != nil || b.err != nil {
		return nil, errors.Join(err, b.err)
	}
	shape := flow.Shape{flow.Open, t.length}
	if t.isLookup && t.mode == "int" {
		shape = flow.Shape(x.text.shape).With(0, flow.Open)
	}
	v, err := b.newInput(b.l, shape, x.text.place, Port{Integer: t.mode == "int", Text: t})
	return []tensor{{value: v}}, err
}
