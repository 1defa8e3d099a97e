"""Whole networks, small: those that surround SeparableConv1D in public code, and others of the same kind.

What each one stands for is in architectures.json.
"""

import tensorflow as tf

from cases import Cases

case = Cases()
ALL = (".keras", ".h5", ".weights.h5")


# ---------------------------------------------------------------- blocks


def separable(G, x, filters, kernel, activation=None, **more):
    return G.layers.SeparableConv1D(filters, kernel, padding="same", activation=activation, **more)(x)


def normed(G, x, activation="relu", **more):
    x = G.layers.BatchNormalization(**more)(x)
    return G.layers.Activation(activation)(x) if activation else x


def squeeze_excite(G, x, ratio=2):
    """Every channel times what the means of all say."""
    L, channels = G.layers, x.shape[-1]
    s = L.GlobalAveragePooling1D()(x)
    s = L.Dense(channels // ratio, activation="relu")(s)
    s = L.Dense(channels, activation="sigmoid")(s)
    return L.Multiply()([x, L.Reshape((1, channels))(s)])


# ---------------------------------------------------------------- text


def sepcnn(G, classes, blocks=2, filters=6, **embedding):
    L = G.layers
    layers = [G.Input((None,), dtype="int32"), L.Embedding(12, 5, **embedding)]
    for _ in range(blocks - 1):
        layers += [
            L.Dropout(0.3),
            L.SeparableConv1D(
                filters, 3, activation="relu", padding="same", bias_initializer="random_uniform", depthwise_initializer="random_uniform"
            ),
            L.SeparableConv1D(
                filters, 3, activation="relu", padding="same", bias_initializer="random_uniform", depthwise_initializer="random_uniform"
            ),
            L.MaxPooling1D(3),
        ]
    layers += [
        L.SeparableConv1D(2 * filters, 3, activation="relu", padding="same"),
        L.SeparableConv1D(2 * filters, 3, activation="relu", padding="same"),
        L.GlobalAveragePooling1D(),
        L.Dropout(0.3),
        L.Dense(classes, activation="softmax" if classes > 1 else "sigmoid"),
    ]
    return G.Sequential(layers)


@case(formats=ALL)
def sepcnn_text(G):
    return sepcnn(G, 4)


@case()
def sepcnn_text_binary(G):
    return sepcnn(G, 1, filters=4, trainable=False)


@case()
def sepcnn_text_masked(G):
    """The mask ends at the convolution."""
    return sepcnn(G, 3, filters=4, mask_zero=True)


@case()
def text_flatten(G):
    L = G.layers
    return G.Sequential([
        G.Input((12,), dtype="int32"), L.Embedding(12, 4), L.SpatialDropout1D(0.2), L.SeparableConv1D(5, 5, activation="relu"),
        L.MaxPooling1D(2),
        L.Flatten(), L.Dense(6, activation="relu"), L.Dense(3, activation="softmax"),
    ])  # fmt: skip


@case()
def text_kernels(G):
    """Kernels of several sizes side by side, the maximum over time of each."""
    L = G.layers
    i = G.Input((None,), dtype="int32")
    e = L.Embedding(12, 5)(i)
    h = [L.GlobalMaxPooling1D()(L.Conv1D(4, k, activation="relu")(e)) for k in (2, 3, 4)]
    h += [L.GlobalMaxPooling1D()(L.SeparableConv1D(4, 3, activation="relu")(e))]
    return G.Model(i, L.Dense(3, activation="softmax")(L.Dropout(0.5)(L.Concatenate()(h))))


@case(formats=ALL)
def bag_of_words(G):
    """The mean of the words that are there: mask_zero changes it."""
    L = G.layers
    return G.Sequential(
        [G.Input((None,), dtype="int32"), L.Embedding(12, 6, mask_zero=True), L.GlobalAveragePooling1D(), L.Dense(2, activation="softmax")]
    )


@case()
def text_bigru(G):
    L = G.layers
    return G.Sequential(
        [G.Input((None,), dtype="int32"), L.Embedding(12, 5, mask_zero=True), L.Bidirectional(L.GRU(4)), L.Dense(3, activation="softmax")]
    )


@case()
def text_lstm_stack(G):
    L = G.layers
    return G.Sequential([
        G.Input((None,), dtype="int32"), L.Embedding(12, 5, mask_zero=True),
        L.LSTM(4, return_sequences=True, dropout=0.2, recurrent_dropout=0.1),
        L.Dropout(0.3), L.LSTM(3), L.Dense(1, activation="sigmoid"),
    ])  # fmt: skip


@case()
def text_tagger(G):
    L = G.layers
    return G.Sequential([
        G.Input((None,), dtype="int32"), L.Embedding(12, 5, mask_zero=True),
        L.Bidirectional(L.LSTM(3, return_sequences=True), merge_mode="sum"),
        L.TimeDistributed(L.Dense(4, activation="softmax")),
    ])  # fmt: skip


@case()
def text_attention(G):
    """A softmax over time weighs the steps."""
    L = G.layers
    i = G.Input((None,), dtype="int32")
    h = L.Bidirectional(L.GRU(3, return_sequences=True))(L.Embedding(12, 4)(i))
    a = L.Softmax(axis=1)(L.Dense(1, activation="tanh")(h))
    pooled = L.Flatten()(L.Dot(axes=(1, 1))([a, h]))
    return G.Model(i, L.Dense(2, activation="softmax")(pooled))


@case()
def text_and_features(G):
    L = G.layers
    words, numbers = G.Input((None,), dtype="int32", name="words"), G.Input((5,), name="numbers")
    t = L.GlobalMaxPooling1D()(separable(G, L.Embedding(12, 4)(words), 6, 3, "relu"))
    n = L.Dense(4, activation="relu")(L.BatchNormalization()(numbers))
    return G.Model([words, numbers], L.Dense(3, activation="softmax")(L.Concatenate()([t, n])))


@case()
def characters(G):
    L = G.layers
    return G.Sequential([
        G.Input((20,), dtype="int32"), L.Embedding(12, 4), L.Conv1D(6, 7, activation="relu"), L.MaxPooling1D(3),
        L.SeparableConv1D(6, 3, activation="relu"),
        L.Flatten(), L.Dense(5, activation="relu"), L.Dropout(0.5), L.Dense(2, activation="softmax"),
    ])  # fmt: skip


@case()
def encoder_decoder(G):
    """The states of one LSTM begin another."""
    L = G.layers
    source, target = G.Input((None,), dtype="int32", name="source"), G.Input((None,), dtype="int32", name="target")
    _, h, c = L.LSTM(4, return_state=True, name="encoder")(L.Embedding(12, 3)(source))
    y = L.LSTM(4, return_sequences=True, name="decoder")(L.Embedding(12, 3)(target), initial_state=[h, c])
    return G.Model([source, target], L.Dense(6, activation="softmax")(y))


@case()
def language_model(G):
    """Causal, by the zeros before it."""
    L = G.layers
    i = G.Input((None,), dtype="int32")
    h = L.Embedding(12, 5)(i)
    for d in (1, 2):
        g = L.ZeroPadding1D((2 * d, 0))(h)
        g = L.SeparableConv1D(5, 3, dilation_rate=d, activation="elu")(g)
        h = L.Add()([h, g])
    return G.Model(i, L.Dense(12)(h))


# ---------------------------------------------------------------- brain waves and other sensors


@case(formats=ALL)
def eeg_p300(G):
    """A SeparableConv1D with long strides and little else."""
    L = G.layers
    return G.Sequential([
        G.Input((40, 3)), L.ZeroPadding1D(2), L.SeparableConv1D(5, 8, strides=4), L.Activation("tanh"), L.Flatten(), L.Dropout(0.25),
        L.Dense(1, activation="sigmoid"),
    ])  # fmt: skip


@case()
def eeg_p300_branches(G):
    L = G.layers
    i = G.Input((32, 4))
    h = [L.AveragePooling1D(2)(L.SeparableConv1D(4, k, strides=4, padding="same", activation="tanh")(i)) for k in (4, 8, 16)]
    return G.Model(i, L.Dense(2, activation="softmax")(L.Flatten()(L.Concatenate()(h))))


@case()
def eeg_net(G):
    L = G.layers
    h = i = G.Input((32, 4))
    h = L.BatchNormalization()(L.Conv1D(4, 8, padding="same", use_bias=False)(h))
    h = L.DepthwiseConv1D(5, depth_multiplier=2, use_bias=False, padding="same", depthwise_constraint="max_norm")(h)
    h = L.Dropout(0.5)(L.AveragePooling1D(2)(normed(G, h, "elu")))
    h = normed(G, separable(G, h, 8, 4, use_bias=False), "elu")
    h = L.GlobalAveragePooling1D()(L.AveragePooling1D(4)(h))
    return G.Model(i, L.Softmax()(L.Dense(3, kernel_constraint="max_norm")(h)))


@case(formats=ALL)
def eeg_xception(G):
    L = G.layers
    h = i = G.Input((None, 4))
    h = normed(G, L.Conv1D(4, 3, strides=2, padding="same", use_bias=False)(h))
    for filters in (6, 8):
        skip = L.BatchNormalization()(L.Conv1D(filters, 1, strides=2, padding="same", use_bias=False)(h))
        h = normed(G, separable(G, L.Activation("relu")(h), filters, 5, use_bias=False))
        h = L.BatchNormalization()(separable(G, h, filters, 5, use_bias=False))
        h = L.Add()([L.MaxPooling1D(3, strides=2, padding="same")(h), skip])
    h = normed(G, separable(G, h, 8, 3, use_bias=False))
    return G.Model(i, L.Dense(2, activation="softmax")(L.GlobalAveragePooling1D()(h)))


@case(lengths=(70, 91))
def emcnn(G):
    """Strides of 4, 2, 4 and 2 one after the other."""
    L = G.layers
    i = G.Input((None, 2))
    h = L.ReLU(max_value=6)(L.Conv1D(3, 7, padding="same")(i))
    for filters, stride in ((4, 4), (4, 2), (6, 4), (6, 2)):
        h = L.ReLU(max_value=6)(separable(G, h, filters, 7, strides=stride))
    return G.Model(i, L.Dense(2)(L.GlobalAveragePooling1D()(h)))


@case(lengths=(24, 37))
def wind(G):
    L = G.layers
    h = i = G.Input((None, 5))
    for filters, stride in ((6, 2), (6, 4)):
        h = L.SeparableConv1D(filters, 4, strides=stride, activation="relu", depth_multiplier=2)(h)
    return G.Model(i, L.Dense(1)(L.Dense(6, activation="relu")(L.GlobalMaxPooling1D()(h))))


@case()
def har_conv_lstm(G):
    L = G.layers
    layers = [G.Input((None, 6))] + [L.Conv1D(5, 3, activation="relu") for _ in range(3)]
    return G.Sequential(layers + [L.Dropout(0.5), L.LSTM(4, return_sequences=True), L.LSTM(4), L.Dense(3, activation="softmax")])


@case()
def har_separable(G):
    L = G.layers
    return G.Sequential([
        G.Input((16, 6)), L.Normalization(), L.SeparableConv1D(8, 3, activation="relu"), L.SeparableConv1D(8, 3, activation="relu"),
        L.Dropout(0.5), L.MaxPooling1D(2),
        L.Flatten(), L.Dense(8, activation="relu"), L.Dense(4, activation="softmax"),
    ])  # fmt: skip


@case()
def ecg_two_pools(G):
    L = G.layers
    h = i = G.Input((None, 1))
    h = L.MaxPooling1D(2)(normed(G, L.Conv1D(4, 7, padding="same")(h)))
    h = L.MaxPooling1D(2)(normed(G, separable(G, h, 6, 5)))
    h = L.Concatenate()([L.GlobalAveragePooling1D()(h), L.GlobalMaxPooling1D()(h)])
    return G.Model(i, L.Dense(2, activation="softmax")(h))


@case()
def ecg_se_resnet(G):
    L = G.layers
    h = i = G.Input((None, 2))
    h = normed(G, L.Conv1D(4, 5, padding="same")(h))
    for _ in range(2):
        g = normed(G, separable(G, h, 4, 5))
        g = squeeze_excite(G, L.BatchNormalization()(separable(G, g, 4, 5)))
        h = L.MaxPooling1D(2)(L.Activation("relu")(L.Add()([h, g])))
    return G.Model(i, L.Dense(3, activation="softmax")(L.GlobalAveragePooling1D()(h)))


@case()
def forecast_rnn(G):
    L = G.layers
    return G.Sequential([
        G.Input((None, 3)), L.BatchNormalization(), L.SeparableConv1D(6, 1, activation="tanh"), L.Conv1D(5, 1, activation="relu"),
        L.SimpleRNN(5, return_sequences=True), L.BatchNormalization(), L.LSTM(4, return_sequences=True), L.SpatialDropout1D(0.1), L.SimpleRNN(3), L.Dense(2),
    ])  # fmt: skip


@case()
def forecast_repeat(G):
    L = G.layers
    return G.Sequential([
        G.Input((None, 3)), L.SeparableConv1D(5, 3, padding="same", activation="relu"), L.LSTM(4), L.RepeatVector(5),
        L.LSTM(4, return_sequences=True), L.TimeDistributed(L.Dense(2)),
    ])  # fmt: skip


@case()
def forecast_blocks(G):
    """Each block takes away from the signal what it has explained."""
    L = G.layers
    rest = i = G.Input((10,))
    forecasts = []
    for _ in range(2):
        h = L.Dense(6, activation="relu")(rest)
        rest = L.Subtract()([rest, L.Dense(10)(h)])
        forecasts.append(L.Dense(3)(h))
    return G.Model(i, [L.Add()(forecasts), rest])


@case()
def sensors_dense(G):
    L = G.layers
    return G.Sequential(
        [
            G.Input((6,)),
            L.Normalization(),
            L.Dense(8, activation="selu"),
            L.AlphaDropout(0.1),
            L.BatchNormalization(),
            L.Dense(4, activation="softplus"),
            L.Dense(1),
        ]
    )


@case(lengths=(24, 40))
def anomaly_autoencoder(G):
    """Down and up again, and cut to the length that it was."""
    L = G.layers
    h = i = G.Input((None, 2))
    for _ in range(2):
        h = L.MaxPooling1D(2, padding="same")(L.SeparableConv1D(4, 3, padding="same", activation="relu")(h))
    for _ in range(2):
        h = L.UpSampling1D(2)(L.SeparableConv1D(4, 3, padding="same", activation="relu")(h))
    return G.Model(i, L.Conv1D(2, 3, padding="same")(h))


@case()
def autoencoder_cropped(G):
    L = G.layers
    return G.Sequential([
        G.Input((15, 2)), L.SeparableConv1D(4, 3, padding="same", activation="relu"), L.AveragePooling1D(2, padding="same"),
        L.UpSampling1D(2), L.Cropping1D((0, 1)),
        L.SeparableConv1D(2, 3, padding="same"),
    ])  # fmt: skip


# ---------------------------------------------------------------- speech and audio


@case(formats=ALL)
def matchboxnet(G):
    L = G.layers
    h = i = G.Input((None, 5))
    h = normed(G, separable(G, h, 6, 5, use_bias=False))
    for filters, kernel in ((6, 5), (8, 7)):
        skip = L.BatchNormalization()(L.Conv1D(filters, 1, use_bias=False)(h))
        h = normed(G, separable(G, h, filters, kernel, use_bias=False))
        h = L.BatchNormalization()(separable(G, h, filters, kernel, use_bias=False))
        h = L.Dropout(0.1)(L.Activation("relu")(L.Add()([h, skip])))
    h = normed(G, separable(G, h, 8, 5, dilation_rate=2, use_bias=False))
    h = normed(G, L.Conv1D(8, 1, use_bias=False)(h))
    return G.Model(i, L.Softmax()(L.GlobalAveragePooling1D()(L.Conv1D(4, 1)(h))))


@case(lengths=(30, 41))
def quartznet(G):
    L = G.layers
    h = i = G.Input((None, 6))
    h = normed(G, separable(G, h, 6, 9, strides=2, use_bias=False))
    for filters in (6, 8):
        skip = L.BatchNormalization(epsilon=1e-5)(L.Conv1D(filters, 1, use_bias=False)(h))
        for j in range(3):
            h = L.BatchNormalization(epsilon=1e-5)(separable(G, h, filters, 11, use_bias=False))
            h = L.Activation("relu")(h if j < 2 else L.Add()([h, skip]))
    h = normed(G, separable(G, h, 8, 11, dilation_rate=2, use_bias=False))
    return G.Model(i, L.Dense(7, activation="softmax")(h))


@case()
def jasper(G):
    """Each block also takes what all before it gave."""
    L = G.layers
    h = i = G.Input((None, 5))
    given = [h]
    for _ in range(3):
        skips = [L.BatchNormalization()(L.Conv1D(5, 1, use_bias=False)(g)) for g in given]
        h = L.BatchNormalization()(separable(G, h, 5, 3, use_bias=False))
        h = L.ReLU()(L.Add()([h] + skips))
        given.append(h)
    return G.Model(i, L.Conv1D(6, 1, activation="softmax")(h))


@case()
def citrinet(G):
    L = G.layers
    h = i = G.Input((None, 5))
    h = normed(G, separable(G, h, 6, 5, strides=2, use_bias=False))
    skip = L.BatchNormalization()(L.Conv1D(6, 1, use_bias=False)(h))
    h = L.BatchNormalization()(separable(G, normed(G, separable(G, h, 6, 5)), 6, 5))
    h = L.ReLU()(L.Add()([squeeze_excite(G, h), skip]))
    return G.Model(i, L.Dense(5, activation="softmax")(h))


@case()
def conformer_module(G):
    L = G.layers
    h = i = G.Input((None, 6))
    g = L.LayerNormalization(epsilon=1e-5)(h)
    g = L.Multiply()([L.Conv1D(6, 1)(g), L.Conv1D(6, 1, activation="sigmoid")(g)])
    g = L.SeparableConv1D(6, 7, padding="same")(g)
    g = L.Conv1D(6, 1)(normed(G, g, "swish"))
    h = L.Add()([h, L.Dropout(0.1)(g)])
    f = L.Dense(6)(L.Dense(12, activation="swish")(L.LayerNormalization()(h)))
    h = L.Add()([h, L.Rescaling(0.5)(f)])
    return G.Model(i, L.LayerNormalization()(h))


@case()
def conv_tasnet(G):
    """Encoder, separator with gates for two speakers, and a decoder for each."""
    L = G.layers
    i = G.Input((None, 1))
    w = L.Conv1D(8, 4, strides=2, activation="relu", use_bias=False, padding="same")(i)
    h = L.Conv1D(5, 1)(L.LayerNormalization()(w))
    skips = []
    for d in (1, 2, 4):
        g = L.LayerNormalization()(L.PReLU(shared_axes=[1])(L.Conv1D(6, 1)(h)))
        g = L.DepthwiseConv1D(3, padding="same", dilation_rate=d)(g)
        g = L.LayerNormalization()(L.PReLU(shared_axes=[1])(g))
        skips.append(L.Conv1D(5, 1)(g))
        h = L.Add()([h, L.Conv1D(5, 1)(g)])
    h = L.PReLU(shared_axes=[1])(L.Add()(skips))
    decoder = L.Dense(4, use_bias=False)
    return G.Model(i, [decoder(L.Multiply()([w, L.Conv1D(8, 1, activation="sigmoid")(h)])) for _ in range(2)])


@case(formats=ALL)
def keywords_separable(G):
    L = G.layers
    layers = [G.Input((None, 5)), L.Conv1D(6, 5, strides=2, padding="same", use_bias=False), L.BatchNormalization(), L.ReLU()]
    for _ in range(3):
        layers += [L.SeparableConv1D(6, 3, padding="same", use_bias=False), L.BatchNormalization(), L.ReLU()]
    return G.Sequential(layers + [L.GlobalAveragePooling1D(), L.Dropout(0.2), L.Dense(4, activation="softmax")])


@case(lengths=(128, 200), batch=1)
def keywords_raw(G):
    """The waveform itself, through a bank of filters."""
    L = G.layers
    h = i = G.Input((None, 1))
    h = L.SeparableConv1D(6, 16, strides=8, depth_multiplier=7, padding="same", activation="relu")(L.Rescaling(1 / 2, offset=0.1)(h))
    h = normed(G, separable(G, h, 6, 3), "relu")
    return G.Model(i, L.Dense(4, activation="softmax")(L.GlobalMaxPooling1D()(h)))


@case()
def keywords_gru(G):
    L = G.layers
    return G.Sequential([
        G.Input((None, 4)), L.SeparableConv1D(6, 3, activation="relu", padding="same"), L.BatchNormalization(), L.MaxPooling1D(2),
        L.GRU(5, return_sequences=True), L.GRU(4),
        L.Dense(5, activation="relu"), L.Dense(3, activation="softmax"),
    ])  # fmt: skip


@case()
def keywords_gru_before(G):
    """reset_after=False, and the steps from the last to the first."""
    L = G.layers
    return G.Sequential([
        G.Input((None, 4)), L.SeparableConv1D(5, 3, strides=2, padding="same"), L.ReLU(max_value=6.0),
        L.GRU(4, reset_after=False, go_backwards=True, recurrent_activation="hard_sigmoid"),
        L.Dense(3),
    ])  # fmt: skip


@case()
def audio_crnn(G):
    L = G.layers
    h = i = G.Input((None, 5))
    h = L.MaxPooling1D(2)(normed(G, L.Conv1D(6, 3, padding="same")(h), "elu"))
    h = L.Bidirectional(L.LSTM(3, return_sequences=True))(h)
    h = L.Bidirectional(L.LSTM(3), merge_mode="ave")(h)
    return G.Model(i, L.Dense(2, activation="sigmoid")(h))


@case()
def wavenet(G):
    L = G.layers
    i = G.Input((None, 2))
    h = L.Conv1D(4, 2, padding="causal")(i)
    skips = []
    for d in (1, 2, 4):
        gate = L.Multiply()([
            L.Conv1D(4, 2, padding="causal", dilation_rate=d, activation="tanh")(h),
            L.Conv1D(4, 2, padding="causal", dilation_rate=d, activation="sigmoid")(h),
        ])  # fmt: skip
        skips.append(L.Conv1D(3, 1)(gate))
        h = L.Add()([h, L.Conv1D(4, 1)(gate)])
    h = L.Activation("relu")(L.Add()(skips))
    return G.Model(i, L.Conv1D(5, 1, activation="softmax")(L.Conv1D(4, 1, activation="relu")(h)))


@case()
def tcn(G):
    L = G.layers
    h = i = G.Input((None, 3))
    for d in (1, 2, 4):
        g = h
        for _ in range(2):
            g = L.SpatialDropout1D(0.1)(L.Activation("relu")(L.LayerNormalization()(L.Conv1D(4, 3, padding="causal", dilation_rate=d)(g))))
        h = L.Activation("relu")(L.Add()([g, L.Conv1D(4, 1)(h) if h.shape[-1] != 4 else h]))
    return G.Model(i, L.Dense(2)(L.Cropping1D((12, 0))(h)))


# ---------------------------------------------------------------- image networks in one dimension


@case(formats=ALL)
def resnet(G):
    L = G.layers
    h = i = G.Input((None, 3))
    h = L.MaxPooling1D(3, strides=2, padding="same")(normed(G, L.Conv1D(4, 7, strides=2, padding="same", use_bias=False)(h)))
    for filters, stride in ((4, 1), (6, 2)):
        skip = h
        if stride > 1 or h.shape[-1] != filters:
            skip = L.BatchNormalization()(L.Conv1D(filters, 1, strides=stride, use_bias=False)(h))
        h = normed(G, L.Conv1D(filters, 3, strides=stride, padding="same", use_bias=False)(h))
        h = L.BatchNormalization()(L.Conv1D(filters, 3, padding="same", use_bias=False)(h))
        h = L.Activation("relu")(L.Add()([h, skip]))
    return G.Model(i, L.Dense(3, activation="softmax")(L.GlobalAveragePooling1D()(h)))


@case()
def mobilenet(G):
    L = G.layers
    h = i = G.Input((None, 3))
    h = L.ReLU(6.0)(L.BatchNormalization()(L.Conv1D(4, 3, strides=2, padding="same", use_bias=False)(h)))
    for filters, stride in ((4, 1), (6, 2)):
        h = L.ReLU(6.0)(L.BatchNormalization()(L.DepthwiseConv1D(3, strides=stride, padding="same", use_bias=False)(h)))
        h = L.ReLU(6.0)(L.BatchNormalization()(L.Conv1D(filters, 1, use_bias=False)(h)))
    h = L.GlobalAveragePooling1D(keepdims=True)(h)
    return G.Model(i, L.Softmax()(L.Reshape((3,))(L.Conv1D(3, 1)(h))))


@case()
def mobilenet_inverted(G):
    L = G.layers
    h = i = G.Input((None, 4))
    for _ in range(2):
        g = L.ReLU(6.0)(L.BatchNormalization()(L.Conv1D(8, 1, use_bias=False)(h)))
        g = L.ReLU(6.0)(L.BatchNormalization()(L.DepthwiseConv1D(3, padding="same", use_bias=False)(g)))
        h = L.Add()([h, L.BatchNormalization()(L.Conv1D(4, 1, use_bias=False)(g))])
    return G.Model(i, L.Dense(2)(L.GlobalMaxPooling1D(keepdims=True)(h)))


@case()
def densenet(G):
    """Normalized and activated before the convolution, which pads."""
    L = G.layers
    h = i = G.Input((None, 4))
    for _ in range(3):
        g = L.SeparableConv1D(3, 3, padding="same")(normed(G, h))
        h = L.Concatenate(axis=-1)([h, g])
    h = L.AveragePooling1D(2)(L.Conv1D(5, 1)(normed(G, h)))
    return G.Model(i, L.Dense(2)(L.GlobalAveragePooling1D()(normed(G, h))))


@case()
def inception(G):
    L = G.layers
    h = i = G.Input((None, 3))
    for _ in range(2):
        b = L.Conv1D(3, 1, use_bias=False)(h)
        branches = [separable(G, b, 3, k, use_bias=False) for k in (3, 5, 9)]
        branches.append(L.Conv1D(3, 1, use_bias=False)(L.MaxPooling1D(3, strides=1, padding="same")(h)))
        h = normed(G, L.Concatenate(axis=2)(branches))
    return G.Model(i, L.Dense(2, activation="softmax")(L.GlobalAveragePooling1D()(h)))


@case(lengths=(16, 24))
def unet(G):
    L = G.layers
    i = G.Input((None, 2))
    a = separable(G, i, 4, 3, "relu")
    b = separable(G, L.MaxPooling1D(2)(a), 6, 3, "relu")
    c = separable(G, L.MaxPooling1D(2)(b), 8, 3, "relu")
    d = separable(G, L.Concatenate()([L.UpSampling1D(2)(c), b]), 6, 3, "relu")
    e = separable(G, L.Concatenate()([L.UpSampling1D(2)(d), a]), 4, 3, "relu")
    return G.Model(i, L.Conv1D(1, 1, activation="sigmoid")(e))


@case()
def convnext(G):
    L = G.layers
    h = i = G.Input((None, 4))
    for _ in range(2):
        g = L.LayerNormalization(epsilon=1e-6)(L.DepthwiseConv1D(7, padding="same")(h))
        h = L.Add()([h, L.Dense(4)(L.Dense(8, activation="gelu")(g))])
    return G.Model(i, L.Dense(2)(L.LayerNormalization()(L.GlobalAveragePooling1D()(h))))


@case()
def resnext(G):
    L = G.layers
    h = i = G.Input((None, 4))
    g = normed(G, L.Conv1D(8, 1, use_bias=False)(h))
    g = normed(G, L.Conv1D(8, 3, padding="same", groups=4, use_bias=False)(g))
    h = G.leaky(0.1)(L.Add()([h, L.BatchNormalization()(L.Conv1D(4, 1, use_bias=False)(g))]))
    return G.Model(i, L.Dense(2)(L.GlobalAveragePooling1D()(h)))


@case()
def shufflenet(G):
    """Channels change groups by Reshape and Permute."""
    L = G.layers
    h = i = G.Input((12, 6))
    h = L.Conv1D(6, 1, groups=2)(h)
    h = L.Reshape((12, 6))(L.Permute((1, 3, 2))(L.Reshape((-1, 2, 3))(h)))
    h = L.Conv1D(6, 1, groups=2)(L.BatchNormalization()(L.DepthwiseConv1D(3, padding="same")(h)))
    return G.Model(i, L.ReLU()(L.Add()([i, h])))


@case(xla=True)
def channels_first(G):
    L, first = G.layers, dict(data_format="channels_first")
    h = i = G.Input((3, 20))
    h = L.Conv1D(4, 5, padding="same", **first)(h)
    h = L.MaxPooling1D(2, **first)(normed(G, h, axis=1))
    h = L.SeparableConv1D(6, 3, strides=2, padding="same", **first)(h)
    h = L.AveragePooling1D(2, **first)(normed(G, h, axis=1))
    pooled = [L.GlobalAveragePooling1D(**first)(h), L.GlobalMaxPooling1D(**first)(h), L.Flatten(**first)(h)]
    return G.Model(i, L.Dense(3, activation="softmax")(L.Concatenate()(pooled)))


# ---------------------------------------------------------------- shapes of graphs


def encoder(G, filters=5):
    L = G.layers
    i = G.Input((None, 3))
    h = L.GlobalAveragePooling1D()(normed(G, separable(G, i, filters, 3)))
    return G.Model(i, L.Dense(4)(h), name="encoder")


@case(formats=ALL)
def siamese(G):
    """One encoder for two signals, and the cosine between what it gives."""
    L = G.layers
    a, b, e = G.Input((None, 3), name="a"), G.Input((None, 3), name="b"), encoder(G)
    return G.Model([a, b], L.Dense(1, activation="sigmoid")(L.Dot(axes=1, normalize=True)([e(a), e(b)])))


@case()
def triplet(G):
    L = G.layers
    inputs, e = [G.Input((None, 3), name=n) for n in ("anchor", "same", "other")], encoder(G)
    a, s, o = [e(i) for i in inputs]
    return G.Model(inputs, [L.Subtract()([a, s]), L.Subtract()([a, o]), L.Concatenate()([a, s, o, a])])


@case()
def two_tasks(G):
    L = G.layers
    i = G.Input((None, 3))
    h = separable(G, i, 6, 3, "relu")
    p = L.GlobalAveragePooling1D()(h)
    return G.Model(
        i,
        [
            L.Dense(3, activation="softmax", name="kind")(p),
            L.Dense(1, name="amount")(p),
            L.Conv1D(2, 1, activation="sigmoid", name="where")(h),
        ],
    )


@case(formats=ALL)
def nested(G):
    """A Functional model and a Sequential one in a model, deep."""
    L = G.layers
    front = G.Sequential([G.Input((None, 3)), L.SeparableConv1D(4, 3, padding="same"), L.BatchNormalization(), L.ReLU()], name="front")
    i = G.Input((None, 3))
    inner = G.Model(i, L.Add()([front(i), L.Conv1D(4, 1)(i)]), name="inner")
    return G.Sequential(
        [
            G.Input((None, 3)),
            inner,
            L.GlobalMaxPooling1D(),
            G.Sequential([G.Input((4,)), L.Dense(4, activation="relu"), L.Dense(2)], name="head"),
        ]
    )


@case()
def shared_layers(G):
    """The same convolution and normalization at three places."""
    L = G.layers
    conv, norm = L.SeparableConv1D(3, 3, padding="same", activation="tanh"), L.BatchNormalization()
    h = i = G.Input((None, 3))
    for _ in range(3):
        h = L.Add()([h, norm(conv(h))])
    return G.Model(i, [h, conv(i)])


@case()
def over_segments(G):
    """A model for each segment of a signal, then one for their sequence."""
    L = G.layers
    i = G.Input((4, 9, 3))
    h = L.TimeDistributed(encoder(G))(i)
    return G.Model(i, L.Dense(2)(L.GRU(3)(h)))


@case()
def repeated(G):
    """What is given twice counts twice; an output may be another's input, and be there twice."""
    L = G.layers
    i = G.Input((None, 3))
    h = separable(G, i, 3, 3, "relu")
    y = L.Add()([h, h, i])
    return G.Model(i, [y, h, y, L.Multiply()([h, h]), L.Concatenate()([i, i])])


@case()
def inputs_out_of_order(G):
    L = G.layers
    z, a, m = G.Input((None, 2), name="z"), G.Input((None, 3), name="a"), G.Input((4,), name="m")
    y = L.Subtract()([L.Conv1D(4, 2, padding="same")(a), L.Conv1D(4, 3, padding="same")(z)])
    return G.Model([z, a, m], [L.Multiply()([y, L.Reshape((1, 4))(m)]), L.GlobalMaxPooling1D()(y)])


@case()
def dueling(G):
    """The best of several actions, from their value and their advantages less the mean."""
    L = G.layers
    i = G.Input((None, 4))
    h = L.Flatten()(L.GlobalAveragePooling1D(keepdims=True)(separable(G, i, 6, 3, "relu")))
    value, advantage = L.Dense(1)(h), L.Dense(4)(h)
    mean = L.GlobalAveragePooling1D()(L.Reshape((4, 1))(advantage))
    return G.Model(i, L.Subtract()([L.Add()([value, advantage]), mean]))


@case()
def maxout(G):
    L = G.layers
    i = G.Input((None, 3))
    branches = [separable(G, i, 4, k) for k in (3, 5)]
    h = L.Concatenate()([L.Maximum()(branches), L.Minimum()(branches), L.Average()(branches)])
    return G.Model(i, L.Dense(2)(L.GlobalMaxPooling1D()(h)))


@case()
def highway(G):
    """A gate between a layer and its input: 1 - gate by Rescaling."""
    L = G.layers
    h = i = G.Input((None, 4))
    for _ in range(2):
        gate = L.Conv1D(4, 3, padding="same", activation="sigmoid")(h)
        new = L.Multiply()([gate, L.Conv1D(4, 3, padding="same", activation="relu")(h)])
        h = L.Add()([new, L.Multiply()([L.Rescaling(-1.0, offset=1.0)(gate), h])])
    return G.Model(i, h)


@case()
def raw_vector(G):
    """A signal of one channel that comes without an axis for it."""
    L = G.layers
    return G.Sequential([
        G.Input((24,)), L.Reshape((-1, 1)), L.SeparableConv1D(4, 5, strides=2, activation="relu"), L.Reshape((5, -1)), L.Permute((2, 1)),
        L.Flatten(), L.Dense(2, activation="softmax"),
    ])  # fmt: skip


@case()
def spatial_attention(G):
    """Means and maxima over channels make a gate for each step."""
    L = G.layers
    i = G.Input((10, 4))
    turned = L.Permute((2, 1))(i)
    pooled = L.Concatenate()([L.Reshape((10, 1))(L.GlobalAveragePooling1D()(turned)), L.Reshape((10, 1))(L.GlobalMaxPooling1D()(turned))])
    return G.Model(i, L.Multiply()([i, L.Conv1D(1, 3, padding="same", activation="sigmoid")(pooled)]))


# ---------------------------------------------------------------- seen in public code, beside those above


@case()
def leaky_of_tensorflow(G):
    """activation=tf.nn.leaky_relu, a function that is not Keras': its slope is 0.2. Files name it leaky_relu, as Keras 3 its own."""
    L = G.layers
    layers = [G.Input((24, 3))]
    for filters in (4, 6):
        layers += [L.SeparableConv1D(filters, 3, activation=tf.nn.leaky_relu, padding="same"), L.MaxPooling1D(2)]
    return G.Sequential(layers + [L.Flatten(), L.Dense(3, activation="softmax")])


@case()
def dilated_leaky(G):
    L = G.layers
    layers = [G.Input((None, 1))]
    for d in (1, 2, 4):
        layers += [L.SeparableConv1D(5, 5, padding="same", dilation_rate=d), G.leaky(0.1), L.Dropout(0.1)]
    return G.Sequential(
        layers + [L.Conv1D(4, 1, padding="same"), G.leaky(0.1), L.GlobalAveragePooling1D(), L.Dense(1, activation="sigmoid")]
    )


@case()
def receiver(G):
    """A residual network that normalizes and activates before each convolution."""
    L = G.layers
    i = G.Input((None, 2))
    h = L.Conv1D(4, 3, padding="same")(i)
    for d in (1, 2):
        g = L.SeparableConv1D(4, 3, padding="same", dilation_rate=d)(L.ReLU()(L.BatchNormalization()(h)))
        g = L.SeparableConv1D(4, 3, padding="same", dilation_rate=d)(L.ReLU()(L.BatchNormalization()(g)))
        h = L.Add()([g, h])
    return G.Model(i, L.Conv1D(2, 3, padding="same")(h))


@case()
def tabular_se(G):
    """Columns of a table as a signal, through blocks with squeeze and excite that keep the axis of time."""
    L = G.layers
    i = G.Input((14,))
    h = L.Reshape((14, 1))(i)
    for filters, stride in ((4, 1), (6, 2)):
        skip = L.BatchNormalization()(L.Conv1D(filters, 1, strides=stride, padding="same")(h))
        h = normed(G, separable(G, h, filters, 3, strides=stride))
        h = L.BatchNormalization()(separable(G, h, filters, 3))
        s = L.Reshape((1, filters))(L.GlobalAveragePooling1D()(h))
        s = L.Dense(filters, activation="sigmoid", use_bias=False)(L.Dense(4, activation="relu", use_bias=False)(s))
        h = L.Activation("relu")(L.Add()([L.Multiply()([h, s]), skip]))
    return G.Model(i, L.Dense(3, activation="softmax")(L.GlobalAveragePooling1D()(h)))


@case(xla=True)
def load_forecast(G):
    """Signals of several days with the channels first, side by side, through a GRU."""
    L = G.layers
    days = [G.Input((9, 5), name=f"day{n}") for n in range(3)]
    convs = [L.SeparableConv1D(3, 2, data_format="channels_first")(x) for x in days]
    h = L.Bidirectional(L.GRU(3, return_sequences=True))(L.Concatenate(axis=1)(convs))
    daily = G.Input((7, 2), name="daily")
    h = L.Concatenate()([L.Flatten()(h), L.Flatten()(daily)])
    return G.Model(days + [daily], L.Dense(5, activation="relu")(h))


@case()
def eeg_fork(G):
    """Two branches of many filters a channel, a norm for each step of time, and convolutions that take the place of pooling."""
    L = G.layers
    i = G.Input((30, 3))
    h = L.Dropout(0.5)(L.BatchNormalization(axis=1)(i))
    a = L.DepthwiseConv1D(5, depth_multiplier=4, padding="same", activation="tanh")(h)
    b = L.SeparableConv1D(12, 5, depth_multiplier=8, padding="same", activation="tanh")(h)
    h = L.GaussianDropout(0.2)(L.BatchNormalization(axis=-1)(L.Add()([a, b])))
    for filters, stride in ((6, 2), (8, 3)):
        h = L.Activation("elu")(L.SeparableConv1D(filters, 3)(h))
        h = L.Activation("elu")(L.SpatialDropout1D(0.2)(L.BatchNormalization()(L.SeparableConv1D(filters, 3, strides=stride)(h))))
    return G.Model(i, L.Softmax()(L.Dense(2, kernel_constraint="max_norm")(L.Flatten()(h))))


@case()
def nas_cells(G):
    """A cell that halves the time by zeros around it and strides, with pooling beside."""
    L = G.layers
    i = G.Input((None, 4))

    def block(x, kernel, strides=1):
        x = L.Activation("relu")(x)
        padding = "same"
        if strides == 2:
            x, padding = L.ZeroPadding1D(kernel)(x), "valid"
        x = L.BatchNormalization(momentum=0.9997)(L.SeparableConv1D(4, kernel, strides=strides, padding=padding, use_bias=False)(x))
        return L.BatchNormalization()(L.SeparableConv1D(4, kernel, padding="same", use_bias=False)(L.Activation("relu")(x)))

    a = L.Add()([block(i, 3), L.AveragePooling1D(3, strides=1, padding="same")(i)])
    b = L.Add()([block(i, 5), L.MaxPooling1D(3, strides=1, padding="same")(i)])
    h = block(L.Conv1D(4, 1)(L.Concatenate()([a, b])), 3, strides=2)
    return G.Model(i, L.Dense(2, activation="softmax")(L.GlobalAveragePooling1D()(L.Activation("relu")(h))))


@case()
def text_pair(G):
    """Two texts through the same convolutions: their maxima, the difference and the product."""
    L = G.layers
    a, b = G.Input((None,), dtype="int32", name="a"), G.Input((None,), dtype="int32", name="b")
    e, convs, pool = (
        L.Embedding(12, 4),
        [L.SeparableConv1D(4, k, padding="same", activation="relu") for k in (1, 2, 3)],
        L.GlobalMaxPooling1D(),
    )
    x, y = [L.Concatenate()([pool(c(e(i))) for c in convs]) for i in (a, b)]
    h = L.Concatenate()([x, y, L.Subtract()([x, y]), L.Multiply()([x, y])])
    return G.Model([a, b], L.Dense(1, activation="sigmoid")(L.Dropout(0.5)(L.Dense(5, activation="relu")(h))))


@case()
def matchbox_of_spectrogram(G):
    """The bands of a picture become channels."""
    L = G.layers
    i = G.Input((5, 16, 1))
    h = L.Reshape((16, 5))(L.Permute((2, 1, 3))(i))
    h = L.ReLU()(L.BatchNormalization()(separable(G, h, 6, 5, strides=2, depthwise_regularizer="l2")))
    skip = L.BatchNormalization()(L.Conv1D(6, 1, padding="same")(h))
    h = L.ReLU()(L.Add()([L.BatchNormalization()(separable(G, h, 6, 7)), skip]))
    return G.Model(i, L.Dense(4, activation="softmax")(L.GlobalAveragePooling1D()(h)))


@case()
def tabular_pooled(G):
    L = G.layers
    return G.Sequential([
        G.Input((20, 3)), L.AveragePooling1D(4, strides=2, padding="same"), L.Dropout(0.1),
        L.SeparableConv1D(5, 3, padding="same", activation="relu"), L.MaxPooling1D(2), L.Flatten(), L.Dropout(0.1),
        L.Dense(1, activation="sigmoid"),
    ])  # fmt: skip


@case()
def sequence_resnet(G):
    """Residual blocks with tanh, for nucleotides."""
    L = G.layers
    h = i = G.Input((16, 4))
    for _ in range(2):
        g = h
        for _ in range(2):
            g = normed(G, separable(G, g, 4, 3), "tanh")
        h = L.Activation("tanh")(
            L.Add()([L.BatchNormalization()(separable(G, g, 4, 3)), L.BatchNormalization()(L.SeparableConv1D(4, 3, padding="same")(h))])
        )
    h = L.Flatten()(L.MaxPooling1D(2)(h))
    return G.Model(i, L.Dense(3, activation="softmax")(h))


@case()
def text_global_max(G):
    L = G.layers
    return G.Sequential([
        G.Input((None,), dtype="int32"), L.Embedding(12, 5), L.SeparableConv1D(4, 3, activation="relu"), L.MaxPooling1D(2),
        L.SeparableConv1D(4, 3, activation="relu"), L.GlobalMaxPooling1D(), L.Dense(1),
    ])  # fmt: skip


@case()
def text_channels(G):
    """Kernels of several sizes, with the maximum and the mean of each."""
    L = G.layers
    i = G.Input((None,), dtype="int32")
    e, channels = L.Embedding(12, 4)(i), []
    for k in (2, 3):
        h = L.SeparableConv1D(4, k, activation="relu", depth_multiplier=4)(e)
        channels.append(L.Dropout(0.2)(L.Dense(4)(L.Concatenate()([L.GlobalMaxPooling1D()(h), L.GlobalAveragePooling1D()(h)]))))
    return G.Model(i, L.Dense(1, activation="sigmoid")(L.Concatenate()(channels)))
