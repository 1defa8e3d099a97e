package sepconv

import (
	"fmt"

	"github.com/sepconv/go/internal/dispatch"
	"github.com/sepconv/go/internal/engine"
	"github.com/sepconv/go/internal/inside"
)

// CompileOption changes how Compile and Train prepare a layer, or a model of package
// keras, for this machine.
type CompileOption func(*inside.Compilation) error

// WithKernel forces a set of kernels: one of Kernels. Without it the environment
// variable SEPCONV_KERNEL decides, and without that the best set. All sets
// compute the same bits. For a set that this CPU cannot run, or an unknown one, Compile
// returns an error that wraps ErrKernel.
func WithKernel(name string) CompileOption {
	return func(c *inside.Compilation) error {
		c.Kernel = name
		return nil
	}
}

// WithThreads bounds the number of goroutines that work on one Run, or on a Forward or
// Backward of a Trainer, the caller's included. Without it they are at most GOMAXPROCS at
// the time. Small inputs take fewer.
func WithThreads(n int) CompileOption {
	return func(c *inside.Compilation) error {
		if n < 1 {
			return fmt.Errorf("%w: threads is %d; it must be at least 1", ErrConfig, n)
		}
		c.Threads = n
		return nil
	}
}

// WithRecompute makes a Trainer keep no intermediate results from Forward to Backward, but
// compute them again: see Trainer.Memory. The bits are the same. Only Train takes it.
func WithRecompute() CompileOption {
	return func(c *inside.Compilation) error {
		c.Training, c.Recompute = true, true
		return nil
	}
}

// WithUndividedActivity makes a Trainer not divide the penalty of the activity regularizer
// by the batch, as Keras 3.0 to 3.13 did: see regularizers.Activity. Only Train takes it.
func WithUndividedActivity() CompileOption {
	return func(c *inside.Compilation) error {
		c.Training, c.Undivided = true, true
		return nil
	}
}

// resolve returns what options set, and the kernels, caches and threads that follow from it.
func resolve(options []CompileOption) (c inside.Compilation, t engine.Target, err error) {
	if c, err = inside.Apply(options); err != nil {
		return c, t, err
	}
	if c.MaxBytes != 0 {
		return c, t, fmt.Errorf("%w: keras.WithMaxMemory bounds the runs of a whole model; a layer takes no such option", ErrConfig)
	}
	set, err := dispatch.Pick(c.Kernel)
	if err != nil {
		return c, t, fmt.Errorf("%w: %w", ErrKernel, err)
	}
	l1, l2, l3 := dispatch.Caches()
	return c, engine.Target{Set: set, L1: l1, L2: l2, L3: l3, Threads: c.Threads}, nil
}

// StreamOption states what a stream cannot know by itself: that of a layer, or of a model
// of package keras.
type StreamOption func(*inside.Streaming) error

// KnownLength states how many steps each signal will have. It is needed for Same padding
// with strides of more than 1: how many zeros Keras puts in front of a signal then depends
// on its length. Only the remainder of the length by the strides counts, in a model by the
// product of all strides, so that may be given instead. Flush refuses a signal of another
// remainder with an error that wraps ErrState.
func KnownLength(steps int64) StreamOption {
	return func(s *inside.Streaming) error {
		if steps < 0 {
			return fmt.Errorf("%w: the known length is %d; it must be at least 0", ErrShape, steps)
		}
		s.Known, s.Length = true, steps
		return nil
	}
}
