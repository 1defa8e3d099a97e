package main

import (
	"io"
	"strings"
	"testing"
	"time"

	"github.com/sepconv/go/internal/dispatch"
	"github.com/stretchr/testify/require"
)

// Every block of the grids is one that the kernels take.
func TestGridsRun(t *testing.T) {
	for _, set := range dispatch.Sets() {
		if set.Name == "generic" {
			continue // takes seconds
		}
		for _, g := range grids(set) {
			for _, r := range g.rows {
				require.Len(t, r.blocks, len(g.columns), r.name)
				for _, b := range r.blocks {
					b.run()
					require.Positive(t, b.flops)
				}
			}
		}
	}
}

func TestPrintKernels(t *testing.T) {
	set := dispatch.Sets()[0]
	g := depthwiseGrid(set, depthwiseShape{multiplier: 1, stride: 1}, 3, 5)
	var out strings.Builder
	require.NoError(t, printKernels(&out, set, []grid{g}, time.Millisecond))
	lines := strings.Split(out.String(), "\n")
	require.Contains(t, lines[0], "kernel "+set.Name)
	require.Equal(t, []string{"3", "taps", "5", "taps"}, strings.Fields(lines[2])[5:])
	require.Len(t, strings.Fields(lines[3]), len(strings.Fields(g.rows[0].name))+2)
	require.Contains(t, out.String(), "GFLOP/s")
}

func TestKernelsTakeNoOtherFlags(t *testing.T) {
	o := defaults(t)
	o.kernels, o.baseline = true, "old.json"
	require.ErrorContains(t, run(io.Discard, io.Discard, o), "-kernels takes no other flags")
}

// What cannot be written is an error.
func TestPrintKernelsReportsWriteErrors(t *testing.T) {
	require.ErrorContains(t, printKernels(full{}, dispatch.Sets()[0], nil, time.Millisecond), "disk full")
}
