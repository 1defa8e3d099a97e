package main

import (
	"encoding/binary"
	"math"
	"testing"

	"github.com/sepconv/go/bench/internal/protocol"
	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/encoding/protowire"
)

// decoded is a message, read back: numbers and submessages or strings by field.
type decoded struct {
	numbers map[protowire.Number][]uint64
	bytes   map[protowire.Number][][]byte
}

func decode(t *testing.T, m []byte) decoded {
	d := decoded{map[protowire.Number][]uint64{}, map[protowire.Number][][]byte{}}
	for len(m) > 0 {
		field, kind, n := protowire.ConsumeTag(m)
		require.Positive(t, n)
		m = m[n:]
		switch kind {
		case protowire.VarintType:
			v, n := protowire.ConsumeVarint(m)
			require.Positive(t, n)
			d.numbers[field], m = append(d.numbers[field], v), m[n:]
		case protowire.BytesType:
			v, n := protowire.ConsumeBytes(m)
			require.Positive(t, n)
			d.bytes[field], m = append(d.bytes[field], v), m[n:]
		default:
			t.Fatalf("field %d is of type %d", field, kind)
		}
	}
	return d
}

func job(activation string) *protocol.Job {
	return &protocol.Job{
		Layer: protocol.Layer{Batch: 1, Steps: 5, Channels: 2, Kernel: 3, Stride: 2, Dilation: 4, Multiplier: 1, Filters: 2,
			Padding: "causal", Activation: activation, OutSteps: 3, Left: 8},
		Depthwise: []float32{1, 2, 3, 4, 5, 6}, Pointwise: []float32{7, 8, 9, 10}, Bias: []float32{11, 12}, Input: make([]float32, 10),
	}
}

func TestModelFile(t *testing.T) {
	for _, test := range []struct {
		rank       int
		activation string
		operators  []string
		attributes map[string][]uint64
		dims       []uint64
	}{
		{3, "linear", []string{"Conv", "Conv"}, map[string][]uint64{
			"kernel_shape": {3}, "strides": {2}, "dilations": {4}, "pads": {8, 0}}, []uint64{2, 1, 3}},
		{4, "gelu", []string{"Conv", "Conv", "Gelu"}, map[string][]uint64{
			"kernel_shape": {1, 3}, "strides": {1, 2}, "dilations": {1, 4}, "pads": {0, 8, 0, 0}}, []uint64{2, 1, 1, 3}},
	} {
		file, err := newModel(job(test.activation), test.rank)
		require.NoError(t, err)
		graph := decode(t, decode(t, file).bytes[modelGraph][0])
		var operators []string
		for _, n := range graph.bytes[graphNode] {
			operators = append(operators, string(decode(t, n).bytes[nodeOp][0]))
		}
		require.Equal(t, test.operators, operators)
		depthwise := decode(t, graph.bytes[graphNode][0])
		require.Len(t, depthwise.bytes[nodeAttribute], 5)
		for _, a := range depthwise.bytes[nodeAttribute] {
			attribute := decode(t, a)
			if name := string(attribute.bytes[attributeName][0]); name == "group" {
				require.Equal(t, []uint64{2}, attribute.numbers[attributeInt])
			} else {
				require.Equal(t, test.attributes[name], attribute.numbers[attributeInts], name)
			}
		}
		weights := decode(t, graph.bytes[graphInitializer][0])
		require.Equal(t, test.dims, weights.numbers[tensorDims])
		var taps []float32
		for raw := weights.bytes[tensorRaw][0]; len(raw) > 0; raw = raw[4:] {
			taps = append(taps, math.Float32frombits(binary.LittleEndian.Uint32(raw)))
		}
		require.Equal(t, []float32{1, 3, 5, 2, 4, 6}, taps, "those of a channel are together")
	}
	for activation, want := range map[string][]string{"relu6": {"Conv", "Conv", "Clip"}, "silu": {"Conv", "Conv", "Sigmoid", "Mul"}} {
		file, err := newModel(job(activation), 3)
		require.NoError(t, err)
		var operators []string
		for _, n := range decode(t, decode(t, file).bytes[modelGraph][0]).bytes[graphNode] {
			operators = append(operators, string(decode(t, n).bytes[nodeOp][0]))
		}
		require.Equal(t, want, operators)
	}
	_, err := newModel(job("step"), 3)
	require.ErrorContains(t, err, `activation "step" is not among those of this peer`)
}
