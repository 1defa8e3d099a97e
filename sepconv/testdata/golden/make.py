"""Makes the golden vectors of this directory with the real Keras packages.

Run it with the versions of requirements.txt. It writes cases.jsonl.gz, values.f32
and errors.jsonl.gz next to itself; README.md describes their format.
Every case draws from a generator seeded by the case's own label, so adding or
removing one case leaves the values of all others as they were.
"""

import collections
import dataclasses
import gzip
import itertools
import json
import os
import pathlib
import sys
import traceback
import zlib

# Some of Keras' messages print a set, whose order follows the hash seed.
if __name__ == "__main__" and os.environ.get("PYTHONHASHSEED") != "0":
    os.execve(sys.executable, [sys.executable, *sys.argv], {**os.environ, "PYTHONHASHSEED": "0"})

# One thread and no GPU: the order of summation must not depend on the machine's load.
os.environ["CUDA_VISIBLE_DEVICES"] = ""
os.environ["KERAS_BACKEND"] = "tensorflow"
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
# oneDNN's convolution, which TensorFlow takes on some CPUs, returns its input where that has no elements.
os.environ["TF_ENABLE_ONEDNN_OPTS"] = "0"

import numpy as np
import tensorflow as tf

tf.config.threading.set_intra_op_parallelism_threads(1)
tf.config.threading.set_inter_op_parallelism_threads(1)

import keras
import tf_keras

# With filtering on, Keras 3 wraps the messages of op errors in one that says only which layer was called.
keras.config.disable_traceback_filtering()
tf.debugging.disable_traceback_filtering()

HERE = pathlib.Path(__file__).resolve().parent
SEED = 20240
PACKAGES = {"keras3": keras, "tf_keras": tf_keras}
VERSIONS = {"keras3": f"keras {keras.__version__}", "tf_keras": f"tf_keras {tf_keras.__version__}"}
LAST, FIRST = "channels_last", "channels_first"
SHORT = {LAST: "last", FIRST: "first"}


# ---------------------------------------------------------------- one case


@dataclasses.dataclass
class Case:
    """A layer, the shape of its input and how its values are drawn."""

    name: str
    package: str  # "keras3" or "tf_keras"
    kwargs: dict  # of the constructor
    shape: tuple  # of the input
    values: object = None  # f(rng, shapes) -> arrays; None means `normal`
    special: bool = False  # holds values that the float64 check cannot judge


def generator(*label):
    return np.random.default_rng([SEED, zlib.crc32("/".join(map(str, label)).encode())])


def normal(rng, shapes):
    """Input, depthwise, pointwise and bias, scaled so that outputs are near 1."""
    k, channels_in, m = shapes[1]
    scales = (1, k**-0.5, (channels_in * m) ** -0.5, 1)
    return [(rng.standard_normal(s) * a).astype(np.float32) for s, a in zip(shapes, scales)]


def scaled_filters(rng, shapes, least, most):
    """As normal, with each filter multiplied by another factor."""
    arrays = normal(rng, shapes)
    scale = np.geomspace(least, most, shapes[2][-1]).astype(np.float32)
    arrays[2] = arrays[2] * scale
    arrays[3:] = [bias * scale for bias in arrays[3:]]
    return arrays


def wide(rng, shapes):
    """The filters reach from near 0 to about +-100, where activations saturate."""
    return scaled_filters(rng, shapes, 1e-3, 40)


def sprinkled(values):
    """As normal, with each of the given values put into the input a few times."""

    def draw(rng, shapes):
        arrays = normal(rng, shapes)
        flat = arrays[0].reshape(-1)
        places = rng.choice(flat.size, size=min(2 * len(values), flat.size), replace=False)
        flat[places] = np.resize(np.float32(values), places.size)
        return arrays

    return draw


def exactly(*given):
    """The given arrays, reshaped."""
    return lambda rng, shapes: [np.asarray(a, np.float32).reshape(s) for a, s in zip(given, shapes)]


def constructor(case, **changes):
    kwargs = {"name": "separable_conv1d", **case.kwargs, **changes}
    # Activation layers get a name from a global counter: a factory makes each only when it is needed.
    if callable(kwargs.get("activation")):
        kwargs["activation"] = kwargs["activation"]()
    return PACKAGES[case.package].layers.SeparableConv1D(**kwargs)


def uses_xla(case):
    """tf_keras has no channels_first op on the CPU; compiled by XLA it has one."""
    return case.package == "tf_keras" and case.kwargs.get("data_format") == FIRST


def weight_shapes(layer, input_shape):
    channels = input_shape[2 if layer.data_format == LAST else 1]
    m, filters = layer.depth_multiplier, layer.filters
    shapes = [layer.kernel_size + (channels, m), (1, channels * m, filters)]
    return shapes + [(filters,)] * layer.use_bias


def call(case, layer, arrays):
    layer.build(case.shape)
    layer.set_weights(arrays[1:])
    x = tf.constant(arrays[0])
    run = tf.function(layer, jit_compile=True) if uses_xla(case) else layer
    return np.asarray(run(x))


def out_steps(padding, steps, k, s, d):
    return (steps - (k - 1) * d - 1) // s + 1 if padding == "valid" else -(-steps // s)


def adds_bias_to_time(package, data_format, filters, out, bias):
    """A bug of Keras 3 on TensorFlow: ops.add takes the bias for one of the last axis when the lengths agree.

    (keras/src/backend/tensorflow/numpy.py, `add`.) So a channels_first layer with as many output steps as filters
    adds bias[t] instead of bias[f]. Only the cases named quirk_bias_on_time have that shape.
    """
    return package == "keras3" and data_format == FIRST and bias and filters == out > 1


def linear_reference(layer, arrays, bias_on_time=False):
    """Section 2 of the semantics in float64: the sum, and the sum of absolute terms."""
    x, depthwise, pointwise = (a.astype(np.float64) for a in arrays[:3])
    if layer.data_format == FIRST:
        x = x.transpose(0, 2, 1)
    n, steps, channels = x.shape
    (k,), (s,), (d,) = layer.kernel_size, layer.strides, layer.dilation_rate
    span = (k - 1) * d
    out = out_steps(layer.padding, steps, k, s, d)
    left = {"valid": 0, "causal": span, "same": max((out - 1) * s + span + 1 - steps, 0) // 2}[layer.padding]
    room = max(left + steps, (out - 1) * s + span + 1)
    padded = np.zeros((n, room, channels))
    padded[:, left : left + steps] = x
    rows = (np.arange(out) * s)[:, None] + np.arange(k) * d
    windows = padded[:, rows]  # n, out, k, channels

    def forward(w, dw, pw):
        u = np.einsum("ntkc,kcm->ntcm", w, dw).reshape(n, out, pw.shape[1])
        return u @ pw[0]

    value = forward(windows, depthwise, pointwise)
    size = forward(np.abs(windows), np.abs(depthwise), np.abs(pointwise))
    if layer.use_bias:
        bias = arrays[3][:, None] if bias_on_time else arrays[3]
        value, size = value + bias, size + np.abs(bias)
    return (value.transpose(0, 2, 1), size.transpose(0, 2, 1)) if layer.data_format == FIRST else (value, size)


def check(case, layer, arrays):
    """The largest share of the error bound that the layer without activation uses."""
    if case.special:
        return None
    linear = constructor(case, activation="linear", activity_regularizer=None)
    got = call(case, linear, arrays)
    filters, out = layer.filters, got.shape[1 if layer.data_format == LAST else 2]
    quirk = adds_bias_to_time(case.package, layer.data_format, filters, out, layer.use_bias)
    assert bool(quirk) == ("/quirk_bias_on_time" in case.name), case.name
    value, size = linear_reference(layer, arrays, quirk)
    assert got.shape == value.shape, (case.name, got.shape, value.shape)
    k, channels, m = arrays[1].shape
    bound = (k + channels * m + 2) * 2.0**-24 * size
    error = np.abs(got - value)
    return float(np.max(np.divide(error, bound, out=np.where(error > 0, np.inf, 0), where=bound > 0), initial=0))


class Values:
    """Cases and their arrays, in the order of the files."""

    def __init__(self):
        self.cases, self.floats, self.offset = [], [], 0
        self.shares, self.names = {}, set()

    def add(self, case):
        assert case.name not in self.names, case.name
        self.names.add(case.name)
        layer = constructor(case)
        shapes = [case.shape] + weight_shapes(layer, case.shape)
        arrays = (case.values or normal)(generator(case.name), shapes)
        output = call(case, layer, arrays)
        self.shares[case.name] = check(case, layer, arrays)
        self.cases.append(
            {
                "name": case.name,
                "package": VERSIONS[case.package],
                "config": layer.get_config(),
                "input_shape": case.shape,
                "output_shape": output.shape,
                "offset": self.offset,
                "use_bias": layer.use_bias,
            }
        )
        for array in arrays + [output]:
            assert array.dtype == np.float32, case.name
            self.floats.append(np.ascontiguousarray(array).astype("<f4").tobytes())
            self.offset += array.size


# ---------------------------------------------------------------- the full product


def input_shape(data_format, n, steps, channels):
    return (n, steps, channels) if data_format == LAST else (n, channels, steps)


def draw_steps(rng, padding, span, variant):
    """Short and long signals: valid needs span+1, the others take anything, also less than the kernel."""
    if padding == "valid":
        return span + 1 + int(rng.integers(0, 4 if variant % 2 else 26))
    if variant % 2:
        return int(rng.integers(1, max(2, span + 1)))
    return int(rng.integers(1, 41))


def draw_case(package, padding, s, d, m, data_format, variant, floats=2200):
    """Sizes are drawn again until the arrays together stay below the given number of floats."""
    rng = generator("product", package, padding, s, d, m, data_format, variant)
    while True:
        k, n = int(rng.integers(1, 12)), int(rng.integers(1, 4))
        channels, filters = int(rng.integers(1, 41)), int(rng.integers(1, 41))
        steps = draw_steps(rng, padding, (k - 1) * d, variant)
        activation = ["linear", "relu"][int(rng.integers(2))]
        bias = bool(rng.integers(4))
        if adds_bias_to_time(package, data_format, filters, out_steps(padding, steps, k, s, d), bias):
            continue
        if n * steps * (channels + filters / s) + channels * m * (k + filters) <= floats:
            break
    return product_case(package, padding, s, d, m, data_format, k, channels, filters, n, steps, activation, bias)


def product_case(package, padding, s, d, m, data_format, k, channels, filters, n, steps, activation, bias):
    name = (
        f"{package}/{padding}_s{s}_d{d}_m{m}_k{k}_c{channels}_f{filters}_n{n}_l{steps}"
        f"_{SHORT[data_format]}_{activation}{'' if bias else '_nobias'}"
    )
    kwargs = dict(
        filters=filters, kernel_size=k, strides=s, padding=padding, data_format=data_format,
        dilation_rate=d, depth_multiplier=m, activation=activation, use_bias=bias,
    )  # fmt: skip
    return Case(name, package, kwargs, input_shape(data_format, n, steps, channels))


def product_cases():
    strides, dilations, multipliers = (1, 2, 3), (1, 2, 3, 4), (1, 2, 3, 4)
    for padding, data_format in itertools.product(("valid", "same"), (LAST, FIRST)):
        for s, d, m in itertools.product(strides, dilations, multipliers):
            for variant in range(2):
                yield draw_case("keras3", padding, s, d, m, data_format, variant)
    for padding, s, d, m in itertools.product(("causal", "valid", "same"), strides, dilations, multipliers):
        if s > 1 and d > 1:
            continue  # tf_keras refuses it
        for variant in range(4 if padding == "causal" else 1):
            yield draw_case("tf_keras", padding, s, d, m, LAST, variant)
        yield draw_case("tf_keras", padding, s, d, m, FIRST, m)


def large_cases():
    rows = [
        ("keras3", "valid", 1, 1, 4, LAST, 11, 40, 40, 1, 40, "relu", True),
        ("keras3", "same", 1, 1, 4, FIRST, 9, 40, 40, 1, 37, "linear", True),
        ("keras3", "same", 2, 3, 4, LAST, 11, 40, 40, 2, 40, "linear", False),
        ("keras3", "valid", 3, 2, 4, FIRST, 7, 39, 40, 1, 40, "relu", True),
        ("keras3", "same", 1, 4, 3, LAST, 5, 40, 33, 3, 31, "linear", True),
        ("keras3", "same", 1, 1, 1, LAST, 11, 40, 40, 3, 40, "relu", True),
        ("keras3", "valid", 1, 1, 1, FIRST, 3, 32, 32, 3, 40, "linear", True),
        ("tf_keras", "causal", 1, 1, 4, LAST, 11, 40, 40, 1, 40, "linear", True),
        ("tf_keras", "causal", 1, 4, 4, LAST, 5, 40, 39, 1, 40, "relu", True),
        ("tf_keras", "causal", 3, 1, 4, LAST, 8, 37, 40, 2, 40, "linear", False),
        ("tf_keras", "causal", 1, 2, 1, LAST, 9, 40, 40, 3, 40, "relu", True),
        ("tf_keras", "causal", 1, 3, 2, FIRST, 7, 40, 40, 1, 40, "linear", True),
    ]
    return (product_case(*row) for row in rows)


# ---------------------------------------------------------------- activations

# `threshold` is a name of Keras 3 too, but its two further arguments cannot be given by name.
KERAS3_ACTIVATIONS = (
    "celu elu exponential gelu glu hard_shrink hard_sigmoid hard_silu hard_swish hard_tanh leaky_relu linear "
    "log_sigmoid log_softmax mish relu relu6 selu sigmoid silu soft_shrink softmax softplus softsign sparse_plus "
    "sparse_sigmoid sparsemax squareplus swish tanh tanh_shrink"
).split()
# The capitalised ones are layers, which tf_keras finds by name as well. PReLU is left out: it has a weight of its own.
TF_KERAS_ACTIVATIONS = (
    "elu exponential gelu hard_sigmoid leaky_relu linear log_softmax mish relu relu6 selu sigmoid silu softmax softplus "
    "softsign swish tanh ELU LeakyReLU ReLU Softmax ThresholdedReLU"
).split()


def activation_case(package, label, activation, padding, data_format, values, **more):
    """Even numbers of filters and steps, which glu halves."""
    rng = generator("activation", package, label, padding, data_format, values.__name__)
    k, channels, m = int(rng.integers(1, 6)), int(rng.integers(1, 10)), int(rng.integers(1, 3))
    filters, out = 2 * int(rng.integers(3, 11)), 2 * int(rng.integers(4, 9))
    filters += 2 * (filters == out)  # see adds_bias_to_time
    steps = out + k - 1 if padding == "valid" else out
    kwargs = dict(
        filters=filters, kernel_size=k, padding=padding, data_format=data_format, depth_multiplier=m,
        activation=activation, use_bias=bool(rng.integers(4)), **more,
    )  # fmt: skip
    name = f"{package}/activation_{label}_{padding}_{SHORT[data_format]}_{values.__name__}"
    return Case(name, package, kwargs, input_shape(data_format, 2, steps, channels), values)


def table_inputs():
    """Numbers at and next to the corners of every activation, and random ones from 1e-6 to 100."""
    corners = np.float32([0.2, 0.5, 1, 2, 2.5, 3, 6, 8, 9, 10, 16, 20, 50, 88, 100])
    near = [np.nextafter(corners, np.float32(side)) for side in (0, np.inf)]
    rng = generator("table")
    random = np.geomspace(1e-6, 100, 75).astype(np.float32) * rng.uniform(0.9, 1, 75).astype(np.float32)
    return np.concatenate([[0], corners, *near, random]).astype(np.float32)


SPECIAL_INPUTS = np.float32([np.nan, np.inf, -np.inf, -0.0, 0, 1e30, -1e30, 3e38, 1e-40, -1e-40, 1e-30, 89, 104, 150])


def table_case(package, label, activation, kind, inputs):
    """kernel 1 and pointwise [1, -1]: the activation of the very numbers x and -x."""
    kwargs = dict(filters=2, kernel_size=1, activation=activation, use_bias=False)
    name = f"{package}/{kind}_{label}"
    values = exactly(inputs, [1], [1, -1])
    return Case(name, package, kwargs, (1, len(inputs), 1), values, special=kind.startswith("special"))


def named_activation_cases():
    for name, data_format, values in itertools.product(KERAS3_ACTIVATIONS, (LAST, FIRST), (normal, wide)):
        yield activation_case("keras3", name, name, ["same", "valid"][values is wide], data_format, values)
    for name, padding, values in itertools.product(TF_KERAS_ACTIVATIONS, ("causal", "same"), (normal, wide)):
        yield activation_case("tf_keras", name, name, padding, LAST, values)
    for name in ("softmax", "log_softmax", "hard_sigmoid", "tanh"):
        yield activation_case("tf_keras", name + "_xla", name, "causal", FIRST, normal)
    for package, names in (("keras3", KERAS3_ACTIVATIONS), ("tf_keras", TF_KERAS_ACTIVATIONS)):
        for name in names:
            yield table_case(package, name, name, "table", table_inputs())
            yield table_case(package, name, name, "special", SPECIAL_INPUTS)


def parametric_activations():
    k3, k2 = keras.layers, tf_keras.layers
    return [
        ("keras3", "leaky_relu_0.3", lambda: k3.LeakyReLU(negative_slope=0.3)),
        ("keras3", "elu_0.5", lambda: k3.ELU(alpha=0.5)),
        ("keras3", "relu_6_0.1_0.5", lambda: k3.ReLU(max_value=6, negative_slope=0.1, threshold=0.5)),
        ("keras3", "relu_max_1", lambda: k3.ReLU(max_value=1.0)),
        ("keras3", "relu_max_6", lambda: k3.ReLU(max_value=6.0)),
        ("keras3", "relu_slope_0.1_max_4", lambda: k3.ReLU(max_value=4.0, negative_slope=0.1)),
        ("keras3", "relu_threshold_0.25", lambda: k3.ReLU(threshold=0.25)),
        ("keras3", "softmax_layer", lambda: k3.Softmax()),
        ("keras3", "softmax_layer_axis_1", lambda: k3.Softmax(axis=1)),
        ("tf_keras", "leaky_relu_0.3", lambda: k2.LeakyReLU(alpha=0.3)),
        ("tf_keras", "leaky_relu_0.05", lambda: k2.LeakyReLU(alpha=0.05)),
        ("tf_keras", "elu_0.5", lambda: k2.ELU(alpha=0.5)),
        ("tf_keras", "relu_6_0.1_0.5", lambda: k2.ReLU(max_value=6, negative_slope=0.1, threshold=0.5)),
        ("tf_keras", "relu_max_1", lambda: k2.ReLU(max_value=1.0)),
        ("tf_keras", "relu_slope_0.1_max_4", lambda: k2.ReLU(max_value=4.0, negative_slope=0.1)),
        ("tf_keras", "thresholded_relu_1", lambda: k2.ThresholdedReLU(theta=1.0)),
        ("tf_keras", "thresholded_relu_0.3", lambda: k2.ThresholdedReLU(theta=0.3)),
        ("tf_keras", "softmax_layer", lambda: k2.Softmax()),
        ("tf_keras", "softmax_layer_axis_1", lambda: k2.Softmax(axis=1)),
    ]


def parametric_cases():
    for package, label, factory in parametric_activations():
        formats = (LAST, FIRST) if package == "keras3" else (LAST,)
        for data_format in formats:
            padding = "same" if package == "keras3" else "causal"
            yield activation_case(package, "object_" + label, factory, padding, data_format, wide)
        yield table_case(package, "object_" + label, factory, "table", table_inputs())


# ---------------------------------------------------------------- edges


def degenerate_cases():
    """No batch, no steps, one step, kernels longer than the signal, single channels and filters."""

    def case(package, label, shape, values=None, special=False, **kwargs):
        kwargs = {"filters": 3, "kernel_size": 5, **kwargs}
        return Case(f"{package}/edge_{label}", package, kwargs, shape, values, special)

    both = [("keras3", "same"), ("keras3", "valid"), ("tf_keras", "same"), ("tf_keras", "valid"), ("tf_keras", "causal")]
    for package, p in both:
        yield case(package, f"{p}_batch0", (0, 9, 4), padding=p)
        yield case(package, f"{p}_k1", (2, 5, 3), padding=p, kernel_size=1)
        yield case(package, f"{p}_k1_s3", (2, 7, 3), padding=p, kernel_size=1, strides=3)
        yield case(package, f"{p}_c1_f1_m1", (1, 8, 1), padding=p, filters=1)
        for m in (1, 2, 3, 4):
            yield case(package, f"{p}_c1_m{m}", (2, 6, 1), padding=p, depth_multiplier=m)
        yield case(package, f"{p}_f1", (2, 11, 7), padding=p, filters=1, use_bias=False)
        yield case(package, f"{p}_exact_fit", (1, 5, 2), padding=p)
        if p == "valid":
            continue
        yield case(package, f"{p}_steps0", (2, 0, 4), padding=p)
        yield case(package, f"{p}_steps0_s2", (2, 0, 4), padding=p, strides=2)
        yield case(package, f"{p}_steps0_d2", (2, 0, 4), padding=p, dilation_rate=2)
        for s, d in ((1, 1), (3, 1), (1, 4)):
            yield case(package, f"{p}_steps1_s{s}_d{d}", (2, 1, 3), padding=p, strides=s, dilation_rate=d)
            yield case(package, f"{p}_k11_steps3_s{s}_d{d}", (2, 3, 3), padding=p, strides=s, dilation_rate=d, kernel_size=11)
    for d in (LAST, FIRST):
        shape = input_shape(d, 2, 4, 3)
        yield case("keras3", f"same_k9_s3_d3_{SHORT[d]}", shape, padding="same", data_format=d, kernel_size=9, strides=3, dilation_rate=3)
        yield case("keras3", f"batch0_{SHORT[d]}_s2_d2", input_shape(d, 0, 12, 3), data_format=d, kernel_size=3, strides=2, dilation_rate=2)
    for p, s, d, m in (("valid", 1, 1, 2), ("same", 1, 1, 1), ("same", 2, 1, 2), ("valid", 1, 3, 1), ("same", 2, 2, 1)):
        steps = 6 * s if p == "same" else 6 + 2 * d
        kwargs = dict(padding=p, strides=s, dilation_rate=d, depth_multiplier=m, filters=6, kernel_size=3, data_format=FIRST)
        yield Case(f"keras3/quirk_bias_on_time_{p}_s{s}_d{d}_m{m}", "keras3", kwargs, (2, 4, steps))
    specials = {
        "nan": [np.nan],
        "inf": [np.inf, -np.inf],
        "nan_inf": [np.nan, np.inf, -np.inf],
        "negative_zero": [-0.0, 0.0],
        "subnormal": [1e-40, -1e-45, 1.1e-38],
        "huge": [1e30, -1e30],
    }
    for (package, p), (label, inputs) in itertools.product(both, specials.items()):
        for activation in ("linear", "relu"):
            yield case(
                package, f"special_{label}_{p}_{activation}", (2, 12, 3), sprinkled(inputs), True,
                padding=p, kernel_size=3, activation=activation,
            )  # fmt: skip
    yield case("keras3", "special_overflow", (1, 4, 1), exactly([3e38, -3e38, 1e38, 1], [4], [1, -2, 1e-3], [0, 1, 2]), True, kernel_size=1)


# ---------------------------------------------------------------- upstream's own tests


def upstream_cases():
    def case(package, label, shape, values=None, **kwargs):
        return Case(f"upstream/{label}", package, kwargs, shape, values)

    # Keras 3, layers: separable_conv_test.py
    rows = [
        (dict(depth_multiplier=5, filters=5, kernel_size=2, strides=1, padding="valid", dilation_rate=1), (3, 5, 4)),
        (dict(depth_multiplier=6, filters=6, kernel_size=2, strides=1, padding="same", dilation_rate=(2,)), (3, 4, 4)),
        (dict(depth_multiplier=6, filters=6, kernel_size=2, strides=(2,), padding="valid", dilation_rate=1), (3, 5, 4)),
    ]
    for i, (kwargs, shape) in enumerate(rows):
        yield case("keras3", f"keras3_layer_shape_{i}", shape, **kwargs)
        yield case("keras3", f"keras3_layer_correctness_{i}", (2, 8, 4), **kwargs)
    # Keras 3, ops: nn_test.py
    arange = exactly(np.arange(60), np.arange(12), np.arange(72))
    for s, p, d, f in itertools.product((1, 2), ("valid", "same"), (1, 2), (FIRST, LAST)):
        yield case(
            "keras3", f"keras3_op_s{s}_{p}_d{d}_{SHORT[f]}", input_shape(f, 2, 10, 3), arange, filters=12, kernel_size=2,
            strides=s, padding=p, dilation_rate=d, data_format=f, depth_multiplier=2, use_bias=False,
        )  # fmt: skip
    for (s, p, d), f in itertools.product([(1, "valid", 1), (1, "same", 1), (2, "valid", 2)], (FIRST, LAST)):
        yield case(
            "keras3", f"keras3_op_shape_s{s}_{p}_d{d}_{SHORT[f]}", input_shape(f, 2, 20, 3), filters=5, kernel_size=4,
            strides=s, padding=p, dilation_rate=d, data_format=f, depth_multiplier=2, use_bias=False,
        )  # fmt: skip
    # Keras 2: separable_convolutional_test.py
    rows = {
        "padding_valid": dict(padding="valid"),
        "padding_same": dict(padding="same"),
        "padding_same_dilation_2": dict(padding="same", dilation_rate=2),
        "padding_causal": dict(padding="causal"),
        "strides": dict(strides=2),
        "dilation_rate": dict(dilation_rate=2),
        "depth_multiplier": dict(depth_multiplier=2),
    }
    for label, kwargs in rows.items():
        yield case("tf_keras", f"keras2_{label}", (2, 7, 3), filters=2, kernel_size=3, **kwargs)
    regularizers = {r + "_regularizer": "l2" for r in ("depthwise", "pointwise", "bias", "activity")}
    yield case("tf_keras", "keras2_regularizers", (1, 5, 2), filters=3, kernel_size=3, **regularizers)


# ---------------------------------------------------------------- configs


def config_kwargs(package):
    """Constructor arguments whose get_config nests every kind of object."""
    i, r, c = package.initializers, package.regularizers, package.constraints
    everything = dict(
        depthwise_regularizer=r.L1(0.02), pointwise_regularizer=r.L2(0.03), bias_regularizer=r.L1L2(l1=0.1, l2=0.25),
        activity_regularizer=r.L2(1e-4), depthwise_constraint=c.MaxNorm(max_value=3, axis=0),
        pointwise_constraint=c.MinMaxNorm(min_value=0.5, max_value=2.0, rate=0.9, axis=[0, 1]), bias_constraint=c.NonNeg(),
    )  # fmt: skip

    def initializers(depthwise, pointwise, bias):
        return dict(depthwise_initializer=depthwise, pointwise_initializer=pointwise, bias_initializer=bias)

    return {
        "everything": everything,
        "uniform_normal_constant": initializers(
            i.RandomUniform(-0.1, 0.2, seed=7), i.RandomNormal(0.5, 0.25, seed=11), i.Constant(0.125)
        ),
        "he_lecun": initializers(i.HeNormal(seed=1), i.LecunUniform(seed=2), i.Ones()),
        "he_lecun_2": initializers(i.HeUniform(), i.LecunNormal(), i.Zeros()),
        "glorot": initializers(i.GlorotNormal(seed=5), "glorot_uniform", "ones"),
        "truncated_scaling": initializers(
            i.TruncatedNormal(stddev=0.1, seed=3), i.VarianceScaling(2.0, "fan_avg", "untruncated_normal", seed=9), "zeros"
        ),
        "variance_scaling": initializers(
            i.VarianceScaling(0.5, "fan_out", "uniform"), i.VarianceScaling(), i.RandomUniform()
        ),
        "orthogonal": initializers(i.Orthogonal(gain=0.5, seed=4), "orthogonal", "random_normal"),
        "strings": dict(
            depthwise_regularizer="l1", pointwise_regularizer="l2", activity_regularizer="l1",
            depthwise_constraint="max_norm", pointwise_constraint="unit_norm", bias_constraint="non_neg",
        ),
        "unit_norm_axis": dict(depthwise_constraint=c.UnitNorm(axis=[0, 1]), pointwise_constraint=c.UnitNorm(axis=1)),
        "l1_l2_function": dict(depthwise_regularizer=r.l1_l2(l1=0.01, l2=0.02), activity_regularizer=r.l1_l2(l1=0.5, l2=0.0)),
        "frozen_named": dict(trainable=False, name="my layer.block_1", activation="tanh"),
        "unicode_name": dict(name="Schicht-\u00e4\u00f6\u00fc \u5c64", activation="sigmoid"),
        "tuples_upper_case": dict(kernel_size=(4,), strides=[2], dilation_rate=(1,), padding="SAME", data_format="Channels_Last"),
        "no_bias": dict(use_bias=False, bias_initializer="ones", bias_regularizer="l2"),
        "policy": dict(dtype="float32", activation="gelu"),
    }  # fmt: skip


def config_cases():
    for package, module in PACKAGES.items():
        for label, kwargs in config_kwargs(module).items():
            kwargs = {"filters": 6, "kernel_size": 3, "depth_multiplier": 2, **kwargs}
            yield Case(f"{package}/config_{label}", package, kwargs, (2, 9, 5))
    identity = dict(filters=4, kernel_size=2, padding="same", activation=lambda: keras.layers.Softmax(axis=1))
    yield Case("keras3/config_softmax_over_time", "keras3", identity, (1, 6, 3))
    legacy = dict(filters=4, kernel_size=2, groups=2, kernel_initializer="ones", kernel_regularizer="l1", padding="causal")
    yield Case("tf_keras/config_groups_and_kernel_keys", "tf_keras", legacy, (1, 6, 3))


# ---------------------------------------------------------------- refusals


def error_rows():
    """name, package, constructor arguments, input shape, and the shape of a first call that succeeds."""
    ok = dict(filters=4, kernel_size=3)

    def rows_of(package, rows):
        for label, changes, shape, *first in rows:
            yield f"{package}/{label}", package, {**ok, **changes}, shape, first[0] if first else None

    shape = (2, 10, 3)
    shared = [
        ("filters_0", dict(filters=0), shape),
        ("filters_negative", dict(filters=-3), shape),
        ("kernel_size_0", dict(kernel_size=0), shape),
        ("kernel_size_negative", dict(kernel_size=-1), shape),
        ("kernel_size_of_two", dict(kernel_size=[3, 3]), shape),
        ("kernel_size_empty", dict(kernel_size=[]), shape),
        ("strides_0", dict(strides=0), shape),
        ("strides_negative", dict(strides=-2), shape),
        ("dilation_rate_0", dict(dilation_rate=0), shape),
        ("dilation_rate_negative", dict(dilation_rate=[-1]), shape),
        ("depth_multiplier_0", dict(depth_multiplier=0), shape),
        ("depth_multiplier_negative", dict(depth_multiplier=-2), shape),
        ("padding_full", dict(padding="full"), shape),
        ("data_format_bad", dict(data_format="NWC"), shape),
        ("activation_unknown", dict(activation="no_such_activation"), shape),
        ("activation_case_sensitive", dict(activation="Relu"), shape),
        ("initializer_unknown", dict(depthwise_initializer="no_such_initializer"), shape),
        ("initializer_identity", dict(pointwise_initializer="identity"), shape),
        ("initializer_orthogonal_bias", dict(bias_initializer="orthogonal"), shape),
        ("constraint_unknown", dict(bias_constraint="no_such_constraint"), shape),
        ("argument_unknown", dict(no_such_argument=1), shape),
        ("rank_2", {}, (10, 3)),
        ("rank_4", {}, (2, 10, 3, 1)),
        ("channels_0", {}, (2, 10, 0)),
        ("valid_too_short", dict(kernel_size=5), (2, 3, 3)),
        ("valid_too_short_dilated", dict(dilation_rate=5), (2, 9, 3)),
        ("valid_no_steps", {}, (2, 0, 3)),
        ("channel_mismatch_on_second_call", {}, (2, 10, 5), shape),
        ("rank_4_on_second_call", {}, (2, 10, 1, 3), shape),
        ("valid_too_short_on_second_call", {}, (2, 1, 3), shape),
    ]
    yield from rows_of("keras3", shared)
    yield from rows_of("tf_keras", shared)
    keras3 = [
        ("padding_causal", dict(padding="causal"), shape),
        ("regularizer_unknown", dict(bias_regularizer="l3"), shape),
        ("valid_too_short_by_one", dict(kernel_size=5), (2, 4, 3)),
        ("valid_too_short_strided_issue_22496", dict(filters=64, kernel_size=11, strides=5), (4, 10, 12)),
        ("valid_too_short_channels_first", dict(kernel_size=5, data_format="channels_first"), (2, 9, 4)),
        ("activation_threshold", dict(activation="threshold"), shape),
        ("activation_layer_name", dict(activation="LeakyReLU"), shape),
        ("glu_odd_filters", dict(filters=5, activation="glu"), shape),
        ("glu_odd_steps", dict(kernel_size=2, activation="glu", data_format="channels_first"), (2, 3, 10)),
        ("regularizer_l1_l2_by_name", dict(depthwise_regularizer="l1_l2"), shape),
        ("constraint_keras2_name", dict(depthwise_constraint="maxnorm"), shape),
        ("groups", dict(groups=1), shape),
        ("kernel_initializer", dict(kernel_initializer="ones"), shape),
        ("channel_mismatch_on_second_call_channels_first", dict(data_format="channels_first"), (2, 5, 10), (2, 3, 10)),
    ]
    tf_keras_rows = [
        ("strides_and_dilation_rate", dict(strides=2, dilation_rate=2), (2, 7, 3)),
        ("strides_and_dilation_rate_causal", dict(strides=3, dilation_rate=2, padding="causal"), shape),
        ("activation_keras3_name", dict(activation="celu"), shape),
        ("groups_do_not_divide", dict(filters=5, groups=2), shape),
    ]
    yield from rows_of("keras3", keras3)
    yield from rows_of("tf_keras", tf_keras_rows)


def first_line(error):
    """tf_keras puts a line of its own, which only names the layer, before the messages of op errors."""
    lines = [line for line in str(error).split("\n") if line.strip()]
    return lines[1 if lines[0].startswith("Exception encountered when calling") else 0].strip()


def refusal(name, package, kwargs, shape, first):
    """What the package raises and where; None when it raises nothing."""
    layer = None
    try:
        layer = PACKAGES[package].layers.SeparableConv1D(name="separable_conv1d", **kwargs)
        for s in filter(None, (first, shape)):
            layer(tf.ones(s))
        return None
    except Exception as error:
        building = any(frame.name == "build" for frame in traceback.extract_tb(error.__traceback__))
        row = {
            "name": name,
            "package": VERSIONS[package],
            "kwargs": kwargs,
            "input_shape": shape,
            "stage": "constructor" if layer is None else "build" if building else "call",
            "exception": type(error).__name__,
            "message": first_line(error),
        }
        return {**row, "first_input_shape": first} if first else row


# ---------------------------------------------------------------- the files


def write_jsonl(name, rows):
    lines = "".join(json.dumps(row, allow_nan=False) + "\n" for row in rows)
    with open(HERE / name, "wb") as file:
        # No time and no file name in the header: a rerun gives the same bytes.
        with gzip.GzipFile(filename="", mode="wb", compresslevel=9, fileobj=file, mtime=0) as packed:
            packed.write(lines.encode())


def report(values, counts, errors):
    shares = [share for share in values.shares.values() if share is not None]
    agree = sum(share <= 1 for share in shares)
    print("value cases:", dict(counts), "in all", len(values.cases), "with", values.offset, "floats")
    print(f"float64 check: {agree} of {len(shares)} agree, worst {max(shares):.3f} of the bound; {len(values.shares) - len(shares)} special")
    for name, share in values.shares.items():
        if share is not None and share > 1:
            print("  DISAGREES:", name, share)
    print("errors:", len(errors))


def main():
    groups = {
        "product": product_cases, "large": large_cases, "activation": named_activation_cases,
        "parametric": parametric_cases, "edge": degenerate_cases, "upstream": upstream_cases, "config": config_cases,
    }  # fmt: skip
    values, counts = Values(), collections.Counter()
    for group, cases in groups.items():
        for case in cases():
            values.add(case)
            counts[group] += 1
    errors = []
    for row in error_rows():
        found = refusal(*row)
        if found:
            errors.append(found)
        else:
            print("not refused:", row[:4])
    write_jsonl("cases.jsonl.gz", values.cases)
    (HERE / "values.f32").write_bytes(b"".join(values.floats))
    write_jsonl("errors.jsonl.gz", errors)
    report(values, counts, errors)


if __name__ == "__main__":
    main()
