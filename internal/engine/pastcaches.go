package engine

import "math"

// pastCaches reports whether a run is to write its output past the caches, which
// saves reading what is written over. It is not, if something reads the sums again.
func (p *Plan) pastCaches(c *call) bool {
	return p.epilogue == nil && !p.endsAlongTime() && len(c.src)+len(c.dst) > p.far
}

// far returns from how many floats of input and output on a plan writes past the
// caches. That is half of the last-level cache, the other half being for the rest of
// the program, if the layer computes so little for what it writes that memory holds it
// up. (Measured on Zen 5 with AVX-512, outputs from 10 to 64 MB, in bytes a microsecond:
// 8 channels and 64 filters 14,000: 0.55 of the time; 16 and 32, 16 and 16 some 10,000:
// 0.75 to 0.95; 32 and 32 5,900: 0.97 to 1.03; 64 and 64 3,600: 0.98 to 1.05.) By lines
// the output is as many runs of memory as there are filters, and that costs more than
// reading it unless there are more filters than channels. (8 channels and 32 filters 0.70,
// 16 and 32 0.78, 8 and 16 1.03, 16 and 16 1.15 to 1.22, 32 and 32 1.16.)
func far(g *Geometry, byLines bool, t Target) int {
	const held = 7500 // bytes a microsecond
	perRow := g.columns * (g.Kernel + g.Filters)
	if 4*g.Filters*t.Set.Rate < held*perRow || byLines && g.Filters < 2*g.Channels || t.L3 == 0 {
		return math.MaxInt
	}
	return t.L3 / 2 / 4
}
