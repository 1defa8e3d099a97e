"""Makes small models of every layer that Model.Compile computes, and what Keras makes of them.

    pip install keras==3.15.1 tf_keras==2.21.0 tensorflow==2.21.0
    python make.py [NAME ...]

It writes keras3.zip and keras2.zip, with NAME.keras or NAME.h5 and NAME.json, the inputs and outputs; of NAME alone,
into the directory. Keras 3 and Keras 2 (tf_keras) each have those that they know.
"""

import json
import os
import sys
import tempfile
import zipfile
import zlib

import keras
import numpy as np
import tf_keras

rng = None
MODELS = []


def model(name, *versions):
    """Registers a function that builds a model; versions are those that make it."""

    def add(f):
        MODELS.append((name, f, versions or (3, 2)))
        return f

    return add


def sequential(shape, *layers, dtype=None):
    """A model of layers, each made by a function of the module of layers."""

    def build(k):
        x = i = k.Input(shape, dtype=dtype)
        for f in layers:
            x = f(k.layers)(x)
        return k.Model(i, x)

    return build


def add(name, shape, *layers, versions=(3, 2), dtype=None):
    MODELS.append((name, sequential(shape, *layers, dtype=dtype), versions))


add("dense", (5,), lambda l: l.Dense(7, activation="relu"), lambda l: l.Dense(3, use_bias=False, activation="softmax"))
add("dense_time", (6, 5), lambda l: l.Dense(40, activation="gelu"), lambda l: l.Dense(33, activation="tanh"))
for padding in ("valid", "same", "causal"):
    add(f"conv_{padding}", (None, 5), lambda l, p=padding: l.Conv1D(11, 4, padding=p, activation="relu"))
    add(f"conv_{padding}_dilated", (None, 5), lambda l, p=padding: l.Conv1D(6, 3, padding=p, dilation_rate=3))
    add(f"conv_{padding}_strided", (None, 3), lambda l, p=padding: l.Conv1D(6, 5, padding=p, strides=2, use_bias=False, activation="elu"))
add("conv_groups", (12, 6), lambda l: l.Conv1D(8, 3, groups=2, padding="same", activation="relu"))
add("conv_wide", (40, 30), lambda l: l.Conv1D(70, 9, padding="same", activation="swish"))
for padding in ("valid", "same"):
    add(f"depthwise_{padding}", (13, 5), lambda l, p=padding: l.DepthwiseConv1D(3, padding=p, depth_multiplier=3, activation="relu"))
    add(f"depthwise_{padding}_strided", (13, 16), lambda l, p=padding: l.DepthwiseConv1D(4, strides=3, padding=p, use_bias=False))
add("depthwise_dilated", (13, 16), lambda l: l.DepthwiseConv1D(3, dilation_rate=2, padding="same"))
add("separable", (None, 4), lambda l: l.SeparableConv1D(9, 5, padding="same", activation="relu"), lambda l: l.SeparableConv1D(3, 3, depth_multiplier=2))
add("folded", (None, 4), lambda l: l.SeparableConv1D(9, 5, padding="same"), lambda l: l.BatchNormalization(), lambda l: l.ReLU(),
    lambda l: l.Conv1D(5, 3), lambda l: l.BatchNormalization(), lambda l: l.Activation("tanh"),
    lambda l: l.DepthwiseConv1D(3), lambda l: l.BatchNormalization(scale=False), lambda l: l.Dropout(0.5), lambda l: l.Dense(4), lambda l: l.BatchNormalization(center=False), lambda l: l.Softmax())
add("normalized_before", (9, 4), lambda l: l.BatchNormalization(epsilon=0.1), lambda l: l.Conv1D(5, 3, padding="same", activation="relu"), lambda l: l.BatchNormalization())
add("normalized_axis1", (4, 9), lambda l: l.BatchNormalization(axis=1))
add("normalized_wide", (7, 300), lambda l: l.BatchNormalization())
add("layer_norm", (9, 7), lambda l: l.LayerNormalization(), lambda l: l.LayerNormalization(axis=[1, 2], epsilon=1e-5), lambda l: l.LayerNormalization(center=False), lambda l: l.LayerNormalization(scale=False))
add("rms_norm", (9, 7), lambda l: l.RMSNormalization(), lambda l: l.LayerNormalization(rms_scaling=True), versions=(3,))
add("unit_norm", (9, 7), lambda l: l.UnitNormalization())
for name in ("relu", "elu", "selu", "softplus", "softsign", "sigmoid", "hard_sigmoid", "exponential", "swish", "gelu", "tanh", "softmax", "linear"):
    add(f"activation_{name}", (5, 6), lambda l, n=name: l.Activation(n))
for name in ("relu6", "leaky_relu", "silu", "mish", "log_softmax", "celu", "glu", "hard_silu", "sparsemax", "squareplus"):
    add(f"activation_{name}", (5, 6), lambda l, n=name: l.Activation(n), versions=(3,))
add("relu_layer", (5, 6), lambda l: l.ReLU(max_value=1.5, negative_slope=0.1, threshold=0.3))
add("leaky_layer", (5, 6), lambda l: l.LeakyReLU(0.15), versions=(3,))
add("elu_layer", (5, 6), lambda l: l.ELU(0.7))
add("prelu", (5, 6), lambda l: l.PReLU(alpha_initializer="glorot_uniform"), lambda l: l.PReLU(shared_axes=[1], alpha_initializer="glorot_uniform"))
add("softmax_axis1", (5, 6), lambda l: l.Softmax(axis=1))
for padding in ("valid", "same"):
    for kind in ("Max", "Average"):
        add(f"{kind.lower()}_pooling_{padding}", (None, 5), lambda l, k=kind, p=padding: getattr(l, k + "Pooling1D")(3, strides=2, padding=p), lambda l, k=kind, p=padding: getattr(l, k + "Pooling1D")(2, padding=p))
add("max_pooling_first", (5, 12), lambda l: l.MaxPooling1D(3, data_format="channels_first"), versions=(3,))
for kind in ("Max", "Average"):
    for keep in (False, True):
        add(f"global_{kind.lower()}_{keep}", (None, 5), lambda l, k=kind, d=keep: getattr(l, f"Global{k}Pooling1D")(keepdims=d))
        add(f"global_{kind.lower()}_{keep}_first", (5, 9), lambda l, k=kind, d=keep: getattr(l, f"Global{k}Pooling1D")(keepdims=d, data_format="channels_first"))
add("flatten", (4, 3), lambda l: l.Flatten())
add("flatten_first", (4, 3), lambda l: l.Flatten(data_format="channels_first"))
add("reshape", (4, 6), lambda l: l.Reshape((2, -1, 3)), lambda l: l.Permute((3, 1, 2)), lambda l: l.Reshape((24,)))
add("permute", (4, 6), lambda l: l.Permute((2, 1)))
add("repeat", (6,), lambda l: l.RepeatVector(4))
add("resize", (None, 6), lambda l: l.UpSampling1D(3), lambda l: l.ZeroPadding1D((2, 1)), lambda l: l.Cropping1D((1, 3)), lambda l: l.ZeroPadding1D(1))
add("rescale", (5, 3), lambda l: l.Rescaling(0.3, offset=-0.2), lambda l: l.Rescaling([1.0, 2.0, 3.0], offset=[0.5, 0.25, 0.0]), versions=(3,))
add("normalize", (5, 3), lambda l: l.Normalization(mean=[0.1, 0.2, 0.3], variance=[1.0, 2.0, 3.0]), lambda l: l.Normalization(axis=None, mean=0.5, variance=4.0, invert=True))
add("noise", (5, 3), lambda l: l.GaussianNoise(1.0), lambda l: l.GaussianDropout(0.5), lambda l: l.AlphaDropout(0.5), lambda l: l.SpatialDropout1D(0.5), lambda l: l.ActivityRegularization(0.1))
add("embedding", (None,), lambda l: l.Embedding(11, 5), lambda l: l.GlobalAveragePooling1D(), dtype="int32")
add("embedding_masked", (None,), lambda l: l.Embedding(11, 5, mask_zero=True), lambda l: l.Dropout(0.5), lambda l: l.Dense(4), lambda l: l.GlobalAveragePooling1D(), dtype="int32")
add("masking", (6, 3), lambda l: l.Masking(0.5), lambda l: l.Activation("sigmoid"), lambda l: l.GlobalAveragePooling1D())
add("time_distributed", (6, 5), lambda l: l.TimeDistributed(l.Dense(4, activation="relu")), lambda l: l.TimeDistributed(l.Reshape((2, 2))), lambda l: l.TimeDistributed(l.Conv1D(3, 2)), lambda l: l.TimeDistributed(l.Flatten()))


@model("merge")
def merge(k):
    l = k.layers
    a, b, c = k.Input((6, 4)), k.Input((6, 4)), k.Input((1, 4))
    s = l.Add()([a, b, c])
    p = l.Multiply()([s, c])
    d = l.Subtract()([p, a])
    hi = l.Maximum()([d, b, s])
    lo = l.Minimum()([d, b])
    m = l.Average()([hi, lo, a])
    v = l.Dense(4)(l.Flatten()(m))
    return k.Model([b, a, c], [l.Concatenate()([m, s, a]), l.Concatenate(axis=1)([c, hi]), l.Add()([m, v]), s, a])


@model("dot")
def dot(k):
    l = k.layers
    a, b = k.Input((6, 4)), k.Input((6, 3))
    u, v = k.Input((4,)), k.Input((4,))
    return k.Model([a, b, u, v], [l.Dot(axes=1)([a, b]), l.Dot(axes=(2, 1))([a, u]), l.Dot(axes=1)([u, v]), l.Dot(axes=-1)([a, a])])


@model("residual")
def residual(k):
    l = k.layers
    x = i = k.Input((None, 8))
    for d in (1, 2, 4):
        y = l.SeparableConv1D(8, 3, padding="same", use_bias=False)(x)
        y = l.BatchNormalization()(y)
        y = l.ReLU()(y)
        y = l.Conv1D(8, 3, padding="same", dilation_rate=d)(y)
        y = l.BatchNormalization()(y)
        s = l.GlobalAveragePooling1D(keepdims=True)(y)
        s = l.Dense(8, activation="sigmoid")(l.Dense(2, activation="relu")(s))
        y = l.Multiply()([y, s])
        x = l.ReLU()(l.Add()([x, y]))
    return k.Model(i, l.Dense(5, activation="softmax")(l.GlobalMaxPooling1D()(x)))


@model("shared")
def shared(k):
    l = k.layers
    a, b = k.Input((9, 4), name="a"), k.Input((9, 4), name="b")
    conv, dense = l.Conv1D(5, 3, activation="relu"), l.Dense(3)
    inner_in = k.Input((9, 4))
    y = conv(inner_in)
    inner = k.Model(inner_in, [l.GlobalMaxPooling1D()(y), dense(y)], name="inner")
    p, q = inner(a)
    r, s = inner(b)
    t = conv(b)
    return k.Model([a, b], [p, l.Add()([q, s]), dense(t), r])


@model("nested")
def nested(k):
    l = k.layers
    front = k.Sequential([k.Input((12, 3)), l.Conv1D(4, 3), l.BatchNormalization(), l.ReLU()], name="front")
    head = k.Sequential([l.GlobalAveragePooling1D(), l.Dense(2, activation="softmax")], name="head")
    i = k.Input((12, 3))
    return k.Model(i, head(front(i)))


@model("plain_sequential")
def plain_sequential(k):
    l = k.layers
    m = k.Sequential([l.Conv1D(4, 3), l.MaxPooling1D(2), l.Flatten(), l.Dense(2)])
    m.build((None, 12, 3))
    return m


@model("operators", 3)
def operators(k):
    i = k.Input((6, 4))
    x = (2.0 * i + 1.0) / 4.0 - 0.25
    y = 1.0 - x
    return k.Model(i, [x * y, k.ops.relu(x)])


for cell in ("GRU", "LSTM", "SimpleRNN"):
    add(f"{cell.lower()}", (None, 5), lambda l, c=cell: getattr(l, c)(4, return_sequences=True), lambda l, c=cell: getattr(l, c)(19))
    add(f"{cell.lower()}_options", (7, 5), lambda l, c=cell: getattr(l, c)(6, activation="relu", use_bias=False, return_sequences=True, go_backwards=True))
    add(f"{cell.lower()}_masked", (None,), lambda l: l.Embedding(9, 5, mask_zero=True), lambda l, c=cell: getattr(l, c)(4, return_sequences=True), lambda l, c=cell: getattr(l, c)(3), dtype="int32")
    add(f"{cell.lower()}_bidirectional", (7, 5), lambda l, c=cell: l.Bidirectional(getattr(l, c)(4, return_sequences=True)), lambda l, c=cell: l.Bidirectional(getattr(l, c)(3), merge_mode="sum"))
    add(f"{cell.lower()}_bidirectional_masked", (None,), lambda l: l.Embedding(9, 5, mask_zero=True), lambda l, c=cell: l.Bidirectional(getattr(l, c)(4, return_sequences=True), merge_mode="ave"), lambda l, c=cell: l.Bidirectional(getattr(l, c)(3), merge_mode="mul"), dtype="int32")
add("gru_before", (7, 5), lambda l: l.GRU(6, reset_after=False, recurrent_activation="hard_sigmoid"))
add("lstm_recurrent", (7, 5), lambda l: l.LSTM(6, recurrent_activation="softmax"))


@model("states")
def states(k):
    l = k.layers
    i, j = k.Input((7, 5)), k.Input((6, 5))
    y, h, c = l.LSTM(4, return_sequences=True, return_state=True)(i)
    z = l.LSTM(4)(j, initial_state=[h, c])
    _, s = l.GRU(4, return_state=True)(i)
    w = l.GRU(4, return_sequences=True)(j, initial_state=s)
    return k.Model([i, j], [y, h, c, z, s, w])


def randomize(m):
    weights = []
    for w in m.weights:
        name = w.path if hasattr(w, "path") else w.name
        if "seed" in name:
            weights.append(np.asarray(w))
            continue
        x = rng.normal(size=w.shape) * (0.8 / max(1, np.prod(w.shape[:-1])) ** 0.5)
        if "variance" in name:
            x = rng.uniform(0.5, 2, size=w.shape)
        weights.append(x.astype("float32"))
    m.set_weights(weights)


def value(shape, dtype, steps):
    shape = [3] + [steps if n is None else n for n in shape[1:]]
    if "int" in str(dtype):
        x = rng.integers(0, 9, size=shape)
        x[:, -2:] = 0
        return x
    x = rng.normal(size=shape).astype("float32")
    if len(shape) == 3 and shape[1] > 2:
        x[1, 2] = 0.5
    return x


def write(name, f, version, directory):
    """Writes a model, and what it makes of random inputs."""
    global rng
    rng = np.random.default_rng(zlib.crc32(name.encode()))
    k = {3: keras, 2: tf_keras}[version]
    k.backend.clear_session()
    m = f(k)
    randomize(m)
    inputs = [value(i.shape, i.dtype, 14) for i in m.inputs]
    outputs = m.predict(inputs if len(inputs) > 1 else inputs[0], verbose=0)
    if not isinstance(outputs, (list, tuple)):
        outputs = [outputs]
    m.save(os.path.join(directory, name + (".keras" if version == 3 else ".h5")))
    with open(os.path.join(directory, name + ".json"), "w") as out:
        json.dump({"inputs": [flat(x) for x in inputs], "outputs": [flat(x) for x in outputs]}, out)


def flat(x):
    """An array, with the digits that a float32 needs."""
    return {"shape": list(x.shape), "values": [float(f"{y:.9g}") for y in np.asarray(x, "float32").ravel()]}


def main(only):
    for version in (3, 2):
        with tempfile.TemporaryDirectory() as directory:
            names = []
            for name, f, versions in MODELS:
                if version in versions and (not only or name in only):
                    write(name, f, version, "." if only else directory)
                    names.append(name)
            if not only:
                pack(f"keras{version}.zip", directory)


def pack(name, directory):
    """Packs all files of a directory, without the time."""
    with zipfile.ZipFile(name, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as z:
        for file in sorted(os.listdir(directory)):
            with open(os.path.join(directory, file), "rb") as f:
                z.writestr(zipfile.ZipInfo(file), f.read(), zipfile.ZIP_DEFLATED)


main(sys.argv[1:])
