package protocol

// Gradients are what a step of training gives, in the shapes of what they are by.
type Gradients struct {
	Input, Depthwise, Pointwise, Bias []float32
}

// Named is an array of gradients, and the name of its file.
type Named struct {
	Name   string
	Values *[]float32
}

// Arrays lists the gradients, always in this order.
func (g *Gradients) Arrays() [4]Named {
	return [...]Named{{"dinput", &g.Input}, {"ddepthwise", &g.Depthwise}, {"dpointwise", &g.Pointwise}, {"dbias", &g.Bias}}
}

// ReadGradients reads what WriteGradients wrote.
func ReadGradients(dir string, l Layer) (*Gradients, error) {
	g := &Gradients{}
	sizes := [...]int{l.Batch * l.Steps * l.Channels, l.Kernel * l.Columns(), l.Columns() * l.Filters, l.Filters}
	for i, a := range g.Arrays() {
		var err error
		if *a.Values, err = ReadFloats(dir, a.Name, sizes[i]); err != nil {
			return nil, err
		}
	}
	return g, nil
}

// WriteGradients writes the gradients of a step.
func WriteGradients(dir string, g *Gradients) error {
	for _, a := range g.Arrays() {
		if err := WriteFloats(dir, a.Name, *a.Values); err != nil {
			return err
		}
	}
	return nil
}
