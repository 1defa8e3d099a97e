// Package freelist keeps what concurrent runs need for the next ones.
package freelist

import (
	"sync"
	"sync/atomic"
)

// List holds values that nobody uses. Unlike sync.Pool it is not emptied by the garbage
// collector: a run in steady state allocates nothing, and the list holds no more than
// once ran at the same time. The zero value is empty and ready; any number of goroutines
// may use it.
type List[T any] struct {
	last atomic.Pointer[T] // for runs one after the other, which need no lock
	mu   sync.Mutex
	free []*T
}

// Get returns a value that was put, or nil.
func (l *List[T]) Get() *T {
	if v := l.last.Swap(nil); v != nil {
		return v
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	n := len(l.free)
	if n == 0 {
		return nil
	}
	v := l.free[n-1]
	l.free = l.free[:n-1]
	return v
}

// Put gives a value back.
func (l *List[T]) Put(v *T) {
	if l.last.CompareAndSwap(nil, v) {
		return
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.free = append(l.free, v)
}

// Len returns how many values there are. It is for when nobody takes or puts any.
func (l *List[T]) Len() int {
	n := len(l.free)
	if l.last.Load() != nil {
		n++
	}
	return n
}
