"""Makes golden.jsonl: layers of Keras in training, and their gradients by TensorFlow.

    pip install -r requirements.txt
    python make.py

A case a line: a layer, its input, what it makes of it, the derivative dy by that, and the
derivatives of sum(y*dy) that follow from it. Arrays are float32 in decimal.
"""

import json
import os
import pathlib

os.environ.update(CUDA_VISIBLE_DEVICES="", KERAS_BACKEND="tensorflow", TF_CPP_MIN_LOG_LEVEL="3")

import keras
import numpy as np
import tensorflow as tf

rng = np.random.default_rng(16)


def text(array):
    return " ".join(str(x) for x in np.asarray(array, np.float32).ravel())


def numbers(*shape):
    """A few of them equal, so that there are ties."""
    return rng.normal(size=shape).round(1).astype(np.float32)


def run(layer, x, names=(), **options):
    """The layer's output and gradients, and its weights before and after."""
    before = [text(w) for w in layer.get_weights()]
    x = tf.constant(x)
    with tf.GradientTape() as tape:
        tape.watch(x)
        y = layer(x, **options)
        dy = numbers(*y.shape)
        loss = tf.reduce_sum(y * dy)
    dx, *dw = tape.gradient(loss, [x, *layer.trainable_weights])
    case = dict(shape=list(x.shape), x=text(x), y=text(y), dy=text(dy), dx=text(dx))
    case |= dict(zip(names, before))
    case |= dict(zip(("dgamma", "dbeta"), map(text, dw)))
    moved = [text(w) for w in layer.get_weights()[2:]]
    return case | dict(zip(("moved_mean", "moved_variance"), moved))


def normalizations():
    names = ("gamma", "beta", "mean", "variance")
    for shape in ((1, 1, 1), (2, 3, 4), (3, 100, 2), (5, 64, 3), (1, 257, 2)):
        for momentum, epsilon, spread, offset in ((0.99, 1e-3, 1, 0), (0.9, 1e-5, 0.1, 2)):
            layer = keras.layers.BatchNormalization(momentum=momentum, epsilon=epsilon)
            layer.build(shape)
            channels = shape[-1]
            variance = rng.uniform(0.5, 2, channels)
            layer.set_weights([numbers(channels), numbers(channels), numbers(channels), variance])
            x = numbers(*shape) * np.float32(spread) + np.float32(offset)
            yield dict(layer="batch", momentum=momentum, epsilon=epsilon) | run(layer, x, names, training=True)


def poolings():
    for kind, cls in (("max", "MaxPooling1D"), ("average", "AveragePooling1D")):
        for size, stride, steps in ((1, 1, 3), (2, 2, 8), (2, 2, 9), (3, 1, 7), (3, 2, 10), (2, 3, 11), (5, 4, 5), (4, 2, 3)):
            for padding in ("valid", "same"):
                if padding == "valid" and steps < size:
                    continue
                layer = getattr(keras.layers, cls)(size, stride, padding)
                yield dict(layer=kind, size=size, stride=stride, same=padding == "same") | run(layer, numbers(2, steps, 3))
    for steps in (1, 7, 63):
        yield dict(layer="global_average") | run(keras.layers.GlobalAveragePooling1D(), numbers(2, steps, 3))


def main():
    cases = [*normalizations(), *poolings()]
    lines = [json.dumps(case) + "\n" for case in cases]
    (pathlib.Path(__file__).parent / "golden.jsonl").write_text("".join(lines))


if __name__ == "__main__":
    main()
