package main

import (
	"fmt"
	"slices"
	"time"

	"github.com/sepconv/go/sepconv"
)

// chunk is how much sound comes at a time: 10 ms, as recorders and telephones give it.
const chunk = sampleRate / 100

// chain is the network for sound that comes in chunks: each layer is a stream, and takes
// what the one before it gives.
type chain struct {
	streams []*sepconv.Stream
	filters []int
	outputs [][]float32 // of the layers, for a chunk
	means   *means
}

// stream returns the network for sounds of so many samples. The layers have to know how
// many, since with strides Keras' padding depends on it: an endless sound would be said
// to have as many as those of the training, or a multiple of that.
func (n *network) stream(samples int) (*chain, error) {
	c := &chain{outputs: make([][]float32, len(n.layers)), means: newMeans(len(n.words))}
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
	c.means.add(x)
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
	c, err := n.stream(len(samples))
	if err != nil {
		return nil, err
	}
	for x := range slices.Chunk(samples, chunk) {
		start := time.Now()
		if err := c.push(x); err != nil {
			return nil, err
		}
		*l = append(*l, time.Since(start))
	}
	if err := c.end(); err != nil {
		return nil, err
	}
	return c.means.scores(), nil
}

// latencies is how long chunks took.
type latencies []time.Duration

// String returns the median, what 99 % are within, the longest, and the share of the
// time that the sound lasts.
func (l latencies) String() string {
	if len(l) == 0 {
		return "no chunks"
	}
	sorted := slices.Sorted(slices.Values(l))
	sum := time.Duration(0)
	for _, d := range l {
		sum += d
	}
	at := func(q float64) float64 { return float64(sorted[int(q*float64(len(sorted)-1))].Microseconds()) }
	return fmt.Sprintf("%d chunks of 10 ms: median %.0f us, 99 %% within %.0f us, the longest %.0f us; %.2f %% of real time",
		len(l), at(0.5), at(0.99), at(1), 100*sum.Seconds()/(float64(len(l))*chunk/sampleRate))
}
