"""Trains a few variables with every optimizer of the real Keras packages, and lists
learning rates of every schedule.

Run it with the versions of requirements.txt. It writes variables.json, runs.jsonl.gz
and rates.jsonl next to itself; README.md describes them.
"""

import gzip
import json
import os
import pathlib

# One thread and no GPU: the order of sums must not depend on the machine's load.
os.environ["CUDA_VISIBLE_DEVICES"] = ""
os.environ["KERAS_BACKEND"] = "tensorflow"
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import numpy as np
import tensorflow as tf

tf.config.threading.set_intra_op_parallelism_threads(1)
tf.config.threading.set_inter_op_parallelism_threads(1)

import keras
import tf_keras

HERE = pathlib.Path(__file__).resolve().parent
PACKAGES = {"keras3": keras, "tf_keras": tf_keras}
STEPS = 50
KEPT = (1, 2, 10, 50)  # the steps after which values are written
SHAPES = {"conv/depthwise_kernel": (3, 2, 2), "conv/pointwise_kernel": (1, 4, 5), "conv/bias": (5,)}


# ---------------------------------------------------------------- what is trained


def draw():
    """Returns the initial values, and the gradients of each step, by variable.

    Gradients have a mean, noise, and sizes from 1e-4 to 1e2; one step in ten is 0.
    """
    random = np.random.default_rng(16)
    values, gradients = {}, {}
    for name, shape in SHAPES.items():
        values[name] = random.normal(size=shape).astype(np.float32)
        size = 10.0 ** random.uniform(-4, 2, shape)
        mean = random.normal(size=shape)
        steps = size * (mean + random.normal(size=(STEPS, *shape)))
        steps[random.uniform(size=STEPS) < 0.1] = 0
        gradients[name] = steps.astype(np.float32)
    return values, gradients


# ---------------------------------------------------------------- what trains it

DECAY = {"weight_decay": 0.01}
CLIPS = [{"clipvalue": 0.5}, {"clipnorm": 1.0}, {"global_clipnorm": 2.0}]
OPTIMIZERS = {
    "SGD": [
        {},
        {"learning_rate": 0.5},
        {"momentum": 0.9},
        {"momentum": 0.9, "nesterov": True},
        {"momentum": 1.0},
        {"nesterov": True},
    ],
    "Adam": [
        {},
        {"learning_rate": 0.03},
        {"beta_1": 0.5, "beta_2": 0.9, "epsilon": 1e-3},
        {"beta_1": 0.0},
        {"beta_2": 0.0},
        {"epsilon": 0.1, "amsgrad": True},
        {"amsgrad": True, "beta_2": 0.5},
    ],
    "AdamW": [{}, {"weight_decay": 0.5, "learning_rate": 0.1}, {"amsgrad": True, "beta_2": 0.6}, {"weight_decay": 0.0}],
    "RMSprop": [
        {},
        {"rho": 0.5, "epsilon": 1e-2},
        {"momentum": 0.8},
        {"centered": True},
        {"centered": True, "momentum": 0.5, "rho": 0.7},
        {"rho": 1.0},
    ],
}
SCHEDULES = {
    "ExponentialDecay": [
        {"initial_learning_rate": 0.1, "decay_steps": 20, "decay_rate": 0.3},
        {"initial_learning_rate": 0.1, "decay_steps": 7, "decay_rate": 0.5, "staircase": True},
        {"initial_learning_rate": 0.01, "decay_steps": 1000, "decay_rate": 1.7},
    ],
    "InverseTimeDecay": [
        {"initial_learning_rate": 0.1, "decay_steps": 10, "decay_rate": 0.7},
        {"initial_learning_rate": 0.1, "decay_steps": 7, "decay_rate": 2.0, "staircase": True},
    ],
    "PolynomialDecay": [
        {"initial_learning_rate": 0.1, "decay_steps": 30},
        {"initial_learning_rate": 0.1, "decay_steps": 30, "power": 0.5, "end_learning_rate": 0.01},
        {"initial_learning_rate": 0.1, "decay_steps": 30, "power": 2.5, "end_learning_rate": 0.0},
        {"initial_learning_rate": 0.1, "decay_steps": 12, "power": 2.0, "cycle": True},
        {"initial_learning_rate": 0.01, "decay_steps": 12, "end_learning_rate": 0.02, "power": 0.0},
    ],
    "PiecewiseConstantDecay": [
        {"boundaries": [5, 20], "values": [0.1, 0.03, 0.003]},
        {"boundaries": [0], "values": [0.5, 0.25]},
    ],
    "CosineDecay": [
        {"initial_learning_rate": 0.1, "decay_steps": 40},
        {"initial_learning_rate": 0.1, "decay_steps": 33, "alpha": 0.2},
        {"initial_learning_rate": 0.0, "decay_steps": 40, "warmup_target": 0.1, "warmup_steps": 10},
        {"initial_learning_rate": 0.01, "decay_steps": 20, "alpha": 0.1, "warmup_target": 0.05, "warmup_steps": 7},
        {"initial_learning_rate": 0.01, "decay_steps": 20, "warmup_target": 0.05},
    ],
}


def combinations():
    """Yields optimizers: class, arguments, parts of names that do not decay, schedule."""
    for name, all_arguments in OPTIMIZERS.items():
        for arguments in all_arguments:
            yield name, arguments, [], None
        richest = max(all_arguments, key=len)
        for arguments in ({}, richest):
            for clip in CLIPS:
                yield name, {**arguments, **clip}, [], None
        yield name, {**richest, **DECAY}, [], None
        yield name, {**richest, **DECAY}, ["bias", "depthwise"], None
        scheduled = {key: value for key, value in richest.items() if key != "learning_rate"}
        yield name, {**scheduled, **DECAY, **CLIPS[2]}, ["bias"], ("CosineDecay", SCHEDULES["CosineDecay"][2])
    for name, all_arguments in SCHEDULES.items():
        yield "SGD", {"momentum": 0.5}, [], (name, all_arguments[0])
        yield "AdamW", {}, ["bias"], (name, all_arguments[-1])


# ---------------------------------------------------------------- training


def train(package, name, arguments, excluded, schedule, values, gradients):
    """Returns the values after the steps of KEPT: a flat list of each."""
    keras_of = PACKAGES[package]
    arguments = dict(arguments)
    if schedule:
        arguments["learning_rate"] = getattr(keras_of.optimizers.schedules, schedule[0])(**schedule[1])
    if package == "tf_keras" and "jit_compile" not in arguments:
        arguments["jit_compile"] = False  # XLA orders operations in its own way
    optimizer = getattr(keras_of.optimizers, name)(**arguments)
    if excluded:
        optimizer.exclude_from_weight_decay(var_names=excluded)
    make = keras.Variable if package == "keras3" else tf.Variable
    # Keras 3 has no "/" in names, which stand in the path of a variable.
    variables = [make(value, name=key.split("/")[-1]) for key, value in values.items()]
    kept = []
    for step in range(STEPS):
        pairs = [(tf.constant(gradients[key][step]), v) for key, v in zip(SHAPES, variables)]
        optimizer.apply_gradients(pairs)
        if step + 1 in KEPT:
            kept.append([number(x) for v in variables for x in v.numpy().ravel()])
    assert int(optimizer.iterations) == STEPS
    return kept


def number(x):
    """Returns a float32 as the shortest decimal that gives it back."""
    return float(str(np.float32(x)))


def main():
    values, gradients = draw()
    flat = lambda arrays: [number(x) for a in arrays for x in a.ravel()]
    variables = {
        "shapes": SHAPES,
        "kept": KEPT,
        "values": flat(values.values()),
        "gradients": [flat(g[step] for g in gradients.values()) for step in range(STEPS)],
    }
    (HERE / "variables.json").write_text(json.dumps(variables) + "\n")
    lines = []
    for name, arguments, excluded, schedule in combinations():
        for package in PACKAGES:
            run = {"package": package, "class": name, "arguments": arguments}
            if excluded:
                run["excluded"] = excluded
            if schedule:
                run["schedule"], run["schedule_arguments"] = schedule
            run["values"] = train(package, name, arguments, excluded, schedule, values, gradients)
            lines.append(json.dumps(run) + "\n")
    with open(HERE / "runs.jsonl.gz", "wb") as file:
        file.write(gzip.compress("".join(lines).encode(), mtime=0))
    lines = []
    for name, all_arguments in SCHEDULES.items():
        for arguments in all_arguments:
            schedule = getattr(keras.optimizers.schedules, name)(**arguments)
            rates = [number(schedule(np.int64(step))) for step in range(STEPS)]
            lines.append(json.dumps({"schedule": name, "arguments": arguments, "rates": rates}) + "\n")
    (HERE / "rates.jsonl").write_text("".join(lines))
    print(f"keras {keras.__version__}, tf_keras {tf_keras.__version__}, tensorflow {tf.__version__}")


if __name__ == "__main__":
    main()
