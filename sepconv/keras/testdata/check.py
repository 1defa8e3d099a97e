"""Loads into the real packages what this library wrote, and compares weights and outputs.

    go test ./sepconv/keras -run TestFilesForPython -write DIRECTORY
    python check.py keras DIRECTORY      # keras 3 and tf_keras: requirements-keras3.txt
    python check.py keras212 DIRECTORY   # requirements-keras212.txt; likewise keras215
    python check.py torch DIRECTORY      # requirements-torch.txt

It ends with an error if anything differs.
"""

import gzip
import json
import os
import pathlib
import sys
import warnings
import zipfile

os.environ["CUDA_VISIBLE_DEVICES"] = ""
os.environ["KERAS_BACKEND"] = "tensorflow"
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
warnings.filterwarnings("ignore")

import numpy as np

FILES = pathlib.Path(__file__).resolve().parent / "files"
FAILED = []


def report(good, file, text):
    print(f"{'ok  ' if good else 'FAIL'} {file}: {text}")
    if not good:
        FAILED.append(file)


class Handover:
    """What Go wrote: expected.json and values.f32."""

    def __init__(self, directory):
        self.directory = pathlib.Path(directory)
        self.files = {f["file"]: f for f in json.loads((self.directory / "expected.json").read_text())}
        self.values = np.fromfile(self.directory / "values.f32", "<f4")

    def array(self, a):
        n = int(np.prod(a["shape"], dtype=int))
        return self.values[a["offset"] : a["offset"] + n].reshape(a["shape"])

    def weights(self, file):
        return {path: [self.array(a) for a in arrays] for path, arrays in self.files[file]["weights"].items()}


def inner(layer):
    if hasattr(layer, "layers"):
        return layer.layers
    return [layer.layer] if hasattr(layer, "layer") else []


def walk(layers, prefix=""):
    for layer in layers:
        yield prefix + layer.name, layer
        yield from walk(inner(layer), prefix + layer.name + "/")


def own_weights(layer):
    if hasattr(layer, "_trainable_variables"):
        own = [*layer._trainable_variables, *layer._non_trainable_variables]
    else:
        own = [*layer._trainable_weights, *layer._non_trainable_weights]
    return [np.asarray(v.numpy()).astype(np.float32) for v in own]


def same_weights(model, want):
    """The number of arrays that are equal, and what differs."""
    got = {path: own_weights(layer) for path, layer in walk(inner(model))}
    count, wrong = 0, []
    for path, arrays in want.items():
        mine = got.get(path, [])
        equal = len(mine) == len(arrays) and all(np.array_equal(half(a, b), b) for a, b in zip(arrays, mine))
        wrong += [] if equal else [path]
        count += len(mine)
    return count, wrong


def half(a, b):
    """A weight as a layer of float16 keeps it."""
    return a.astype(np.float16).astype(np.float32) if np.array_equal(b, b.astype(np.float16)) and not np.array_equal(a, b) else a


def bound_ok(got, want):
    difference = np.max(np.abs(got - want), initial=0)
    return difference <= 2e-6 * max(1, np.max(np.abs(want), initial=0)), difference


def check_model(package, handover, file, model):
    want = handover.files[file]
    count, wrong = same_weights(model, handover.weights(file))
    text, good = f"{count} arrays equal" if not wrong else f"weights of {wrong} differ", not wrong
    if "input" in want:
        x = handover.array(want["input"])
        ok, difference = bound_ok(np.asarray(model(x)), handover.array(want["output"]))
        text += f", outputs differ by {difference:.1e}"
        good &= bool(ok)
    report(good, file, f"{package}: {text}")


def attempt(package, handover, file, load):
    try:
        model = load()
    except Exception as e:
        report(False, file, f"{package}: {type(e).__name__}: {str(e)[:300]}")
        return
    check_model(package, handover, file, model)


# ---------------------------------------------------------------- Keras


def load_weights(build, path):
    """A model of the same architecture with other weights, then those of the file."""
    model = build()
    for layer in model.layers:
        layer.set_weights([np.zeros_like(w) for w in layer.get_weights()])
    model.load_weights(str(path))
    return model


def check_keras(handover):
    import keras
    import tf_keras

    k3, k2 = f"keras {keras.__version__}", f"tf_keras {tf_keras.__version__}"
    for file, f in handover.files.items():
        path = handover.directory / file
        name = file.removeprefix("again_")
        if "halved" in f:
            check_halved(tf_keras if is_keras2(path) else keras, handover, f)
            continue
        if file.endswith(".safetensors") or name.startswith(("k212", "k215")) and not file.endswith(".h5"):
            continue
        if file.endswith(".saved_weights.h5"):
            attempt(k2, handover, file, lambda: load_weights(lambda: tf_keras.models.load_model(FILES / "k2_chain.h5"), path))
        elif file.endswith(".weights.h5") and name.startswith("k3"):
            attempt(k3, handover, file, lambda: load_weights(lambda: keras.models.load_model(FILES / "k3_chain.keras"), path))
        elif file.endswith(".weights.h5"):
            twin = handover.directory / file.replace(".weights.h5", ".keras")
            if twin.exists():
                attempt(k3, handover, file, lambda: load_weights(lambda: keras.models.load_model(twin), path))
            else:  # only Keras 2 knows the model
                whole = str(path).replace(".weights.h5", ".h5")
                attempt(k2, handover, file, lambda: load_weights(lambda: tf_keras.models.load_model(whole), path))
        elif file.endswith(".json") and file.startswith("again_"):
            weights = FILES / f"{name[:2]}_chain.weights.h5"  # which the configuration is of
            K, package = (tf_keras, k2) if name.startswith("k2") else (keras, k3)
            attempt(package, handover, file, lambda: load_weights(lambda: K.models.model_from_json(path.read_text()), weights))
        elif file.endswith(".json"):
            weights = str(path).replace(".json", ".weights.h5")
            attempt(k3, handover, file, lambda: load_weights(lambda: keras.models.model_from_json(path.read_text()), weights))
        elif file.endswith(".keras") and name.startswith("k2"):
            attempt(k2, handover, file, lambda: tf_keras.models.load_model(path))
        elif file.endswith(".keras") or name.startswith("k3"):
            attempt(k3, handover, file, lambda: keras.models.load_model(path))
        else:  # .h5
            attempt(k2, handover, file, lambda: tf_keras.models.load_model(path))
        if "like" in f:
            check_folded(keras, handover, f)
    check_configs(keras.layers.SeparableConv1D, handover, "configs3.jsonl", k3)
    check_configs(tf_keras.layers.SeparableConv1D, handover, "configs2.jsonl", k2)


def is_keras2(path):
    """What wrote a file says which package is to read it."""
    import h5py

    if zipfile.is_zipfile(path):
        with zipfile.ZipFile(path) as z:
            version = json.loads(z.read("metadata.json"))["keras_version"]
    else:
        with h5py.File(path) as f:
            version = f.attrs["keras_version"]
    return version.startswith("2.")


def users_own(K):
    """The classes and functions of the cases that are registered by their user."""
    import tensorflow as tf

    L = K.layers

    def snake(x):
        return x + tf.sin(x) ** 2

    def halved(x):
        return x / 2

    class Snake(L.Layer):
        def __init__(self, a=1.0, **kwargs):
            super().__init__(**kwargs)
            self.a = a

        def call(self, x):
            return x + tf.sin(self.a * x) ** 2 / self.a

        def get_config(self):
            return {**super().get_config(), "a": self.a}

    class BatchNormalization(L.BatchNormalization):
        def call(self, x, training=None):
            return -super().call(x, training=False)

    class ZeroPadding1D(L.ZeroPadding1D):
        def call(self, x):
            return super().call(x) + 1

    class MyReg(K.regularizers.Regularizer):
        def __init__(self, a=0.1):
            self.a = a

        def __call__(self, x):
            return self.a * tf.reduce_sum(x)

        def get_config(self):
            return {"a": self.a}

    class MyInit(K.initializers.Initializer):
        def __call__(self, shape, dtype=None, **kwargs):
            return tf.ones(shape, dtype or "float32")

        def get_config(self):
            return {}

    class MyCon(K.constraints.Constraint):
        def __call__(self, w):
            return w

        def get_config(self):
            return {}

    class PlainReg(K.regularizers.Regularizer):
        def __call__(self, x):
            return 0.0

        def get_config(self):
            return {}

    registered = (BatchNormalization, ZeroPadding1D, MyReg, MyInit, MyCon, snake, Snake)
    return {f"mine>{c.__name__}": c for c in registered} | {c.__name__: c for c in (snake, halved, Snake, PlainReg, MyReg, MyInit, MyCon)}


def check_halved(K, handover, f):
    """The file has half the weights of the one that Keras wrote, and computes the same as that with them."""
    file, package = f["file"], f"{K.__name__} {K.__version__}"
    own = users_own(K)
    original = FILES.parent / f["halved"]
    if original.suffix == ".gz":
        original = pathlib.Path(handover.directory) / original.name.removesuffix(".gz")
        original.write_bytes(gzip.decompress((FILES.parent / f["halved"]).read_bytes()))
    try:
        want = K.models.load_model(original, compile=False, custom_objects=own)
    except Exception as e:
        print(f"skip {file}: {package} does not load what it wrote itself: {type(e).__name__}: {str(e).splitlines()[-1][:120]}")
        return
    try:
        got = K.models.load_model(handover.directory / file, compile=False, custom_objects=own)
    except Exception as e:
        report(False, file, f"{package}: {type(e).__name__}: {str(e)[:300]}")
        return
    if not want.built:
        report(not got.built and got.get_config() == want.get_config(), file, f"{package}: loads, and is as little built as before")
        return
    half = [w / 2 if np.issubdtype(w.dtype, np.floating) else w for w in want.get_weights()]
    want.set_weights(half)
    for _, layer in walk(inner(want)):
        if hasattr(layer, "finalize_state"):
            layer.finalize_state()
    mine = got.get_weights()
    good = len(mine) == len(half) and all(np.array_equal(a, b) for a, b in zip(half, mine))
    text = f"{len(mine)} arrays are half" if good else "weights differ"
    x = [inputs_like(t) for t in want.inputs]
    x = x if len(x) > 1 else x[0]
    flat = lambda m: [np.asarray(y) for y in (lambda y: y if isinstance(y, (list, tuple)) else [y])(m(x))]
    first, theirs = flat(want), flat(got)
    # Nothing random in it: two draws of a dropout of few elements may well be the same, eight are not.
    if all(np.array_equal(a, b) for _ in range(8) for a, b in zip(first, flat(want))):
        good &= all(np.array_equal(a, b) for a, b in zip(first, theirs))
        text += f", {len(first)} outputs equal" if good else ", outputs differ"
    report(bool(good), file, f"{package}: {text}")


def inputs_like(t):
    import tensorflow as tf

    shape = [n or 2 for n in t.shape]
    if "string" in str(t.dtype):
        return tf.constant([["a b"], ["b c"]])
    return tf.constant(np.random.default_rng(1).integers(0, 3, shape).astype(np.float32))


def check_folded(keras, handover, f):
    """The original model's layers one after the other, against the folded model's output."""
    x = handover.array(f["input"])
    for layer in keras.models.load_model(FILES / f["like"]).layers:
        x = layer(x, training=False) if "Norm" in type(layer).__name__ or "Drop" in type(layer).__name__ else layer(x)
        if layer.name == f["until"]:
            break
    ok, difference = bound_ok(np.asarray(x), handover.array(f["output"]))
    report(bool(ok), f["file"], f"the layers of {f['like']} up to {f['until']}, unfolded: outputs differ by {difference:.1e}")


def check_configs(layer, handover, name, package):
    """from_config takes each, and get_config of what it makes gives it back."""
    lines = (handover.directory / name).read_text().splitlines()
    wrong = []
    for line in lines:
        config = json.loads(line)
        try:
            again = layer.from_config(config).get_config()
        except Exception as e:
            wrong.append(f"{type(e).__name__}: {str(e)[:200]}")
            continue
        if json.dumps(again) != line:
            wrong.append(f"{json.dumps(again)}\n  is not\n  {line}")
    report(not wrong, name, f"{package}: {len(lines)} configurations, to the byte" if not wrong else f"{package}: {len(wrong)} differ: {wrong[0]}")


def check_keras2(handover, role):
    import keras
    import tensorflow as tf

    package = f"keras {keras.__version__}"
    for file, f in handover.files.items():
        path = handover.directory / file
        name = file.removeprefix("again_")
        if "halved" in f:  # of keras 3 and tf_keras
            continue
        if file.endswith(".h5") and not file.endswith("weights.h5") and not name.startswith(("k3", "k2_", "k215" if role == "keras212" else "k212")):
            attempt(package, handover, file, lambda: tf.keras.models.load_model(path))
        elif name.startswith(role.replace("keras", "k")):
            attempt(package, handover, file, lambda: tf.keras.models.load_model(path))
    check_configs_load(tf.keras.layers.SeparableConv1D, handover, package)


def check_configs_load(layer, handover, package):
    lines = (handover.directory / "configs2.jsonl").read_text().splitlines()
    unknown = ("mish", "relu6", "leaky_relu", "log_softmax")  # which came with later versions
    lines = [line for line in lines if json.loads(line)["activation"] not in unknown]
    made = [layer.from_config(json.loads(line)) for line in lines]
    report(all(m.filters == json.loads(line)["filters"] for m, line in zip(made, lines)), "configs2.jsonl", f"{package}: from_config takes {len(lines)}")


# ---------------------------------------------------------------- PyTorch


def check_torch(handover):
    import safetensors.torch
    import torch

    torch.set_num_threads(1)
    package = f"torch {torch.__version__}"
    configs = {"network": network_convs, "options": options_convs, "causal": causal_convs}
    for file, f in handover.files.items():
        if not file.endswith(".safetensors"):
            continue
        name = file.removesuffix(".safetensors")
        state = safetensors.torch.load_file(handover.directory / file)
        layers = configs[name](torch)
        x = torch.from_numpy(handover.array(f["input"]).transpose(0, 2, 1).copy())
        for prefix, (depthwise, pointwise, pad, activation) in layers.items():
            depthwise.load_state_dict({"weight": state.pop(f"{prefix}.depthwise.weight")}, strict=True)
            rest = [k for k in state if k.startswith(f"{prefix}.pointwise.")]
            pointwise.load_state_dict({k.split(".")[-1]: state.pop(k) for k in rest}, strict=True)
            x = activation(pointwise(depthwise(torch.nn.functional.pad(x, pad(x.shape[-1])))))
        ok, difference = bound_ok(x.detach().numpy().transpose(0, 2, 1), handover.array(f["output"]))
        report(bool(ok) and not state, file, f"{package}: all tensors taken, outputs differ by {difference:.1e}")


def separable(torch, channels, filters, kernel, pad, activation, multiplier=1, stride=1, dilation=1, bias=True):
    wide = channels * multiplier
    return (
        torch.nn.Conv1d(channels, wide, kernel, stride=stride, dilation=dilation, groups=channels, bias=False),
        torch.nn.Conv1d(wide, filters, 1, bias=bias),
        pad,
        activation,
    )


def same(kernel, stride=1, dilation=1):
    """Keras' padding "same": an odd zero goes behind."""

    def pad(steps):
        out = -(-steps // stride)
        total = max((out - 1) * stride + (kernel - 1) * dilation + 1 - steps, 0)
        return total // 2, total - total // 2

    return pad


def network_convs(torch):
    f = torch.nn.functional
    return {
        "front": separable(torch, 3, 4, 5, same(5, 2), f.relu, stride=2),
        "separable_conv1d": separable(torch, 4, 5, 3, lambda n: (0, 0), lambda x: f.leaky_relu(x, 0.25), multiplier=2, dilation=2, bias=False),
        "separable_conv1d_1": separable(torch, 5, 2, 1, lambda n: (0, 0), lambda x: x),
    }


def options_convs(torch):
    def relu(x):
        x = torch.where(x > 0.5, x, 0.25 * (x - 0.5))
        return torch.clamp(x, max=6)

    return {"options": separable(torch, 3, 4, 3, lambda n: (0, 0), relu)}


def causal_convs(torch):
    f = torch.nn.functional
    return {
        "separable_conv1d": separable(torch, 3, 4, 3, lambda n: (6, 0), lambda x: torch.clamp(0.2 * x + 0.5, 0, 1), dilation=3),
        "separable_conv1d_1": separable(torch, 4, 2, 2, lambda n: (1, 0), f.silu, stride=2),
    }


def main():
    role, handover = sys.argv[1], Handover(sys.argv[2])
    if role == "keras":
        check_keras(handover)
    elif role == "torch":
        check_torch(handover)
    else:
        check_keras2(handover, role)
    if FAILED:
        sys.exit(f"{len(FAILED)} failed: {FAILED}")


if __name__ == "__main__":
    main()
