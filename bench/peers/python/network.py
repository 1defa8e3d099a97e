"""The whole networks of bench -models, as its files tell them: Keras' configuration, and the weights."""

import json
from pathlib import Path
from types import SimpleNamespace

import numpy as np


def read(directory):
    """The configuration as text, its layers in order, and the arrays of each by its name."""
    text = Path(directory, "model.json").read_text()
    values = np.fromfile(Path(directory, "weights"), np.float32)
    weights, at = {}, 0
    for w in json.loads(Path(directory, "weights.json").read_text()):
        n = int(np.prod(w["shape"]))
        weights.setdefault(w["layer"], []).append(values[at : at + n].reshape(w["shape"]))
        at += n
    if at != len(values):
        raise ValueError(f"there are {len(values)} weights; the layers need {at}")
    return SimpleNamespace(text=text, layers=list(layers(json.loads(text)["config"])), weights=weights)


def layers(config):
    """Each layer as its class, name, configuration and the names of those that it takes."""
    for layer in config["layers"]:
        inputs = []
        for node in layer["inbound_nodes"]:
            tensors(node["args"], inputs)
        yield SimpleNamespace(kind=layer["class_name"], name=layer["name"], inputs=inputs, config=layer["config"])


def tensors(value, names):
    """Appends the layers of all tensors in the arguments of a call."""
    if isinstance(value, list):
        for v in value:
            tensors(v, names)
    elif isinstance(value, dict) and value.get("class_name") == "__keras_tensor__":
        names.append(value["config"]["keras_history"][0])


def keras_model(directory):
    """The network as a model of Keras."""
    import keras

    network = read(directory)
    model = keras.models.model_from_json(network.text)
    for name, arrays in network.weights.items():
        model.get_layer(name).set_weights(arrays)
    return model


def read_input(directory, model):
    """The input, with the batch of one."""
    x = np.fromfile(Path(directory, "input"), np.float32).reshape(1, *model["input"])
    return x.astype(np.int32) if model["indices"] else x
