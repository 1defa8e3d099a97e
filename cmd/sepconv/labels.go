package main

import (
	"fmt"
	"os"
	"strings"

	"github.com/sepconv/go/sepconv/keras"
)

// maxLabels bounds the file of labels, which has a word for each class.
const maxLabels = 64 << 20

// readLabels reads the names of the last axis of the outputs: a list for each that has so
// many, nil for others, and nil if there is no file.
func readLabels(name string, program *keras.Program) (all [][]string, err error) {
	if name == "" {
		return nil, nil
	}
	info, err := os.Stat(name)
	if err != nil {
		return nil, err
	}
	if info.Size() > maxLabels {
		return nil, fmt.Errorf("%s: it has %d bytes; labels are a line each, and may have %d", name, info.Size(), maxLabels)
	}
	data, err := os.ReadFile(name)
	if err != nil {
		return nil, err
	}
	var labels []string
	for line := range strings.Lines(strings.TrimPrefix(string(data), "\ufeff")) {
		labels = append(labels, strings.TrimSpace(line))
	}
	outputs, fits := "", false
	for _, out := range program.Outputs() {
		all = append(all, nil)
		if out.Shape[len(out.Shape)-1] == len(labels) {
			all[len(all)-1], fits = labels, true
		}
		outputs += fmt.Sprintf(", %q of shape %s", out.Name, shapeText(out.Shape))
	}
	if !fits {
		return nil, fmt.Errorf("%s: it has %d labels, one a line; the last axis of the output must be as long: %s", name, len(labels), outputs[2:])
	}
	return all, nil
}
