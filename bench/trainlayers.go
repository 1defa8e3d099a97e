package main

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
)

// trainingBatches are the sizes of batches in training, where signals are short.
var trainingBatches = []int{16, 128}

// batched are the layers of models that are trained in batches, and usualInTraining what
// matches their ids and those of the other layers that are measured unless others are
// asked for.
const (
	batched         = "T1 T2 T3 T4 K1 K2 K3"
	usualInTraining = `^([TK].*|Q2|Q4|C4|P2)$`
)

// trainedInReport are the layers of a report that are measured in training as well: those
// of the suite that are by default, or all of another suite's.
func (o *options) trainedInReport(layers []layer) []layer {
	if o.suite != "" {
		return layers
	}
	usual := regexp.MustCompile(usualInTraining)
	return slices.DeleteFunc(inBatches(layers), func(l layer) bool { return !usual.MatchString(l.ID) })
}

// inBatches is the suite in training: layers of short signals in batches of both sizes,
// which end their ids, the others as they are.
func inBatches(suite []layer) []layer {
	var list []layer
	for _, l := range suite {
		if !strings.Contains(batched, l.ID) {
			list = append(list, l)
			continue
		}
		for _, n := range trainingBatches {
			of := l
			of.ID, of.Batch = fmt.Sprintf("%s-%d", l.ID, n), n
			list = append(list, of)
		}
	}
	return list
}
