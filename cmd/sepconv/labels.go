package main

import (
	"context"
	"fmt"
	"io"
	"strings"

	"github.com/sepconv/go/sepconv/keras"
)

// maxLabels bounds the file of labels, which has a word for each class.
const maxLabels = 64 << 20

// readLabels reads the names of the last axis of the outputs: a list for each that has so
// many, nil for others, and nil if there is no file.
func readLabels(ctx context.Context, name string, program *keras.Program) (all [][]string, err error) {
	if name == "" {
		return nil, nil
	}
	r, closer, err := openFile(ctx, name)
	if err != nil {
		return nil, err
	}
	defer closer.Close()
	data, err := io.ReadAll(io.LimitReader(r, maxLabels+1))
	if err != nil {
		return nil, err
	}
	if len(data) > maxLabels {
		return nil, fmt.Errorf("%s: it has more than %d bytes; labels are a line each", name, maxLabels)
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
