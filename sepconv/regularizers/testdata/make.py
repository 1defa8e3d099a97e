"""Makes golden.json: what the regularizers of Keras make of weights and outputs, and their
gradients by TensorFlow; with Keras 3.0, golden-keras30.json: those of outputs alone.

    pip install -r requirements.txt && python make.py
    pip install -r requirements-keras30.txt && python make.py    # in an environment of its own

A case a line. Arrays are float32 in decimal, separated by spaces.
"""

import json
import os
import pathlib

os.environ.update(CUDA_VISIBLE_DEVICES="", KERAS_BACKEND="tensorflow", TF_CPP_MIN_LOG_LEVEL="3")

import numpy as np
import tensorflow as tf

import keras

NAN, INF = float("nan"), float("inf")
rng = np.random.default_rng(16)


def text(array):
    return " ".join(f"{x:.9g}" for x in np.asarray(array, np.float32).ravel())


def weights():
    """Random ones, some exactly 0, and what sums and norms may get wrong."""
    for shape in ((3,), (1, 1, 5), (5, 4, 2), (1, 8, 6), (6, 5), (2, 9), (7, 3)):
        w = rng.normal(size=shape).astype(np.float32)
        w[rng.uniform(size=shape) < 0.2] = 0
        yield w
    yield np.zeros((4, 3))
    yield [[0, 0, 0], [1, 2, 3], [3, -1, 2], [0, 0, 0]]  # rows of zeros
    yield [[1, 0, 0, 2], [0, 1, 0, 0], [0, 0, -2, 0]]  # orthogonal
    yield [[1e-8, 0, 0], [1, 2, 3]]  # shorter than epsilon
    yield [[5e-7, 0, 0], [1, 2, 3]]  # than that of Keras 2
    yield [[2e-6, 1e-6, 0], [1, 2, 3]]
    yield [[1, 2, 3], [2, 4, 6]]  # parallel
    yield [0.0, -0.0, 1, -1, 1e-30, -1e-30]
    yield [[NAN, 0, 0], [1, 2, 3]]
    yield [[1, 2, INF], [1, 2, 3]]
    yield [[-INF, 2, 1], [1, 2, 3]]


def regularizers(package):
    r = package.regularizers
    yield r.L1()
    yield r.L1(0.3)
    yield r.L2()
    yield r.L2(0.3)
    yield r.L1L2()
    yield r.L1L2(0.3, 0.2)
    yield r.L1L2(0.3, 0.0)
    yield r.OrthogonalRegularizer()
    yield r.OrthogonalRegularizer(1.0, "columns")


def config(package, regularizer):
    return package.regularizers.serialize(regularizer)


def derivative(f, w):
    x = tf.Variable(w)
    with tf.GradientTape() as tape:
        loss = tf.convert_to_tensor(f(x), tf.float32)
    gradient = tape.gradient(loss, x)  # None of the L1L2 without factors
    return loss.numpy(), np.zeros_like(w) if gradient is None else gradient.numpy()


def case(package, kind, regularizer, w, f):
    w = np.asarray(w, np.float32)
    loss, gradient = derivative(f, w)
    return dict(package=package.__name__, kind=kind, regularizer=config(package, regularizer), shape=w.shape, w=text(w), loss=text(loss), gradient=text(gradient))


def weight_cases(package, w):
    for regularizer in regularizers(package):
        if "Orthogonal" in type(regularizer).__name__ and np.ndim(w) != 2:
            continue
        yield case(package, "weight", regularizer, w, regularizer)


def activity_cases(package):
    """What a layer adds to the loss for its output."""
    for shape in ((1, 4, 3), (4, 2, 3), (7, 1, 1), (0, 2, 3)):
        y = rng.normal(size=shape).astype(np.float32)
        for regularizer in (package.regularizers.L1(0.3), package.regularizers.L2(0.3), package.regularizers.L1L2(0.3, 0.2)):
            layer = package.layers.Activation("linear", activity_regularizer=regularizer)

            def penalty(x):
                layer(tf.identity(x))
                return tf.add_n(layer.losses)

            yield case(package, "activity", regularizer, y, penalty)


def cases():
    inputs = list(weights())
    for package in (keras, tf_keras):
        for w in inputs:
            yield from weight_cases(package, w)
        yield from activity_cases(package)


def write(name, cases):
    with open(pathlib.Path(__file__).with_name(name), "w") as f:
        for c in cases:
            print(json.dumps(c), file=f)


if keras.__version__.startswith("3.0."):
    write("golden-keras30.json", activity_cases(keras))
else:
    import tf_keras

    write("golden.json", cases())
