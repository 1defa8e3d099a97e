"""Models with initializers, regularizers, constraints and activations of a user's own.

    python make.py keras      # Keras 3: act.keras, cust_*.keras
    python make.py tf_keras   # Keras 2: k2_act.h5, k2_act.keras, k2_legacy.h5

Made with keras 3.15.1 and tf_keras 2.21.0. Beside each act file is <name>.json with an input and what predict makes of it.
k2_legacy.h5 has the configuration as Keras 2 up to 2.11 writes it.
"""

import importlib
import json
import os
import sys

os.environ["CUDA_VISIBLE_DEVICES"] = ""
import h5py
import numpy as np
import tensorflow as tf

keras = importlib.import_module(sys.argv[1])
register = keras.saving.register_keras_serializable
here = os.path.dirname(os.path.abspath(__file__))


@register("mine")
def snake(x):
    return x + tf.sin(x) ** 2


@register("mine")
class Snake(keras.layers.Layer):
    def __init__(self, a=1.0, **kwargs):
        super().__init__(**kwargs)
        self.a = a

    def call(self, x):
        return x + tf.sin(self.a * x) ** 2 / self.a

    def get_config(self):
        return {**super().get_config(), "a": self.a}


def halved(x):
    return x / 2


@register("mine")
class MyReg(keras.regularizers.Regularizer):
    def __init__(self, a):
        self.a = a

    def __call__(self, x):
        return self.a * tf.reduce_sum(tf.abs(x))

    def get_config(self):
        return {"a": self.a}


@register("mine")
class MyInit(keras.initializers.Initializer):
    def __call__(self, shape, dtype=None, **kwargs):
        return tf.fill(shape, 0.5)

    def get_config(self):
        return {}


@register("mine")
class MyCon(keras.constraints.Constraint):
    def __call__(self, w):
        return w

    def get_config(self):
        return {}


class PlainReg(keras.regularizers.Regularizer):
    def __call__(self, x):
        return 0.0

    def get_config(self):
        return {}


conv = keras.layers.SeparableConv1D


def model():
    keras.utils.set_random_seed(3)
    return keras.Sequential([
        keras.layers.Input((6, 2)),
        conv(3, 2, activation=snake, depthwise_regularizer=MyReg(0.1), pointwise_initializer=MyInit(), bias_constraint=MyCon(), name="function"),
        conv(3, 1, activation=Snake(2.0), bias_regularizer=PlainReg(), name="class"),
        conv(3, 1, activation=halved, name="plain"),
        conv(3, 1, name="before_function"), keras.layers.Activation(snake, name="function_layer"),
        conv(2, 1, name="before_class"), Snake(3.0, name="class_layer"),
    ])


def save(m, name):
    m.save(os.path.join(here, name))
    expect(m, name)


def expect(m, name):
    x = np.linspace(-2, 2, 12, dtype="float32").reshape(1, 6, 2)
    y = m.predict(x, verbose=0)
    with open(os.path.join(here, name + ".json"), "w") as f:
        json.dump({"input": x.ravel().tolist(), "output": y.ravel().tolist(), "steps": 6}, f)
        f.write("\n")


def legacy(m, path):
    """Rewrites the configuration of an .h5 in the form before 2.12."""
    def convert(v):
        if isinstance(v, dict) and "registered_name" in v and "class_name" in v:
            if v["class_name"] == "function":
                return v["config"]
            return {"class_name": v["registered_name"] or v["class_name"], "config": convert(v["config"])}
        if isinstance(v, dict):
            return {k: convert(x) for k, x in v.items()}
        return [convert(x) for x in v] if isinstance(v, list) else v

    with h5py.File(path, "r+") as f:
        config = convert(json.loads(f.attrs["model_config"]))
        del f.attrs["model_config"]
        f.attrs["model_config"] = json.dumps(config)
    return config


if sys.argv[1] == "keras":
    save(model(), "act.keras")
    for name, arguments in {
        "cust_reg": {"depthwise_regularizer": MyReg(0.1)}, "cust_init": {"depthwise_initializer": MyInit()}, "cust_con": {"depthwise_constraint": MyCon()},
    }.items():
        keras.Sequential([keras.layers.Input((20, 6)), conv(4, 3, **arguments)]).save(os.path.join(here, name + ".keras"))
else:
    save(model(), "k2_act.h5")
    save(model(), "k2_act.keras")
    m = model()
    save(m, "k2_legacy.h5")
    config = legacy(m, os.path.join(here, "k2_legacy.h5"))
    serialize = lambda module, x: getattr(keras, module).serialize(x, use_legacy_format=True)
    first, second = config["config"]["layers"][1]["config"], config["config"]["layers"][2]["config"]
    assert first["activation"] == serialize("activations", snake)
    assert first["depthwise_regularizer"] == serialize("regularizers", MyReg(0.1))
    assert second["bias_regularizer"] == serialize("regularizers", PlainReg())
