package engine

import "github.com/sepconv/go/internal/kernel"

// window says how input positions stand in the copy: the input of row r and tap
// j at position r*rowStride + j*tapStride. It holds either every position from
// the first row's first tap to the last row's last, or, where strides or
// dilations leave many of those unused, the positions of each tap, tap by tap.
type window struct {
	rows, taps           int
	rowStride, tapStride int
	dense                bool
}

// fit fits as many as possible of the given rows, and all taps if it can, into the
// given number of positions.
func (w *window) fit(g *Geometry, rows, positions int) {
	taps := min(g.Kernel, positions)
	if g.reach < positions {
		dense := rows
		if g.Stride > positions || (rows-1)*g.Stride+g.reach >= positions { // rarely, and a division takes some nanoseconds
			dense = min(rows, (positions-1-g.reach)/g.Stride+1)
		}
		if (dense == rows || dense >= positions/taps) && (dense-1)*g.Stride+g.reach+1 <= dense*g.Kernel {
			w.rows, w.taps, w.rowStride, w.tapStride, w.dense = dense, g.Kernel, g.Stride, g.Dilation, true
			return
		}
	}
	listed := min(rows, positions/taps)
	w.rows, w.taps, w.rowStride, w.tapStride, w.dense = listed, taps, 1, listed, false
}

// fill copies the inputs that the window holds of the given channels, from
// position from of the signal on.
func (b *base) fill(s *scratch, w *window, from, taps, c, channels int) {
	if w.dense {
		s.x.copyPositions(b.set, s.window, positions{from, 1, (w.rows-1)*b.Stride + b.reach + 1}, c, channels)
		return
	}
	for j := range taps {
		s.x.copyPositions(b.set, s.window[j*w.rows*channels:], positions{from + j*b.Dilation, b.Stride, w.rows}, c, channels)
	}
}

// copyPositions copies a range of positions as rows of channels side by side.
func (x *signal) copyPositions(set *kernel.Set, dst []float32, s positions, c, channels int) {
	past, steps, after := x.parts(s)
	clear(dst[:past*channels])
	clear(dst[after*channels : s.n*channels])
	if past < steps {
		copySteps(set, dst[past*channels:steps*channels], x.past.from(x.pastSteps+s.from+past*s.apart, c), steps-past, s.apart, channels)
	}
	if steps < after {
		copySteps(set, dst[steps*channels:after*channels], x.from(s.from+steps*s.apart, c), after-steps, s.apart, channels)
	}
}

// copySteps copies n steps of an operand, apart steps from one to the next, as rows of
// channels side by side.
func copySteps(set *kernel.Set, dst []float32, o operand, n, apart, channels int) {
	switch {
	case o.channel == 1:
		set.Copy(dst, o.data, n, channels, channels, apart*o.step)
	case apart == 1 && o.step == 1:
		set.Transpose(dst, o.data, channels, n, channels, o.channel)
	default:
		for i := range channels {
			line := o.data[i*o.channel:]
			for t := range n {
				dst[t*channels+i] = line[t*apart*o.step]
			}
		}
	}
}

// copyLines copies a range of positions, side by side, of each channel as a line of
// the given length. (Signals with a past are computed by rows.)
func (x *signal) copyLines(set *kernel.Set, dst []float32, s positions, c, channels, length int) {
	_, steps, after := x.parts(s)
	if steps > 0 || after < s.n {
		clear(dst[:(channels-1)*length+s.n])
	}
	if steps < after {
		set.Copy(dst[steps:], x.from(s.from+steps, c).data, channels, after-steps, length, x.channel)
	}
}
