package keras

import (
	"encoding/json"
	"fmt"
	"strings"

	"github.com/sepconv/go/internal/strictjson"
	"github.com/sepconv/go/sepconv"
	"github.com/sepconv/go/sepconv/custom"
)

// Keras is a generation of Keras.
type Keras int

const (
	Keras3 Keras = iota // 3.15
	Keras2              // TensorFlow 2.4 to 2.15, and tf_keras
)

// MarshalConfig returns what json.dumps(layer.get_config()) gives in Keras for a
// layer of this configuration, to the byte: what from_config reads. What that
// Keras does not know is an error that wraps sepconv.ErrConfig. Objects of the
// user's are in the form in which they were read (see custom.Object), or in
// that of Keras 3.
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

// legacyObjects puts the user's objects in a configuration of Keras 2 into the form
// in which Keras 2 up to 2.11 writes them: a function as its name, a class by the
// name it was registered under. In a model without modules, such as in an .h5, all
// of Keras 2 reads only these, though from 2.12 on it writes others.
func legacyObjects(config []byte) []byte {
	var parts []string
	for _, m := range strictjson.Members(config) {
		parts = append(parts, pythonString(m.Key)+": "+legacyObject(m.Value))
	}
	return []byte("{" + strings.Join(parts, ", ") + "}")
}

func legacyObject(value json.RawMessage) string {
	var object custom.Object
	if _, ok := parseObject(value); !ok || json.Unmarshal(value, &object) != nil {
		return string(value)
	}
	name := pythonString(object.Name())
	if config := member(value, "config"); config != nil && config[0] == '{' {
		return `{"class_name": ` + name + `, "config": ` + string(config) + "}"
	}
	return name
}
