package main

import (
	"context"
	"errors"
	"fmt"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"time"

	"github.com/sepconv/go/bench/internal/protocol"
)

// prepareModel has every peer build a model, and compares the outputs.
func (f *field) prepareModel(w *modelload) ([]*contestant, error) {
	if len(f.peers) == 0 {
		return nil, nil
	}
	if err := protocol.WriteNetwork(f.dir, w.files()); err != nil {
		return nil, err
	}
	var converted error
	if f.convert != nil {
		converted = f.convert(f.dir)
	}
	var all []*contestant
	for _, p := range f.peers {
		c := &contestant{peer: p, layer: peerLayer{ID: w.ID}}
		if c.err = c.open(w, f.dir); c.err != nil && converted != nil {
			c.err = fmt.Errorf("%w (%w)", c.err, converted)
		}
		all = append(all, c)
	}
	return all, nil
}

// open has a peer build a model, and compares its output.
func (c *contestant) open(w *modelload, dir string) error {
	reply, output, err := c.peer.open(w.message(), w.OutputElements(), dir)
	if err != nil {
		return err
	}
	c.ready(&reply)
	c.layer.Error, err = compareOutputs(output[w.first:w.last], w.dst[0][w.first:w.last])
	return err
}

// modelBound is how far the outputs of two implementations may be apart, as a share of
// the largest output: some thousand roundings of 2^-24 one after the other, in one
// direction. Another padding, or a bias that is not there, gives outputs that are
// further off by far.
const modelBound = 1e-4

// compareOutputs reports an output that is further off than the bound, and returns the
// largest difference as a share of it.
func compareOutputs(theirs, ours []float32) (float64, error) {
	largest := 0.0
	for _, y := range ours {
		largest = max(largest, math.Abs(float64(y)))
	}
	allowed, worst := modelBound*largest, 0.0
	for i, y := range theirs {
		difference := math.Abs(float64(y) - float64(ours[i]))
		if !(difference <= allowed) { // NaN is not
			return 0, fmt.Errorf("element %d of its output is %v; ours is %v, and %.3g is the most that they may differ", i, y, ours[i], allowed)
		}
		worst = max(worst, difference)
	}
	if worst == 0 {
		return 0, nil
	}
	return worst / allowed, nil
}

// convert writes the model in the formats of those peers that do not read Keras'. It takes
// TensorFlow's environment. Where it fails those peers cannot run, and it says why.
func convert(dir string) error {
	const limit = 5 * time.Minute
	for _, name := range []string{"model.onnx", "model.tflite"} { // of the model before
		if err := os.Remove(filepath.Join(dir, name)); err != nil && !errors.Is(err, os.ErrNotExist) {
			return err
		}
	}
	cache, err := cacheDir()
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(context.Background(), limit)
	defer cancel()
	cmd := exec.CommandContext(ctx, filepath.Join(cache, "tensorflow", "bin", "python"), filepath.Join("peers", "python", "convert.py"), dir)
	cmd.WaitDelay = time.Second
	var output tail
	cmd.Stderr = &output
	if err := cmd.Run(); err != nil {
		return fmt.Errorf("convert.py: %w: %s", err, output.lastLine())
	}
	return nil
}
