package main

import (
	"fmt"
	"math"
)

// A division is how the time of a layer divides into parts.
type division struct {
	ID      string       `json:"id"`
	Samples int64        `json:"samples"` // of the layer's runs
	Micros  float64      `json:"us"`      // of a run: processor time of all threads together
	Parts   []timeOfPart `json:"parts"`   // in the order of partNames
}

type timeOfPart struct {
	Part    string  `json:"part"`
	Samples int64   `json:"samples"`
	Share   float64 `json:"share"`          // of the layer's samples
	Error   float64 `json:"standard_error"` // of the share
	Micros  float64 `json:"us"`             // of a run
	// Peak is the share of the peak that a convolution reaches in its own time; 0 if
	// that is not known.
	Peak float64 `json:"peak_share,omitempty"`
}

// fewSamples is until when a part's time is too uncertain, by a third and more, to
// say what it reaches in it.
const fewSamples = 10

// divide returns how the time of the layer divides, at a peak of so many FLOP/s of one
// thread.
func (t *tally) divide(l *layer, peak float64) division {
	total := t.total()
	perSample := t.period.Seconds() / float64(t.runs)
	flops := [parts]float64{partDepthwise: l.depthwiseFLOPs(), partPointwise: l.pointwiseFLOPs()}
	d := division{ID: l.ID, Samples: total, Micros: 1e6 * perSample * float64(total)}
	for i, n := range t.samples {
		share, seconds := float64(n)/float64(total), perSample*float64(n)
		p := timeOfPart{
			Part: partNames[i], Samples: n, Share: share, Micros: 1e6 * seconds,
			Error: math.Sqrt(share * (1 - share) / float64(total)),
		}
		if n >= fewSamples {
			p.Peak = flops[i] / seconds / peak
		}
		d.Parts = append(d.Parts, p)
	}
	return d
}

// check reports a division that cannot be.
func (d *division) check() error {
	if !(d.Micros > 0) || len(d.Parts) != int(parts) {
		return fmt.Errorf("the time of layer %q is %v us in %d parts; it must be above 0, in %d", d.ID, d.Micros, len(d.Parts), parts)
	}
	for i, p := range d.Parts {
		if p.Part != partNames[i] || !(p.Share >= 0 && p.Share <= 1 && p.Micros >= 0 && p.Peak >= 0) {
			return fmt.Errorf("part %d of the time of layer %q is %q, %v of it in %v us, %v of the peak", i+1, d.ID, p.Part, p.Share, p.Micros, p.Peak)
		}
	}
	return nil
}
