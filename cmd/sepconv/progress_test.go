package main

import (
	"bytes"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestProgressLine(t *testing.T) {
	start := time.Now()
	p := &progress{what: "reading model.keras", start: start}
	require.Equal(t, "reading model.keras, 3 s", p.line(start.Add(3*time.Second)))
	p.stage("examples", 200)
	p.began = start
	p.add(50)
	require.Equal(t, "examples: 50 of 200 (25 %), 10 s, 30 s to go", p.line(start.Add(10*time.Second)))
	p.stage("examples", -1)
	p.began = start
	p.add(7)
	require.Equal(t, "examples: 7, 10 s", p.line(start.Add(10*time.Second)))
}

// Short work shows nothing, and nobody has to ask whether anything is shown.
func TestNoProgress(t *testing.T) {
	var w bytes.Buffer
	p := newProgress(&w, "reading")
	p.stage("examples", 1)
	p.add(1)
	p.end()
	require.Empty(t, w.String())
	p = nil
	p.stage("examples", 1)
	p.add(1)
	p.end()
}
