package main

import (
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"runtime"
	"strings"
	"testing"

	"github.com/sepconv/go/internal/generic"
	"github.com/sepconv/go/internal/kernel"
	"github.com/stretchr/testify/require"
)

const internal = module + "internal/"

func TestPartOf(t *testing.T) {
	const run = module + "sepconv.(*Plan).Run"
	for name, test := range map[string]struct {
		stack []string
		want  part
		ok    bool
	}{
		"kernel": {[]string{internal + "asm/avx2.depthwiseRoll9x8AVX2", internal + "asm.(*Kernels).roll", run, "main.main"}, partDepthwise, true},
		"product": {[]string{internal + "asm/neon.pointwise8x4NEON", internal + "asm.(*Kernels).callOnce", internal + "asm.(*Kernels).multiply",
			internal + "asm.(*Kernels).broadcast", internal + "asm.(*Kernels).depthwise", run}, partDepthwise, true},
		"driver":     {[]string{internal + "asm.(*Kernels).roll", internal + "engine.(*depthwiseRows).direct", run, "main.main"}, partRest, true},
		"activation": {[]string{internal + "generic.exp", internal + "generic.activations.each.func6", run}, partActivation, true},
		"fma":        {[]string{internal + "generic.FMA", internal + "generic.pointwise4", internal + "generic.pointwise", run}, partPointwise, true},
		"runtime":    {[]string{"runtime.memclrNoHeapPointers", internal + "engine.(*signal).copyPositions", internal + "engine.(*depthwiseRows).copied", run}, partCopies, true},
		"aside": {[]string{internal + "asm/avx512.transpose8x8AVX2", internal + "asm.(*Kernels).transpose", internal + "asm.(*Kernels).aside",
			internal + "asm.(*Kernels).pointwise", run}, partCopies, true},
		"check":     {[]string{module + "sepconv.outputShape", run, "main.(*workload).run"}, partRest, true},
		"waking":    {[]string{"runtime.futex", "runtime.notewakeup", internal + "workers.(*Group).Do", run}, partRest, true},
		"helper":    {[]string{internal + "workers.watch", internal + "workers.(*helper).loop"}, partRest, true},
		"scheduler": {[]string{"runtime.futex", "runtime.findRunnable", "runtime.schedule", "runtime.park_m", "runtime.mcall"}, partRest, true},
		"harness":   {[]string{"time.now", "main.(*workload).runFor", "main.main"}, 0, false},
		"test":      {[]string{benchModule + ".(*workload).runFor", "testing.tRunner"}, 0, false},
		"peak":      {[]string{benchModule + "/internal/peak.peakAVX2", "main.main"}, 0, false},
		"profiler":  {[]string{"runtime/pprof.(*profileBuilder).addCPUData", "runtime/pprof.profileWriter"}, 0, false},
		"collector": {[]string{"runtime.scanobject", "runtime.gcDrain", "runtime.gcBgMarkWorker"}, 0, false},
		"nothing":   {nil, 0, false},
	} {
		got, ok := partOf(test.stack)
		require.Equal(t, test.ok, ok, name)
		if ok {
			require.Equal(t, partNames[test.want], partNames[got], name)
		}
	}
}

// partOfFile is the part of the kernels in a file, by how its name begins.
var partOfFile = map[string]part{
	"depthwise": partDepthwise, "pointwise": partPointwise, "activation": partActivation, "pullback": partActivation, "signs": partActivation, "maximum": partActivation, "sum": partActivation, "copy": partCopies, "transpose": partCopies,
}

// Every function of assembly, for any architecture, has the part that its file says:
// the next set cannot be forgotten, nor the next kind of kernel.
func TestAssemblyHasParts(t *testing.T) {
	files, err := filepath.Glob(filepath.Join("..", "internal", "asm", "*", "*.s"))
	require.NoError(t, err)
	functions := 0
	for _, file := range files {
		kind, _, _ := strings.Cut(filepath.Base(file), "_")
		want, found := partOfFile[kind]
		require.True(t, found, "%s holds kernels of a new kind: say in kernelFunctions to which part they belong", file)
		for _, name := range declared(t, `(?m)^TEXT ·(\w+)\(SB\)`, file) {
			functions++
			got, ok := beginning(internal + "asm/" + filepath.Base(filepath.Dir(file)) + "." + name)
			require.True(t, ok, "%s of %s belongs to no part: add it to kernelFunctions", name, file)
			require.Equal(t, partNames[want], partNames[got], name)
		}
	}
	require.Greater(t, functions, 100)
}

// declared returns what the group of a regular expression matches in a file.
func declared(t *testing.T, expression, file string) (names []string) {
	source, err := os.ReadFile(file)
	require.NoError(t, err)
	for _, match := range regexp.MustCompile(expression).FindAllSubmatch(source, -1) {
		names = append(names, string(match[1]))
	}
	return names
}

// The kernels in Go have the part that the field of the set says.
func TestGenericKernelsHaveParts(t *testing.T) {
	set := generic.Set()
	fields := map[part][]any{
		partDepthwise: {set.Depthwise, set.DepthwiseLines}, partPointwise: {set.Pointwise},
		partActivation: {set.Gate, set.Maximum, set.Sum, set.Signs, set.SignsPullback}, partCopies: {set.Copy, set.Transpose},
	}
	for f := range kernel.Funcs {
		if set.Activate[f] != nil {
			fields[partActivation] = append(fields[partActivation], set.Activate[f])
		}
		if set.Pullback[f] != nil {
			fields[partActivation] = append(fields[partActivation], set.Pullback[f])
		}
	}
	for want, kernels := range fields {
		for _, k := range kernels {
			name := runtime.FuncForPC(reflect.ValueOf(k).Pointer()).Name()
			got, ok := beginning(name)
			require.True(t, ok, "%s belongs to no part: add it to kernelFunctions", name)
			require.Equal(t, partNames[want], partNames[got], name)
		}
	}
}

// The kernels of products are those of the depthwise convolution in one function only.
func TestDepthwiseProduct(t *testing.T) {
	_, method, _ := strings.Cut(depthwiseProduct, "(*Kernels).")
	file := filepath.Join("..", "internal", "asm", "depthwise.go")
	require.Contains(t, declared(t, `(?m)^func \(k \*Kernels\) (\w+)\(`, file), method)
	require.Len(t, declared(t, `(k\.multiply\()`, file), 1, "another one multiplies: see partOf")
}

// What copies in the Go that drives the kernels is called so.
func TestCopiesOfTheEngine(t *testing.T) {
	files, err := filepath.Glob(filepath.Join("..", "internal", "engine", "*.go"))
	require.NoError(t, err)
	copies := 0
	for _, file := range files {
		for _, name := range declared(t, `(?m)^func (?:\(\w+ )?(\*?\w*\)? ?copy[A-Z]\w*)\(`, file) {
			if receiver, method, found := strings.Cut(name, ") "); found {
				name = "(" + receiver + ")." + method
			}
			got, ok := beginning(internal + "engine." + name)
			require.True(t, ok && got == partCopies, "%s of %s is not among the copies: add it to kernelFunctions", name, file)
			copies++
		}
	}
	require.Equal(t, 5, copies, "those of kernelFunctions")
	require.Contains(t, declared(t, `(?m)^func \(k \*Kernels\) (\w+)\(`, filepath.Join("..", "internal", "asm", "move.go")), "transpose")
}
