"""Makes the golden gradients of this directory with tf.GradientTape on the real Keras layers.

Run it like make.py, whose cases and generators it shares. It writes gradients.jsonl.gz and
gradients.f32 next to itself; README.md describes their format.
"""

import collections
import itertools

from make import (  # before TensorFlow, for which it sets the environment
    FIRST, HERE, KERAS3_ACTIVATIONS, LAST, PACKAGES, SHORT, TF_KERAS_ACTIVATIONS, VERSIONS, Case, adds_bias_to_time, constructor,
    generator, input_shape, normal, out_steps, parametric_activations, scaled_filters, sprinkled, uses_xla,
    weight_shapes, write_jsonl,
)  # fmt: skip
import numpy as np
import tensorflow as tf

SIZE_LIMIT = 1_200_000  # bytes of all files together
ZERO = tf.UnconnectedGradients.ZERO


# ---------------------------------------------------------------- one case


def spread(rng, shapes):
    """The filters reach from near 0 to about +-16, where activations saturate and float32 does not overflow."""
    return scaled_filters(rng, shapes, 1e-2, 8)


def variables(case, layer):
    """The layer's weights as TensorFlow's variables, in Keras' order."""
    return [w.value if case.package == "keras3" else w for w in layer.weights]


def gradients(case, layer, x, dy):
    """y, the gradients of sum(y * dy), the penalty and its gradients; gradients are of the input and of each weight."""

    def run(x, dy):
        weights = variables(case, layer)
        with tf.GradientTape(persistent=True, watch_accessed_variables=False) as tape:
            tape.watch([x, *weights])
            y = layer(x)
            loss = tf.reduce_sum(y * dy)
            penalty = tf.add_n(layer.losses) if layer.losses else tf.zeros(())
        sources = [x, *weights]
        return y, tape.gradient(loss, sources), penalty, tape.gradient(penalty, sources, unconnected_gradients=ZERO)

    return tf.function(run, jit_compile=True)(x, dy) if uses_xla(case) else run(x, dy)


def defined(y, arrays):
    """TensorFlow does not write the gradient of a depthwise kernel that has made no output: what is there differs at every run."""
    return arrays if tf.size(y) else [tf.zeros_like(a) for a in arrays]


def has_penalty(case):
    return any(name.endswith("_regularizer") for name in case.kwargs)


class Gradients:
    """Cases and their arrays, in the order of the files."""

    def __init__(self):
        self.cases, self.floats, self.offset = [], [], 0
        self.names = set()

    def add(self, case):
        assert case.name not in self.names, case.name
        self.names.add(case.name)
        layer = constructor(case)
        layer.build(case.shape)
        arrays = (case.values or normal)(generator("gradient", case.name), [case.shape, *weight_shapes(layer, case.shape)])
        layer.set_weights(arrays[1:])
        x = tf.constant(arrays[0])
        # The shape of the real output: compute_output_shape does not know that glu halves the axis.
        shape = (tf.function(layer, jit_compile=True) if uses_xla(case) else layer)(x).shape
        dy = generator("upstream", case.name).standard_normal(shape).astype(np.float32)
        y, of_loss, penalty, of_penalty = gradients(case, layer, x, tf.constant(dy))
        self.cases.append(
            {
                "name": case.name,
                "package": VERSIONS[case.package],
                "config": layer.get_config(),
                "input_shape": case.shape,
                "output_shape": tuple(shape),
                "offset": self.offset,
                "penalty": has_penalty(case),
            }
        )
        self.write(arrays + [y, dy, *defined(y, of_loss)])
        if has_penalty(case):
            through_layer = "activity_regularizer" in case.kwargs
            self.write([penalty, *(defined(y, of_penalty) if through_layer else of_penalty)])

    def write(self, arrays):
        for array in map(np.asarray, arrays):
            assert array.dtype == np.float32, array.dtype
            self.floats.append(np.ascontiguousarray(array).astype("<f4").tobytes())
            self.offset += array.size


# ---------------------------------------------------------------- the product of geometries


def draw_case(package, padding, s, d, m, data_format):
    """Sizes are drawn again until the arrays together are a few hundred floats."""
    rng = generator("gradient product", package, padding, s, d, m, data_format)
    while True:
        k, n = int(rng.integers(1, 6)), int(rng.integers(1, 4))
        channels, filters = int(rng.integers(1, 5)), int(rng.integers(1, 7))
        span = (k - 1) * d
        # Short signals too, less than the kernel where padding allows it.
        steps = span + 1 + int(rng.integers(0, 8)) if padding == "valid" else int(rng.integers(1, 13))
        activation = ["linear", "linear", "relu", "tanh"][int(rng.integers(4))]
        bias = bool(rng.integers(4))
        out = out_steps(padding, steps, k, s, d)
        if adds_bias_to_time(package, data_format, filters, out, bias):
            continue
        if 2 * n * steps * channels + 3 * n * out * filters + 2 * channels * m * (k + filters) <= 400:
            break
    name = (
        f"{package}/{padding}_s{s}_d{d}_m{m}_k{k}_c{channels}_f{filters}_n{n}_l{steps}"
        f"_{SHORT[data_format]}_{activation}{'' if bias else '_nobias'}"
    )
    kwargs = dict(
        filters=filters, kernel_size=k, strides=s, padding=padding, data_format=data_format, dilation_rate=d,
        depth_multiplier=m, activation=activation, use_bias=bias,
    )  # fmt: skip
    return Case(name, package, kwargs, input_shape(data_format, n, steps, channels))


def product_cases():
    """Every stride with every dilation; with every multiplier too where the padding is tf_keras' alone."""
    numbers = (1, 2, 3, 4)
    for padding, data_format in itertools.product(("valid", "same"), (LAST, FIRST)):
        for s, d in itertools.product(numbers, numbers):
            for m in {1 + (s + d) % 4, 1 + (s + 3 * d + 2) % 4}:
                yield draw_case("keras3", padding, s, d, m, data_format)
    for padding, s, d in itertools.product(("causal", "valid", "same"), numbers, numbers):
        if s > 1 and d > 1:
            continue  # tf_keras refuses it
        for m in numbers if padding == "causal" else {1 + (s + d) % 4}:
            yield draw_case("tf_keras", padding, s, d, m, LAST)
        if padding == "causal" or s + d == 3:
            yield draw_case("tf_keras", padding, s, d, 1 + (s + d) % 4, FIRST)


# ---------------------------------------------------------------- activations


def activation_case(package, label, activation, padding, data_format, values):
    """Even numbers of filters and steps, which glu halves."""
    rng = generator("gradient activation", package, label, padding, data_format, values.__name__)
    k, channels, m = int(rng.integers(1, 5)), int(rng.integers(1, 4)), int(rng.integers(1, 3))
    filters, out = (6, 8) if data_format == LAST else (4, 10)
    steps = out + k - 1 if padding == "valid" else out
    kwargs = dict(
        filters=filters, kernel_size=k, padding=padding, data_format=data_format, depth_multiplier=m, activation=activation,
        use_bias=bool(rng.integers(4)),
    )  # fmt: skip
    name = f"{package}/activation_{label}_{padding}_{SHORT[data_format]}_{values.__name__}"
    return Case(name, package, kwargs, input_shape(data_format, 2, steps, channels), values)


def named_activation_cases():
    for name in KERAS3_ACTIVATIONS:
        yield activation_case("keras3", name, name, "same", LAST, normal)
        yield activation_case("keras3", name, name, "valid", FIRST, spread)
    for name in TF_KERAS_ACTIVATIONS:
        yield activation_case("tf_keras", name, name, "causal", LAST, spread)
    for name in ("softmax", "log_softmax", "hard_sigmoid", "gelu", "selu"):
        yield activation_case("tf_keras", name + "_xla", name, "causal", FIRST, normal)


def parametric_cases():
    for package, label, factory in parametric_activations():
        if label == "softmax_layer_axis_1":
            continue  # no activation along the last axis
        yield activation_case(package, "object_" + label, factory, "same" if package == "keras3" else "causal", LAST, spread)
        if package == "keras3":
            yield activation_case(package, "object_" + label, factory, "valid", FIRST, spread)


# ---------------------------------------------------------------- edges

PADDINGS = [("keras3", "same"), ("keras3", "valid"), ("tf_keras", "same"), ("tf_keras", "valid"), ("tf_keras", "causal")]


def edge_cases():
    """No batch, no steps, one step, strides longer than the kernel, kernels longer than the signal, NaN and infinities."""

    def case(package, label, shape, values=None, **kwargs):
        return Case(f"{package}/edge_{label}", package, {"filters": 3, "kernel_size": 5, **kwargs}, shape, values)

    for package, p in PADDINGS:
        yield case(package, f"{p}_batch0", (0, 9, 4), padding=p)
        yield case(package, f"{p}_batch1", (1, 9, 2), padding=p, activation="tanh")
        yield case(package, f"{p}_batch3", (3, 9, 2), padding=p, activation="relu")
        yield case(package, f"{p}_k1", (2, 5, 3), padding=p, kernel_size=1)
        yield case(package, f"{p}_k1_steps1", (2, 1, 3), padding=p, kernel_size=1)
        yield case(package, f"{p}_k1_s3", (2, 7, 3), padding=p, kernel_size=1, strides=3)
        yield case(package, f"{p}_k2_s4", (2, 11, 3), padding=p, kernel_size=2, strides=4)
        yield case(package, f"{p}_k2_s4_nobias_relu", (2, 10, 2), padding=p, kernel_size=2, strides=4, use_bias=False, activation="relu")
        yield case(package, f"{p}_c1_f1_m1", (1, 8, 1), padding=p, filters=1)
        yield case(package, f"{p}_c1_m4", (2, 6, 1), padding=p, depth_multiplier=4)
        yield case(package, f"{p}_exact_fit", (1, 5, 2), padding=p)
        for label, inputs in (("nan", [np.nan]), ("infinities", [np.inf, -np.inf]), ("huge", [1e30, -1e30])):
            yield case(package, f"{p}_{label}", (2, 9, 2), sprinkled(inputs), padding=p, kernel_size=3)
        yield case(package, f"{p}_rows300", (1, 300, 1), padding=p, filters=1, kernel_size=3, activation="silu")
        if p == "valid":
            continue
        yield case(package, f"{p}_steps0", (2, 0, 4), padding=p)
        for s, d in ((1, 1), (3, 1), (1, 4)):
            yield case(package, f"{p}_steps1_s{s}_d{d}", (2, 1, 3), padding=p, strides=s, dilation_rate=d)
            yield case(package, f"{p}_k11_steps3_s{s}_d{d}", (2, 3, 3), padding=p, strides=s, dilation_rate=d, kernel_size=11)
    for f in (LAST, FIRST):
        yield case("keras3", f"same_k9_s3_d3_{SHORT[f]}", input_shape(f, 2, 4, 3), padding="same", data_format=f, kernel_size=9, strides=3, dilation_rate=3)
        yield case("keras3", f"batch0_{SHORT[f]}_s2_d2", input_shape(f, 0, 12, 3), data_format=f, kernel_size=3, strides=2, dilation_rate=2)
        yield case("keras3", f"steps1_{SHORT[f]}_softmax", input_shape(f, 2, 1, 3), padding="same", data_format=f, activation="softmax")


# ---------------------------------------------------------------- regularizers


REGULARIZERS = [w + "_regularizer" for w in ("depthwise", "pointwise", "bias", "activity")]


def each_another(package):
    r = PACKAGES[package].regularizers
    return dict(zip(REGULARIZERS, (r.L1(0.02), r.L2(0.03), r.L1L2(l1=0.1, l2=0.25), r.L2(0.04))))


def zeros_among(rng, shapes):
    """As normal, with zeros of both signs among the weights, where L1 has its corner."""
    arrays = normal(rng, shapes)
    for array in arrays[1:]:
        flat = array.reshape(-1)
        flat[::3], flat[::6] = 0.0, -0.0
    return arrays


def regularizer_cases():
    def case(package, label, shape=(3, 7, 2), values=None, **kwargs):
        padding = "same" if package == "keras3" else "causal"
        kwargs = {"filters": 4, "kernel_size": 3, "padding": padding, "depth_multiplier": 2, **kwargs}
        return Case(f"{package}/regularizer_{label}", package, kwargs, shape, values)

    for package in PACKAGES:
        r = PACKAGES[package].regularizers
        for where in REGULARIZERS:
            for label, regularizer in (("l1", r.L1(0.3)), ("l2", r.L2(0.2)), ("l1l2", r.L1L2(l1=0.1, l2=0.25))):
                yield case(package, f"{where.split('_')[0]}_{label}", **{where: regularizer})
        for name in ("l1", "l2"):
            yield case(package, f"by_name_{name}", **dict.fromkeys(REGULARIZERS, name))
        different = each_another(package)
        yield case(package, "all", **different)
        yield case(package, "all_strided", strides=3, **different)
        yield case(package, "all_frozen", trainable=False, **different)
        yield case(package, "all_zeros_among", values=zeros_among, **different)
        yield case(package, "all_nobias", use_bias=False, **{n: x for n, x in different.items() if n != "bias_regularizer"})
        yield case(package, "all_batch1", shape=(1, 7, 2), **different)
        activity = different.pop("activity_regularizer")
        yield case(package, "weights_batch0", shape=(0, 7, 2), **different)
        yield case(package, "activity_batch0", shape=(0, 7, 2), activity_regularizer=activity)
        for activation in ("relu", "gelu", "softmax"):
            yield case(package, f"activity_l1l2_{activation}", activation=activation, activity_regularizer=r.L1L2(l1=0.1, l2=0.25))
    first = dict(padding="valid", data_format=FIRST, shape=(2, 2, 9))
    yield case("keras3", "all_first", **first, **each_another("keras3"))
    yield case("tf_keras", "all_first_xla", **first, **each_another("tf_keras"))


# ---------------------------------------------------------------- the files


def report(made, counts, sizes):
    print("gradient cases:", dict(counts), "in all", len(made.cases), "with", made.offset, "floats;", sizes, "bytes")
    assert sum(sizes.values()) <= SIZE_LIMIT


def main():
    groups = {
        "product": product_cases, "activation": named_activation_cases, "parametric": parametric_cases, "edge": edge_cases,
        "regularizer": regularizer_cases,
    }  # fmt: skip
    made, counts = Gradients(), collections.Counter()
    for group, cases in groups.items():
        for case in cases():
            made.add(case)
            counts[group] += 1
    write_jsonl("gradients.jsonl.gz", made.cases)
    (HERE / "gradients.f32").write_bytes(b"".join(made.floats))
    report(made, counts, {name: (HERE / name).stat().st_size for name in ("gradients.jsonl.gz", "gradients.f32")})


if __name__ == "__main__":
    main()
