package main

import (
	"io"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/sepconv/go/internal/dispatch"
	"github.com/sepconv/go/sepconv"
	"github.com/stretchr/testify/require"
)

// Steps that are taken are divided, kept and recomputed, with every set.
func TestTrainingDivisions(t *testing.T) {
	layers, err := readSuite("", sepconv.ChannelsLast)
	require.NoError(t, err)
	layers, err = selectLayers(layers, "^K1$")
	require.NoError(t, err)
	for _, set := range dispatch.Sets() {
		for _, recompute := range []bool{false, true} {
			s := &setting{layers: layers, format: sepconv.ChannelsLast, budget: time.Millisecond, recompute: recompute}
			d := &trainingDivider{s, newMeter(set, 1), 30}
			list, err := d.all(func(*trainingDivision) {})
			require.NoError(t, err)
			require.Len(t, list, 1)
			require.Len(t, list[0].Phases, int(phases))
			sum := 0.0
			for _, p := range list[0].Phases {
				require.LessOrEqual(t, p.Copies, p.Share)
				sum += p.Share
			}
			require.InDelta(t, 1, sum, 1e-9)
			for _, most := range []phase{phaseForward, phasePointwise, phaseColumns} { // of the work
				require.Positive(t, list[0].Phases[most].Samples, phaseNames[most])
			}
		}
	}
}

func TestPhaseOf(t *testing.T) {
	const engine = module + "internal/engine.(*"
	stack := []string{module + "internal/asm/avx2.pointwise6x16AVX2", engine + "Training).multiply", engine + "Training).sums", engine + "trainingSums).do"}
	for caller, want := range map[string]phase{
		"Training).Forward": phaseForward, "Training).backwards": phaseAgain, "columnsGradient).do": phaseColumns,
		"sweeper).ofColumns": phaseColumns, "sweeper).ofTaps": phaseTaps, "packing).do": phasePacking,
	} {
		p, ok := phaseOf(append(stack[:len(stack):len(stack)], engine+caller, engine+"Training).backwards"))
		require.True(t, ok)
		require.Equal(t, want, p, caller)
	}
	p, ok := phaseOf([]string{module + "sepconv.(*Trainer).ZeroGradients"})
	require.True(t, ok)
	require.Equal(t, phaseRest, p)
	_, ok = phaseOf([]string{benchModule + ".(*meter).burst"})
	require.False(t, ok)
}

// A method that is renamed must not drop out of its phase unnoticed.
func TestPhasesAreOfTheEngine(t *testing.T) {
	paths, err := filepath.Glob("../internal/engine/*.go")
	require.NoError(t, err)
	var source strings.Builder
	for _, path := range paths {
		text, err := os.ReadFile(path)
		require.NoError(t, err)
		source.Write(text)
	}
	names := regexp.MustCompile(`(\w+)\\\)\\\.(\w+)`)
	for p, functions := range phaseFunctions {
		methods := names.FindAllStringSubmatch(functions.String(), -1)
		require.NotEmpty(t, methods, phaseNames[p])
		for _, m := range methods {
			require.Regexp(t, `(?m)^func \(\w+ \*`+m[1]+`\) `+m[2]+`\(`, source.String())
		}
	}
}

func TestRunPrintsTimesOfTraining(t *testing.T) {
	o := defaults(t)
	o.train, o.times, o.samples = true, true, 3
	var out strings.Builder
	require.NoError(t, run(&out, io.Discard, o))
	require.Contains(t, out.String(), "how the time of a step divides")
	require.Equal(t, 2, strings.Count(out.String(), "\nX1 "))
}
