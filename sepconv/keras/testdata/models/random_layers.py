"""Makes random-*.zip of this directory: each layer in random configurations, computed by the real Keras packages.

    python random_layers.py 3 convolutions    # of Keras 3, to random-keras3-convolutions.zip
    python random_layers.py 2 recurrent       # of tf_keras; also of simple and shapes
    python random_layers.py 2 recurrent GRU   # again only of these classes

README.md describes the format. A configuration that the package refuses is drawn again.
"""

import json
import sys
import zipfile

import oracle  # before TensorFlow

import numpy as np

from layers import NAMES, NAMES_3
from make import HERE, Floats, share

COUNT = 20  # of each class in each generation
STEP = 1 / 32  # weights and inputs are multiples of it, from -127 to 127
oracle.TRIALS = 3


def eighth(x):
    """Numbers of 8 bits."""
    return (np.clip(np.round(np.asarray(x) / STEP), -127, 127) * STEP).astype(np.float32)


class Draw:
    """Random choices."""

    def __init__(self, *label):
        self.rng = oracle.generator("random", *label)

    def pick(self, *values):
        return values[self.rng.integers(len(values))]

    def upto(self, most, least=1):
        return int(self.rng.integers(least, most + 1))

    def maybe(self, chance=0.5):
        return bool(self.rng.random() < chance)

    def time(self, least=6):
        return self.upto(14, least)

    def signal(self, least=6, channels=6):
        """The shape of a signal."""
        return (self.time(least), self.upto(channels))


# ---------------------------------------------------------------- one input, one layer
# Each function draws the arguments of a layer and the shape of its input.


def dense(d, G):
    return d.pick((d.upto(9),), d.signal(1), (2,) + d.signal(1, 4)), dict(
        units=d.upto(9), use_bias=d.maybe(0.8), activation=activation(d, G)
    )


def activation(d, G):
    if d.maybe(0.4):
        return "linear"
    return d.pick(*[n for n in NAMES + NAMES_3 * (G.number == 3) if n not in ("glu", "hard_shrink", "exponential")])


def convolution(d, shape, causal=False, strided=False):
    padding = d.pick("valid", "same", *["causal"] * causal)
    stride, dilation = d.upto(3), d.upto(3)
    if not strided and d.maybe():
        stride = 1
    else:
        dilation = dilation if strided and d.maybe(0.3) else 1
    return dict(kernel_size=d.upto(5), padding=padding, strides=stride, dilation_rate=dilation, use_bias=d.maybe(0.8))


def formatted(d, shape, arguments):
    """Sometimes with the channels first."""
    if d.maybe(0.12):
        arguments["data_format"] = "channels_first"
        return shape[::-1], arguments
    return shape, arguments


def conv1d(d, G):
    groups, time = d.pick(1, 1, 2, 3), d.time()
    shape = (time, groups * d.upto(4))
    return formatted(
        d, shape, dict(filters=groups * d.upto(4), groups=groups, activation=activation(d, G), **convolution(d, shape, causal=True))
    )


def depthwise_conv1d(d, G):
    shape = d.signal()
    return formatted(d, shape, dict(depth_multiplier=d.upto(3), activation=activation(d, G), **convolution(d, shape)))


def separable_conv1d(d, G):
    shape = d.signal()
    return formatted(
        d,
        shape,
        dict(
            filters=d.upto(6),
            depth_multiplier=d.upto(3),
            activation=activation(d, G),
            **convolution(d, shape, G.number == 2, G.number == 3),
        ),
    )


def pooling(d, G):
    return formatted(d, d.signal(), dict(pool_size=d.upto(5), strides=d.pick(None, 1, 2, 3, 5), padding=d.pick("valid", "same")))


def global_pooling(d, G):
    return formatted(d, d.signal(1), dict(keepdims=d.maybe()))


def embedding(d, G):
    return d.pick((d.time(1),), (), (2, d.time(1))), dict(input_dim=d.upto(20, 12), output_dim=d.upto(6), mask_zero=d.maybe())


def any_shape(d):
    return d.pick((d.upto(9),), d.signal(1), d.signal(1), (2,) + d.signal(1, 4))


def batch_normalization(d, G):
    shape = any_shape(d)
    return shape, dict(axis=d.pick(-1, d.upto(len(shape))), center=d.maybe(0.7), scale=d.maybe(0.7), epsilon=d.pick(1e-3, 1e-5, 0.1))


def layer_normalization(d, G):
    shape = any_shape(d)
    axis = d.pick(-1, -1, d.upto(len(shape)), list(range(d.upto(len(shape)), len(shape) + 1)))
    return shape, dict(axis=axis, center=d.maybe(0.7), scale=d.maybe(0.7), epsilon=d.pick(1e-3, 1e-6, 0.1))


def normalization(d, G):
    shape = any_shape(d)
    if d.maybe(0.3):
        return shape, dict(axis=None, mean=d.upto(9) / 8, variance=d.upto(9) / 4)
    return shape, dict(axis=d.pick(-1, None, d.upto(len(shape))))


def activation_layer(d, G):
    return any_shape(d), dict(activation=d.pick(*NAMES + [n for n in NAMES_3 if n not in ("glu", "hard_shrink")] * (G.number == 3)))


def relu(d, G):
    return any_shape(d), dict(
        max_value=d.pick(None, 1.0, 6.0, 0.75), negative_slope=d.pick(0.0, 0.1, 0.25), threshold=d.pick(0.0, 0.0, 0.3, 0.7)
    )


def leaky_relu(d, G):
    return any_shape(d), {"negative_slope" if G.number == 3 else "alpha": d.upto(40, 0) / 37}


def elu(d, G):
    return any_shape(d), dict(alpha=d.upto(80, 1) / 37)


def prelu(d, G):
    shape = any_shape(d)
    return shape, dict(shared_axes=d.pick(None, [d.upto(len(shape))], [1]))


def softmax(d, G):
    shape = any_shape(d)
    return shape, dict(axis=d.pick(-1, d.upto(len(shape)), list(range(d.upto(len(shape)), len(shape) + 1))))


def flatten(d, G):
    shape = any_shape(d)
    return shape, dict(data_format=d.pick(None, "channels_last", "channels_first"))


def reshape(d, G):
    factors = [d.pick(1, 2, 3) for _ in range(d.upto(4))]
    target = list(factors)
    cut = d.upto(len(factors))
    shape = tuple([int(np.prod(factors[:cut]))] + factors[cut:])
    if d.maybe(0.7):
        target[d.upto(len(target)) - 1] = -1
    return shape, dict(target_shape=tuple(target))


def permute(d, G):
    shape = d.pick(d.signal(1), (2,) + d.signal(1, 4), (2, 3, 2, 2))
    return shape, dict(dims=tuple(int(i) for i in d.rng.permutation(len(shape)) + 1))


def up_sampling1d(d, G):
    return d.signal(1), dict(size=d.upto(4))


def zero_padding1d(d, G):
    arguments = dict(padding=d.pick(d.upto(4, 0), (d.upto(4, 0), d.upto(4, 0))))
    return formatted(d, d.signal(1), arguments) if G.number == 3 else (d.signal(1), arguments)


def cropping1d(d, G):
    return d.signal(7), dict(cropping=d.pick(d.upto(3, 0), (d.upto(3, 0), d.upto(3, 0))))


def repeat_vector(d, G):
    return (d.upto(7),), dict(n=d.upto(9))


def rescaling(d, G):
    shape = d.signal(1)
    per_channel = lambda: [d.upto(50) / 37 - 0.5 for _ in range(shape[-1])]
    return shape, dict(scale=d.pick(1 / 255.0, d.upto(90) / 37, per_channel()), offset=d.pick(0.0, -1.0, d.upto(90) / 37, per_channel()))


def dropout(d, G):
    kind = d.pick("Dropout", "SpatialDropout1D", "GaussianDropout", "GaussianNoise", "AlphaDropout", "ActivityRegularization")
    return d.signal(1), dict(
        kind=kind, **({} if kind == "ActivityRegularization" else {"stddev" if kind == "GaussianNoise" else "rate": d.upto(9) / 10})
    )


def recurrent(d, G, gates=True):
    arguments = dict(
        units=d.upto(4),
        return_sequences=d.maybe(),
        go_backwards=d.maybe(0.3),
        return_state=d.maybe(0.2),
        use_bias=d.maybe(0.8),
        unroll=d.maybe(0.1),
    )
    if d.maybe(0.3):
        arguments["activation"] = d.pick("relu", "sigmoid", "elu", "softsign", "linear", "hard_sigmoid")
    if gates and d.maybe(0.4):
        arguments["recurrent_activation"] = d.pick("hard_sigmoid", "softmax", "tanh", "relu")
    return (d.time(2), d.upto(5)), arguments


def simple_rnn(d, G):
    return recurrent(d, G, gates=False)


def gru(d, G):
    shape, arguments = recurrent(d, G)
    return shape, dict(reset_after=d.maybe(0.6), **arguments)


def lstm(d, G):
    shape, arguments = recurrent(d, G)
    return shape, dict(unit_forget_bias=d.maybe(0.8), **arguments)


def bidirectional(d, G):
    kind = d.pick("SimpleRNN", "GRU", "LSTM")
    shape, arguments = recurrent(d, G, gates=kind != "SimpleRNN")
    return shape, dict(layer=(kind, arguments), merge_mode=d.pick("concat", "sum", "mul", "ave", *[None] * (not arguments["return_state"])))


def time_distributed(d, G):
    kind = d.pick(
        "Dense",
        "Dense",
        "Conv1D",
        "SeparableConv1D",
        "BatchNormalization",
        "LayerNormalization",
        "Flatten",
        "MaxPooling1D",
        "GlobalAveragePooling1D",
        "Activation",
        "GRU",
        "LSTM",
    )
    name, inner = next((n, f) for family in FAMILIES.values() for n, f in family.items() if n == kind)
    while True:
        shape, arguments = inner(d, G)
        if None not in shape and len(shape) < 3 and not arguments.get("return_state") and "channels_first" not in arguments.values():
            return (d.upto(4, 2),) + shape, dict(layer=(name, arguments))


# ---------------------------------------------------------------- several inputs


def merge(d, G, least=2, most=4):
    """Of one shape, or with axes of length 1 for all, now and then a vector beside signals."""
    shape = d.signal(2)
    shapes = [shape] + [tuple(1 if d.maybe(0.25) else n for n in shape) for _ in range(d.upto(most, least) - 1)]
    if d.maybe(0.15):
        shapes[-1] = (shape[-1],)
    d.rng.shuffle(shapes)
    return [tuple(int(n) for n in s) for s in shapes], {}


def subtract(d, G):
    return merge(d, G, most=2)


def concatenate(d, G):
    shape, axis = list(d.pick((d.upto(5),), d.signal(1), (2,) + d.signal(1, 4))), None
    axis = d.upto(len(shape))
    shapes = []
    for _ in range(d.upto(4, 2)):
        shape[axis - 1] = d.upto(5)
        shapes.append(tuple(shape))
    return shapes, dict(axis=d.pick(axis, axis - len(shape) - 1))


def dot(d, G):
    a, b = list(d.signal(1)), list(d.signal(1))
    if d.maybe(0.3):
        n = d.upto(7)
        return [(n,), (n,)], dict(axes=d.pick(1, -1), normalize=d.maybe())
    i, j = d.upto(2), d.upto(2)
    b[j - 1] = a[i - 1]
    return [tuple(a), tuple(b)], dict(axes=i if i == j and d.maybe() else (i, j), normalize=d.maybe(0.3))


# ---------------------------------------------------------------- the families

FAMILIES = {
    "convolutions": {"Dense": dense, "Conv1D": conv1d, "DepthwiseConv1D": depthwise_conv1d, "SeparableConv1D": separable_conv1d, "Embedding": embedding},
    "simple": {
        "Activation": activation_layer, "ReLU": relu, "LeakyReLU": leaky_relu, "ELU": elu, "PReLU": prelu, "Softmax": softmax,
        "BatchNormalization": batch_normalization, "LayerNormalization": layer_normalization,
        "Normalization": normalization, "Rescaling": rescaling, "Dropout": dropout,
    },
    "shapes": {
        "MaxPooling1D": pooling, "AveragePooling1D": pooling, "GlobalMaxPooling1D": global_pooling,
        "GlobalAveragePooling1D": global_pooling, "Flatten": flatten, "Reshape": reshape, "Permute": permute,
        "UpSampling1D": up_sampling1d, "ZeroPadding1D": zero_padding1d, "Cropping1D": cropping1d, "RepeatVector": repeat_vector,
        "Add": merge, "Subtract": subtract, "Multiply": merge, "Average": merge,
        "Maximum": merge, "Minimum": merge, "Concatenate": concatenate, "Dot": dot,
    },
    "recurrent": {"SimpleRNN": simple_rnn, "GRU": gru, "LSTM": lstm, "Bidirectional": bidirectional, "TimeDistributed": time_distributed},
}  # fmt: skip


def make_layer(G, kind, arguments):
    arguments = dict(arguments)
    kind = arguments.pop("kind", kind)
    if "layer" in arguments:
        arguments["layer"] = make_layer(G, *arguments["layer"])
    return getattr(G.layers, kind)(**arguments)


def build(G, kind, shapes, arguments, masked):
    """The layer alone, or a recurrent layer behind an Embedding whose mask it takes."""
    indices = kind == "Embedding" or masked
    inputs = [G.Input(s[:1] if masked else s, dtype="int32") if indices else G.Input(s) for s in shapes]
    given = [G.layers.Embedding(12, s[-1], mask_zero=True)(i) for i, s in zip(inputs, shapes)] if masked else inputs
    return G.Model(inputs, make_layer(G, kind, arguments)(given[0] if len(given) == 1 else given))


def adds_bias_to_time(G, kind, arguments, output):
    """A bug of Keras 3, which ../../../testdata/golden/make.py explains: such a layer is drawn again."""
    first = "Conv1D" in kind and "channels_first" in arguments.values()
    return G.number == 3 and first and arguments["use_bias"] and output[1] == output[2]


def adds_batch_to_channels(G, kind, inputs):
    """The same bug in Add: one number for each of a batch is taken for one for each channel if there are as many."""
    most = max(x.shape[-1] for x in inputs)
    return G.number == 3 and kind == "Add" and any(1 < x.size == len(x) == most for x in inputs)


class Numbers(Floats):
    """Weights and inputs in steps, one byte each."""

    def __init__(self):
        super().__init__("i1")

    def add(self, array):
        steps = array if array.dtype.kind in "iu" else np.round(array / STEP)
        assert np.array_equal(steps if array.dtype.kind in "iu" else steps * STEP, array) and np.all(np.abs(steps) < 128)
        return super().add(steps)


class Package:
    def __init__(self, generation):
        self.generation, self.index, self.numbers, self.truth = generation, [], Numbers(), Floats("<f4")

    def add(self, kind, draw, number):
        """One random configuration; False if the package refuses it."""
        G, label = self.generation, f"{kind}-{number}"
        d = Draw(G.number, kind, number)
        shapes, arguments = draw(d, G)
        shapes = shapes if isinstance(shapes, list) else [shapes]
        inner = arguments["layer"][1] if kind == "Bidirectional" else arguments
        masked = kind in ("SimpleRNN", "GRU", "LSTM", "Bidirectional") and not inner["unroll"] and d.maybe(0.3)
        make = lambda G: build(G, kind, shapes, arguments, masked)
        xla = "channels_first" in arguments.values() and kind not in ("Flatten", "ZeroPadding1D") and not kind.startswith("Global")
        try:
            model = G.make(make)
        except Exception:
            return False
        oracle.draw_weights(d.rng, model, eighth)
        exact = G.make(make, "float64")
        oracle.copy_weights(exact, model)
        batch = d.upto(3)
        inputs = [oracle.draw_input(d.rng, t.dtype, (batch,) + tuple(t.shape[1:]), 12, eighth) for t in model.inputs]
        try:
            outputs = oracle.run(model, inputs, xla=xla)
        except Exception:
            return False
        if adds_bias_to_time(G, kind, arguments, outputs[0].shape) or adds_batch_to_channels(G, kind, inputs):
            return False
        truths, scales = oracle.judge(G, exact, inputs, label, xla)
        if any(np.max(np.abs(t), initial=0) > 1e4 for t in truths):
            return False  # a recurrent layer that grows without end
        self.record(label, model, inputs, outputs, truths, scales)
        return True

    def record(self, label, model, inputs, outputs, truths, scales):
        row = {"name": label, "model": json.loads(model.to_json()), "weights": [], "inputs": [], "outputs": []}
        for layer in model.layers:
            weights = layer.trainable_weights + layer.non_trainable_weights  # as .h5 has them
            if weights:
                row["weights"].append([layer.name, [self.weight(np.asarray(w)) for w in weights]])
        row["inputs"] = [{"shape": x.shape, "dtype": str(x.dtype), "offset": self.numbers.add(x)} for x in inputs]
        for i, (y, truth, scale) in enumerate(zip(outputs, truths, scales)):
            if scale:
                scale += oracle.UNIT * float(np.max(np.abs(truth), initial=0))  # it is stored in float32
            assert np.all(np.isfinite(truth)), label
            used = share(y, truth, scale)
            if used > 1:
                print(f"{self.generation.name}/{label}: output {i} of Keras is {used:.2f} times its scale {scale:.2g} from the truth")
            row["outputs"].append({"shape": y.shape, "dtype": str(y.dtype), "truth": self.truth.add(truth), "scale": float(f"{scale:.3g}")})
        self.index.append(row)

    def copy(self, old, kind):
        """Adds the layers of a class as they are in a zip."""
        numbers, truth = np.frombuffer(old.read("numbers.i8"), "i1"), np.frombuffer(old.read("truth.f32"), "<f4")
        for row in map(json.loads, old.read("index.jsonl").splitlines()):
            if row["name"].split("-")[0] != kind:
                continue
            for a in [a for _, arrays in row["weights"] for a in arrays] + row["inputs"]:
                a["offset"] = Floats.add(self.numbers, numbers[a["offset"] :][: int(np.prod(a["shape"]))])
            for a in row["outputs"]:
                a["truth"] = self.truth.add(truth[a["truth"] :][: int(np.prod(a["shape"]))])
            self.index.append(row)

    def weight(self, array):
        return {"shape": array.shape, "dtype": str(array.dtype), "offset": self.numbers.add(array)}

    def write(self, path):
        lines = "".join(json.dumps(row) + "\n" for row in self.index)
        members = {"index.jsonl": lines.encode(), "numbers.i8": b"".join(self.numbers.parts), "truth.f32": b"".join(self.truth.parts)}
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as z:
            for name, data in members.items():
                z.writestr(zipfile.ZipInfo(name), data, zipfile.ZIP_DEFLATED, 9)


def main(number, family, *only):
    package = Package(oracle.Generation(int(number)))
    path = HERE / f"random-{package.generation.name}-{family}.zip"
    old = zipfile.ZipFile(path) if only else None
    for kind, draw in FAMILIES[family].items():
        if only and kind not in only:
            package.copy(old, kind)
            continue
        tried = taken = 0
        while taken < COUNT:
            taken += package.add(kind, draw, tried)
            tried += 1
            assert tried < 6 * COUNT, f"{kind}: {taken} of {tried} taken"
    package.write(path)
    print(f"{path.name}: {len(package.index)} configurations, {path.stat().st_size} bytes")


if __name__ == "__main__":
    main(*sys.argv[1:])
