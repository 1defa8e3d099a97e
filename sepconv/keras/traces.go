package keras

import flow "github.com/sepconv/go/internal/graph"

// traces are the tensors of a model, noted while it is compiled: a translation has to
// write their shapes.
type traces struct {
	in  map[*Layer][]traced // of the first call of a layer
	out map[*Call][]traced
}

// traced is a tensor between layers.
type traced struct {
	shape  flow.Shape
	masked bool
}

// traceCall keeps what a call of a layer takes and gives.
func (c *compiler) traceCall(l *Layer, call *Call, in, out []tensor) {
	if c.traces == nil {
		return
	}
	if _, seen := c.traces.in[l]; !seen {
		c.traces.in[l] = c.tracedAll(in)
	}
	if _, seen := c.traces.out[call]; !seen {
		c.traces.out[call] = c.tracedAll(out)
	}
}

func (c *compiler) tracedAll(list []tensor) []traced {
	all := make([]traced, len(list))
	for i, t := range list {
		all[i].masked = t.hasMask
		if t.text != nil && t.text.made == nil {
			all[i].shape = t.text.shape
		} else {
			all[i].shape = c.builder.Shape(t.value)
		}
	}
	return all
}

// note keeps the outputs of a layer's first call, for the summary.
func (c *compiler) note(l *Layer, out []tensor) {
	if c.shapes[l] == nil {
		c.shapes[l] = out
	}
}
