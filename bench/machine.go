package main

import (
	"runtime"
	"strings"
	"time"

	"github.com/klauspost/cpuid/v2"
	"github.com/sepconv/go/internal/dispatch"
	"github.com/sepconv/go/sepconv"
)

// machine is what a report says of where it was made.
type machine struct {
	System     string   `json:"system"`
	Processors int      `json:"processors"` // that may be used
	L1         int      `json:"l1"`         // bytes of data cache of a core
	L2         int      `json:"l2"`
	L3         int      `json:"l3"` // bytes; 0 if it has none or does not tell
	Kernels    []string `json:"kernels"`
	Measured   string   `json:"measured"` // when
}

// core tells one kind of CPU from another where its name does not, as on virtual
// machines.
type core struct {
	Vendor   string `json:"vendor"`
	Family   int    `json:"family"`
	Model    int    `json:"model"`
	Stepping int    `json:"stepping"`
	L1       int    `json:"l1"` // bytes of data cache
	L2       int    `json:"l2"`
}

func thisCore() core {
	l1, l2, _ := dispatch.Caches()
	c := &cpuid.CPU
	return core{c.VendorString, c.Family, c.Model, c.Stepping, l1, l2}
}

func thisMachine() machine {
	l1, l2, l3 := dispatch.Caches()
	return machine{
		System: runtime.GOOS + "/" + runtime.GOARCH, Processors: runtime.GOMAXPROCS(0),
		L1: l1, L2: l2, L3: l3,
		Kernels: sepconv.Kernels(), Measured: time.Now().UTC().Format(time.RFC3339),
	}
}

// cpuName returns what the CPU calls itself, or else its architecture.
func cpuName() string {
	if name := strings.TrimSpace(cpuid.CPU.BrandName); name != "" {
		return name
	}
	return runtime.GOARCH
}

// bandwidth is how fast one thread copies, in 10^9 bytes per second, where bytes
// read and bytes written both count.
type bandwidth struct {
	L2     float64 `json:"l2_gbs"`
	Memory float64 `json:"memory_gbs"`
}

// measureBandwidth copies between two halves of half a second level cache, and
// of much more than the third level has.
func measureBandwidth() bandwidth {
	const most, enough = 512 << 20, 64 << 20
	m := thisMachine()
	return bandwidth{L2: copyRate(m.L2 / 2), Memory: copyRate(min(max(4*m.L3, enough), most))}
}

// copyRate returns 10^9 bytes per second of the fastest copies within so many
// bytes: others slow a core down but nothing speeds it up.
func copyRate(size int) float64 {
	const volume, enough = 8 << 20, 200 * time.Millisecond
	dst, src := make([]byte, size/2), make([]byte, size/2)
	for i := range src {
		src[i] = 1 // fresh memory may be one page of zeros
	}
	copies := max(1, volume/size)
	best := 0.0
	for begin := time.Now(); time.Since(begin) < enough; {
		start := time.Now()
		for range copies {
			copy(dst, src)
		}
		best = max(best, float64(2*len(dst))*float64(copies)/time.Since(start).Seconds()/1e9)
	}
	return best
}
