package main

import (
	"io"
	"runtime"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestContentionPrintsEverySituation(t *testing.T) {
	before := runtime.GOMAXPROCS(0)
	o := defaults(t)
	o.layers, o.contention = "^X1$", true
	var out strings.Builder
	require.NoError(t, run(&out, io.Discard, o))
	lines := strings.Split(strings.TrimSpace(out.String()), "\n")
	list := situations(runtime.NumCPU())
	require.Len(t, lines, 3+len(list)+2)
	for _, line := range lines[3 : 3+len(list)] {
		require.Len(t, strings.Fields(line), 14)
		require.Equal(t, "X1", strings.Fields(line)[0])
	}
	require.Equal(t, before, runtime.GOMAXPROCS(0))
}

func TestSituations(t *testing.T) {
	list := situations(2)
	require.Contains(t, list, situation{procs: 2, callers: 1})
	require.Contains(t, list, situation{procs: 8, callers: 8})
	for _, s := range list {
		require.Contains(t, []int{2, 4, 8}, s.procs)
		require.Positive(t, s.callers)
	}
}
