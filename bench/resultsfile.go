package main

import (
	"encoding/json"
	"fmt"
	"os"
)

// writeJSON makes a file of results.
func writeJSON(file string, results any) error {
	data, err := encode(results)
	if err != nil {
		return err
	}
	return os.WriteFile(file, data, 0o644)
}

func encode(results any) ([]byte, error) {
	data, err := json.MarshalIndent(results, "", "  ")
	return append(data, '\n'), err
}

// readJSON reads results of a type T from a file that bench writes with the given flags.
func readJSON[T any, P interface {
	*T
	check() error
}](file, flags string) (*T, error) {
	data, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	r := P(new(T))
	err = json.Unmarshal(data, r)
	if err == nil {
		err = r.check()
	}
	if err != nil {
		return nil, fmt.Errorf("%s: it must be what %s writes: %w", file, flags, err)
	}
	return r, nil
}

// positive reports whether there are samples, and all values are above 0.
func positive(samples []float64, values ...float64) bool {
	for _, v := range append(values, samples...) {
		if !(v > 0) {
			return false
		}
	}
	return len(samples) > 0
}

// checkPeers reports results of peers that cannot be; kind is what they have computed.
func checkPeers(kind string, peers []peerResults) error {
	for _, p := range peers {
		for _, l := range p.Layers {
			if !positive(l.Samples, l.Micros) {
				return fmt.Errorf("%s %q of %s has no samples, or a number that is not above 0", kind, l.ID, p.Name)
			}
		}
	}
	return nil
}
