"""Makes ties.json: what the gradients of Keras' functions are at their corners, at ties and at infinities.

Run it like make.py. The functions are called by themselves, outside of a layer, so that their arguments are
exactly known. README.md describes the format.
"""

import json

from make import (  # before TensorFlow, for which it sets the environment
    HERE, KERAS3_ACTIVATIONS, PACKAGES, TF_KERAS_ACTIVATIONS, VERSIONS, parametric_activations,
)  # fmt: skip
import numpy as np
import tensorflow as tf

ALONG_AXIS = ("softmax", "log_softmax", "sparsemax", "glu", "Softmax")


def text(array):
    """Numbers as they are written in JSON's place: the shortest decimal of the float32, -0.0, nan, inf, -inf."""
    return [str(x) for x in np.asarray(array, np.float32).reshape(-1)]


# ---------------------------------------------------------------- functions of one variable


def arguments():
    """Every corner of every function with its neighbours, zeros, subnormals, large numbers, infinities and NaN."""
    corners = np.float32([0.25, 0.3, 0.5, 1, 2.5, 3, 4, 6])
    beside = [np.nextafter(corners, np.float32(side)) for side in (0, np.inf)]
    positive = np.concatenate([[0, 1e-40, 1e-30, 1e-6, 0.1, 2, 9, 20, 50, 100, 1e30, 3.4e38, np.inf], corners, *beside])
    positive = np.sort(positive.astype(np.float32))
    return np.concatenate([-positive[::-1], positive, [np.nan]]).astype(np.float32)


def functions():
    """Package, label and function of every activation that Keras knows by name, and of layers with parameters."""
    for package, names in (("keras3", KERAS3_ACTIVATIONS), ("tf_keras", TF_KERAS_ACTIVATIONS)):
        for name in names:
            yield package, name, PACKAGES[package].activations.get(name)
    for package, label, factory in parametric_activations():
        if not label.startswith("softmax"):
            yield package, label, factory()


def written(package, function):
    """The activation as a layer's get_config writes it."""
    config = PACKAGES[package].layers.SeparableConv1D(1, 1, activation=function).get_config()["activation"]
    if isinstance(config, dict):
        config["config"].pop("name", None)  # from a global counter
        config.pop("build_config", None)
    return config


def derivative(function, x):
    """y, and the gradient of its sum."""
    x = tf.constant(x)
    with tf.GradientTape() as tape:
        tape.watch(x)
        y = tf.convert_to_tensor(function(x))
    return y, tape.gradient(y, x)


def rows_of_functions():
    x = arguments()
    for package, label, function in functions():
        if label not in ALONG_AXIS:
            y, slope = derivative(function, x)
            yield {
                "package": VERSIONS[package], "name": label, "activation": written(package, function),
                "y": text(y), "dy_dx": text(slope),
            }  # fmt: skip


# ---------------------------------------------------------------- functions along an axis

NAN, INF = float("nan"), float("inf")

# Even lengths, which glu halves.
LINES = [
    ("distinct", [1, -0.5, 0.25, 2]),
    ("all_equal", [1, 1, 1, 1]),
    ("two_highest_equal", [2, 0.5, 2, -1]),
    ("zeros_of_both_signs", [0.0, -0.0, -0.0, 0.0]),
    ("one_ahead_by_1", [1, 0, 0, -1]),
    ("ties_where_the_support_ends", [0.5, 0.5, 0, 0]),
    ("ties_in_the_support", [0.25, 0.5, 0.25, -3]),
    ("far_apart", [100, -100, 0, 50]),
    ("large", [1e30, -1e30, 1e30, 0]),
    ("minus_infinity", [0, -INF, 1, -INF]),
    ("infinity", [0, INF, 1, -1]),
    ("two_infinities", [INF, INF, 1, -1]),
    ("all_minus_infinity", [-INF, -INF, -INF, -INF]),
    ("nan", [0, NAN, 1, -1]),
]
UPSTREAM = [0.5, -1.25, 2.0, 0.75]


def pullback(function, x, dy):
    x = tf.constant([x], tf.float32)
    with tf.GradientTape() as tape:
        tape.watch(x)
        y = tf.convert_to_tensor(function(x))
    dy = tf.constant([dy[: y.shape[-1]]], tf.float32)
    return y, dy, tape.gradient(y, x, output_gradients=dy)


def rows_of_lines():
    for package, label, function in functions():
        if label in ALONG_AXIS:
            for line, x in LINES:
                y, dy, dx = pullback(function, x, UPSTREAM)
                yield {
                    "package": VERSIONS[package], "name": f"{label}_{line}", "activation": written(package, function),
                    "x": text(x), "dy": text(dy), "y": text(y), "dx": text(dx),
                }  # fmt: skip


# ---------------------------------------------------------------- regularizers and constraints

WEIGHTS = [-INF, -2.0, -1e-30, -0.0, 0.0, 1e-30, 0.5, 3.0, INF, NAN]


def rows_of_penalties():
    """Of one weight each, so that an infinity does not reach the others; and of whole matrices."""
    for package in PACKAGES:
        r = PACKAGES[package].regularizers
        for label, regularizer in (("L1", r.L1(0.3)), ("L2", r.L2(0.2)), ("L1L2", r.L1L2(l1=0.1, l2=0.25)), ("L1L2_zeros", r.L1L2())):
            pairs = [derivative(regularizer, np.float32([w])) for w in WEIGHTS]
            loss, slope = zip(*pairs)
            slope = [s if s is not None else tf.zeros(1) for s in slope]
            yield {
                "package": VERSIONS[package], "name": label, "regularizer": r.serialize(regularizer),
                "shape": [1], "w": text(WEIGHTS), "loss": text(loss), "gradient": text(slope),
            }  # fmt: skip
        matrices = {
            "distinct": [[1, 2, -1], [0.5, -1, 3]],
            "equal_rows": [[1, 2, -1], [1, 2, -1]],
            "orthogonal_rows": [[1, 0, 0], [0, 2, 0]],
            "row_of_zeros": [[0, 0, 0], [1, 2, 3]],
            "row_below_epsilon": [[1e-9, 0, 0], [1, 2, 3]],
        }
        for mode, (label, w) in ((m, item) for m in ("rows", "columns") for item in matrices.items()):
            regularizer = r.OrthogonalRegularizer(0.3, mode)
            loss, slope = derivative(regularizer, np.float32(w))
            yield {
                "package": VERSIONS[package], "name": f"OrthogonalRegularizer_{mode}_{label}", "regularizer": r.serialize(regularizer),
                "shape": list(np.shape(w)), "w": text(w), "loss": text(loss), "gradient": text(slope),
            }  # fmt: skip


def rows_of_constraints():
    """What a constraint makes of columns whose length is below, at and above its limits, and of none."""
    columns = [[0.6, 0.8], [1.2, 1.6], [3.0, 4.0], [0.0, -0.0], [1e-9, 0.0], [-0.3, 0.4], [INF, 1.0], [NAN, 1.0]]
    w = np.float32(columns).T
    for package in PACKAGES:
        c = PACKAGES[package].constraints
        for label, constraint in (
            ("MaxNorm_1", c.MaxNorm(1.0)), ("MaxNorm_2", c.MaxNorm(2.0)), ("UnitNorm", c.UnitNorm()), ("NonNeg", c.NonNeg()),
            ("MinMaxNorm_1_2", c.MinMaxNorm(1.0, 2.0)), ("MinMaxNorm_1_2_rate_0.5", c.MinMaxNorm(1.0, 2.0, rate=0.5)),
        ):  # fmt: skip
            projected, gradient = derivative(constraint, w)
            yield {
                "package": VERSIONS[package], "name": label, "constraint": c.serialize(constraint),
                "shape": list(w.shape), "w": text(w), "projected": text(projected), "gradient": text(gradient),
            }  # fmt: skip


# ---------------------------------------------------------------- the file


def rows(items):
    """A row a line."""
    return "[\n" + ",\n".join(json.dumps(item) for item in items) + "\n]"


def main():
    tables = {
        "x": json.dumps(text(arguments())),
        "functions": rows(rows_of_functions()),
        "lines": rows(rows_of_lines()),
        "penalties": rows(rows_of_penalties()),
        "constraints": rows(rows_of_constraints()),
    }
    (HERE / "ties.json").write_text("{\n" + ",\n".join(f'"{name}": {table}' for name, table in tables.items()) + "\n}\n")


if __name__ == "__main__":
    main()
