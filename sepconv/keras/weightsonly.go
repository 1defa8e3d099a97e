package keras

import (
	"fmt"

	"github.com/sepconv/go/sepconv"
)

// checkConfigured reports a model of which only weights are known: nothing tells
// which of its layers are SeparableConv1D, and none would be found without a word.
func (m *Model) checkConfigured() error {
	if err := m.check(); err != nil {
		return err
	}
	if m.config == nil && len(m.Layers) == 1 && m.Layers[0].Class != "" && !m.Layers[0].IsKeras() {
		return fmt.Errorf("%w: the file has one object, of class %.80q, whose code alone knows its layers; of a layer that computes what SeparableConv1D does, use Layer.SeparableConv1D or Layer.Build",
			sepconv.ErrFile, m.Layers[0].className())
	}
	for l := range m.All() {
		if l.Class != "" {
			return nil
		}
	}
	const build = "build layers with Layer.Build and a configuration that you know"
	text := ""
	switch {
	case (m.unlisted || m.config == nil) && len(m.Layers) == 0:
		text = "the file has no weights: " + unbuilt
	case m.unlisted:
		text = "the model is of a class whose code alone knows the layers; " + build
	case m.config == nil && m.Format == Safetensors:
		text = "safetensors have no configuration; build layers with Model.TorchSeparableConv1D"
	case m.config == nil:
		text = "the file has weights and no configuration; " + build + ", or Open the model's JSON (to_json) and give its LoadWeights this file"
	default:
		return nil
	}
	return fmt.Errorf("%w: %s", sepconv.ErrFile, text)
}

// unbuilt is what to do about layers without weights.
const unbuilt = "the model was saved before it was built; in Keras call it once on data and save it again"
