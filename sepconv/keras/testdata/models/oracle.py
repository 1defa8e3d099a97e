"""What make.py and random_layers.py share: Keras of either generation, weights and inputs from a seed, and the judge.

The judge is the same model in float64, with the same weights. How far float32 arithmetic may be from it is measured on
that model: each layer's inputs, weights and outputs are moved by as much as the layer's rounding is worth, up or down
at random, and the output's largest change in several such runs is its `scale`. README.md says more.
"""

import contextlib
import os
import zlib

# One thread and no GPU: the order of summation must not depend on the machine's load.
os.environ["CUDA_VISIBLE_DEVICES"] = ""
os.environ["KERAS_BACKEND"] = "tensorflow"
os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
os.environ["TF_ENABLE_ONEDNN_OPTS"] = "0"

import numpy as np
import tensorflow as tf

tf.config.threading.set_intra_op_parallelism_threads(1)
tf.config.threading.set_inter_op_parallelism_threads(1)
tf.get_logger().setLevel("ERROR")

SEED = 17
UNIT = 2.0**-24  # half the distance from 1 to the next float32
TRIALS = 8


def generator(*label):
    return np.random.default_rng([SEED, zlib.crc32("/".join(map(str, label)).encode())])


# ---------------------------------------------------------------- the two generations


class Generation:
    """Keras 2 or 3, with the names in which the two differ."""

    def __init__(self, number):
        if number == 3:
            import keras as module
        else:
            import tf_keras as module
        self.number, self.module, self.layers = number, module, module.layers
        self.name = f"keras{number}"
        self.version = f"{module.__name__} {module.__version__}"
        self.Input, self.Model, self.Sequential = module.Input, module.Model, module.Sequential
        self.precise = "float32"  # what models are made in
        self.judging = None  # the generator of the noise, while there is any
        self.inside = False  # a layer that is no model: what it calls is a part of it
        self.listen()

    def leaky(self, slope, **more):
        return self.layers.LeakyReLU(**{"negative_slope" if self.number == 3 else "alpha": slope}, **more)

    @contextlib.contextmanager
    def precision(self, name):
        """All models made within compute in this type."""
        set_policy = self.module.config.set_dtype_policy if self.number == 3 else self.module.mixed_precision.set_global_policy
        self.module.backend.set_floatx(name)
        set_policy(name)
        self.precise = name
        try:
            yield
        finally:
            self.precise = "float32"
            self.module.backend.set_floatx("float32")
            set_policy("float32")

    def make(self, build, precision="float32"):
        """The model, whose layers have the same names each time."""
        self.module.backend.clear_session()
        with self.precision(precision):
            return build(self)

    def listen(self):
        """Sends each call of a layer through noisy."""
        original = self.layers.Layer.__call__

        def call(layer, *args, **kwargs):
            if self.judging is None or self.inside or isinstance(layer, self.Model):
                return original(layer, *args, **kwargs)
            return self.noisy(original, layer, args, kwargs)

        self.layers.Layer.__call__ = call

    def noisy(self, call, layer, args, kwargs):
        n = roundings(layer, args)
        self.inside = True
        try:
            args, kwargs = tf.nest.map_structure(lambda t: self.moved(t, n), (args, kwargs))
            return tf.nest.map_structure(lambda t: self.moved(t, n and FUNCTION), call(layer, *args, **kwargs))
        finally:
            self.inside = False

    def moved(self, tensor, n):
        """A tensor with each element moved by n roundings, and the mask that it had."""
        if not n or not tf.is_tensor(tensor) or not tensor.dtype.is_floating:
            return tensor
        out = tensor * noise(self.judging, tensor.shape, n)
        if hasattr(tensor, "_keras_mask"):
            out._keras_mask = tensor._keras_mask
        return out


def noise(rng, shape, n):
    return 1 + n * UNIT * rng.choice([-1.0, 1.0], tuple(shape))


# ---------------------------------------------------------------- how often a layer rounds


FUNCTION = 8  # roundings that an element-wise function may cost: tanh of TensorFlow has this error

EXACT = {
    "InputLayer", "Flatten", "Reshape", "Permute", "RepeatVector", "ZeroPadding1D", "Cropping1D", "UpSampling1D", "Concatenate",
    "Maximum", "Minimum", "MaxPooling1D", "GlobalMaxPooling1D", "Embedding", "Masking", "ReLU", "Dropout", "SpatialDropout1D",
    "GaussianDropout", "GaussianNoise", "AlphaDropout", "ActivityRegularization", "Identity", "TextVectorization", "StringLookup",
    "IntegerLookup", "Hashing", "CategoryEncoding", "Discretization",
}  # fmt: skip
EXACT_ACTIVATIONS = {"linear", "relu", "relu6", "hard_tanh"}
SUMS = {
    "AveragePooling1D", "GlobalAveragePooling1D", "LayerNormalization", "RMSNormalization", "UnitNormalization", "GroupNormalization",
    "Softmax", "Activation", "Dot", "SimpleRNN", "GRU", "LSTM", "RNN", "Bidirectional",
}  # fmt: skip


def roundings(layer, args):
    """How many a layer's inputs are worth, beside those that its weights are moved by: 0 if it computes nothing."""
    if type(layer).__name__ == "TimeDistributed":
        layer = layer.layer
    name = type(layer).__name__
    if name == "ReLU" and layer.negative_slope or name == "Activation" and activation_name(layer) not in EXACT_ACTIVATIONS:
        return FUNCTION + longest(args)
    if name in EXACT or name == "Activation":
        return 0
    return FUNCTION + (longest(args) if name in SUMS else 0)


def activation_name(layer):
    return getattr(layer.activation, "__name__", "")


def longest(args):
    return max(max(t.shape[1:], default=0) for t in tf.nest.flatten(args) if tf.is_tensor(t))


def weight_roundings(name, shape):
    """Of the sum that a weight is in."""
    if name == "embeddings":
        return 0
    if name == "depthwise_kernel":
        return FUNCTION + shape[0]
    return FUNCTION + (int(np.prod(shape[:-1])) if len(shape) > 1 else 0)


# ---------------------------------------------------------------- weights and inputs


def floats(model):
    """The variables that have numbers, by the last part of their names, in Keras' order."""
    for v in model.weights:
        if not hasattr(v, "name"):
            continue  # words
        name = v.name.split("/")[-1].split(":")[0]
        if tf.as_dtype(v.dtype).is_floating and None not in tuple(v.shape):  # as that of a vocabulary's idf_weights
            yield name, v


def coarse(x):
    """Numbers of 11 bits, which take half the room in a compressed file."""
    return np.asarray(x).astype(np.float16).astype(np.float32)


def draw_weight(rng, name, shape):
    """Of a size that keeps the outputs of layers near 1."""
    z = rng.standard_normal(shape)
    if name in ("gamma", "scale"):
        return 1 + 0.2 * z
    if name in ("moving_variance", "variance"):
        return rng.uniform(0.5, 2, shape)
    if name in ("beta", "moving_mean", "mean", "bias"):
        return 0.3 * z
    if name == "alpha":
        return rng.uniform(0.05, 0.6, shape)
    if name == "embeddings":
        return z
    fan = shape[0] if name == "depthwise_kernel" else np.prod(shape[:-1])
    return z * max(fan, 1) ** -0.5


def draw_weights(rng, model, number=coarse):
    for name, v in floats(model):
        v.assign(number(draw_weight(rng, name, tuple(v.shape))).astype(numpy_type(v.dtype)))
    finalize(model)


def copy_weights(target, source):
    old, new = list(floats(source)), list(floats(target))
    assert [(n, tuple(v.shape)) for n, v in old] == [(n, tuple(v.shape)) for n, v in new]
    for (_, a), (_, b) in zip(old, new):
        b.assign(np.asarray(a).astype(np.float64))
    finalize(target)


def finalize(model):
    """Normalization computes with what it made of its variables when they were last loaded."""
    for layer in everything(model):
        if type(layer).__name__ == "Normalization":
            layer.finalize_state()


def everything(model):
    for layer in model.layers:
        if hasattr(layer, "layers"):
            yield from everything(layer)
        yield layer


def draw_input(rng, dtype, shape, vocabulary=None, number=np.float32):
    """Numbers near 1, or indices: some are 0 at the end of a row, as padding is, and here and there."""
    if tf.as_dtype(dtype).is_floating:
        return number(rng.standard_normal(shape))
    x = rng.integers(1, vocabulary, shape)
    if len(shape) > 1:
        ends = rng.integers(1, shape[1] + 1, shape[0])
        ends[0] = shape[1]
        x[np.arange(shape[1]) >= ends[:, None]] = 0
        x[rng.random(shape) < 0.08] = 0
        x[:, 0] = np.maximum(x[:, 0], 1)  # no row is masked as a whole; case rnn_masks_all has such
    return x.astype(numpy_type(dtype))


def numpy_type(dtype):
    return tf.as_dtype(dtype).as_numpy_dtype


# ---------------------------------------------------------------- running


def run(model, inputs, precision="float32", xla=False):
    given = [tf.constant(x.astype(precision) if x.dtype == np.float32 else x) for x in inputs]

    def call(given):
        return model(given[0] if len(given) == 1 else given, training=False)

    out = (tf.function(call, jit_compile=True) if xla else call)(given)
    return [np.asarray(y) for y in tf.nest.flatten(out)]


def judge(generation, model, inputs, label, xla=False):
    """The model's outputs in float64, and for each how far it moves when everything is moved by its rounding."""
    exact = run(model, inputs, "float64", xla)
    weights = [(v, np.asarray(v), weight_roundings(n, v.shape)) for n, v in floats(model)]
    scales = [0.0] * len(exact)
    for trial in range(TRIALS):
        rng = generation.judging = generator(label, "noise", trial)
        try:
            for v, w, n in weights:
                v.assign(w * noise(rng, w.shape, n))
            finalize(model)
            for i, y in enumerate(run(model, inputs, "float64", xla)):
                scales[i] = max(scales[i], float(np.nanmax(np.abs(y - exact[i]), initial=0)))
        finally:
            generation.judging = None
    for v, w, _ in weights:
        v.assign(w)
    finalize(model)
    return exact, scales
