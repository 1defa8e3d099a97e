//go:build unix

package engine

import (
	"fmt"
	"math/rand/v2"
	"runtime"
	"runtime/debug"
	"sync"
	"testing"
	"unsafe"

	"github.com/sepconv/go/internal/dispatch"
	"github.com/sepconv/go/internal/guard"
	"github.com/sepconv/go/internal/kernel"
	"github.com/stretchr/testify/require"
)

// A kernel that reads or writes one float too far, be it on a worker, fails the
// test that it runs in.
func TestFaultsOfWorkersAreFound(t *testing.T) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(max(guardedThreads, runtime.GOMAXPROCS(0))))
	for name, stray := range map[string]struct {
		in    func(p *kernel.Pointwise)
		found string
	}{
		"reads past the panels": {func(p *kernel.Pointwise) { sink = *past(p.Panels.F32) }, "0 bytes past the end of slice panels"},
		"writes past the tile":  {func(p *kernel.Pointwise) { *past(p.U) = 1 }, "0 bytes past the end of slice tile of thread"},
		"writes to the bias":    {func(p *kernel.Pointwise) { p.Bias[0] = 1 }, "slice packed bias, which is read-only"},
	} {
		t.Run(name, func(t *testing.T) {
			set := faultsPanic(dispatch.Sets()[0])
			var once sync.Once
			working := make(chan struct{})
			set.Pointwise = func(p *kernel.Pointwise) {
				if !onWorker() { // and so does not take all tasks before a worker is awake
					<-working
					return
				}
				once.Do(func() { close(working) })
				debug.SetPanicOnFault(true)
				stray.in(p)
			}
			l := newLayer(t, rand.New(rand.NewPCG(1, 1)), Geometry{Channels: 16, Filters: 24, Kernel: 3, Stride: 1, Dilation: 1, Multiplier: 1, Padding: Same}, kernel.Activation{})
			m := newMemory(t, set)
			m.choose = func() guard.Place { return guard.End }
			p := l.plan(set, 2)
			m.hold(p)
			message := failure(t, func() { p.Run(make([]float32, 2000*24), make([]float32, 2000*16), 1, 2000) })
			require.Contains(t, message, "this layer: fault at")
			if runtime.GOARCH != "s390x" { // which tells the page of a fault only
				require.Contains(t, message, stray.found)
			}
		})
	}
}

var sink float32

// past returns the float after the last one there is room for.
func past(x []float32) *float32 {
	return (*float32)(unsafe.Add(unsafe.Pointer(unsafe.SliceData(x)), 4*cap(x)))
}

// failures is a testing.TB that keeps the message instead of failing.
type failures struct {
	testing.TB
	message string
}

func (f *failures) Helper() {}
func (f *failures) Fatalf(format string, arguments ...any) {
	f.message = fmt.Sprintf(format, arguments...)
}

// failure returns the message that guard.Check fails with.
func failure(t *testing.T, f func()) string {
	kept := &failures{TB: t}
	guard.Check(kept, func() string { return "this layer" }, f)
	return kept.message
}
