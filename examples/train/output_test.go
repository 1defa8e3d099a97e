package main

import (
	"encoding/xml"
	"errors"
	"io"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// The chart is XML that names what it shows, and every curve stays within its panel.
func TestChart(t *testing.T) {
	history := []epoch{{2.3, 0.2, 3, 0.25}, {1, 0.7, 0.9, 0.75}, {0.5, 0.9, math.NaN(), 0.8}, {0.1, 1, 1e9, 1}}
	for n := range len(history) + 1 {
		var s strings.Builder
		require.NoError(t, writeChart(&s, history[:n]))
		d := xml.NewDecoder(strings.NewReader(s.String()))
		for {
			if _, err := d.Token(); errors.Is(err, io.EOF) {
				break
			} else {
				require.NoError(t, err)
			}
		}
		for _, text := range []string{">epoch<", ">accuracy, %<", ">loss (cross-entropy)<", ">training, augmented<", ">kept-out voices<"} {
			require.Contains(t, s.String(), text)
		}
		require.NotContains(t, s.String(), "NaN")
	}
}

func TestProgress(t *testing.T) {
	e := epoch{0.5, 0.8, 0.25, 0.9}
	var plain, terminal strings.Builder
	p := progress{w: &plain, epochs: 10}
	p.begin()
	p.step(3, 1, 2)
	p.end(3, e)
	require.Contains(t, plain.String(), "epoch  3/10  loss 0.5000  accuracy  80.0 %  kept-out voices: loss 0.2500  accuracy  90.0 %")
	require.Equal(t, 1, strings.Count(plain.String(), "\n"))
	require.NotContains(t, plain.String(), "\r")
	p = progress{w: &terminal, epochs: 10, terminal: true}
	p.begin()
	p.step(3, 1, 2)
	p.step(3, 2, 2)
	p.end(3, e)
	require.Contains(t, terminal.String(), "\repoch  3/10 [###############...............]  50 %")
	require.Contains(t, terminal.String(), "] 100 %")
}

func TestBadInput(t *testing.T) {
	dir := t.TempDir()
	p := &progress{w: io.Discard}
	require.ErrorContains(t, train(options{out: dir, threads: 1}, p), "must be at least 1")
	require.ErrorContains(t, train(options{out: dir, settings: settings{Epochs: 1}, threads: 0}, p), "must be at least 1")
	require.ErrorContains(t, train(options{out: dir, settings: settings{Epochs: 1}, threads: 1, rest: []string{"voices"}}, p), `"voices" is no flag`)
	resume := options{out: dir, settings: settings{Epochs: 1}, threads: 1, resume: true}
	require.ErrorIs(t, train(resume, p), os.ErrNotExist)
	name := filepath.Join(dir, checkpointFile)
	require.NoError(t, os.WriteFile(name, []byte("not a checkpoint"), 0o600))
	require.ErrorContains(t, train(resume, p), "is not a checkpoint")

	run := smallRun(t, settings{Seed: 1, Epochs: 2}, 3, "", 1)
	run.train(t, 1)
	require.NoError(t, run.save(name))
	again := options{out: dir, settings: settings{Epochs: 1}, threads: 1}
	require.ErrorContains(t, train(again, p), "1 of 2 epochs are done")
	resume.chosen = true
	require.ErrorContains(t, train(resume, p), "its own epochs and seed")
	for _, damage := range []func(*checkpoint){
		func(c *checkpoint) { c.Arrays = c.Arrays[1:] },
		func(c *checkpoint) { c.Arrays[2].Name = "another" },
		func(c *checkpoint) { c.Arrays[2].Values = c.Arrays[2].Values[1:] },
		func(c *checkpoint) { c.Optimizer = c.Optimizer[1:] },
		func(c *checkpoint) { c.Random = nil },
	} {
		c, err := readCheckpoint(name)
		require.NoError(t, err)
		damage(c)
		require.Error(t, smallRun(t, c.Settings, 3, "", 1).restore(c))
	}
}
