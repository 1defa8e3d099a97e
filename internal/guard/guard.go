// Package guard gives tests slices that end or begin at an unreadable page, so
// that a kernel which reads or writes one float too many faults, and turns that
// fault into a failure of the test. Only tests import it.
//
// Where a system is not a Unix there are no such pages, and nothing is read-only:
// there only canaries around a slice tell of what was written beside it.
package guard

import (
	"fmt"
	"math"
	"math/rand/v2"
	"sync"
	"testing"
	"unsafe"
)

// Canary is the bits of what surrounds a slice, and of what a slice that is to be
// written holds at first: a signalling NaN. Arithmetic makes it a quiet NaN, so
// that even a store of the canary plus nothing leaves a trace, and it spoils a
// result that it gets into.
const Canary = 0x7fa5e9a7

// margin is how many canaries are looked after at each side of a slice.
const margin = 64

// Place says where a slice lies between two unreadable pages. The zero value is
// Start.
type Place struct {
	end  bool
	away int
}

var (
	Start = Place{}          // the first float comes right after an unreadable page
	End   = Place{end: true} // the last float comes right before one
)

// Away returns the place n floats further from the page, for other alignments.
func (p Place) Away(n int) Place {
	p.away += n
	return p
}

// Somewhere draws a place: mostly right at a page, or else with any alignment.
func Somewhere(rng *rand.Rand) Place {
	at := End
	if rng.IntN(3) == 0 {
		at = Start
	}
	if rng.IntN(4) == 0 {
		at = at.Away(1 + rng.IntN(15))
	}
	return at
}

func (p Place) String() string {
	side := "start"
	if p.end {
		side = "end"
	}
	if p.away > 0 {
		return fmt.Sprintf("%s%+d", side, p.away)
	}
	return side
}

// Floats returns n floats at a place of their own, all canaries.
func Floats(t testing.TB, n int, at Place) []float32 {
	t.Helper()
	return NewBuffer(t, "slice", n+at.away).Floats(n, at)
}

// ReadOnly returns a copy of x at a place of its own, which cannot be written.
func ReadOnly(t testing.TB, x []float32, at Place) []float32 {
	t.Helper()
	return NewBuffer(t, "slice", len(x)+at.away).ReadOnly(x, at)
}

// Words returns the memory of floats as words.
func Words(x []float32) []uint32 {
	return unsafe.Slice((*uint32)(unsafe.Pointer(unsafe.SliceData(x))), len(x))
}

// Buffer is memory between two unreadable pages. It hands out one slice at a
// time, again and again, because to map memory takes long.
type Buffer struct {
	name string
	// The same memory twice: what is written to one can be read from the other.
	writable, readable []float32
	// What was handed out last: part of one of the two.
	view       []float32
	first, end int
}

// NewBuffer returns a buffer with room for n floats, until the test ends. The name
// is for messages.
func NewBuffer(t testing.TB, name string, n int) *Buffer {
	t.Helper()
	b := &Buffer{name: name}
	b.writable, b.readable = views(t, n+2*margin)
	live.add(b)
	t.Cleanup(func() { live.remove(b) })
	return b
}

// Floats returns n floats, all canaries. What the buffer gave before is void.
func (b *Buffer) Floats(n int, at Place) []float32 {
	b.place(n, at)
	fill(b.writable[b.first:b.end])
	b.view = b.writable
	return b.view[b.first:b.end:b.end]
}

// ReadOnly returns a copy of x that cannot be written. What the buffer gave before
// is void.
func (b *Buffer) ReadOnly(x []float32, at Place) []float32 {
	b.place(len(x), at)
	copy(b.writable[b.first:b.end], x)
	b.view = b.readable
	return b.view[b.first:b.end:b.end]
}

// Stray tells where beside the slice that the buffer gave last something was
// written; "" means nowhere.
func (b *Buffer) Stray() string {
	if b.view == nil { // nothing was given yet
		return ""
	}
	before, after := b.margins()
	for i := range before {
		if bits := math.Float32bits(before[i]); bits != Canary {
			return fmt.Sprintf("%s: %#08x was written %d floats before the slice", b.name, bits, len(before)-i)
		}
	}
	for i := range after {
		if bits := math.Float32bits(after[i]); bits != Canary {
			return fmt.Sprintf("%s: %#08x was written in float %d past the slice", b.name, bits, i+1)
		}
	}
	return ""
}

func (b *Buffer) place(n int, at Place) {
	room := len(b.writable) - 2*border
	if n+at.away > room {
		panic(fmt.Sprintf("guard: %d floats asked of buffer %s, which has room for %d", n+at.away, b.name, room))
	}
	b.first = border + at.away
	if at.end {
		b.first = len(b.writable) - border - at.away - n
	}
	b.end = b.first + n
	before, after := b.margins()
	fill(before)
	fill(after)
}

func (b *Buffer) margins() (before, after []float32) {
	return b.writable[max(0, b.first-margin):b.first], b.writable[b.end:min(b.end+margin, len(b.writable))]
}

// fill writes canaries, as integers: a float register might quiet them.
func fill(x []float32) {
	bits := Words(x)
	for i := range bits {
		bits[i] = Canary
	}
}

// live is the buffers whose tests have not ended, to look faults up in.
var live buffers

type buffers struct {
	sync.Mutex
	all map[*Buffer]bool
}

func (l *buffers) add(b *Buffer) {
	l.Lock()
	defer l.Unlock()
	if l.all == nil {
		l.all = map[*Buffer]bool{}
	}
	l.all[b] = true
}

func (l *buffers) remove(b *Buffer) {
	l.Lock()
	defer l.Unlock()
	delete(l.all, b)
}

// locate says where an address is by the nearest slice.
func (l *buffers) locate(address uintptr) string {
	l.Lock()
	defer l.Unlock()
	place, nearest := "not near any slice", uintptr(1<<16)
	for b := range l.all {
		if s, distance := b.locate(address); distance < nearest {
			place, nearest = s, distance
		}
	}
	return place
}

// locate says where an address is by the slice given last, and how many bytes off
// it is.
func (b *Buffer) locate(address uintptr) (place string, distance uintptr) {
	if b.view == nil {
		return "", math.MaxUint
	}
	first := uintptr(unsafe.Pointer(unsafe.SliceData(b.view))) + uintptr(4*b.first)
	end := first + uintptr(4*(b.end-b.first))
	switch {
	case address < first:
		distance = first - address
		return fmt.Sprintf("%d bytes before slice %s", distance, b.name), distance
	case address >= end:
		distance = address - end
		return fmt.Sprintf("%d bytes past the end of slice %s", distance, b.name), distance
	default:
		return fmt.Sprintf("in float %d of slice %s, which is read-only", (address-first)/4, b.name), 0
	}
}
