package fuzz

import (
	"flag"
	"testing"

	"github.com/sepconv/go/sepconv"
)

// FuzzForward holds every set of kernels, with one thread and several, to the
// pure-Go one.
func FuzzForward(f *testing.F) {
	seed(f)
	f.Fuzz(func(t *testing.T, data []byte) {
		l := newLayer(&source{data})
		want, ok := l.run(t, l.batch, l.src, sepconv.WithKernel("generic"), sepconv.WithThreads(1))
		for _, set := range sepconv.Kernels() {
			for _, threads := range []int{1, 3} {
				got, same := l.run(t, l.batch, l.src, sepconv.WithKernel(set), sepconv.WithThreads(threads))
				if ok != same {
					t.Fatalf("%s: %s: accepted %t, by generic %t", l, set, same, ok)
				}
				if i := differ(want, got); i >= 0 {
					t.Fatalf("%s: %s with %d threads: element %d is %x, generic's is %x", l, set, threads, i, got[i], want[i])
				}
			}
		}
	})
}

// FuzzBatch holds a batch to its signals, each run by itself.
func FuzzBatch(f *testing.F) {
	seed(f)
	f.Fuzz(func(t *testing.T, data []byte) {
		l := newLayer(&source{data})
		all, ok := l.run(t, l.batch, l.src)
		if !ok {
			return
		}
		for n := range l.batch {
			signal := l.src[n*len(l.src)/l.batch : (n+1)*len(l.src)/l.batch]
			one, _ := l.run(t, 1, signal)
			if i := differ(one, all[n*len(all)/l.batch:]); i >= 0 {
				t.Fatalf("%s: signal %d: element %d is %x in the batch, %x by itself", l, n, i, all[n*len(all)/l.batch+i], one[i])
			}
		}
	})
}

// FuzzFormats holds channels_first to channels_last. Activations along the last
// axis act on another one there, and are left out.
func FuzzFormats(f *testing.F) {
	seed(f)
	f.Fuzz(func(t *testing.T, data []byte) {
		l := newLayer(&source{data})
		if alongAxis(l.config.Activation) {
			t.Skip("an activation along the last axis")
		}
		l.config.DataFormat = sepconv.ChannelsLast
		last, ok := l.run(t, l.batch, l.src)
		l.config.DataFormat = sepconv.ChannelsFirst
		first, same := l.run(t, l.batch, transposed(l.src, l.batch, l.steps, l.channels))
		if ok != same {
			t.Fatalf("%s: channels_last accepted %t, channels_first %t", l, ok, same)
		}
		if l.batch == 0 || len(last) == 0 {
			return
		}
		want := transposed(last, l.batch, len(last)/l.batch/l.config.Filters, l.config.Filters)
		if i := differ(want, first); i >= 0 {
			t.Fatalf("%s: element %d is %x in channels_first, %x in channels_last", l, i, first[i], want[i])
		}
	})
}

func alongAxis(a sepconv.Activation) bool {
	switch a {
	case sepconv.Softmax, sepconv.Sparsemax, sepconv.GLU:
		return true
	}
	_, custom := a.(sepconv.ActivationFunc)
	return custom
}

// transposed exchanges the last two axes.
func transposed(x []float32, batch, rows, columns int) []float32 {
	y := make([]float32, len(x))
	for n := range batch {
		for r := range rows {
			for c := range columns {
				y[(n*columns+c)*rows+r] = x[(n*rows+r)*columns+c]
			}
		}
	}
	return y
}

// seed adds layers of every kind; testdata/fuzz has those that found something.
func seed(f *testing.F) {
	f.Helper()
	seeds := 300
	if fuzzing := flag.Lookup("test.fuzz").Value.String() != ""; fuzzing && testing.Short() {
		seeds = 10 // all are run by go test; -fuzztime counts them too, and would end before anything new
	}
	f.Add([]byte{})
	for i := range seeds {
		f.Add(seedBytes(i))
	}
}
