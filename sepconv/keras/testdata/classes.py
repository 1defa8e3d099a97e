"""Makes classes/: models with one layer or more of every class of Keras that has weights, and of those whose
place in the files is particular. Each layer takes an input of its own, so that none depends on another, and a
model in the model has its arrays in the old format's one row.

    python classes.py      # keras 3 and tf_keras: requirements-keras3.txt
"""

import gzip
import os
import pathlib
import tempfile
import warnings
import zipfile

os.environ["CUDA_VISIBLE_DEVICES"] = ""
os.environ["KERAS_BACKEND"] = "tensorflow"
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
warnings.filterwarnings("ignore")

import numpy as np

OUT = pathlib.Path(__file__).resolve().parent / "classes"
FIRST = "channels_first"


def layers(K, is3):
    """(shape of the input without its batch, layer)."""
    L = K.layers
    yield (5,), L.Dense(2)
    yield (4, 5), L.Dense(3, use_bias=False, trainable=False)
    yield (4, 5), L.EinsumDense("abc,cde->abde", output_shape=(None, 2, 3), bias_axes="de")
    yield (4, 5), L.EinsumDense("abc,cd->abd", output_shape=(None, 2))
    yield (4,), L.Embedding(6, 2)
    yield (8, 3), L.Conv1D(2, 3)
    yield (8, 4), L.Conv1D(2, 3, groups=2, use_bias=False)
    yield (6, 7, 3), L.Conv2D(2, (2, 3), trainable=False)
    yield (4, 5, 6, 3), L.Conv3D(2, 2)
    yield (8, 3), L.Conv1DTranspose(2, 3)
    yield (6, 7, 3), L.Conv2DTranspose(2, (2, 3), use_bias=False)
    yield (4, 5, 6, 3), L.Conv3DTranspose(2, 2)
    yield (8, 3), L.DepthwiseConv1D(3, depth_multiplier=2)
    yield (6, 7, 3), L.DepthwiseConv2D((2, 3), use_bias=False)
    yield (8, 3), L.SeparableConv1D(2, 3, depth_multiplier=2)
    yield (6, 7, 3), L.SeparableConv2D(2, (2, 3), use_bias=False)
    yield (3, 8), L.BatchNormalization(axis=1)
    yield (8, 3), L.BatchNormalization(scale=False, trainable=False)
    yield (8, 3), L.BatchNormalization(center=False)
    yield (8, 3), L.LayerNormalization()
    yield (8, 3), L.LayerNormalization(axis=[1, 2], scale=False)
    yield (8, 4), L.GroupNormalization(groups=2)
    yield (8, 4), L.UnitNormalization()
    yield (8, 3), L.Normalization(mean=None)
    yield (8, 3), L.Normalization(axis=None)
    yield (8, 3), L.Normalization(mean=1.0, variance=2.0)
    yield (8, 3), L.PReLU()
    yield (8, 3), L.PReLU(shared_axes=[1])
    yield (5, 3), L.SimpleRNN(2)
    yield (5, 3), L.LSTM(2, use_bias=False, dropout=0.5)
    yield (5, 3), L.LSTM(2, return_sequences=True)
    yield (5, 3), L.GRU(2)
    yield (5, 3), L.GRU(2, reset_after=False, recurrent_dropout=0.25)
    yield (5, 3), L.RNN(L.LSTMCell(2))
    yield (5, 3), L.RNN([L.GRUCell(2), L.SimpleRNNCell(4)])
    yield (5, 3), L.RNN(L.StackedRNNCells([L.LSTMCell(2), L.LSTMCell(3)]))
    yield (5, 8, 3), L.ConvLSTM1D(2, 3)
    yield (5, 6, 7, 3), L.ConvLSTM2D(2, 2, use_bias=False)
    yield (5, 3), L.Bidirectional(L.LSTM(2))
    yield (5, 3), L.Bidirectional(L.GRU(2, use_bias=False), merge_mode="sum")
    yield (5, 3), L.Bidirectional(L.LSTM(2), backward_layer=L.LSTM(3, go_backwards=True))
    yield (5, 3), L.TimeDistributed(L.Dense(2))
    yield (5, 8, 3), L.TimeDistributed(L.SeparableConv1D(2, 3))
    yield (5, 8, 3), L.TimeDistributed(L.BatchNormalization())
    yield (4, 5), L.MultiHeadAttention(2, 3)
    yield (4, 5), L.MultiHeadAttention(2, 3, value_dim=2, use_bias=False, output_shape=7, dropout=0.1)
    yield (4, 5), L.Attention(use_scale=True)
    yield (4, 5), L.Attention()
    yield (4, 5), L.AdditiveAttention()
    yield (8, 3), L.Dropout(0.5)
    yield (8, 3), L.GaussianNoise(0.5)
    yield (8, 3), L.SpatialDropout1D(0.5)
    yield (8, 3), L.MaxPooling1D()
    yield (8, 3), L.Activation("relu")
    yield (8, 3), L.LeakyReLU()
    yield (8, 3), L.Rescaling(2.0)
    if is3:
        yield (5,), L.SpectralNormalization(L.Dense(2))
        yield (5,), L.RMSNormalization()
        yield (4, 5), L.GroupQueryAttention(4, 6, 2)
        yield (3, 8), L.Conv1D(2, 3, data_format=FIRST)
        yield (3, 8), L.SeparableConv1D(2, 3, data_format=FIRST)
        yield (5, 3), L.RNN(L.SimpleRNNCell(2, use_bias=False), return_sequences=True)
        yield (4,), L.Embedding(6, 2, trainable=False)
    else:
        yield (8, 3), L.LocallyConnected1D(2, 3)
        yield (4, 5), L.BatchNormalization(synchronized=True)


def call(layer, x):
    name = type(layer).__name__
    if name in ("MultiHeadAttention", "GroupedQueryAttention"):
        return layer(x, x)
    if name in ("Attention", "AdditiveAttention"):
        return layer([x, x])
    return layer(x)


def model(K, is3, suffix):
    inputs, outputs = [], []
    for shape, layer in layers(K, is3):
        if is3 and suffix == ".h5" and (type(layer).__name__ in ("Attention", "Normalization") or isinstance(getattr(layer, "axis", None), list)):
            continue  # which Keras 3 does not load from there
        x = K.Input(shape)
        inputs.append(x)
        outputs.append(call(layer, x))
    nested = nest(K)
    x = K.Input((5, 3))
    inputs.append(x)
    outputs.append(nested(x))
    return K.Model(inputs, outputs, name="classes")


def nest(K):
    """A model in the model with what the old format has to tell apart by order alone."""
    L = K.layers
    i = K.Input((5, 3))
    h = L.BatchNormalization(name="norm")(i)
    h = L.LSTM(3, return_sequences=True, trainable=False)(h)
    h = L.Bidirectional(L.GRU(2, return_sequences=True))(h)
    h = L.TimeDistributed(L.Dense(3))(h)
    h = K.Sequential([L.InputLayer((5, 3)), L.SeparableConv1D(3, 1), L.BatchNormalization(trainable=False), L.SeparableConv1D(3, 1, trainable=False)])(h)
    h = L.MultiHeadAttention(2, 3)(h, h)
    h = L.Dense(3, trainable=False)(h)
    h = L.BatchNormalization()(h)
    return K.Model(i, L.Dense(2)(h), name="nested")


def main():
    import keras
    import tf_keras

    OUT.mkdir(exist_ok=True)
    for K, prefix in ((keras, "k3"), (tf_keras, "k2")):
        for suffix in (".keras", ".h5"):
            m = model(K, prefix == "k3", suffix)
            rng = np.random.default_rng(1)
            m.set_weights([rng.integers(1, 64, w.shape).astype(w.dtype) for w in m.get_weights()])
            with tempfile.TemporaryDirectory() as scratch:
                path = pathlib.Path(scratch) / (prefix + suffix)
                m.save(path)
                K.models.load_model(path, compile=False)
                pack(path)


def pack(path):
    """The file compressed: most of HDF5 is zeros."""
    if path.suffix == ".keras":
        with zipfile.ZipFile(path) as old, zipfile.ZipFile(OUT / path.name, "w", zipfile.ZIP_DEFLATED) as new:
            for member in old.namelist():
                new.writestr(zipfile.ZipInfo(member), old.read(member), zipfile.ZIP_DEFLATED)
    else:
        (OUT / (path.name + ".gz")).write_bytes(gzip.compress(path.read_bytes(), mtime=0))


if __name__ == "__main__":
    main()
