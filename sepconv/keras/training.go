package keras

// training says whether a layer runs as in training: not said, yes, no, or several
// of them, if it is called several times.
type training uint8

const (
	unsaid training = 1 << iota
	yes
	no
)

// InTraining reports whether the layer runs as in training, in inference too: it or
// a model that it is in is called with training=True, or with what is known only
// when the model runs, in at least one of its calls. A Dropout then drops, and a
// BatchNormalization normalizes with the mean and variance of the batch, unless it
// is not trainable. So may what a class in the model does that is not Keras'.
//
// Of a model that is called with the one and has a layer that is called with the
// other, in Keras 2 the call of the layer counts, in Keras 3 that of the model. So
// predict of Keras 3, which calls the model with training=False, runs all in
// inference; calling the model does not, nor does predict of Keras 2.
func (l *Layer) InTraining() bool { return l != nil && l.training()&yes != 0 }

// training returns all that is said of the layer's calls.
func (l *Layer) training() training {
	around := unsaid
	if l.parent != nil {
		around = l.parent.training
	}
	if len(l.Calls) == 0 {
		return around
	}
	var all training
	for i := range l.Calls {
		own := l.Calls[i].training()
		switch {
		case own == unsaid:
			all |= around
		case l.keras2:
			all |= own
		default:
			all |= around &^ unsaid
			if around&unsaid != 0 {
				all |= own
			}
		}
	}
	return all
}

// inheritTraining notes in each graph what its layers inherit of its model's calls.
func (m *Model) inheritTraining() {
	note := func(g *graph, t training) {
		if g.opaque {
			t |= yes
		}
		g.training = t
	}
	note(m.graph, unsaid)
	for l := range m.All() { // a model before the layers in it
		if l.graph != nil {
			note(l.graph, l.training())
		}
	}
}

// training returns what the call says.
func (c *Call) training() training {
	switch string(c.Argument("training")) {
	case "", "null":
		return unsaid
	case "false", "0":
		return no
	}
	return yes
}

// normalizesBatch reports whether a BatchNormalization uses the mean and variance of
// what it is given, which one that is not trainable does not even in training.
func (l *Layer) normalizesBatch() bool {
	return l.InTraining() && string(member(l.Config, "trainable")) != "false"
}
