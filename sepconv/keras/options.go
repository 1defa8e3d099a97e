package keras

import (
	"cmp"
	"fmt"

	"github.com/sepconv/go/internal/budget"
	"github.com/sepconv/go/sepconv"
)

// Option changes how a file is read.
type Option func(*settings) error

type settings struct {
	maxBytes    int64
	activations activations
}

// DefaultMaxBytes is the limit without WithMaxBytes: 1 GiB.
const DefaultMaxBytes = 1 << 30

// WithMaxBytes bounds the memory that a file takes: for the weights, of which a
// float32 takes 4 bytes, whatever the file's type; for configurations, names, the
// lists of layers and whatever else is in the file or is made of it. What goes
// beyond is an error that names the limit.
//
// Estimates are on the safe side. What is allocated in all, that which is freed on
// the way included, stays below 4 times the limit and a megabyte. It is the limit
// again for each file of LoadWeights, and for what one call of Blocks, Write or Save
// makes anew of layers that are in several places.
func WithMaxBytes(n int64) Option {
	return func(s *settings) error {
		if n < 1 {
			return fmt.Errorf("%w: the limit is %d bytes; it must be at least 1", sepconv.ErrConfig, n)
		}
		s.maxBytes = n
		return nil
	}
}

func newSettings(options []Option) (*settings, error) {
	s := &settings{maxBytes: DefaultMaxBytes}
	for _, o := range options {
		if o == nil {
			return nil, fmt.Errorf("%w: an option is nil; leave it out", sepconv.ErrConfig)
		}
		if err := o(s); err != nil {
			return nil, err
		}
	}
	return s, nil
}

// newBudget returns what one file may take.
func newBudget(maxBytes int64) *budget.Budget { return budget.New(maxBytes, "keras.WithMaxBytes") }

// newBudget returns what one call may make of the model; a Model that was not read
// from a file has the default limit.
func (m *Model) newBudget() *budget.Budget { return newBudget(cmp.Or(m.maxBytes, DefaultMaxBytes)) }
