package main

import (
	"encoding/gob"
	"fmt"
	"io"
	"os"

	"github.com/sepconv/go/internal/atomicfile"
)

// checkpoint is all that a run needs to go on as if it had never stopped.
type checkpoint struct {
	Settings  settings
	History   []epoch
	Random    []byte
	Optimizer []byte
	Arrays    []array
}

// array is a variable, or what a batch normalization has collected.
type array struct {
	Name   string
	Values []float32
}

// save writes the run to a file, whole or not at all.
func (t *training) save(name string) error {
	c := checkpoint{Settings: t.settings, History: t.history, Arrays: t.network.state()}
	var err error
	if c.Random, err = t.random.MarshalBinary(); err != nil {
		return err
	}
	if c.Optimizer, err = t.optimizer.MarshalBinary(); err != nil {
		return err
	}
	return atomicfile.Write(name, func(w io.Writer) error { return gob.NewEncoder(w).Encode(c) })
}

// state returns all that a network has learned. The slices are its own.
func (n *network) state() (all []array) {
	for _, v := range n.variables {
		all = append(all, array{v.Name, v.Value})
	}
	for i, b := range n.blocks {
		if b.norm != nil {
			all = append(all,
				array{fmt.Sprintf("layer_%d_norm/moving_mean", i), b.norm.MovingMean},
				array{fmt.Sprintf("layer_%d_norm/moving_variance", i), b.norm.MovingVariance})
		}
	}
	return all
}

// readCheckpoint reads what save wrote.
func readCheckpoint(name string) (*checkpoint, error) {
	f, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	c := new(checkpoint)
	if err := gob.NewDecoder(f).Decode(c); err != nil {
		return nil, fmt.Errorf("%s is not a checkpoint: %w", name, err)
	}
	if c.Settings.Epochs < len(c.History) || len(c.History) == 0 {
		return nil, fmt.Errorf("%s is not a checkpoint: %d of %d epochs are done", name, len(c.History), c.Settings.Epochs)
	}
	return c, nil
}

// restore makes a run that has not begun what it was when c was saved.
func (t *training) restore(c *checkpoint) error {
	if err := t.random.UnmarshalBinary(c.Random); err != nil {
		return err
	}
	if err := t.optimizer.UnmarshalBinary(c.Optimizer); err != nil {
		return err
	}
	arrays := t.network.state()
	if len(c.Arrays) != len(arrays) {
		return fmt.Errorf("the checkpoint has %d arrays; the network has %d", len(c.Arrays), len(arrays))
	}
	for i, to := range arrays {
		from := c.Arrays[i]
		if from.Name != to.Name || len(from.Values) != len(to.Values) {
			return fmt.Errorf("the checkpoint has %d values of %q where the network has %d of %q", len(from.Values), from.Name, len(to.Values), to.Name)
		}
		copy(to.Values, from.Values)
	}
	t.history = c.History
	return nil
}
