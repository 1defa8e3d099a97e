package main

import (
	"slices"

	"github.com/sepconv/go/bench/internal/chart"
)

// A span is a range of values.
type span struct{ low, high float64 }

func (s *span) include(v float64) { s.low, s.high = min(s.low, v), max(s.high, v) }

// wider returns the range with room on both sides of a logarithmic axis.
func (s *span) wider(factor float64) (low, high float64) { return s.low / factor, s.high * factor }

// peerStyle is the same in every chart.
func peerStyle(name string) chart.Style {
	return chart.Other(max(0, slices.IndexFunc(recipes, func(r recipe) bool { return r.name == name })))
}
