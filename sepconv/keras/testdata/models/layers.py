"""Every layer with every option: a model for each class, in which each option has an output of its own."""

import numpy as np

from cases import Cases, fan

case = Cases()
FIRST = dict(data_format="channels_first")


# ---------------------------------------------------------------- convolutions


@case(lengths=(13, 20))
def conv1d(G):
    C = G.layers.Conv1D
    return fan(G, (None, 4), [
        C(3, 3), C(3, 3, padding="same"), C(3, 3, padding="causal"), C(5, 1), C(3, 4, padding="same"), C(1, 5, use_bias=False),
        C(3, 3, strides=2), C(3, 3, strides=2, padding="same"), C(3, 4, strides=3, padding="same"), C(3, 3, strides=2, padding="causal"),
        C(3, 2, strides=4),
        C(3, 3, dilation_rate=2), C(3, 3, dilation_rate=3, padding="same"), C(3, 4, dilation_rate=2, padding="same"),
        C(3, 3, dilation_rate=2, padding="causal"),
        C(4, 3, groups=2), C(8, 3, groups=4, padding="same"), C(6, 3, groups=2, strides=2, padding="causal", use_bias=False),
        C(4, 3, groups=4, dilation_rate=2),
        C(3, 3, activation="relu"), C(3, 3, activation="softmax"), C(3, 3, activation="tanh", padding="same"),
        C(3, 9, padding="same", strides=2),
    ])  # fmt: skip


@case(generations=(3,), lengths=(13, 20))
def strided_and_dilated(G):
    """Which Keras takes for these layers since 3.15, and not for Conv1D."""
    S, D = G.layers.SeparableConv1D, G.layers.DepthwiseConv1D
    return fan(
        G,
        (None, 4),
        [
            S(3, 3, strides=2, dilation_rate=2),
            S(3, 3, strides=2, dilation_rate=2, padding="same"),
            S(3, 4, strides=3, dilation_rate=2, padding="same"),
            D(3, strides=2, dilation_rate=2),
            D(3, strides=2, dilation_rate=2, padding="same", depth_multiplier=2),
        ],
    )


@case(xla=True)
def conv1d_channels_first(G):
    C = G.layers.Conv1D
    return fan(G, (4, 15), [
        C(3, 3, **FIRST), C(3, 3, padding="same", **FIRST), C(5, 4, strides=2, padding="same", **FIRST),
        C(3, 3, padding="causal", dilation_rate=2, **FIRST),
        C(4, 3, groups=2, **FIRST), C(3, 2, activation="softmax", **FIRST), C(3, 3, dilation_rate=3, use_bias=False, **FIRST),
    ])  # fmt: skip


@case(lengths=(13, 20))
def depthwise_conv1d(G):
    D = G.layers.DepthwiseConv1D
    return fan(G, (None, 4), [
        D(3), D(3, padding="same"), D(4, padding="same"), D(1), D(3, strides=2), D(3, strides=2, padding="same"),
        D(4, strides=3, padding="same"),
        D(3, dilation_rate=2), D(3, dilation_rate=2, padding="same"), D(3, depth_multiplier=3),
        D(3, depth_multiplier=2, strides=2, padding="same", activation="relu"),
        D(5, use_bias=False), D(2, activation="sigmoid"), D(9, padding="same"),
    ])  # fmt: skip


@case(xla=True)
def depthwise_conv1d_channels_first(G):
    D = G.layers.DepthwiseConv1D
    return fan(
        G,
        (4, 17),
        [D(3, **FIRST), D(3, strides=2, padding="same", depth_multiplier=2, **FIRST), D(3, dilation_rate=2, activation="softmax", **FIRST)],
    )


@case(lengths=(13, 20))
def separable_conv1d(G):
    S = G.layers.SeparableConv1D
    layers = [
        S(3, 3), S(3, 3, padding="same"), S(5, 4, strides=2, padding="same"), S(3, 3, strides=3), S(3, 3, dilation_rate=2),
        S(3, 3, dilation_rate=3, padding="same"),
        S(3, 3, depth_multiplier=2), S(3, 3, use_bias=False, activation="relu"),
        S(3, 5, activation="softmax", padding="same", depth_multiplier=3), S(1, 1),
    ]  # fmt: skip
    if G.number == 2:
        layers += [
            S(3, 3, padding="causal"),
            S(3, 3, padding="causal", dilation_rate=2, activation="tanh"),
            S(3, 4, padding="causal", strides=2),
        ]
    return fan(G, (None, 4), layers)


@case(xla=True)
def separable_conv1d_channels_first(G):
    S = G.layers.SeparableConv1D
    return fan(
        G,
        (4, 15),
        [
            S(3, 3, **FIRST),
            S(5, 3, strides=2, padding="same", depth_multiplier=2, **FIRST),
            S(3, 3, dilation_rate=2, activation="softmax", **FIRST),
        ],
    )


# ---------------------------------------------------------------- Dense and Embedding


@case()
def dense(G):
    D = G.layers.Dense
    return fan(G, (5,), [D(3), D(1), D(7, use_bias=False), D(4, activation="softmax"), D(4, activation="gelu"), D(17, activation="relu")])


@case()
def dense_over_time(G):
    D = G.layers.Dense
    return fan(G, (None, 5), [D(3), D(1), D(7, use_bias=False), D(4, activation="softmax"), D(4, activation="swish")])


@case()
def dense_of_rank_4(G):
    D = G.layers.Dense
    return fan(G, (3, None, 4), [D(3), D(5, activation="softmax", use_bias=False)])


@case()
def embedding(G):
    E = G.layers.Embedding
    return fan(G, (None,), [E(12, 4), E(12, 1), E(15, 3, mask_zero=True), E(12, 2, trainable=False)], dtype="int32")


@case()
def embedding_of_one(G):
    """One index a row, and indices with two axes."""
    one, many = G.Input((), dtype="int32"), G.Input((3, None), dtype="int32")
    e = G.layers.Embedding(12, 4)
    return G.Model([one, many], [e(one), e(many)])


def add_fractions(inputs):
    inputs[0] += np.linspace(0, 0.96, inputs[0].size, dtype=np.float32).reshape(inputs[0].shape)


@case(indices=True, change=add_fractions)
def embedding_of_floats(G):
    """An input without a type is of float32: what is behind the point falls away."""
    L = G.layers
    return G.Sequential([G.Input((None,)), L.Embedding(12, 4), L.GlobalMaxPooling1D(), L.Dense(2)])


def some_from_the_end(inputs):
    inputs[0][0, 1:4] = -1, -12, -5


@case(generations=(3,), change=some_from_the_end)
def embedding_from_the_end(G):
    """Negative indices count from the end in Keras 3, on the CPU too. In Keras 2 they are an error."""
    return fan(G, (None,), [G.layers.Embedding(12, 4), G.layers.Embedding(12, 3, mask_zero=True)], dtype="int32")


@case(indices=True)
def embedding_of_bytes(G):
    return fan(G, (None,), [G.layers.Embedding(12, 4)], dtype="uint8")


# ---------------------------------------------------------------- activations

NAMES = [
    "linear",
    "relu",
    "elu",
    "selu",
    "softplus",
    "softsign",
    "swish",
    "gelu",
    "tanh",
    "sigmoid",
    "exponential",
    "hard_sigmoid",
    "softmax",
    "mish",
]
NAMES_3 = [
    "leaky_relu", "relu6", "silu", "log_softmax", "celu", "squareplus", "soft_shrink", "sparse_plus", "glu", "tanh_shrink",
    "sparse_sigmoid", "hard_silu", "hard_tanh",
    "hard_shrink", "log_sigmoid", "sparsemax", "hard_swish",
]  # fmt: skip


@case()
def activation(G):
    return fan(G, (None, 4), [G.layers.Activation(n) for n in NAMES + NAMES_3 * (G.number == 3)])


@case()
def activation_of_layers(G):
    """The same as arguments of other layers: in front of each is a sum."""
    D, shared = G.layers.Dense, [G.leaky(0.1), G.layers.ReLU(max_value=1.5, negative_slope=0.1), G.layers.ELU(0.5)]
    return fan(G, (4,), [D(4, activation=n) for n in NAMES + NAMES_3 * (G.number == 3)] + [D(4, activation=a) for a in shared])


@case()
def relu(G):
    R = G.layers.ReLU
    return fan(
        G,
        (None, 4),
        [R(), R(max_value=1.0), R(negative_slope=0.25), R(threshold=0.5), R(max_value=1.0, negative_slope=0.1, threshold=0.3), R(6.0)],
    )


@case()
def leaky_relu_and_elu(G):
    L = G.layers
    layers = [L.LeakyReLU(), G.leaky(0.05), G.leaky(0.0), L.ELU(), L.ELU(0.3), L.ELU(alpha=2.0)]
    return fan(G, (None, 4), layers + ([L.ThresholdedReLU(), L.ThresholdedReLU(0.2)] if G.number == 2 else []))


@case()
def prelu(G):
    P = G.layers.PReLU
    return fan(G, (6, 4), [P(), P(shared_axes=[1]), P(shared_axes=[2]), P(shared_axes=[1, 2])])


@case()
def softmax(G):
    S = G.layers.Softmax
    return fan(G, (None, 4), [S(), S(axis=1), S(axis=-2), S(axis=[1, 2]), S(axis=2)])


# ---------------------------------------------------------------- normalization


@case()
def batch_normalization(G):
    B = G.layers.BatchNormalization
    return fan(
        G,
        (None, 4),
        [B(), B(center=False), B(scale=False), B(center=False, scale=False), B(epsilon=0.1), B(axis=2, momentum=0.5), B(trainable=False)],
    )


@case()
def batch_normalization_axes(G):
    B = G.layers.BatchNormalization
    return fan(G, (6, 4), [B(axis=1), B(axis=-2, scale=False), B(axis=2), B(axis=1, center=False, epsilon=0.01)])


@case()
def batch_normalization_of_vectors(G):
    B = G.layers.BatchNormalization
    return fan(G, (5,), [B(), B(axis=1), B(scale=False)])


@case()
def batch_normalization_around(G):
    """Where it may be folded into its neighbour, and where it may not."""
    L = G.layers
    i = G.Input((None, 4))
    n = L.BatchNormalization
    conv = L.Conv1D(3, 3, padding="same")(i)
    out = [
        n()(conv), conv, n()(L.Conv1D(3, 3, activation="relu")(i)), L.Conv1D(3, 3, padding="same")(n()(i)), L.Conv1D(3, 3)(n()(i)),
        n()(L.Dense(3, use_bias=False)(i)),
        n()(n()(L.SeparableConv1D(3, 3)(i))), n()(L.MaxPooling1D(2)(L.Conv1D(3, 3)(i))), n()(L.DepthwiseConv1D(3, depth_multiplier=2)(i)),
        n()(L.Dropout(0.5)(L.Conv1D(3, 3, use_bias=False)(i))),
    ]  # fmt: skip
    return G.Model(i, out)


@case()
def layer_normalization(G):
    N = G.layers.LayerNormalization
    return fan(G, (None, 5), [N(), N(epsilon=1e-6), N(center=False), N(scale=False), N(center=False, scale=False), N(axis=2)])


@case()
def layer_normalization_axes(G):
    N = G.layers.LayerNormalization
    return fan(G, (4, 5), [N(axis=1), N(axis=[1, 2]), N(axis=(-2, -1), center=False), N(axis=-2, epsilon=0.1), N(axis=[1, 2], scale=False)])


@case(generations=(3,), beyond=True)
def rms_normalization(G):
    N = G.layers.RMSNormalization
    return fan(G, (4, 5), [N(), N(epsilon=0.1), N(axis=2)])


@case(beyond=True)
def other_normalizations(G):
    L = G.layers
    return fan(
        G,
        (6, 4),
        [
            L.GroupNormalization(groups=2),
            L.GroupNormalization(groups=4, center=False),
            L.GroupNormalization(groups=1, scale=False),
            L.UnitNormalization(),
            L.UnitNormalization(axis=1),
        ],
    )


@case()
def normalization(G):
    N = G.layers.Normalization
    return fan(
        G,
        (6, 4),
        [
            N(),
            N(axis=1),
            N(axis=None),
            N(axis=(1, 2)),
            N(mean=0.5, variance=2.0),
            N(axis=-1, mean=[0.0, 1.0, -1.0, 0.5], variance=[1.0, 2.0, 0.5, 0.25]),
            N(mean=0.5, variance=0.0),
        ],
    )


@case(generations=(3,))
def normalization_inverted(G):
    return fan(G, (6, 4), [G.layers.Normalization(invert=True), G.layers.Normalization(mean=0.5, variance=2.0, invert=True)])


@case()
def rescaling(G):
    R = G.layers.Rescaling
    return fan(G, (None, 3), [R(0.5), R(1 / 255.0, offset=-1.0), R([1.0, 0.5, 2.0], offset=[0.0, 0.1, 0.2]), R([2.0, 3.0, 4.0])])


@case(vocabulary=255)
def rescaling_of_integers(G):
    """As pixels and samples come."""
    bytes_, samples = G.Input((None, 3), dtype="uint8", name="bytes"), G.Input((None, 3), dtype="int32", name="samples")
    return G.Model([bytes_, samples], [G.layers.Rescaling(1 / 127.5, offset=-1.0)(bytes_), G.layers.Rescaling(1 / 256.0)(samples)])


# ---------------------------------------------------------------- pooling


@case(lengths=(13, 18))
def pooling(G):
    outputs = [G.layers.MaxPooling1D()]
    for P in (G.layers.MaxPooling1D, G.layers.AveragePooling1D):
        outputs += [
            P(2), P(3), P(2, padding="same"), P(3, strides=1), P(3, strides=1, padding="same"), P(3, strides=2),
            P(3, strides=2, padding="same"), P(2, strides=3), P(4, strides=3, padding="same"),
            P(2, strides=5, padding="same"), P(1), P(5, strides=2, padding="same"),
        ]  # fmt: skip
    return fan(G, (None, 3), outputs)


@case(xla=True)
def pooling_channels_first(G):
    outputs = []
    for P in (G.layers.MaxPooling1D, G.layers.AveragePooling1D):
        outputs += [P(2, **FIRST), P(3, strides=2, padding="same", **FIRST), P(3, strides=1, padding="same", **FIRST)]
    return fan(G, (3, 11), outputs)


@case()
def global_pooling(G):
    outputs = []
    for P in (G.layers.GlobalMaxPooling1D, G.layers.GlobalAveragePooling1D):
        outputs += [P(), P(keepdims=True), P(**FIRST), P(keepdims=True, **FIRST)]
    return fan(G, (7, 5), outputs)


@case()
def global_pooling_of_any_time(G):
    return fan(G, (None, 5), [P(keepdims=k) for P in (G.layers.GlobalMaxPooling1D, G.layers.GlobalAveragePooling1D) for k in (False, True)])


# ---------------------------------------------------------------- shapes


@case()
def flatten(G):
    F = G.layers.Flatten
    return fan(G, (4, 3), [F(), F(**FIRST)])


@case()
def flatten_other_ranks(G):
    one, two, three, four = G.Input(()), G.Input((5,)), G.Input((4, 3)), G.Input((2, 3, 4))
    F = G.layers.Flatten
    return G.Model([one, two, three, four], [F()(one), F()(two), F()(three), F()(four), F(**FIRST)(four)])


@case()
def reshape(G):
    R = G.layers.Reshape
    return fan(G, (6, 4), [R((24,)), R((-1,)), R((4, 6)), R((-1, 8)), R((2, -1, 4)), R((1, 24)), R((3, 2, 2, 2)), R((12, -1))])


@case(lengths=(12, 18))
def reshape_of_any_time(G):
    R = G.layers.Reshape
    return fan(G, (None, 4), [R((-1,)), R((-1, 2)), R((-1, 2, 2)), R((2, -1))])


@case()
def permute(G):
    P = G.layers.Permute
    return fan(G, (3, 4), [P((2, 1)), P((1, 2))])


@case()
def permute_of_rank_4(G):
    P = G.layers.Permute
    return fan(G, (2, None, 3), [P(d) for d in ((1, 2, 3), (1, 3, 2), (2, 1, 3), (2, 3, 1), (3, 1, 2), (3, 2, 1))])


@case()
def repeat_vector(G):
    return fan(G, (4,), [G.layers.RepeatVector(1), G.layers.RepeatVector(5)])


@case()
def padding_and_cropping(G):
    L = G.layers
    return fan(G, (None, 3), [
        L.ZeroPadding1D(), L.ZeroPadding1D(3), L.ZeroPadding1D((2, 0)), L.ZeroPadding1D((0, 4)), L.ZeroPadding1D((0, 0)), L.Cropping1D(),
        L.Cropping1D(2), L.Cropping1D((3, 0)), L.Cropping1D((0, 4)),
        L.Cropping1D((1, 2)), L.UpSampling1D(), L.UpSampling1D(3), L.UpSampling1D(1),
    ])  # fmt: skip


@case(generations=(3,))
def zero_padding_channels_first(G):
    Z = G.layers.ZeroPadding1D
    return fan(G, (3, 5), [Z(2, **FIRST), Z((1, 0), **FIRST)])


@case()
def only_in_training(G):
    L = G.layers
    return fan(G, (None, 4), [
        L.Dropout(0.5), L.Dropout(0.5, noise_shape=(None, 1, 4), seed=3), L.SpatialDropout1D(0.5), L.GaussianDropout(0.5),
        L.GaussianNoise(0.5), L.AlphaDropout(0.5), L.ActivityRegularization(l1=0.1),
    ])  # fmt: skip


# ---------------------------------------------------------------- several inputs


@case()
def merges(G):
    L = G.layers
    a, b, c = [G.Input((None, 4), name=n) for n in "abc"]
    outputs = [M()([a, b]) for M in (L.Add, L.Subtract, L.Multiply, L.Average, L.Maximum, L.Minimum)]
    outputs += [M()([c, a, b]) for M in (L.Add, L.Multiply, L.Average, L.Maximum, L.Minimum)]
    return G.Model([a, b, c], outputs)


@case()
def merges_of_other_shapes(G):
    """One step, one channel, or both, for all."""
    L = G.layers
    a, step, channel, number = G.Input((6, 4)), G.Input((1, 4)), G.Input((6, 1)), G.Input((1, 1))
    outputs = [M()([x, y]) for M in (L.Add, L.Subtract, L.Multiply, L.Average, L.Maximum, L.Minimum) for x, y in ((a, step), (channel, a))]
    return G.Model([a, step, channel, number], outputs + [L.Multiply()([a, number]), L.Add()([step, channel]), L.Add()([a, step, channel])])


@case()
def merges_of_other_ranks(G):
    """A vector a row beside a signal: Keras puts the missing axes after the batch."""
    L = G.layers
    a, v = G.Input((6, 4)), G.Input((4,))
    return G.Model([a, v], [M()(x) for M in (L.Add, L.Subtract, L.Multiply, L.Maximum) for x in ([a, v], [v, a])])


@case()
def concatenate(G):
    L = G.layers
    a, b, c = G.Input((6, 4)), G.Input((6, 2)), G.Input((3, 4))
    return G.Model(
        [a, b, c],
        [
            L.Concatenate()([a, b]),
            L.Concatenate(axis=2)([b, a, b]),
            L.Concatenate(axis=1)([a, c]),
            L.Concatenate(axis=-2)([c, a]),
            L.Concatenate(axis=-1)([a, a]),
        ],
    )


@case()
def concatenate_of_any_time(G):
    L = G.layers
    a, b, e = G.Input((None, 4)), G.Input((None, 4)), G.Input((None, 2))
    v, w = G.Input((3,)), G.Input((2,))
    return G.Model([a, b, e, v, w], [L.Concatenate(axis=1)([a, b]), L.Concatenate()([a, e, b]), L.Concatenate()([v, w])])


@case()
def dot(G):
    D = G.layers.Dot
    a, b, c = G.Input((5, 4)), G.Input((5, 3)), G.Input((6, 4))
    v, w = G.Input((4,)), G.Input((4,))
    return G.Model([a, b, c, v, w], [
        D(1)([a, b]), D((1, 1))([b, a]), D(2)([a, c]), D(-1)([c, a]), D((2, 2), normalize=True)([a, c]), D(axes=1)([v, w]),
        D(axes=1, normalize=True)([v, w]), D(axes=(2, 1))([a, v]), D(axes=(1, 2))([v, c]),
        D(axes=1, normalize=True)([a, b]), D(axes=-1)([v, w]),
    ])  # fmt: skip


# ---------------------------------------------------------------- types


@case(half=True)
def half_precision(G):
    """Saved with the policy mixed_float16, in which Keras rounds what is between the layers; the truth does not."""
    L, p = G.layers, dict(dtype="mixed_float16") if G.precise == "float32" else {}
    return G.Sequential([
        G.Input((None, 4)), L.SeparableConv1D(5, 3, padding="same", **p), L.BatchNormalization(**p), L.Activation("relu", **p),
        L.MaxPooling1D(2, **p), L.GRU(3, **p), L.Dense(2, activation="softmax"),
    ])  # fmt: skip
