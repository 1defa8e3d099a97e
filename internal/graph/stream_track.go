package graph

// track is a tensor in a stream.
type track struct {
	used   bool
	shared bool  // its memory is another tensor's
	axis   int   // of time; running if it has none
	shape  Shape // with a batch of 1, and along time the steps of the present chunk
	outer  int   // elements before the axis of time,
	inner  int   // and after it
	length int64 // steps for the whole signal, if that is known

	num, den int64 // num/den steps of the signal are one of this

	data      []float32
	now, then int64 // steps before the present chunk, and after it
}

func (t *track) width() int { return t.outer * t.inner }

// arrange makes room for n steps.
func (t *track) arrange(n int) {
	size := n * t.width()
	if cap(t.data) < size {
		t.data = make([]float32, size)
	}
	t.data = t.data[:size]
	t.shape[t.axis] = n
}

// floats returns how many floats so many steps of a tensor have.
func (t *track) floats(steps int64) float64 {
	if !t.used || t.axis == running {
		return 0
	}
	return float64(steps) * float64(t.width())
}
