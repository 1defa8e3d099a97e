package keras

import (
	"errors"
	"fmt"
)

// foreignJSON is told by keys that are in it.
var foreignJSON = []struct {
	keys          []string
	what, instead string
}{
	{[]string{"modelTopology"}, "a model of TensorFlow.js", fromRuntime},
	{[]string{"weightsManifest"}, "the list of weights of TensorFlow.js", fromRuntime},
	{[]string{"keras_version", "date_saved"}, "the metadata of a .keras archive", "open the archive, or its " + configName},
	{[]string{"model_type"}, "the configuration of a model of Hugging Face's Transformers", "open its .safetensors"},
	{[]string{"architectures"}, "the configuration of a model of Hugging Face's Transformers", "open its .safetensors"},
	{[]string{"nbformat", "cells"}, "a Jupyter notebook", "run it, and open what it saves"},
	{[]string{"floatx", "image_data_format"}, "the settings of Keras (keras.json)", "open a model's file"},
}

// orForeignJSON returns an error that says what JSON is, if it was not the
// configuration of a model or a layer.
func orForeignJSON(err error, text []byte) error {
	if !errors.Is(err, errNoConfig) {
		return err
	}
	fields := members(text)
	for _, kind := range foreignJSON {
		all := true
		for _, key := range kind.keys {
			all = all && fields[key] != nil
		}
		if all {
			return fmt.Errorf("it is %s: %s", kind.what, kind.instead)
		}
	}
	return err
}
