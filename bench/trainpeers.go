package main

import "github.com/sepconv/go/bench/internal/protocol"

// prepareTraining has every peer build a layer in training, and holds outputs and
// gradients to the bound.
func (f *field) prepareTraining(t *trainload) ([]*contestant, error) {
	if len(f.peers) == 0 {
		return nil, nil
	}
	if err := protocol.WriteJob(f.dir, t.job()); err != nil {
		return nil, err
	}
	b, err := newTrainingBound(t)
	var all []*contestant
	for _, p := range f.peers {
		c := &contestant{peer: p, layer: peerLayer{ID: t.layer.ID}, err: err}
		if err == nil {
			c.err = c.train(t, b, f.dir)
		}
		all = append(all, c)
	}
	return all, nil
}

func (c *contestant) train(t *trainload, b *trainingBound, dir string) error {
	reply, output, gradients, err := c.peer.train(t.layer.message(), dir)
	if err != nil {
		return err
	}
	c.ready(&reply)
	c.layer.Error, err = b.check(output, gradients)
	return err
}
