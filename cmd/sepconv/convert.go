package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/sepconv/go/internal/atomicfile"
	"github.com/sepconv/go/sepconv/keras"
)

const convertHelp = `sepconv convert [flags] FILE OUTPUT

Writes a model in the format that the ending of OUTPUT says. OUTPUT is written whole or
not at all, also if it is interrupted.

	sepconv convert model.keras model.weights.h5
	sepconv convert -weights model.weights.h5 model.json model.keras
	sepconv convert model.h5 model.keras
	sepconv convert -to safetensors separable.keras - > separable.safetensors

Formats: .keras, .h5, .weights.h5, .json (the configuration alone) and .safetensors.

A model goes into the formats of the Keras that it is of: one of .keras into .weights.h5
and .json, one of .h5 into .h5 (and .json, of Keras 2), and a .json with weights into
.keras. A whole model in an .h5, of Keras 2 or 3, also goes into the .keras of Keras 3,
translated: what was read from it computes the same bits. What Keras 3 does not have or
computes otherwise, such as the hard_sigmoid of Keras 2, is an error that names the layer;
a .keras of Keras 2 stays one. A Sequential model of SeparableConv1D layers alone goes into
all of them, as .keras for Keras 3 and as .h5 for Keras 2. What does not go is an error
that says what does. What a format does not hold is told on standard error.

Flags:

  -f              replace OUTPUT if there is such a file
  -to FORMAT      keras, h5, weights.h5, json or safetensors, whatever the ending says
  -weights FILE   weights of a model that is a JSON; again for each of several pieces
  -max-bytes N    what the model may take; 1G
  -progress       show progress, even if standard error is no terminal
`

// outputFormats are the formats that are written, .weights.h5 before .h5.
var outputFormats = []keras.Format{keras.WeightsH5, keras.H5, keras.Archive, keras.JSON, keras.Safetensors}

func convertCommand(e *env, args []string) error {
	var m modelFlags
	f := newFlags("convert")
	m.add(f)
	force := f.Bool("f", false, "")
	to := f.String("to", "", "")
	showProgress := f.Bool("progress", false, "")
	rest, err := parse(f, args)
	if err != nil {
		return err
	}
	if len(rest) != 2 {
		return wrongUse("there are %d files; give two, the one that is read and the one that is written", len(rest))
	}
	format, err := formatOf(*to, rest[1])
	if err != nil {
		return err
	}
	if err := checkOutput(rest[1], *force); err != nil {
		return err
	}
	var p *progress
	if *showProgress || isTerminal(e.stderr) {
		p = newProgress(e.stderr, "reading "+rest[0])
		defer p.end()
	}
	model, err := m.open(rest[0])
	if err != nil {
		return err
	}
	p.stage("writing "+rest[1], 0)
	write := func(w io.Writer) error { return model.Write(interruptibleWriter{e.ctx, w}, format) }
	if rest[1] == "-" {
		if isTerminal(e.stdout) && format != keras.JSON {
			return wrongUse("%s is not for a terminal; give a file", format)
		}
		err = write(e.stdout)
	} else {
		err = atomicfile.Write(rest[1], write)
	}
	if err != nil {
		return fmt.Errorf("%s: %w", rest[1], err)
	}
	for _, what := range lost(model, format) {
		fmt.Fprintf(e.stderr, "sepconv convert: %s: %s\n", rest[1], what)
	}
	return nil
}

// formatOf tells the format of a file.
func formatOf(to, name string) (keras.Format, error) {
	for _, f := range outputFormats {
		if to != "" && "."+strings.TrimPrefix(to, ".") == string(f) || to == "" && strings.HasSuffix(strings.ToLower(name), string(f)) {
			return f, nil
		}
	}
	const all = "keras, h5, weights.h5, json or safetensors"
	if to != "" {
		return "", wrongUse("-to is %q; it may be %s", to, all)
	}
	return "", wrongUse("the ending of %q is of no format; name it, as -to %s", name, all)
}

// checkOutput reports a file that would be replaced.
func checkOutput(name string, force bool) error {
	if force || name == "-" {
		return nil
	}
	switch _, err := os.Lstat(name); {
	case err == nil:
		return fmt.Errorf("%s: there is such a file; -f replaces it", name)
	case errors.Is(err, os.ErrNotExist):
		return nil
	default:
		return err
	}
}

// lost tells what of a model is not in the file that was written.
func lost(model *keras.Model, format keras.Format) (list []string) {
	weights := 0
	for l := range model.All() {
		weights += len(l.Weights)
	}
	hasConfig := model.Config() != nil
	switch {
	case format == keras.JSON && weights > 0:
		other := keras.WeightsH5
		if model.Format == keras.H5 {
			other = keras.H5
		}
		list = append(list, fmt.Sprintf("the configuration alone; the %d arrays of weights are not in it (%s has them)", weights, other))
	case (format == keras.WeightsH5 || format == keras.Safetensors) && hasConfig:
		list = append(list, "the weights alone; the configuration is not in it, nor is what a layer keeps beside, such as a vocabulary (.json has the configuration)")
	}
	if (format == keras.H5 || format == keras.Archive) && model.Format == keras.H5 {
		list = append(list, "what compile gave, such as an optimizer and its state, is not in it, if it was in the file")
	}
	var config struct {
		Compile struct {
			Optimizer any `json:"optimizer"`
		} `json:"compile_config"`
	}
	if format == keras.Archive && json.Unmarshal(model.Config(), &config) == nil && config.Compile.Optimizer != nil {
		list = append(list, "the state of the optimizer is not in it; training goes on with a new one")
	}
	return list
}
