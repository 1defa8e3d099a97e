package keras

import (
	"fmt"

	"github.com/sepconv/go/internal/texthash"
	"github.com/sepconv/go/sepconv"
)

// finder finds the index of a token: that of the mask, that of the word, or that of a
// bucket for what is not known.
type finder struct {
	index    map[string]int
	mask     string
	hasMask  bool
	masked   int // the index of the mask; nowhere if it is not counted, or there is none
	oovToken string

	firstBucket, buckets int
	salted               bool
	salt                 [2]uint64
}

// nowhere is the index of what is not counted: the mask, where indices are not given
// themselves.
const nowhere = -1

// all finds the indices of tokens.
func (f *finder) all(s *tokens) error {
	for i := range s.spans {
		n, ok := f.one(s.token(i))
		if !ok {
			return fmt.Errorf("%w: %.80q is not in the vocabulary, and num_oov_indices is 0", sepconv.ErrShape, s.token(i))
		}
		s.indices = append(s.indices, n)
	}
	return nil
}

func (f *finder) one(token []byte) (index int, ok bool) {
	if f.hasMask && string(token) == f.mask {
		return f.masked, true
	}
	if i, isWord := f.index[string(token)]; isWord {
		return i, true
	}
	return f.bucket(token)
}

// bucket returns the index of what is not known.
func (f *finder) bucket(token []byte) (index int, ok bool) {
	switch {
	case f.buckets < 2:
		return f.firstBucket, f.buckets == 1
	case f.salted:
		return f.firstBucket + int(texthash.Sip(token, f.salt)%uint64(f.buckets)), true
	}
	return f.firstBucket + int(texthash.Farm(token)%uint64(f.buckets)), true
}
