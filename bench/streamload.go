package main

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"time"

	"github.com/sepconv/go/sepconv"
)

// A streamload is a stream, or a bank of them, in the midst of its signals, and what peers
// do instead: the layer or the model on the window of steps that gives the same outputs.
type streamload struct {
	streamcase
	from    string
	flops   float64 // of a push
	weights int     // bytes that a push reads
	push    func() error
	once    time.Duration // that a push takes, about

	// prepare has peers build the window.
	prepare func(*field) ([]*contestant, error)
}

// newStreamload draws weights and signals, holds what is pushed to what the window gives,
// and pushes until it is warm.
func newStreamload(c streamcase, kernel string, threads int) (*streamload, error) {
	w := &streamload{streamcase: c}
	build := w.buildLayer
	if c.period > 0 {
		build = w.buildModel
	}
	if err := build(kernel, threads); err != nil {
		return nil, err
	}
	return w, w.warmUp()
}

// buildLayer streams a layer of the suite. Its window is the layer without padding, on
// the steps before the chunk that the kernel reaches and the chunk, a row of a batch for
// each signal.
func (w *streamload) buildLayer(kernel string, threads int) error {
	l, err := w.layer()
	if err != nil {
		return err
	}
	streamed, err := newWorkload(l, kernel, sepconv.ChannelsLast, threads)
	if err != nil {
		return err
	}
	l.Batch, l.Steps, l.Padding = w.slots, (l.Kernel-1)*l.Dilation+w.frames, string(sepconv.Valid)
	l.ID = w.id
	window, err := newWorkload(l, kernel, sepconv.ChannelsLast, threads)
	if err != nil {
		return err
	}
	w.from, w.flops = l.From, l.flops()
	w.weights = 4 * (len(window.weights.Depthwise) + len(window.weights.Pointwise) + len(window.weights.Bias))
	w.prepare = func(f *field) ([]*contestant, error) { return f.prepare(window) }
	if w.slots > 1 {
		return w.pushBank(streamed.plan, window)
	}
	return w.pushStream(streamed.plan, window)
}

// pushStream pushes the end of the window to a stream that has had its beginning.
func (w *streamload) pushStream(plan *sepconv.Plan, window *workload) error {
	stream, err := plan.Stream()
	if err != nil {
		return err
	}
	past, chunk := window.split(0, w.frames)
	if _, err := stream.Push(make([]float32, stream.Steps(len(past)/window.layer.Channels)*window.layer.Filters), past); err != nil {
		return err
	}
	dst := make([]float32, w.frames*window.layer.Filters)
	w.push = func() error {
		_, err := stream.Push(dst, chunk)
		return err
	}
	return w.holds(dst, window.dst)
}

// pushBank does the same to the slots of a bank, in an order that is drawn.
func (w *streamload) pushBank(plan *sepconv.Plan, window *workload) error {
	bank, err := plan.Bank(w.slots)
	if err != nil {
		return err
	}
	slots := rand.New(rand.NewPCG(seed, 1)).Perm(w.slots)
	var src []float32
	steps := make([]int, w.slots)
	for row, slot := range slots {
		past, chunk := window.split(row, w.frames)
		n := len(past) / window.layer.Channels
		if _, err := bank.Push([]int{slot}, make([]float32, bank.Steps(slot, n)*window.layer.Filters), past, []int{n}); err != nil {
			return err
		}
		src, steps[row] = append(src, chunk...), w.frames
	}
	dst := make([]float32, w.slots*w.frames*window.layer.Filters)
	w.push = func() error {
		_, err := bank.Push(slots, dst, src, steps)
		return err
	}
	return w.holds(dst, window.dst)
}

// split returns what is before the last frames of a signal of the batch, and these.
func (w *workload) split(row, frames int) (past, chunk []float32) {
	size := w.layer.Steps * w.layer.Channels
	signal, at := w.src[row*size:][:size], size-frames*w.layer.Channels
	return signal[:at], signal[at:]
}

// buildModel streams a model that gives its scores at each step. Its window is the steps that
// a score depends on: with Same padding, of all the scores that the model makes of it, the
// one that sees no zeros counts.
func (w *streamload) buildModel(kernel string, threads int) error {
	window, err := newModelload(w.of, kernel, threads)
	if err != nil {
		return err
	}
	m := window.Model
	stream, err := window.program.Stream()
	if err != nil {
		return err
	}
	reach, delay := stream.Reach(0), stream.Delay(0)
	if reach != m.Input[0] {
		return fmt.Errorf("the model is of %d steps; a score depends on %d", m.Input[0], reach)
	}
	channels, scores := m.Input[1], m.Output[1]
	window.first, window.last = (reach-1-delay)*scores, (reach-delay)*scores
	w.from, w.flops = m.From, m.FLOPs()/float64(reach)*float64(w.frames)
	for i := range m.Weights {
		w.weights += 4 * len(m.Weights[i].Values)
	}
	w.prepare = func(f *field) ([]*contestant, error) { return f.prepareModel(window) }

	at := len(window.src[0]) - w.frames*channels
	past, chunk := [][]float32{window.src[0][:at]}, [][]float32{window.src[0][at:]}
	if _, err := stream.Push([][]float32{make([]float32, stream.Steps(0, at/channels)*scores)}, past); err != nil {
		return err
	}
	dst := [][]float32{make([]float32, w.frames*scores)}
	w.push = func() error {
		_, err := stream.Push(dst, chunk)
		return err
	}
	return w.holds(dst[0], window.dst[0][window.first:window.last])
}

// holds pushes once, and reports an output that is not that of the window, to the bit.
func (w *streamload) holds(dst, window []float32) error {
	if err := w.push(); err != nil {
		return err
	}
	same := slices.EqualFunc(dst, window, func(x, y float32) bool { return math.Float32bits(x) == math.Float32bits(y) })
	if !same {
		return fmt.Errorf("the stream gives %v...; the window gives %v", dst[0], window[0])
	}
	return nil
}

// warmUp pushes for at least warmTime.
func (w *streamload) warmUp() error {
	for n := 1; ; n *= 2 {
		elapsed, err := w.time(n)
		if err != nil || elapsed >= warmTime {
			w.once = elapsed / time.Duration(n)
			return err
		}
	}
}

// time returns how long n pushes take.
func (w *streamload) time(n int) (time.Duration, error) {
	start := time.Now()
	for range n {
		if err := w.push(); err != nil {
			return 0, err
		}
	}
	return time.Since(start), nil
}

// each adds to a list what each of n pushes takes, in microseconds.
func (w *streamload) each(n int, list []float64) ([]float64, error) {
	for range n {
		start := time.Now()
		if err := w.push(); err != nil {
			return list, err
		}
		list = append(list, time.Since(start).Seconds()*1e6)
	}
	return list, nil
}
