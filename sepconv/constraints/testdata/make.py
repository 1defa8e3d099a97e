"""Makes golden.json: what the constraints of Keras make of weights.

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
rng = np.random.default_rng(17)


def text(array):
    return " ".join(f"{x:.9g}" for x in np.asarray(array, np.float32).ravel())


def weights():
    """Random ones, of norms from much less to much more than the limits, and degenerate ones."""
    for shape in ((5,), (3, 4, 2), (5, 6, 1), (1, 6, 5), (1, 1, 1), (2, 3, 3, 2), (4, 1, 3)):
        w = rng.normal(size=shape) * 10.0 ** rng.uniform(-3, 2, size=shape[-1:])
        w[rng.uniform(size=shape) < 0.2] = 0
        yield w
    yield np.zeros((2, 3))
    columns = [[0, 0, 0], [1e-8, 0, 0], [1e-7, 1e-7, 0], [1e-30, -1e-30, 0], [3, -4, 0], [NAN, 1, 2], [1, INF, 2], [-INF, 1, 0], [0.0, -0.0, -1], [2, 0, 0]]
    yield np.transpose(columns)
    yield columns


def constraints(package, rank):
    c = package.constraints
    yield c.NonNeg()
    for axis in range(rank):
        yield c.MaxNorm(axis=axis)
        yield c.MaxNorm(0.5, axis=axis)
        yield c.UnitNorm(axis=axis)
        yield c.MinMaxNorm(axis=axis)
        yield c.MinMaxNorm(0.5, 1.5, rate=0.3, axis=axis)
    for axis in [None] + [[-1, 0]] * (rank > 1) + [[0, 2]] * (rank > 2):
        yield c.MaxNorm(axis=axis)
        yield c.MinMaxNorm(0.5, 1.5, rate=0.3, axis=axis)


def main():
    inputs = [np.asarray(w, np.float32) for w in weights()]
    with open(pathlib.Path(__file__).with_name("golden.json"), "w") as f:
        for w in inputs:
            print(json.dumps(dict(shape=w.shape, w=text(w))), file=f)
            for package in (keras, tf_keras):
                for constraint in constraints(package, w.ndim):
                    projected = constraint(tf.constant(w))
                    config = package.constraints.serialize(constraint)
                    print(json.dumps(dict(package=package.__name__, constraint=config, projected=text(projected))), file=f)


main()
