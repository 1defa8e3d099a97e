package main

import (
	"math"
	"slices"
)

// spread is (90th - 10th percentile) / median.
func spread(values []float64) float64 {
	return (quantile(values, 0.9) - quantile(values, 0.1)) / quantile(values, 0.5)
}

// quantile returns the value below which the fraction q of the values is, between
// two neighbours in proportion.
func quantile(values []float64, q float64) float64 {
	sorted := slices.Sorted(slices.Values(values))
	at := q * float64(len(sorted)-1)
	i := int(at)
	next := min(i+1, len(sorted)-1)
	return sorted[i] + (at-float64(i))*(sorted[next]-sorted[i])
}

// geomean returns the geometric mean.
func geomean(values []float64) float64 {
	sum := 0.0
	for _, v := range values {
		sum += math.Log(v)
	}
	return math.Exp(sum / float64(len(values)))
}
