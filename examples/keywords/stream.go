package main

import (
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/sepconv/go/examples/internal/sound"
	"github.com/sepconv/go/sepconv"
)

// chunk is how much sound comes at a time: 10 ms, as recorders and telephones give it.
const chunk = sound.Rate / 100

// chain is the network for sound that comes in chunks: each layer is a stream, and takes
// what the one before it gives.
type chain struct {
	streams []*sepconv.Stream
	filters []int
	outputs [][]float32 // of the layers, for a chunk
	scores  scores
}

// scores take what the last layer gives, some steps at a time.
type scores interface{ add(x []float32) }

// stream returns the network for sounds of so many samples, and what its scores go to.
// The layers have to know how many, since with strides Keras' padding depends on it; an
// endless sound is said to have as many as those of the training.
func (n *network) stream(samples int, to scores) (*chain, error) {
	c := &chain{outputs: make([][]float32, len(n.layers)), scores: to}
	for i, layer := range n.layers {
		s, err := layer.Stream(sepconv.KnownLength(int64(samples)))
		if err != nil {
			return nil, fmt.Errorf("layer %d: %w", i, err)
		}
		shape, err := layer.OutputShape(1, samples)
		if err != nil {
			return nil, fmt.Errorf("layer %d: %w", i, err)
		}
		c.streams, c.filters = append(c.streams, s), append(c.filters, shape[2])
		samples = shape[1]
	}
	return c, nil
}

// push gives the network the next samples.
func (c *chain) push(samples []float32) error { return c.pushFrom(0, samples) }

// pushFrom gives a layer its next steps, and those after it what comes of them.
func (c *chain) pushFrom(first int, x []float32) error {
	for i := first; i < len(c.streams); i++ {
		channels := 1
		if i > 0 {
			channels = c.filters[i-1]
		}
		y := c.output(i, c.streams[i].Steps(len(x)/channels))
		if _, err := c.streams[i].Push(y, x); err != nil {
			return fmt.Errorf("layer %d: %w", i, err)
		}
		x = y
	}
	c.scores.add(x)
	return nil
}

// end ends the sound: what the layers still have to give goes through those after them.
func (c *chain) end() error {
	for i, s := range c.streams {
		y := c.output(i, s.Rest())
		if _, err := s.Flush(y); err != nil {
			return fmt.Errorf("layer %d: %w", i, err)
		}
		if err := c.pushFrom(i+1, y); err != nil {
			return err
		}
	}
	return nil
}

// output returns memory for steps of a layer's output.
func (c *chain) output(layer, steps int) []float32 {
	n := steps * c.filters[layer]
	c.outputs[layer] = slices.Grow(c.outputs[layer][:0], n)[:n]
	return c.outputs[layer]
}

// inChunks is run for samples that come in chunks. It notes how long each took.
func (n *network) inChunks(samples []float32, l *latencies) ([]float32, error) {
	m := newMeans(len(n.words))
	c, err := n.stream(len(samples), m)
	if err != nil {
		return nil, err
	}
	for x := range slices.Chunk(samples, chunk) {
		start := time.Now()
		if err := c.push(x); err != nil {
			return nil, err
		}
		l.add(time.Since(start))
	}
	if err := c.end(); err != nil {
		return nil, err
	}
	return m.scores(), nil
}

// latencies counts how long chunks took, in whole microseconds: however long a sound goes
// on, there are not many that differ.
type latencies struct {
	chunks map[int64]int
	n      int
	sum    time.Duration
}

func (l *latencies) add(d time.Duration) {
	if l.chunks == nil {
		l.chunks = map[int64]int{}
	}
	l.chunks[d.Microseconds()]++
	l.n, l.sum = l.n+1, l.sum+d
}

// within returns within how many microseconds a share of the chunks were.
func (l *latencies) within(share float64) (micros int64) {
	n := 0
	for _, micros = range slices.Sorted(maps.Keys(l.chunks)) {
		if n += l.chunks[micros]; float64(n) >= share*float64(l.n) {
			break
		}
	}
	return micros
}

// String returns the median, what 99 % are within, the longest, and the share of the
// time that the sound lasts.
func (l *latencies) String() string {
	if l.n == 0 {
		return "no chunks"
	}
	return fmt.Sprintf("%d chunks of 10 ms: median %d us, 99 %% within %d us, the longest %d us; %.2f %% of real time",
		l.n, l.within(0.5), l.within(0.99), l.within(1), 100*l.sum.Seconds()/(float64(l.n)*chunk/sound.Rate))
}
