package engine

// Backward takes ddst, the derivative by dst, back: it adds the derivatives by the weights to
// g, and writes that by src to dsrc, unless it is nil. It uses up what Forward kept.
func (t *Training) Backward(dsrc, ddst []float32, g Weights) {
	t.dsrc, t.ddst, t.gradients = dsrc, ddst, g
	if t.batch > 0 && t.outSteps > 0 && (dsrc != nil || !t.Frozen) {
		t.backwards()
	}
	t.pass = pass{}
	t.own.release()
}

func (t *Training) backwards() {
	micros := 2 * t.micros(t.batch, t.outSteps)
	if t.dsrc != nil && t.fewChannels() {
		t.duLines = grown(t.duLines, t.signals*t.columns*t.outSteps)
	}
	trial := t.backward.Begin(micros, t.threads)
	defer trial.End()
	t.crew, t.wake = worthThreads(trial, micros), trial.Wake
	if t.swept {
		t.begin()
		t.share(&t.phases.sweep)
		return
	}
	for t.begin(); t.first < t.batch; t.advance() {
		if t.Recompute {
			t.compute()
		}
		if !t.direct() {
			t.share(&t.phases.slope)
		}
		if !t.Frozen {
			t.share(&t.phases.ofPointwise)
		}
		t.share(&t.phases.ofColumns)
		if !t.Frozen {
			t.share(&t.phases.ofTaps)
		}
		if t.dsrc != nil {
			if t.fewChannels() {
				t.share(&t.phases.duLines)
			}
			t.share(&t.phases.ofInput)
		}
	}
}

// trainingPhases are all phases. They are here because they would otherwise be
// allocated for every call.
type trainingPhases struct {
	packing     packing
	turnInput   turnInput
	sums        trainingSums
	outputLines outputLines
	slope       slope
	ofPointwise pointwiseGradient
	ofColumns   columnsGradient
	ofTaps      tapsGradient
	duLines     duLines
	ofInput     inputGradient
	sweep       sweep
}

func newTrainingPhases(t *Training) trainingPhases {
	return trainingPhases{
		packing: packing{t}, turnInput: turnInput{t},
		sums: trainingSums{Training: t}, outputLines: outputLines{t}, slope: slope{t},
		ofPointwise: pointwiseGradient{Training: t}, ofColumns: columnsGradient{t},
		ofTaps: tapsGradient{Training: t}, duLines: duLines{t}, ofInput: inputGradient{Training: t}, sweep: sweep{Training: t},
	}
}
