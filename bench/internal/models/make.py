"""Makes the models that bench -models and -stream run: Keras' configuration of each, and the shapes of its weights, which
bench draws itself. No weights are in the files.

    pip install -r ../../peers/python/requirements/tensorflow.txt
    python make.py

It writes ID.json for each, with the keys of models.go.
"""

import json
from pathlib import Path

import keras
from keras import layers as L

MODELS = {}


def model(name, source, **more):
    """Registers a function that builds a model. indices is how many words an input knows, if it is of indices."""

    def add(build):
        MODELS[name] = (source, build, more)
        return build

    return add


def normed(x, activation="relu", epsilon=1e-3):
    x = L.BatchNormalization(epsilon=epsilon)(x)
    return L.Activation(activation)(x) if activation else x


def separable(x, filters, kernel, **more):
    return L.SeparableConv1D(filters, kernel, padding="same", **{"use_bias": False} | more)(x)


def sepcnn_blocks(x):
    """The blocks of Google's text classification guide: build_model.py's sepcnn_model, with its defaults."""
    for filters in (64, 128):
        x = L.Dropout(0.2)(x) if filters == 64 else x
        for _ in range(2):
            x = L.SeparableConv1D(filters, 3, activation="relu", padding="same")(x)
        x = L.MaxPooling1D(3)(x) if filters == 64 else x
    return x


@model("sepcnn", "sepCNN of Google's text classification guide, 500 words", indices=20000)
def sepcnn():
    i = keras.Input((500,), dtype="int32")
    x = sepcnn_blocks(L.Embedding(20000, 200)(i))
    x = L.Dropout(0.2)(L.GlobalAveragePooling1D()(x))
    return keras.Model(i, L.Dense(4, activation="softmax")(x))


@model("sepcnn-gru", "sepCNN with a GRU of 64 as its head", indices=20000)
def sepcnn_gru():
    i = keras.Input((500,), dtype="int32")
    x = sepcnn_blocks(L.Embedding(20000, 200)(i))
    return keras.Model(i, L.Dense(4, activation="softmax")(L.GRU(64)(L.MaxPooling1D(3)(x))))


@model("eeg-xception", "Xception-1D for EEG, 64 electrodes, 500 samples")
def eeg_xception():
    h = i = keras.Input((500, 64))
    h = normed(L.Conv1D(64, 40, padding="same", use_bias=False)(h))
    for filters in (64, 128, 256):
        skip = L.BatchNormalization()(L.Conv1D(filters, 1, strides=2, padding="same", use_bias=False)(h))
        h = normed(separable(h, filters, 40))
        h = L.BatchNormalization()(separable(h, filters, 40))
        h = L.Activation("relu")(L.Add()([L.MaxPooling1D(3, strides=2, padding="same")(h), skip]))
    h = normed(separable(h, 256, 9))
    return keras.Model(i, L.Dense(4, activation="softmax")(L.GlobalAveragePooling1D()(h)))


def word_scores(x):
    """MatchboxNet-3x2x64 without what pools its scores over time."""
    h = normed(separable(x, 128, 11))
    for kernel in (13, 15, 17):
        skip = L.BatchNormalization()(L.Conv1D(64, 1, use_bias=False)(h))
        h = L.Dropout(0.1)(normed(separable(h, 64, kernel)))
        h = L.BatchNormalization()(separable(h, 64, kernel))
        h = L.Dropout(0.1)(L.Activation("relu")(L.Add()([h, skip])))
    h = normed(separable(h, 128, 29, dilation_rate=2))
    h = normed(L.Conv1D(128, 1, use_bias=False)(h))
    return L.Conv1D(30, 1)(h)


@model("matchboxnet", "MatchboxNet-3x2x64, a second of speech")
def matchboxnet():
    i = keras.Input((128, 64))
    return keras.Model(i, L.Softmax()(L.GlobalAveragePooling1D()(word_scores(i))))


@model("matchboxnet-steps", "MatchboxNet-3x2x64, scores of words each 10 ms")
def matchboxnet_steps():
    i = keras.Input((151, 64))  # 75 steps before and after the one that a score is of: half of each kernel, dilated
    return keras.Model(i, word_scores(i))


@model("resnet", "ResNet for time series (Wang, Yan, Oates 2017), 512 samples of 8 sensors")
def resnet():
    h = i = keras.Input((512, 8))
    for filters in (64, 128, 128):
        skip = h
        if h.shape[-1] != filters:
            skip = L.Conv1D(filters, 1, padding="same", use_bias=False)(h)
        skip = L.BatchNormalization()(skip)
        for kernel in (8, 5):
            h = normed(L.Conv1D(filters, kernel, padding="same", use_bias=False)(h))
        h = L.BatchNormalization()(L.Conv1D(filters, 3, padding="same", use_bias=False)(h))
        h = L.Activation("relu")(L.Add()([h, skip]))
    return keras.Model(i, L.Dense(5, activation="softmax")(L.GlobalAveragePooling1D()(h)))


@model("quartznet", "QuartzNet-5x5, ten seconds of speech")
def quartznet():
    h = i = keras.Input((1000, 64))
    h = normed(separable(h, 256, 33, strides=2))
    for filters, kernel in ((256, 33), (256, 39), (512, 51), (512, 63), (512, 75)):
        skip = L.BatchNormalization()(L.Conv1D(filters, 1, use_bias=False)(h))
        for _ in range(4):
            h = normed(separable(h, filters, kernel))
        h = L.BatchNormalization()(separable(h, filters, kernel))
        h = L.Activation("relu")(L.Add()([h, skip]))
    h = normed(separable(h, 512, 87, dilation_rate=2))
    h = normed(L.Conv1D(1024, 1, use_bias=False)(h))
    return keras.Model(i, L.Conv1D(29, 1, activation="softmax")(h))


def products(m):
    """Multiply-adds of a run on one signal by kind of layer, those of the taps in the padding included."""
    total = {}
    for layer in m.layers:
        if isinstance(layer, L.GRU):  # its inputs meet their weights as a Dense, all steps at once
            steps = layer.input.shape[1]
            kinds = {"dense": steps * layer.weights[0].shape.num_elements(), "recurrent": steps * layer.weights[1].shape.num_elements()}
        elif isinstance(layer, (L.Dense, L.Conv1D, L.SeparableConv1D)):
            steps = layer.output.shape[1] if len(layer.output.shape) == 3 else 1
            kinds = {KINDS[type(layer)]: steps * sum(w.shape.num_elements() for w in layer.weights if "kernel" in w.name)}
        else:
            continue
        for kind, n in kinds.items():
            total[kind] = total.get(kind, 0) + n
    return total


KINDS = {L.Dense: "dense", L.Conv1D: "conv", L.SeparableConv1D: "separable"}


def main():
    for name, (source, build, more) in MODELS.items():
        keras.backend.clear_session()
        m = build()
        weights = [{"layer": l.name, "name": w.name, "shape": list(w.shape)} for l in m.layers for w in l.weights]
        text = json.dumps(
            {"id": name, "from": source, "input": list(m.input.shape[1:]), "output": list(m.output.shape[1:])}
            | more
            | {"multiply_adds": products(m), "weights": weights, "model": json.loads(m.to_json())}
        )
        Path(__file__).with_name(name + ".json").write_text(text + "\n")


if __name__ == "__main__":
    main()
