// Gomlx is a peer of bench: GoMLX with its backend in pure Go.
package main

import (
	"fmt"
	"os"
	"runtime/debug"

	"github.com/gomlx/gomlx/backends"
	"github.com/gomlx/gomlx/backends/simplego"
	. "github.com/gomlx/gomlx/pkg/core/graph"
	"github.com/gomlx/gomlx/pkg/core/tensors"
	"github.com/gomlx/gomlx/pkg/ml/layers/activations"
	"github.com/sepconv/go/bench/internal/protocol"
)

func main() {
	threads := protocol.Threads()
	backend, err := simplego.New(fmt.Sprintf("parallelism=%d", threads))
	if err != nil {
		fmt.Fprintln(os.Stderr, "gomlx:", err)
		os.Exit(1)
	}
	protocol.Main("GoMLX, pure Go", version(), threads, func(job *protocol.Job) (protocol.Model, error) {
		return open(backend, job)
	})
}

// version is that of the module this was built with.
func version() string {
	if info, ok := debug.ReadBuildInfo(); ok {
		for _, m := range info.Deps {
			if m.Path == "github.com/gomlx/gomlx" {
				return m.Version
			}
		}
	}
	return ""
}

// functions are activations by Keras' names.
var functions = map[string]func(*Node) *Node{
	"linear":  func(x *Node) *Node { return x },
	"relu":    activations.Relu,
	"relu6":   func(x *Node) *Node { return ClipScalar(x, 0, 6) },
	"tanh":    Tanh,
	"sigmoid": Sigmoid,
	"gelu":    activations.Gelu,
	"silu":    activations.Swish,
	"swish":   activations.Swish,
}

// model is a compiled graph with its arguments on the device.
type model struct {
	exec      *Exec
	arguments []any
	last      *tensors.Tensor // result of the last run
}

// open builds the layer: a convolution by groups, and a product of matrices,
// which the backend computes faster than a convolution with kernels of 1.
func open(backend backends.Backend, job *protocol.Job) (protocol.Model, error) {
	activation, found := functions[job.Activation]
	if !found {
		return nil, fmt.Errorf("activation %q is not among those of this peer", job.Activation)
	}
	exec, err := NewExec(backend, func(x, depthwise, pointwise, bias *Node) *Node {
		u := Convolve(x, depthwise).PaddingPerDim([][2]int{{job.Left, job.Right}}).
			Strides(job.Stride).Dilations(job.Dilation).ChannelGroupCount(job.Channels).Done()
		y := Dot(Reshape(u, job.Batch*job.OutSteps, job.Columns()), pointwise)
		y = Add(y, ExpandAndBroadcast(bias, []int{job.Batch * job.OutSteps, job.Filters}, []int{0}))
		return Reshape(activation(y), job.Batch, job.OutSteps, job.Filters)
	})
	if err != nil {
		return nil, err
	}
	return &model{exec: exec, arguments: []any{
		tensors.FromFlatDataAndDimensions(job.Input, job.Batch, job.Steps, job.Channels),
		tensors.FromFlatDataAndDimensions(job.Depthwise, job.Kernel, 1, job.Columns()),
		tensors.FromFlatDataAndDimensions(job.Pointwise, job.Columns(), job.Filters),
		tensors.FromFlatDataAndDimensions(job.Bias, job.Filters),
	}}, nil
}

// Run computes the layer, and gives back the memory of the last result.
func (m *model) Run() error {
	if m.last != nil {
		if err := m.last.FinalizeAll(); err != nil {
			return err
		}
	}
	var err error
	m.last, err = m.exec.Exec1(m.arguments...)
	return err
}

func (m *model) Output() []float32 { return tensors.MustCopyFlatData[float32](m.last) }
func (m *model) Mode() string      { return "" }

func (m *model) Close() error {
	m.exec.Finalize()
	for _, t := range append(m.arguments, m.last) {
		if err := t.(*tensors.Tensor).FinalizeAll(); err != nil {
			return err
		}
	}
	return nil
}
