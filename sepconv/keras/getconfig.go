package keras

import (
	"encoding/json"
	"fmt"
	"strings"

	"github.com/sepconv/go/sepconv"
)

// Keras is a generation of Keras.
type Keras int

const (
	Keras3 Keras = iota // 3.15
	Keras2              // TensorFlow 2.4 to 2.15, and tf_keras
)

// MarshalConfig returns what json.dumps(layer.get_config()) gives in Keras for a
// layer of this configuration, to the byte: what from_config reads. What that
// Keras does not know is an error that wraps sepconv.ErrConfig.
func MarshalConfig(c sepconv.Config, k Keras) ([]byte, error) {
	var text []byte
	var err error
	switch k {
	case Keras2:
		text, err = c.MarshalKeras2()
	case Keras3:
		if text, err = json.Marshal(c); err == nil && strings.EqualFold(string(c.Padding), string(sepconv.Causal)) {
			err = fmt.Errorf("%w: Keras 3 has no causal padding; Keras 2 has: save as %s", sepconv.ErrConfig, H5)
		}
	default:
		err = fmt.Errorf("%w: there is no Keras(%d)", sepconv.ErrConfig, k)
	}
	if err != nil {
		return nil, err
	}
	return pythonJSON(text)
}
