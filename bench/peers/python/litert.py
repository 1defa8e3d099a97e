"""A peer of bench: XNNPACK through LiteRT's interpreter, as on phones."""

import os

from pathlib import Path

import network
from serve import arguments, serve

threads = arguments()

import flatbuffers  # noqa: E402
import numpy as np  # noqa: E402
from ai_edge_litert import interpreter as litert  # noqa: E402
from ai_edge_litert import schema_py_generated as schema  # noqa: E402
from importlib.metadata import version  # noqa: E402

Operator, Fused = schema.BuiltinOperator, schema.ActivationFunctionType

# Keras' activations: those that a convolution does itself, and the others.
FUSED = {"linear": Fused.NONE, "relu": Fused.RELU, "relu6": Fused.RELU6}
UNFUSED = {"tanh": Operator.TANH, "sigmoid": Operator.LOGISTIC, "gelu": Operator.GELU, "elu": Operator.ELU}


class Model:
    """A file of one layer being written: (batch, 1, steps, channels), as Keras'
    converter makes it, without the reshapes to and from three axes."""

    def __init__(self):
        self.codes, self.operators = [], []
        self.tensors, self.buffers = [], [schema.BufferT()]

    def tensor(self, name, shape, data=None):
        t = schema.TensorT()
        t.name, t.shape, t.type, t.buffer = name, list(shape), schema.TensorType.FLOAT32, 0
        if data is not None:
            if data.dtype == np.int32:
                t.type = schema.TensorType.INT32
            buffer = schema.BufferT()
            buffer.data = np.frombuffer(data.tobytes(), np.uint8)
            t.buffer = len(self.buffers)
            self.buffers.append(buffer)
        self.tensors.append(t)
        return len(self.tensors) - 1

    def operator(self, code, options_type, options, inputs, output):
        c = schema.OperatorCodeT()
        c.builtinCode, c.version = code, 2 if code == Operator.DEPTHWISE_CONV_2D else 1
        c.deprecatedBuiltinCode = min(code, 127)
        self.codes.append(c)
        o = schema.OperatorT()
        o.opcodeIndex, o.inputs, o.outputs = len(self.codes) - 1, inputs, [output]
        o.builtinOptionsType, o.builtinOptions = options_type, options
        self.operators.append(o)

    def file(self, inputs, outputs):
        graph = schema.SubGraphT()
        graph.tensors, graph.operators, graph.inputs, graph.outputs = self.tensors, self.operators, inputs, outputs
        model = schema.ModelT()
        model.version, model.operatorCodes, model.subgraphs, model.buffers = 3, self.codes, [graph], self.buffers
        builder = flatbuffers.Builder(1 << 20)
        builder.Finish(model.Pack(builder), b"TFL3")
        return bytes(builder.Output())


def build(job):
    m = Model()
    x = source = m.tensor("x", (job.batch, 1, job.steps, job.channels))
    steps = job.steps
    if job.padding == "causal":
        steps += job.left
        pads = np.array([[0, 0], [0, 0], [job.left, 0], [0, 0]], np.int32)
        padded = m.tensor("padded", (job.batch, 1, steps, job.channels))
        m.operator(Operator.PAD, schema.BuiltinOptions.PadOptions, schema.PadOptionsT(), [x, m.tensor("pads", (4, 2), pads)], padded)
        x = padded
    options = schema.DepthwiseConv2DOptionsT()
    options.padding = schema.Padding.SAME if job.padding == "same" else schema.Padding.VALID
    # The row is one high: its stride is the columns', which TensorFlow asks for.
    options.strideW = options.strideH = job.stride
    options.depthMultiplier = job.multiplier
    options.dilationWFactor, options.dilationHFactor = job.dilation, 1
    depthwise = m.tensor("depthwise", (1, 1, job.kernel, job.columns), job.depthwise)
    u = m.tensor("u", (job.batch, 1, job.out_steps, job.columns))
    zeros = m.tensor("zeros", (job.columns,), np.zeros(job.columns, np.float32))
    m.operator(Operator.DEPTHWISE_CONV_2D, schema.BuiltinOptions.DepthwiseConv2DOptions, options, [x, depthwise, zeros], u)
    options = schema.Conv2DOptionsT()
    options.padding, options.strideW, options.strideH = schema.Padding.VALID, 1, 1
    options.dilationWFactor = options.dilationHFactor = 1
    options.fusedActivationFunction = FUSED.get(job.activation, Fused.NONE)
    pointwise = m.tensor("pointwise", (job.filters, 1, 1, job.columns), np.ascontiguousarray(job.pointwise.T))
    bias = m.tensor("bias", (job.filters,), job.bias)
    y = m.tensor("y", (job.batch, 1, job.out_steps, job.filters))
    m.operator(Operator.CONV_2D, schema.BuiltinOptions.Conv2DOptions, options, [u, pointwise, bias], y)
    if job.activation in ("silu", "swish"):
        gate, z = (m.tensor(name, (job.batch, 1, job.out_steps, job.filters)) for name in ("gate", "z"))
        m.operator(Operator.LOGISTIC, 0, None, [y], gate)
        m.operator(Operator.MUL, schema.BuiltinOptions.MulOptions, schema.MulOptionsT(), [y, gate], z)
        y = z
    elif job.activation in UNFUSED:
        z = m.tensor("z", (job.batch, 1, job.out_steps, job.filters))
        kind, options = (schema.BuiltinOptions.GeluOptions, schema.GeluOptionsT()) if job.activation == "gelu" else (0, None)
        m.operator(UNFUSED[job.activation], kind, options, [y], z)
        y = z
    elif job.activation not in FUSED:
        raise ValueError(f"activation {job.activation!r} is not among those of this peer")
    return m.file([source], [y])


def open_layer(job):
    interpreter = litert.Interpreter(model_content=build(job), num_threads=threads)
    interpreter.allocate_tensors()
    source, result = interpreter.get_input_details()[0]["index"], interpreter.get_output_details()[0]["index"]
    interpreter.set_tensor(source, job.input[:, None])
    # invoke() checks that no array refers to the interpreter's memory, which none
    # does, and calls this.
    run = interpreter._interpreter.Invoke
    return run, lambda _: interpreter.get_tensor(result)[:, 0], way(interpreter, source, result)


def open_network(directory, model):
    file = Path(directory, "model.tflite")
    interpreter = litert.Interpreter(model_path=str(file), num_threads=threads)
    interpreter.allocate_tensors()
    source, result = interpreter.get_input_details()[0], interpreter.get_output_details()[0]["index"]
    interpreter.set_tensor(source["index"], network.read_input(directory, model).astype(source["dtype"]))
    return interpreter._interpreter.Invoke, lambda _: interpreter.get_tensor(result), way(interpreter, source["index"], result)


def way(interpreter, source, result):
    """Tells how much of the layer XNNPACK has taken over."""
    delegates = [op for op in interpreter._get_ops_details() if op["op_name"] == "DELEGATE"]
    if any(source in op["inputs"] and result in op["outputs"] for op in delegates):
        return ""
    return "XNNPACK in part" if delegates else "without XNNPACK"


if __name__ == "__main__":
    serve("XNNPACK (LiteRT)", version("ai-edge-litert"), threads, open_layer, open_network=open_network)
