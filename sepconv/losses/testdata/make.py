"""Makes golden.json: the losses of Keras and their gradients by TensorFlow, and golden-accuracy.json:
its accuracies.

    pip install -r requirements.txt
    python make.py

A case a line. Arrays are float32 in decimal, separated by spaces.
"""

import json
import os
import pathlib

os.environ.update(CUDA_VISIBLE_DEVICES="", KERAS_BACKEND="tensorflow", TF_CPP_MIN_LOG_LEVEL="3")

import numpy as np
import tensorflow as tf

import keras
import tf_keras

NAN, INF = float("nan"), float("inf")
rng = np.random.default_rng(18)


def text(array):
    return " ".join(f"{x:.9g}" for x in np.asarray(array, np.float32).ravel())


def logits():
    """Random ones, near to each other and far apart, and rows that overflow or cancel."""
    for samples, width, spread in ((1, 1, 1), (1, 2, 1), (5, 3, 0.01), (5, 3, 1), (5, 3, 10), (2, 12, 5), (1, 35, 2), (0, 4, 1)):
        yield (rng.normal(size=(samples, width)) * spread).round(4).astype(np.float32)
    yield np.float32([[0, 0, 0], [5, 5, 5], [-200, 0, 200], [1e30, -1e30, 0], [100, 99, 98]])
    yield np.float32([[-INF, 2, 3], [1, -INF, -INF], [1, 2, 3], [0.0, -0.0, 30]])
    yield np.float32([[1, NAN, 2], [1, 2, 3], [INF, 0, 1], [-INF, -INF, -INF]])


def one_hot(labels, classes):
    return np.eye(classes, dtype=np.float32)[labels]


def targets(kind, x):
    """Labels; probabilities, hard or soft; or any numbers."""
    samples, width = x.shape
    labels = rng.integers(width, size=samples)
    if kind == "labels":
        return labels.astype(np.float32)
    if kind == "one_hot":
        return one_hot(labels, width)
    if kind == "probabilities":
        return rng.multinomial(1024, np.ones(width) / width, size=samples).astype(np.float32) / 1024
    if kind == "bits":
        return rng.integers(2, size=x.shape).astype(np.float32)
    if kind == "unit":
        return rng.uniform(size=x.shape).round(3).astype(np.float32)
    return rng.normal(size=x.shape).round(3).astype(np.float32)


KINDS = {
    "SparseCategoricalCrossentropy": ["labels"],
    "CategoricalCrossentropy": ["one_hot", "probabilities"],
    "BinaryCrossentropy": ["bits", "unit"],
    "MeanSquaredError": ["numbers"],
}


def settings(name, package):
    """Arguments of the constructor, and whether there are weights."""
    plain = {} if name == "MeanSquaredError" else {"from_logits": True}
    yield plain, False
    yield plain, True
    yield {**plain, "reduction": "sum"}, True
    if package is keras:
        yield {**plain, "reduction": "mean_with_sample_weight"}, True
        yield {**plain, "reduction": "mean_with_sample_weight"}, False
    if name in ("CategoricalCrossentropy", "BinaryCrossentropy"):
        yield {**plain, "label_smoothing": 0.1}, False
        yield {**plain, "label_smoothing": 1.0}, True


def case(package, name, arguments, x, t, weights):
    loss = getattr(package.losses, name)(**arguments)
    v = tf.Variable(x)
    with tf.GradientTape() as tape:
        value = loss(t.astype(np.int32) if t.ndim == 1 else t, v, sample_weight=weights)
    gradient = tape.gradient(value, v)
    value = 0 if len(x) == 0 else value  # Keras 3 has an empty array
    c = dict(package=package.__name__, loss=name, reduction=arguments.get("reduction", ""), smoothing=arguments.get("label_smoothing", 0.0))
    c |= dict(width=x.shape[1], logits=text(x), targets=text(t), value=text(value), gradient=text(gradient))
    return c if weights is None else c | dict(weights=text(weights))


def cases():
    inputs = list(logits())
    for package in (keras, tf_keras):
        for x in inputs:
            for name, kinds in KINDS.items():
                if "Categorical" not in name:  # In float32 the others cancel and overflow.
                    x = np.where(np.isinf(x), x, np.clip(x, -200, 200))
                for arguments, weighted in settings(name, package):
                    for kind in kinds:
                        weights = rng.choice([0, 0.5, 1, 2.5], size=len(x)).astype(np.float32) if weighted else None
                        yield case(package, name, arguments, x, targets(kind, x), weights)


def accuracy_cases():
    rows = [[NAN, 1, 2], [1, NAN, 2], [1, 2, NAN], [2, 2, 1], [1, 2, 2], [NAN] * 3, [-INF] * 3, [INF, INF, 0]]
    rows += list(rng.normal(size=(40, 3)).round() + 0.0)  # without -0, which Keras 3 puts below 0
    x = np.float32(rows)
    for label in range(3):
        labels = np.full(len(x), label, np.int32)
        sparse = [keras.metrics.sparse_categorical_accuracy(labels, x), tf_keras.metrics.sparse_categorical_accuracy(labels, x)]
        dense = [m.categorical_accuracy(one_hot(labels, 3), x) for m in (keras.metrics, tf_keras.metrics)]
        for hits in sparse + dense:
            assert np.array_equal(np.asarray(hits), np.asarray(sparse[0]))
        yield dict(logits=text(x), label=label, hits=text(sparse[0]))


def write(name, cases):
    with open(pathlib.Path(__file__).with_name(name), "w") as f:
        for c in cases:
            print(json.dumps(c), file=f)


write("golden.json", cases())
write("golden-accuracy.json", accuracy_cases())
