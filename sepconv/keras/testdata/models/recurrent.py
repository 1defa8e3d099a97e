"""Recurrent layers with every option, wrappers, and masks: a model for each kind, in which each option has an output of its own."""

from cases import Cases, fan

case = Cases()


# ---------------------------------------------------------------- recurrent layers


def recurrent(G, R, shape=(None, 4), more=()):
    """The options that all of them have."""
    return fan(G, shape, [
        R(3), R(3, return_sequences=True), R(3, go_backwards=True), R(3, go_backwards=True, return_sequences=True), R(3, use_bias=False),
        R(3, return_state=True),
        R(2, return_sequences=True, return_state=True), R(3, activation="relu"), R(3, dropout=0.5, recurrent_dropout=0.3), R(1),
        R(5, trainable=False),
    ] + list(more))  # fmt: skip


@case(lengths=(6, 9))
def simple_rnn(G):
    R = G.layers.SimpleRNN
    return recurrent(G, R, more=[R(3, activation="linear"), R(3, activation="sigmoid", return_sequences=True)])


@case(lengths=(6, 9))
def gru(G):
    R = G.layers.GRU
    return recurrent(G, R, more=[
        R(3, reset_after=False), R(3, reset_after=False, return_sequences=True, use_bias=False),
        R(3, reset_after=False, go_backwards=True, return_state=True), R(3, recurrent_activation="hard_sigmoid"),
        R(3, recurrent_activation="softmax"), R(3, activation="elu", recurrent_activation="relu"),
        R(3, reset_after=False, recurrent_activation="hard_sigmoid", activation="softsign"),
    ])  # fmt: skip


@case(lengths=(6, 9))
def lstm(G):
    R = G.layers.LSTM
    return recurrent(G, R, more=[
        R(3, unit_forget_bias=False), R(3, recurrent_activation="hard_sigmoid"),
        R(3, recurrent_activation="softmax", return_sequences=True), R(3, activation="softsign", recurrent_activation="tanh"),
    ])  # fmt: skip


@case()
def recurrent_unrolled(G):
    L = G.layers
    return fan(
        G,
        (5, 4),
        [
            L.SimpleRNN(3, unroll=True),
            L.GRU(3, unroll=True, return_sequences=True),
            L.LSTM(3, unroll=True, go_backwards=True),
            L.GRU(3, unroll=True, reset_after=False),
        ],
    )


@case(generations=(2,), lengths=(6, 9))
def recurrent_implementations(G):
    """implementation=1 multiplies gate by gate."""
    L = G.layers
    return fan(
        G,
        (None, 4),
        [
            L.GRU(3, implementation=1),
            L.LSTM(3, implementation=1, return_sequences=True),
            L.GRU(3, implementation=1, reset_after=False),
            L.LSTM(3, implementation=2),
        ],
    )


@case(lengths=(6, 9))
def initial_states(G):
    L = G.layers
    i, h, c = G.Input((None, 4)), G.Input((3,)), G.Input((3,))
    return G.Model([i, h, c], [
        L.SimpleRNN(3)(i, initial_state=h), L.GRU(3, return_sequences=True)(i, initial_state=h),
        L.GRU(3, reset_after=False, go_backwards=True)(i, initial_state=h), L.LSTM(3)(i, initial_state=[h, c]),
        L.LSTM(3, return_sequences=True, go_backwards=True)(i, initial_state=[c, h]),
    ])  # fmt: skip


@case(lengths=(6, 9))
def bidirectional(G):
    L, B = G.layers, G.layers.Bidirectional
    layers = [B(L.GRU(3, return_sequences=s), merge_mode=m) for m in ("concat", "sum", "mul", "ave", None) for s in (False, True)]
    return fan(G, (None, 4), layers + [
        B(L.LSTM(2, return_sequences=True)), B(L.SimpleRNN(2), merge_mode="sum"), B(L.GRU(3, reset_after=False, use_bias=False)),
        B(L.LSTM(2), backward_layer=L.LSTM(3, go_backwards=True)),
        B(L.GRU(2, return_sequences=True), backward_layer=L.GRU(2, go_backwards=True, return_sequences=True, activation="relu"), merge_mode="ave"),
    ])  # fmt: skip


@case(lengths=(6, 9))
def bidirectional_states(G):
    L, B = G.layers, G.layers.Bidirectional
    return fan(G, (None, 4), [B(L.LSTM(2, return_state=True)), B(L.GRU(2, return_sequences=True, return_state=True), merge_mode="sum")])


@case()
def time_distributed(G):
    L, T = G.layers, G.layers.TimeDistributed
    inner = G.Sequential([G.Input((6, 4)), L.SeparableConv1D(3, 3, activation="relu"), L.GlobalAveragePooling1D(), L.Dense(2)])
    return fan(G, (3, 6, 4), [
        T(L.Dense(2)), T(L.Conv1D(2, 3)), T(L.SeparableConv1D(3, 3, padding="same", activation="relu")), T(L.Flatten()),
        T(L.BatchNormalization()), T(L.LayerNormalization()), T(L.MaxPooling1D(2)),
        T(L.GlobalAveragePooling1D()), T(L.LSTM(2)), T(L.Bidirectional(L.GRU(2))), T(L.Dropout(0.5)), T(inner), T(L.Activation("softmax")),
        T(L.Reshape((2, -1))), T(T(L.Dense(3))),
    ])  # fmt: skip


@case()
def time_distributed_dense(G):
    L, T = G.layers, G.layers.TimeDistributed
    return fan(
        G,
        (None, 4),
        [T(L.Dense(3, activation="softmax")), T(L.Dense(1, use_bias=False)), T(L.BatchNormalization()), T(L.LayerNormalization())],
    )


# ---------------------------------------------------------------- masks


def masked(G, name="i"):
    i = G.Input((None,), dtype="int32", name=name)
    return i, G.layers.Embedding(12, 4, mask_zero=True)(i)


@case(lengths=(7, 11))
def masks_through(G):
    """What keeps the mask: the mean over time shows it."""
    L = G.layers
    i, e = masked(G)
    layers = [
        L.Dropout(0.5), L.SpatialDropout1D(0.5), L.GaussianNoise(0.1), L.Activation("tanh"), L.ReLU(), L.LeakyReLU(), L.ELU(),
        L.BatchNormalization(), L.LayerNormalization(), L.Dense(3),
        L.TimeDistributed(L.Dense(3)), L.PReLU(shared_axes=[1]), L.Rescaling(2.0), L.Normalization(mean=0.5, variance=2.0),
        L.Activation("softmax"),
    ]  # fmt: skip
    mean = L.GlobalAveragePooling1D
    return G.Model(i, [mean()(e), mean(keepdims=True)(e)] + [mean()(l(e)) for l in layers])


@case(lengths=(8, 12))
def masks_end(G):
    """What drops the mask."""
    L = G.layers
    i, e = masked(G)
    layers = [
        L.Conv1D(3, 3, padding="same"), L.SeparableConv1D(3, 3), L.DepthwiseConv1D(3), L.MaxPooling1D(2), L.AveragePooling1D(2),
        L.ZeroPadding1D(1), L.Cropping1D(1), L.UpSampling1D(2), L.Reshape((-1, 2)),
    ]  # fmt: skip
    return G.Model(i, [L.GlobalAveragePooling1D()(l(e)) for l in layers] + [L.GlobalMaxPooling1D()(e)])


@case(lengths=(7, 11))
def masks_merged(G):
    L = G.layers
    i, a = masked(G, "i")
    j, b = masked(G, "j")
    plain = L.Embedding(12, 4)(i)
    mean = L.GlobalAveragePooling1D
    outputs = [
        mean()(L.Add()([a, b])), mean()(L.Add()([a, plain])), mean()(L.Multiply()([plain, b])), mean()(L.Concatenate()([a, b])),
        mean()(L.Concatenate()([a, plain])), mean()(L.Concatenate(axis=1)([a, b])),
        mean()(L.Average()([a, b])), mean()(L.Maximum()([a, b])),
    ]  # fmt: skip
    if G.number == 3:  # Keras 2 fails
        outputs.append(mean()(L.Concatenate(axis=1)([plain, b])))
    return G.Model([i, j], outputs)


@case(lengths=(7, 11))
def masks_of_recurrent(G):
    L = G.layers
    i, e = masked(G)
    outputs = []
    for R in (L.SimpleRNN, L.GRU, L.LSTM):
        outputs += [
            R(3)(e),
            R(3, return_sequences=True)(e),
            R(3, go_backwards=True)(e),
            R(3, go_backwards=True, return_sequences=True)(e),
            R(2)(R(3, return_sequences=True)(e)),
        ]
        outputs += [L.GlobalAveragePooling1D()(R(3, return_sequences=True)(e))] + list(R(2, return_state=True)(e))
    outputs += [L.GRU(3, reset_after=False)(e), L.GRU(3, reset_after=False, return_sequences=True)(e)]
    return G.Model(i, outputs)


@case(lengths=(7, 11))
def masks_of_bidirectional(G):
    L, B = G.layers, G.layers.Bidirectional
    i, e = masked(G)
    layers = [
        B(L.LSTM(2)),
        B(L.GRU(2, return_sequences=True)),
        B(L.SimpleRNN(3, return_sequences=True), merge_mode="sum"),
        B(L.LSTM(2, return_sequences=True), merge_mode="ave"),
    ]
    outputs = [l(e) for l in layers]
    return G.Model(i, outputs + [L.GlobalAveragePooling1D()(outputs[1]), L.GRU(2)(outputs[2]), L.TimeDistributed(L.Dense(2))(outputs[1])])


def second_row_is_padding(inputs):
    inputs[0][1] = 0


@case(lengths=(7, 11), change=second_row_is_padding)
def masks_all(G):
    """A row without a word: the mean of nothing is NaN."""
    L = G.layers
    i, e = masked(G)
    return G.Model(i, [
        L.GlobalAveragePooling1D()(e), L.GRU(3)(e), L.LSTM(3, return_sequences=True)(e), L.SimpleRNN(3)(e),
        L.Bidirectional(L.GRU(2, return_sequences=True))(e), L.LSTM(2)(L.LSTM(3, return_sequences=True)(e)),
    ])  # fmt: skip


@case(lengths=(7, 11))
def masks_into_models(G):
    L = G.layers
    i, e = masked(G)
    j = G.Input((None, 4))
    inner = G.Model(j, L.GlobalAveragePooling1D()(L.Dense(3)(j)), name="inner")
    listed = G.Sequential([G.Input((None, 4)), L.Dropout(0.1), L.GRU(3)], name="listed")
    words = G.Input((None,), dtype="int32")
    front = G.Model(words, L.Embedding(12, 4, mask_zero=True)(words), name="front")
    return G.Model(i, [inner(e), listed(e), L.GlobalAveragePooling1D()(front(i)), L.LSTM(3)(front(i))])


def some_steps_are_zero(inputs):
    inputs[0][:, 2:4], inputs[0][0, 6], inputs[0][1, -1] = 0, 1, 0


@case(change=some_steps_are_zero)
def masking(G):
    """Steps whose channels are all of one value are none."""
    L = G.layers
    i = G.Input((None, 3))
    m = L.Masking()(i)
    other = L.Masking(mask_value=1.0)(i)
    return G.Model(
        i,
        [
            m,
            L.GlobalAveragePooling1D()(m),
            L.LSTM(3)(m),
            L.GRU(3, return_sequences=True)(m),
            L.GlobalAveragePooling1D()(L.Dense(2)(m)),
            L.GlobalAveragePooling1D()(other),
        ],
    )
