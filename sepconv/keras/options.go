package keras

import (
	"fmt"

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

// WithMaxBytes bounds the memory that reading a file takes: for the weights, and
// for the members of an archive that are compressed. A float32 takes 4 bytes,
// whatever the file's type.
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
