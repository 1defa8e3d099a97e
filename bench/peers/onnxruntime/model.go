package main

import (
	"encoding/binary"
	"fmt"
	"maps"
	"math"
	"slices"

	"github.com/sepconv/go/bench/internal/protocol"
	"google.golang.org/protobuf/encoding/protowire"
)

// The numbers of the fields, from onnx.proto.
const (
	modelIR, modelProducer, modelGraph, modelOpset    = 1, 2, 7, 8
	opsetDomain, opsetVersion                         = 1, 2
	graphNode, graphName, graphInitializer            = 1, 2, 5
	graphInput, graphOutput                           = 11, 12
	nodeInput, nodeOutput, nodeOp, nodeAttribute      = 1, 2, 4, 5
	attributeName, attributeInt, attributeInts        = 1, 3, 8
	attributeType                                     = 20
	tensorDims, tensorType, tensorName, tensorRaw     = 1, 2, 8, 9
	valueName, valueType, typeTensor                  = 1, 2, 1
	tensorElem, tensorShape, shapeDim, dimensionValue = 1, 2, 1, 1
)

// The values of enumerations, and the versions: Gelu came with operators 20,
// which came with format 9.
const (
	float           = 1
	typeInt         = 2
	typeInts        = 7
	formatVersion   = 9
	operatorVersion = 20
)

// message is a protocol buffer message.
type message []byte

func (m *message) number(field protowire.Number, v int) {
	*m = protowire.AppendTag(*m, field, protowire.VarintType)
	*m = protowire.AppendVarint(*m, uint64(v))
}

func (m *message) bytes(field protowire.Number, v []byte) {
	*m = protowire.AppendTag(*m, field, protowire.BytesType)
	*m = protowire.AppendBytes(*m, v)
}

// An operator of an activation, from the array z or one made by an operator before
// to the next; the last one makes y. A limit is an initializer of that name.
type operator struct {
	name    string
	inputs  []string
	output  string
	limited []float32 // least and most, as ONNX' Clip takes them
}

// activations are Keras' as operators of ONNX.
var activations = map[string][]operator{
	"linear":   nil,
	"relu":     {{name: "Relu", inputs: []string{"z"}, output: "y"}},
	"relu6":    {{name: "Clip", inputs: []string{"z", "least", "most"}, output: "y", limited: []float32{0, 6}}},
	"tanh":     {{name: "Tanh", inputs: []string{"z"}, output: "y"}},
	"sigmoid":  {{name: "Sigmoid", inputs: []string{"z"}, output: "y"}},
	"silu":     swish,
	"swish":    swish,
	"gelu":     {{name: "Gelu", inputs: []string{"z"}, output: "y"}},
	"elu":      {{name: "Elu", inputs: []string{"z"}, output: "y"}},
	"selu":     {{name: "Selu", inputs: []string{"z"}, output: "y"}},
	"softplus": {{name: "Softplus", inputs: []string{"z"}, output: "y"}},
	"softsign": {{name: "Softsign", inputs: []string{"z"}, output: "y"}},
}

var swish = []operator{
	{name: "Sigmoid", inputs: []string{"z"}, output: "gate"},
	{name: "Mul", inputs: []string{"z", "gate"}, output: "y"},
}

// newModel returns the layer as an ONNX file: Conv by groups, Conv with kernels
// of 1, an activation. With rank 4 there is an axis of one row before time.
func newModel(job *protocol.Job, rank int) ([]byte, error) {
	activation, found := activations[job.Activation]
	if !found {
		return nil, fmt.Errorf("activation %q is not among those of this peer", job.Activation)
	}
	rows := slices.Repeat([]int{1}, rank-3)
	shape := func(outer, channels, time int) []int {
		return slices.Concat([]int{outer, channels}, rows, []int{time})
	}
	along := func(v int) []int { return append(slices.Clone(rows), v) } // of each axis of an image
	around := make([]int, len(rows))                                    // its padding, of which there is none
	columns := job.Columns()
	var graph message
	graph.bytes(graphName, []byte("layer"))
	graph.bytes(graphInitializer, tensor("depthwise", shape(columns, 1, job.Kernel), transposed(job.Depthwise, job.Kernel, columns)))
	graph.bytes(graphInitializer, tensor("pointwise", shape(job.Filters, columns, 1), transposed(job.Pointwise, columns, job.Filters)))
	graph.bytes(graphInitializer, tensor("bias", []int{job.Filters}, job.Bias))
	graph.bytes(graphNode, node("Conv", []string{"x", "depthwise"}, "u", map[string][]int{
		"group": {job.Channels}, "kernel_shape": along(job.Kernel), "strides": along(job.Stride), "dilations": along(job.Dilation),
		"pads": slices.Concat(around, []int{job.Left}, around, []int{job.Right}),
	}))
	last := "y"
	if len(activation) > 0 {
		last = "z"
	}
	graph.bytes(graphNode, node("Conv", []string{"u", "pointwise", "bias"}, last, map[string][]int{"kernel_shape": along(1)}))
	for _, o := range activation {
		for i, limit := range o.limited {
			graph.bytes(graphInitializer, tensor(o.inputs[1+i], nil, []float32{limit}))
		}
		graph.bytes(graphNode, node(o.name, o.inputs, o.output, nil))
	}
	graph.bytes(graphInput, value("x", shape(job.Batch, job.Channels, job.Steps)))
	graph.bytes(graphOutput, value("y", shape(job.Batch, job.Filters, job.OutSteps)))

	var opset, model message
	opset.number(opsetVersion, operatorVersion)
	model.number(modelIR, formatVersion)
	model.bytes(modelProducer, []byte("sepconv bench"))
	model.bytes(modelGraph, graph)
	model.bytes(modelOpset, opset)
	return model, nil
}

// node is an operator. The attribute group is an integer, all others lists.
func node(op string, inputs []string, output string, attributes map[string][]int) message {
	var n message
	for _, name := range inputs {
		n.bytes(nodeInput, []byte(name))
	}
	n.bytes(nodeOutput, []byte(output))
	n.bytes(nodeOp, []byte(op))
	for _, name := range slices.Sorted(maps.Keys(attributes)) {
		values := attributes[name]
		var a message
		a.bytes(attributeName, []byte(name))
		if name == "group" {
			a.number(attributeInt, values[0])
			a.number(attributeType, typeInt)
		} else {
			for _, v := range values {
				a.number(attributeInts, v)
			}
			a.number(attributeType, typeInts)
		}
		n.bytes(nodeAttribute, a)
	}
	return n
}

func tensor(name string, dims []int, values []float32) message {
	var t message
	for _, d := range dims {
		t.number(tensorDims, d)
	}
	t.number(tensorType, float)
	t.bytes(tensorName, []byte(name))
	raw := make([]byte, 0, 4*len(values))
	for _, v := range values {
		raw = binary.LittleEndian.AppendUint32(raw, math.Float32bits(v))
	}
	t.bytes(tensorRaw, raw)
	return t
}

func value(name string, dims []int) message {
	var shape, elements, kind, v message
	for _, d := range dims {
		var dimension message
		dimension.number(dimensionValue, d)
		shape.bytes(shapeDim, dimension)
	}
	elements.number(tensorElem, float)
	elements.bytes(tensorShape, shape)
	kind.bytes(typeTensor, elements)
	v.bytes(valueName, []byte(name))
	v.bytes(valueType, kind)
	return v
}

// transposed returns a matrix of rows by columns the other way round.
func transposed(m []float32, rows, columns int) []float32 {
	t := make([]float32, len(m))
	for i := range rows {
		for j := range columns {
			t[j*rows+i] = m[i*columns+j]
		}
	}
	return t
}
