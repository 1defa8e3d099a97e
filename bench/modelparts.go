package main

import (
	"errors"
	"fmt"
	"math"
	"regexp"
	"time"

	"github.com/google/pprof/profile"
)

// A modelPart is a kind of layer that a model's time divides into.
type modelPart int

const (
	modelSeparable modelPart = iota // plans, with all that is in them
	modelConv                       // Conv1D and DepthwiseConv1D
	modelDense                      // and the products of a recurrent layer's inputs
	modelRecurrent                  // products of states
	modelGates                      // what else a recurrent layer does
	modelPooling
	modelElementwise // merges, activations and normalizations that no convolution takes along
	modelMoves       // Embedding, and layers that copy
	modelRest        // the run itself, and the runtime
	modelParts
)

var modelPartNames = [modelParts]string{"separable", "conv", "dense", "recurrent", "gates", "pooling", "elementwise", "moves", "rest"}

// product reports whether a part is convolutions and products.
func (p modelPart) product() bool { return p <= modelRecurrent }

// modelSteps are the functions in which each part begins, as a profile names them. Of a
// stack the innermost counts: products of states are in a recurrent layer.
var modelSteps = [modelRest]*regexp.Regexp{
	modelSeparable:   regexp.MustCompile(`/sepconv/keras\.\(\*separableStep\)\.`),
	modelConv:        regexp.MustCompile(`/internal/graph\.\(\*(conv1DStep|depthwise1DStep)\)\.`),
	modelDense:       regexp.MustCompile(`/internal/graph\.\(\*(denseStep|dotStep)\)\.`),
	modelRecurrent:   regexp.MustCompile(`/internal/graph\.\(\*product\)\.compute$`),
	modelGates:       regexp.MustCompile(`/internal/graph\.\(\*recurrentStep\)\.`),
	modelPooling:     regexp.MustCompile(`/internal/graph\.\(\*(poolStep|globalPoolStep)\)\.`),
	modelElementwise: regexp.MustCompile(`/internal/graph\.\(\*(affineStep|mergeStep|activationStep|preluStep|layerNormStep|groupNormStep|notEqualStep|selectionStep)\)\.`),
	modelMoves:       regexp.MustCompile(`/internal/graph\.\(\*(embeddingStep|rowsStep|concatStep|permuteStep)\)\.`),
}

// modelPartOf returns the part that a stack belongs to, whose innermost function is the
// first. ok is false if it does not work for the model.
func modelPartOf(stack []string) (p modelPart, ok bool) {
	within := modelRest
	for _, function := range stack {
		for p, steps := range modelSteps {
			if !steps.MatchString(function) {
				continue
			}
			if modelPart(p) != modelRecurrent {
				if within == modelRecurrent && modelPart(p) == modelGates {
					return modelRecurrent, true
				}
				return modelPart(p), true
			}
			within = modelRecurrent
		}
	}
	return modelRest, ofLayer(stack)
}

// modelDivision is how the time of a model divides into kinds of layers.
type modelDivision struct {
	ID      string       `json:"id"`
	Samples int64        `json:"samples"`
	Micros  float64      `json:"us"` // of a run: processor time of all threads together
	Parts   []timeOfPart `json:"parts"`
}

// Besides is the share of the time that is neither convolutions nor products.
func (d *modelDivision) Besides() float64 {
	share := 0.0
	for i, p := range d.Parts {
		if !modelPart(i).product() {
			share += p.Share
		}
	}
	return share
}

// check reports a division that cannot be.
func (d *modelDivision) check() error {
	if !(d.Micros > 0) || len(d.Parts) != int(modelParts) {
		return fmt.Errorf("the time of model %q is %v us in %d parts; it must be above 0, in %d", d.ID, d.Micros, len(d.Parts), modelParts)
	}
	for i, p := range d.Parts {
		if p.Part != modelPartNames[i] || !(p.Share >= 0 && p.Share <= 1 && p.Micros >= 0 && p.Peak >= 0) {
			return fmt.Errorf("part %d of the time of model %q is %q, %v of it in %v us, %v of the peak", i+1, d.ID, p.Part, p.Share, p.Micros, p.Peak)
		}
	}
	return nil
}

// A modelTally is how many samples of a model's runs were in each part.
type modelTally struct {
	samples [modelParts]int64
	period  time.Duration
	runs    int
}

func (t *modelTally) add(p *profile.Profile) {
	t.period = time.Duration(p.Period)
	for _, s := range p.Sample {
		if part, ok := modelPartOf(stackOf(s)); ok {
			t.samples[part] += s.Value[0]
		}
	}
}

func (t *modelTally) total() (n int64) {
	for _, samples := range t.samples {
		n += samples
	}
	return n
}

// divide returns how the time of the model divides, at a peak of so many FLOP/s of one
// thread.
func (t *modelTally) divide(w *modelload, peak float64) modelDivision {
	total := t.total()
	perSample := t.period.Seconds() / float64(t.runs)
	d := modelDivision{ID: w.ID, Samples: total, Micros: 1e6 * perSample * float64(total)}
	for i, n := range t.samples {
		share, seconds := float64(n)/float64(total), perSample*float64(n)
		p := timeOfPart{
			Part: modelPartNames[i], Samples: n, Share: share, Micros: 1e6 * seconds,
			Error: math.Sqrt(share * (1 - share) / float64(total)),
		}
		if n >= fewSamples {
			p.Peak = 2 * w.MultiplyAdds[p.Part] / seconds / peak
		}
		d.Parts = append(d.Parts, p)
	}
	return d
}

// divideModel runs a model for the time of the flag, and on until there are enough
// samples.
func (o *options) divideModel(id string, m *meter) (modelDivision, error) {
	w, err := newModelload(id, m.set.Name, m.threads)
	if err != nil {
		return modelDivision{}, err
	}
	var t modelTally
	bursts := []float64{m.burst()}
	batch := max(1, int(time.Millisecond/max(w.once, 1)))
	length := min(max(o.time, time.Duration(o.samples)*samplePeriod, shortProfile), longProfile)
	for start, rounds := time.Now(), 0; t.total() < max(o.samples, 1) || time.Since(start) < o.time; rounds++ {
		if rounds == mostSilent && t.total() == 0 {
			return modelDivision{}, errors.New("the profiler takes no samples of it")
		}
		p, runs, err := takeProfile(func() (runs int, err error) {
			for begin := time.Now(); time.Since(begin) < length; runs += batch {
				if _, err := w.time(batch); err != nil {
					return runs, err
				}
			}
			return runs, nil
		})
		if err != nil {
			return modelDivision{}, err
		}
		t.add(p)
		t.runs += runs
		bursts = append(bursts, m.burst())
	}
	return t.divide(w, mean(bursts)/float64(m.threads)), nil
}
