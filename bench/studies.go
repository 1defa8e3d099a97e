package main

import (
	"errors"
	"fmt"
)

// studies are what a report has beyond a table.
type studies struct {
	Machine   machine          `json:"machine"`
	Bandwidth bandwidth        `json:"bandwidth"`
	Passes    []pass           `json:"passes"`             // with other sets and other numbers of threads
	Training  *trainingResults `json:"training,omitempty"` // nil if no layer is trained
	Blocks    []gridShares     `json:"blocks,omitempty"`   // of the kernels
	Lengths   []lengthCurve    `json:"lengths"`
	Latency   []latency        `json:"latency"`
	Memory    []memory         `json:"memory"`
}

// check reports studies that cannot be drawn.
func (s *studies) check() error {
	numbers := map[string][]float64{"bandwidth": {s.Bandwidth.L2, s.Bandwidth.Memory}}
	for _, c := range s.Lengths {
		for _, p := range c.Points {
			numbers["lengths"] = append(numbers["lengths"], float64(p.Steps), p.Micros, p.GFLOPS, p.Share)
		}
	}
	for _, l := range s.Latency {
		numbers["latency"] = append(numbers["latency"], l.P50, l.P99)
	}
	for name, list := range numbers {
		if !positive(list) {
			return fmt.Errorf("a number of the study of %s is not above 0", name)
		}
	}
	for i := range s.Blocks {
		if err := s.Blocks[i].check(); err != nil {
			return err
		}
	}
	if s.Training != nil {
		if err := s.Training.check(); err != nil {
			return err
		}
	}
	if len(s.Memory) == 0 {
		return errors.New("the study of memory has no layers")
	}
	return nil
}
