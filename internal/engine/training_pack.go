package engine

import "github.com/sepconv/go/internal/kernel"

// packing is the phase that packs the weights, into the memory that they had: each task
// is one of the forms that they are needed in.
type packing struct{ *Training }

func (p *packing) begin(int) int { return 3 }

func (p *packing) do(i int, _ *scratch) {
	t, w := p.Training, &p.weights
	switch i {
	case 0:
		t.panels = t.set.PackPointwise(t.panels, w.Pointwise, t.columns, t.Filters)
	case 1:
		t.turned = t.set.PackTransposed(t.turned, w.Pointwise, t.Filters, t.columns, t.Multiplier/t.channelStep)
	default:
		t.depthwise.taps = t.set.PackDepthwise(t.depthwise.taps, w.Depthwise, t.Kernel, t.columns)
		t.bias = kernel.PackBias(t.bias, w.Bias, t.Filters, t.set.Tile.Filters)
		t.flip(w.Depthwise)
	}
}

// flip packs the depthwise kernel for the gradient of the input: the taps of each
// residue, the last one first.
func (t *Training) flip(w []float32) {
	for i := range t.residues {
		r := &t.residues[i]
		t.flipped = grown(t.flipped, r.Kernel*r.columns)
		if p := r.lines; p != nil {
			for j := range r.Kernel {
				copy(t.flipped[j*r.columns:], w[(r.last-j*r.every)*r.columns:][:r.columns])
			}
			p.taps = grown(p.taps, len(t.flipped))
			t.set.Transpose(p.taps, t.flipped, r.Kernel, r.columns, r.Kernel, r.columns)
		}
		for m, p := range r.planes {
			for j := range r.Kernel {
				from := w[(r.last-j*r.every)*t.columns+m:]
				for c := range t.Channels {
					t.flipped[j*t.Channels+c] = from[c*t.Multiplier]
				}
			}
			p.taps = t.set.PackDepthwise(p.taps, t.flipped, r.Kernel, t.Channels)
		}
	}
}
