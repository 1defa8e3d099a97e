package engine

// An operand is an array of steps and channels in memory: step t of channel c is
// data[t*step+c*channel]. A signal of a batch, a block of an output, a chunk of a
// stream, in channels_last or channels_first: they differ in these strides alone.
type operand struct {
	data          []float32
	step, channel int
}

// set makes o such an array. Fields are set one by one, here and elsewhere, because a struct
// that is made in one place and copied to another at once costs more than some kernels take:
// a wide load waits for the narrow stores before it.
func (o *operand) set(data []float32, step, channel int) {
	o.data, o.step, o.channel = data, step, channel
}

// strides returns the strides of a contiguous array.
func strides(steps, channels int, channelsFirst bool) (step, channel int) {
	if channelsFirst {
		return 1, steps
	}
	return channels, 1
}

// from returns the part of the operand that begins at a step and channel.
func (o *operand) from(step, channel int) operand {
	return operand{o.data[step*o.step+channel*o.channel:], o.step, o.channel}
}

// lines returns how many contiguous lines the first steps and channels make up, and
// how long they are: a line is a step where channels stand side by side, or else a
// channel.
func (o *operand) lines(steps, channels int) (n, length int) {
	if o.channel == 1 {
		return steps, channels
	}
	return channels, steps
}

// apart returns how far a line is from the next.
func (o *operand) apart() int {
	if o.channel == 1 {
		return o.step
	}
	return o.channel
}

// line returns line i.
func (o *operand) line(i, length int) []float32 { return o.data[i*o.apart():][:length:length] }

// A signal is the input of a convolution: steps that are at hand, those that were
// there before, and zeros before and after both.
type signal struct {
	operand
	steps     int
	past      operand // the steps right before the first; what was before them is 0
	pastSteps int
	left      int // how far before the first step the first output's first tap is

	// Hints of what will be read soon.

	ahead      []float32 // as far as it is one run of memory
	stepsAhead int       // how many steps later
}

// positions is a range of positions of the output's input: n of them, apart steps from
// one to the next. Position 0 is a signal's first step.
type positions struct{ from, apart, n int }

// parts cuts a range into the positions that lie in the past of a signal, which begin
// at the given number, in its steps, and after them. Those before and after are 0.
func (x *signal) parts(s positions) (past, steps, after int) {
	steps = min(stepsTo(0, s.from, s.apart), s.n)
	past = steps
	if x.pastSteps > 0 {
		past = min(stepsTo(-x.pastSteps, s.from, s.apart), steps)
	}
	after = max(min(stepsTo(x.steps, s.from, s.apart), s.n), steps)
	return past, steps, after
}

// stepsTo returns how many steps lead from a position to the first one that is
// not before limit.
func stepsTo(limit, from, step int) int {
	switch {
	case from >= limit:
		return 0
	case step == 1: // mostly, and a division takes some nanoseconds
		return limit - from
	}
	return (limit-from-1)/step + 1
}
