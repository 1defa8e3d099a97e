//go:build amd64 || arm64

package asmtest

import (
	"maps"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/sepconv/go/internal/asm"
	"github.com/sepconv/go/internal/kernel"
	"github.com/stretchr/testify/require"
	"golang.org/x/sys/cpu"
)

// ABI tests that every assembly function of a set keeps Go's ABI and needs nothing of
// registers but what it puts there. To see that, all functions are replaced by
// trampolines, which fill the registers with garbage before and look at them
// afterwards; and the set computes blocks of all kinds with them and without. So the
// functions get the arguments that they get in earnest.
//
// The files of the set are in the working directory, and those of sets that it takes
// functions from in the others.
func ABI(t *testing.T, k *asm.Kernels, others ...string) {
	if !runs(k.Requires) {
		t.Skip("the CPU lacks one of ", k.Requires)
	}
	own := framesOf(t, ".")
	c := &trampolines{T: t, frames: maps.Clone(own), called: map[string]bool{}}
	for _, dir := range others {
		maps.Copy(c.frames, framesOf(t, dir))
	}
	c.replace(reflect.ValueOf(k).Elem())
	blocks{trampolines: c, rng: rand.New(rand.NewPCG(1, 1)), set: k.Set()}.run()
	for name := range own {
		require.True(t, c.called[name], "%s was not called", name)
	}
}

var text = regexp.MustCompile(`(?m)^TEXT ·(\w+)\(SB\), NOSPLIT, \$(\d+)(?:-\d+)?$`)

// framesOf returns the functions of the files in a directory, and the bytes of their
// frames.
func framesOf(t *testing.T, dir string) map[string]int {
	paths, err := filepath.Glob(filepath.Join(dir, "*_"+runtime.GOARCH+".s"))
	require.NoError(t, err)
	require.NotEmpty(t, paths, "the tests run without the sources beside them")
	frames := map[string]int{}
	for _, path := range paths {
		source, err := os.ReadFile(path)
		require.NoError(t, err)
		functions := text.FindAllSubmatch(source, -1)
		require.Len(t, functions, len(regexp.MustCompile(`(?m)^\s*TEXT\b`).FindAll(source, -1)), path)
		for _, f := range functions {
			frames[string(f[1])], err = strconv.Atoi(string(f[2]))
			require.NoError(t, err)
		}
	}
	return frames
}

// trampolines is what replaces functions.
type trampolines struct {
	*testing.T
	frames map[string]int
	on     bool // or else they do nothing but call the function
	called map[string]bool
}

// replace puts trampolines into the place of all functions that v holds, until the
// test ends.
func (c *trampolines) replace(v reflect.Value) {
	switch v.Kind() {
	case reflect.Func:
		if !v.IsNil() {
			f := reflect.ValueOf(v.Interface())
			v.Set(c.trampoline(f))
			c.Cleanup(func() { v.Set(f) })
		}
	case reflect.Slice, reflect.Array:
		for i := range v.Len() {
			c.replace(v.Index(i))
		}
	case reflect.Struct:
		for i := range v.NumField() {
			if v.Type().Field(i).IsExported() {
				c.replace(v.Field(i))
			}
		}
	case reflect.Interface, reflect.Pointer:
		c.replace(v.Elem())
	}
}

// trampoline returns a function that does what f does.
func (c *trampolines) trampoline(f reflect.Value) reflect.Value {
	function, err := NewFunction(f.Interface())
	require.NoError(c, err)
	frame, found := c.frames[function.Name]
	require.True(c, found, "%s is in no file", function.Name)
	function.Frame = frame
	return reflect.MakeFunc(f.Type(), func(arguments []reflect.Value) []reflect.Value {
		if !c.on {
			return f.Call(arguments)
		}
		if broken := function.Call(arguments); len(broken) > 0 {
			c.Fatalf("%s%v: %s", function.Name, values(arguments), strings.Join(broken, "; "))
		}
		if !c.called[function.Name] { // the goroutine and its stack are as good as before
			c.called[function.Name] = true
			grow(1 << 10)
			runtime.GC()
		}
		return nil
	})
}

func values(of []reflect.Value) []any {
	var all []any
	for _, v := range of {
		all = append(all, v.Interface())
	}
	return all
}

// grow needs n times half a KiB of stack.
func grow(n int) byte {
	var frame [512]byte
	if n > 0 {
		frame[n%len(frame)] = grow(n - 1)
	}
	return frame[(n+1)%len(frame)]
}

// blocks compares what a set computes with trampolines and without.
type blocks struct {
	*trampolines
	rng *rand.Rand
	set kernel.Set
}

func (b blocks) run() {
	tile := b.set.Tile
	for rows := 1; rows <= 2*tile.Window+1; rows++ {
		for _, multiplier := range []int{1, 2, 3, 4, 16} {
			b.depthwise(rows, multiplier, 1+b.rng.IntN(13), 2*tile.Channels+tile.Channels/2+1)
		}
	}
	for taps := 1; taps <= 22; taps++ {
		for multiplier := 1; multiplier <= 4; multiplier++ {
			b.depthwise(20, multiplier, taps, 5*tile.Channels)
		}
	}
	for rows := 1; rows <= 2*tile.Rows+1; rows++ {
		for _, filters := range []int{3, tile.Filters - 1, tile.Filters, 8*tile.Filters + 3} {
			b.pointwise(rows, filters, 1+b.rng.IntN(24))
			b.pointwiseGradient(rows, filters, 1+b.rng.IntN(24))
		}
	}
	for depth := 1; depth <= 8; depth++ {
		b.pointwise(tile.Rows, 2*tile.Filters, depth)
	}
	for panels := 1; panels < 10; panels++ {
		for _, taps := range []int{1, 2, 5} {
			b.lines(panels, taps)
		}
	}
	for taps := 1; taps <= 25; taps++ {
		for _, columns := range []int{1, tile.Channels, tile.Channels + tile.Channels/2, 5*tile.Channels + 1, 8 * tile.Channels} {
			b.gradient(taps, columns)
		}
	}
	for n := range 40 {
		b.move(1+n%3, 1+n)
		b.move(8+n%3, 8+n%5)
		b.activations(n)
	}
}

func (b blocks) some(n int) []float32 {
	x := make([]float32, n)
	for i := range x {
		x[i] = float32(b.rng.NormFloat64())
	}
	return x
}

// same calls f both ways with the same destination to begin with.
func (b blocks) same(n int, f func(dst []float32)) {
	b.Helper()
	got := b.some(n)
	want := slices.Clone(got)
	b.on = true
	f(got) // first: what breaks the ABI may end the program if Go calls it
	b.on = false
	f(want)
	for i := range want {
		if math.Float32bits(want[i]) != math.Float32bits(got[i]) && (want[i] == want[i] || got[i] == got[i]) {
			b.Fatalf("float %d is %v if registers begin as garbage, else %v", i, got[i], want[i])
		}
	}
}

func (b blocks) depthwise(rows, multiplier, taps, columns int) {
	width := b.set.Tile.Channels
	panels := kernel.Panels(columns, width)
	channels := columns // some more than columns need
	d := kernel.Depthwise{
		Rows: rows, Columns: columns, NumTaps: taps, Multiplier: multiplier, DstStride: panels * width, PanelStride: taps * width,
		Taps: b.some(panels * taps * width), Scratch: make([]uint32, b.set.Tile.Indices),
	}
	for stride := 1; stride <= 4; stride++ {
		for _, accumulate := range []bool{false, true} {
			d.RowStride, d.TapStride, d.Accumulate = stride*channels, channels, accumulate
			if multiplier == 16 {
				d.RowStride, d.TapStride = stride, 1
			}
			d.Src = b.some((rows-1)*d.RowStride + (taps-1)*d.TapStride + channels)
			b.same(rows*d.DstStride, func(dst []float32) {
				d := d
				d.Dst = dst
				b.set.Depthwise(&d)
			})
		}
	}
}

func (b blocks) pointwise(rows, filters, depth int) {
	tile := b.set.Tile
	p := kernel.Pointwise{
		Rows: rows, Filters: filters, Depth: depth, UStride: depth, U: b.some(rows * depth),
		Panels: kernel.Packed{F32: b.some(kernel.Panels(filters, tile.Filters) * depth * tile.Filters), Width: tile.Filters, Stride: depth * tile.Filters}, Bias: b.some(max(rows, filters) + tile.Filters),
		Ahead: b.some(500),
	}
	for kind := range 16 {
		p.Accumulate, p.BiasOfRows = kind&1 != 0, kind&2 != 0
		p.RowStride, p.FilterStride = filters, 1
		if kind&4 != 0 {
			p.RowStride, p.FilterStride = 1, rows
		}
		if kind&8 != 0 {
			p.Activation.Func = kernel.ReLU
		}
		b.same(rows*filters, func(dst []float32) {
			p := p
			p.Dst, p.Scratch = dst, make([]float32, tile.Scratch)
			b.set.Pointwise(&p)
		})
	}
}

func (b blocks) pointwiseGradient(columns, filters, rows int) {
	p := kernel.PointwiseGradient{
		Rows: rows, Columns: columns, Filters: filters, DstStride: filters, UStride: columns, GStride: filters,
		U: b.some(rows * columns), G: b.some(rows * filters), Ahead: b.some(500),
	}
	for _, bias := range []bool{false, true} {
		b.same((columns+1)*filters, func(dst []float32) {
			p := p
			p.Dst = dst[:columns*filters]
			if bias {
				p.Bias = dst[columns*filters:]
			}
			b.set.PointwiseGradient(&p)
		})
	}
}

func (b blocks) gradient(taps, columns int) {
	if b.set.DepthwiseGradient == nil {
		return
	}
	const rows = 9
	d := kernel.DepthwiseGradient{
		Rows: rows, Columns: columns, NumTaps: taps, Positions: rows + taps - 1, RowStep: 1, TapStep: 1,
		DstStride: columns, SrcStride: columns, DUStride: columns, Scratch: make([]int, b.set.Tile.Ranges),
		Src: b.some((rows + taps - 1) * columns), DU: b.some(rows * columns),
	}
	b.same(taps*columns, func(dst []float32) {
		d := d
		d.Dst = dst
		b.set.DepthwiseGradient(&d)
	})
}

func (b blocks) lines(panels, taps int) {
	width := b.set.Tile.Filters
	const columns = 5
	for _, multiplier := range []int{1, 2} {
		for _, accumulate := range []bool{false, true} {
			d := kernel.DepthwiseLines{
				Steps: panels * width, Columns: columns, NumTaps: taps, Multiplier: multiplier, PanelStride: columns * width,
				LineStride: panels*width + taps, TapStride: 1, TapsStride: taps, Accumulate: accumulate, Taps: b.some(columns * taps),
			}
			d.Src = b.some(columns * d.LineStride)
			b.same(panels*d.PanelStride, func(dst []float32) {
				d := d
				d.Dst = dst
				b.set.DepthwiseLines(&d)
			})
		}
	}
}

func (b blocks) move(rows, columns int) {
	src := b.some(rows * columns)
	b.same(rows*columns, func(dst []float32) { b.set.Copy(dst, src, rows, columns, columns, columns) })
	b.same(rows*columns, func(dst []float32) {
		b.set.CopyPast(dst, src, rows, columns, columns, columns)
		b.set.Fence()
	})
	b.same(rows*columns, func(dst []float32) { b.set.Transpose(dst, src, rows, columns, rows, columns) })
	b.same(columns, func(dst []float32) { b.set.Maximum(dst, src, 1, rows, columns, columns) })
	b.same(columns, func(dst []float32) {
		sums := make([]float64, columns)
		b.set.Sum(sums, src, rows, columns)
		for i, s := range sums {
			dst[i] = float32(s)
		}
	})
	if rows > 2 {
		b.same((rows-1)/2*columns, func(dst []float32) { b.set.Maximum(dst, src, (rows-1)/2, 3, columns, 2*columns) })
	}
}

func (b blocks) activations(n int) {
	for f, apply := range b.set.Activate {
		if apply != nil {
			b.same(n, func(y []float32) { b.set.Activate[f](y, &kernel.Activation{Func: kernel.Func(f), A: 0.7}) })
		}
	}
	dy := b.some(n)
	for f, pull := range b.set.Pullback {
		if pull != nil {
			b.same(n, func(z []float32) { b.set.Pullback[f](z, dy, &kernel.Activation{Func: kernel.Func(f), A: 0.7}) })
		}
	}
	gate := b.some(n)
	b.same(n, func(y []float32) { b.set.Gate(y, gate) })
	if b.set.Signs == nil {
		return
	}
	signs, y := make([]uint32, n), b.some(n*kernel.SignLanes)
	b.same(n, func(dst []float32) {
		b.set.Signs(signs, y)
		for i, s := range signs {
			dst[i] = float32(s)
		}
	})
	b.same(len(y), func(g []float32) { b.set.SignsPullback(g, y, signs) })
}

// runs reports whether the CPU has what a set requires.
func runs(requires []string) bool {
	there := map[string]bool{
		"ASIMD":    cpu.ARM64.HasASIMD,
		"AVX":      cpu.X86.HasAVX,
		"AVX2":     cpu.X86.HasAVX2,
		"AVX512BW": cpu.X86.HasAVX512BW,
		"AVX512DQ": cpu.X86.HasAVX512DQ,
		"AVX512F":  cpu.X86.HasAVX512F,
		"AVX512VL": cpu.X86.HasAVX512VL,
		"FMA3":     cpu.X86.HasFMA,
	}
	return !slices.ContainsFunc(requires, func(feature string) bool { return !there[feature] })
}
