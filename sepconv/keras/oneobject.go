package keras

import (
	"encoding/binary"
	"fmt"
	"hash/maphash"
	"math"
	"slices"
	"sync"

	"github.com/sepconv/go/internal/budget"
	"github.com/sepconv/go/sepconv"
)

// oneObject is what was built of a layer that is in several places. A file of a
// megabyte may have a layer in thousands: its arrays are built once, and each place
// gets a layer of its own that shares them.
type oneObject struct {
	mutex sync.Mutex // a model may be read by several goroutines
	layer *sepconv.Layer
	seed  maphash.Seed
	print uint64 // of what it was built from, which the caller may change
}

// build builds the layer of a place. As in Keras, the configuration of the first
// place is that of all.
func (o *oneObject) build(place *Layer) (*sepconv.Layer, error) {
	first := place.first()
	if !slices.Equal(place.Weights, first.Weights) { // set by the caller, at one place
		return place.buildOwn()
	}
	o.mutex.Lock()
	defer o.mutex.Unlock()
	if o.layer == nil {
		o.seed = maphash.MakeSeed()
	}
	print := first.print(o.seed)
	if o.layer == nil || o.print != print {
		layer, err := first.buildOwn()
		if err != nil {
			return nil, err
		}
		o.layer, o.print = layer, print
	}
	return o.layer.Clone(), nil
}

// print returns a hash of the layer's configuration and of its arrays, which are
// exported and may have been changed in place.
func (l *Layer) print(seed maphash.Seed) uint64 {
	var h maphash.Hash
	h.SetSeed(seed)
	_, _ = h.Write(l.Config)
	var block [4096]byte
	for _, t := range l.Weights {
		if t == nil {
			continue
		}
		fmt.Fprint(&h, t.Shape, t.DType, t.Err, len(t.Values))
		for values := range slices.Chunk(t.Values, len(block)/4) {
			for i, v := range values {
				binary.LittleEndian.PutUint32(block[4*i:], math.Float32bits(v))
			}
			_, _ = h.Write(block[:4*len(values)])
		}
	}
	return h.Sum64()
}

// repeats is what one call makes anew of layers that are in several places.
type repeats struct{ *budget.Budget }

// spend counts the arrays of a layer if they are those of another place.
func (r repeats) spend(l *Layer) error {
	if l.same == nil {
		return nil
	}
	for _, t := range l.Weights {
		if err := r.Spend("the arrays of layers that are in several places", int64(len(t.Values)), 4); err != nil {
			return l.errorf("%w", err)
		}
	}
	return nil
}
