package main

import (
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/sepconv/go/examples/internal/sound"
	"github.com/sepconv/go/sepconv"
	"github.com/sepconv/go/sepconv/keras"
)

// chunk is how much sound comes at a time: 10 ms, as recorders and telephones give it.
const chunk = sound.Rate / 100

// ear is the network for sound that comes in chunks.
type ear struct {
	stream  *keras.Stream
	words   int
	outputs [1][]float32
	inputs  [1][]float32
}

// stream returns the network for sounds of so many samples. It has to know how many, since
// with strides Keras' padding depends on it; an endless sound is said to have as many as
// those of the training.
func (n *network) stream(samples int) (*ear, error) {
	s, err := n.program.Stream(sepconv.KnownLength(int64(samples)))
	return &ear{stream: s, words: len(n.words)}, err
}

// push gives the network the next samples, and returns the scores of the steps that they
// complete, which are there until the next ones.
func (e *ear) push(samples []float32) ([]float32, error) {
	y := e.output(e.stream.Steps(0, len(samples)))
	e.inputs[0] = samples
	_, err := e.stream.Push(e.outputs[:], e.inputs[:])
	return y, err
}

// end ends the sound, and returns the last scores.
func (e *ear) end() ([]float32, error) {
	y := e.output(e.stream.Rest(0))
	_, err := e.stream.Flush(e.outputs[:])
	return y, err
}

// output returns memory for the scores of so many steps.
func (e *ear) output(steps int) []float32 {
	n := steps * e.words
	e.outputs[0] = slices.Grow(e.outputs[0][:0], n)[:n]
	return e.outputs[0]
}

// inChunks is run for samples that come in chunks. It notes how long each took.
func (n *network) inChunks(samples []float32, l *latencies) ([]float32, error) {
	m := newMeans(len(n.words))
	e, err := n.stream(len(samples))
	if err != nil {
		return nil, err
	}
	for x := range slices.Chunk(samples, chunk) {
		start := time.Now()
		y, err := e.push(x)
		if err != nil {
			return nil, err
		}
		m.add(y)
		l.add(time.Since(start))
	}
	y, err := e.end()
	if err != nil {
		return nil, err
	}
	m.add(y)
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
