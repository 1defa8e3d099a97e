package main

import (
	"errors"
	"fmt"
	"slices"
)

// streamResults are what was measured of streams, as they are written to a file.
type streamResults struct {
	CPU     string `json:"cpu"`
	Core    core   `json:"core"`
	Go      string `json:"go"`
	Kernel  string `json:"kernel"`
	Threads int    `json:"threads"`

	PeakGFLOPS float64        `json:"peak_gflops"` // per second of all threads, the median of all bursts
	Streams    []streamResult `json:"streams"`
	Peers      []peerResults  `json:"peers"`
	Missing    []missing      `json:"missing_peers,omitempty"`
}

// Beside returns how many times as long a push of a frame of each slot takes as one of as
// many frames of one signal, 0 if that was not measured.
func (r *streamResults) Beside(s streamResult) float64 {
	i := slices.IndexFunc(r.Streams, func(o streamResult) bool {
		return o.Of == s.Of && o.Slots == 1 && o.Frames == s.Slots*s.Frames
	})
	if s.Slots == 1 || i < 0 {
		return 0
	}
	return s.Micros / r.Streams[i].Micros
}

// Theirs returns what each peer takes, nil where one has none.
func (r *streamResults) Theirs(id string) []*peerLayer {
	list := make([]*peerLayer, len(r.Peers))
	for i := range r.Peers {
		list[i] = r.Peers[i].find(id)
	}
	return list
}

// readStreamResults reads a file that -stream -json wrote.
func readStreamResults(file string) (*streamResults, error) {
	return readJSON[streamResults](file, "-stream -json")
}

// check reports results that cannot be.
func (r *streamResults) check() error {
	if r.Kernel == "" || r.Threads < 1 || !(r.PeakGFLOPS > 0) || len(r.Streams) == 0 {
		return errors.New("it has no kernel, no threads, no peak or no streams")
	}
	for _, s := range r.Streams {
		if !positive(s.Samples, s.Micros, s.GFLOPS, s.Share, s.MFLOP, float64(s.Slots), float64(s.Frames)) {
			return fmt.Errorf("stream %q has no samples, or a number that is not above 0", s.ID)
		}
	}
	return checkPeers("stream", r.Peers)
}
