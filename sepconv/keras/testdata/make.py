"""Makes the files of this directory with the real packages, and what those packages compute with them.

    python make.py keras3      # and tf_keras: requirements-keras3.txt
    python make.py keras212    # requirements-keras212.txt
    python make.py keras215    # requirements-keras215.txt
    python make.py keras30     # requirements-keras30.txt
    python make.py torch       # requirements-torch.txt
    python make.py hostile     # requirements-keras3.txt; after keras3

Each writes files/<prefix>_*, expected/<role>.json.gz and expected/<role>.f32; README.md describes them. Every
file draws its weights from a generator seeded by its own name.
"""

import gzip
import io
import json
import os
import pathlib
import shutil
import sys
import tempfile
import warnings
import zipfile
import zlib

os.environ["CUDA_VISIBLE_DEVICES"] = ""
os.environ["KERAS_BACKEND"] = "tensorflow"
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
warnings.filterwarnings("ignore")

import numpy as np

HERE = pathlib.Path(__file__).resolve().parent
FILES, EXPECTED, HOSTILE = HERE / "files", HERE / "expected", HERE / "hostile"
LAST, FIRST = "channels_last", "channels_first"


def generator(*label):
    return np.random.default_rng(zlib.crc32("/".join(map(str, label)).encode()))


# ---------------------------------------------------------------- what the packages compute


class Recorder:
    """Collects what is expected of each file, and the arrays for it."""

    def __init__(self, role):
        self.role, self.entries, self.arrays, self.offset = role, [], [], 0

    def add(self, file, made_by, layers=(), runs=(), **more):
        self.entries.append({"file": file, "made_by": made_by, **more, "layers": list(layers), "runs": list(runs)})

    def run(self, layers, x, y, **more):
        """One computation: y is what the layers of these paths, one after the other, make of x."""
        run = {"layers": layers, "input_shape": list(x.shape), "output_shape": list(y.shape), "offset": self.offset}
        for array in (x, y):
            self.arrays.append(np.ascontiguousarray(array, "<f4").tobytes())
            self.offset += array.size
        return {**run, **more}

    def write(self):
        EXPECTED.mkdir(exist_ok=True)
        text = ",\n".join(json.dumps(entry) for entry in self.entries)
        with open(EXPECTED / f"{self.role}.json.gz", "wb") as out, gzip.GzipFile("", "wb", fileobj=out, mtime=0) as z:
            z.write(f"[\n{text}\n]\n".encode())
        (EXPECTED / f"{self.role}.f32").write_bytes(b"".join(self.arrays))


def as_float32(array):
    array = np.asarray(array)
    return np.ascontiguousarray(array.astype(np.float32), "<f4")


def digest(array):
    """The shape of a weight, its type, and a checksum of its values as float32."""
    return {"shape": list(np.shape(array)), "dtype": str(np.asarray(array).dtype), "crc": zlib.crc32(as_float32(array).tobytes())}


class Package:
    """A Keras: the module, and what differs between its versions."""

    def __init__(self, module, prefix, version):
        self.module, self.layers, self.prefix, self.version = module, module.layers, prefix, version
        self.is3 = version.startswith("3.")
        self.scopes = self.is3 and not version.startswith("3.0.")  # one name may occur in several models of an .h5
        self.name = f"{'keras' if self.is3 or prefix != 'k2' else 'tf_keras'} {version}"

    def conv(self, *args, **kwargs):
        return self.layers.SeparableConv1D(*args, **kwargs)

    def input(self, shape):
        return self.module.Input(shape) if self.is3 else self.layers.InputLayer(shape)

    def sequential(self, *layers, name=None):
        return self.module.Sequential([*layers], name=name)


def variables(layer):
    """The layer's own weights in the order of the files, without those of layers inside it."""
    if hasattr(layer, "_trainable_variables"):  # Keras 3
        return [*layer._trainable_variables, *layer._non_trainable_variables]
    return [*layer._trainable_weights, *layer._non_trainable_weights]


def number(v):
    return np.asarray(v.numpy() if hasattr(v, "numpy") else v)


def inner(layer):
    """The layers inside of a layer, as its configuration lists them."""
    if hasattr(layer, "layers"):
        listed = list(layer.layers)
        hidden = getattr(layer, "_layers", None) or getattr(layer, "_self_tracked_trackables", [])
        first = next(iter(hidden), None)
        if type(layer).__name__ == "Sequential" and type(first).__name__ == "InputLayer" and first not in listed:
            listed.insert(0, first)
        return listed
    if type(layer).__name__ == "TimeDistributed":
        return [layer.layer]
    return []


def walk(layers, prefix=""):
    for layer in layers:
        path = prefix + layer.name
        yield path, layer
        yield from walk(inner(layer), path + "/")


def randomise(model, name):
    """Weights of the size that trained ones have."""
    rng = generator(name, "weights")
    for path, layer in walk(inner(model)):
        values = []
        for v in variables(layer):
            array = number(v)
            if not np.issubdtype(array.dtype, np.integer):
                kind = v.name.split("/")[-1].split(":")[0]
                fan = max(1, int(np.prod(array.shape[:-1])))
                drawn = rng.standard_normal(array.shape) * (fan**-0.5 if array.ndim > 1 else 1)
                if kind == "moving_variance":
                    drawn = rng.uniform(0.25, 4, array.shape)
                v.assign(drawn.astype(np.float32).astype(array.dtype))
            values.append(v)


def is_conv(layer):
    return any(c.__name__ == "SeparableConv1D" for c in type(layer).__mro__)


def channels_of(layer):
    return int(number(layer.depthwise_kernel).shape[1])


def twin(package, layer):
    """The layer itself, or one in float32 with the same weights as the file has them."""
    if number(layer.depthwise_kernel).dtype == np.float32 and "float32" == getattr(layer, "compute_dtype", "float32"):
        return layer
    config = layer.get_config()
    config["dtype"] = "float32"
    copy = package.layers.SeparableConv1D.from_config(config)
    weights = [as_float32(number(v)) for v in variables(layer)]
    copy.build((None, None, weights[0].shape[1]))
    copy.set_weights(weights)
    return copy


def apply(package, layers, x):
    import tensorflow as tf

    def chain(v):
        for layer in layers:
            v = layer(v, training=False) if "Norm" in type(layer).__name__ or "Dropout" in type(layer).__name__ else layer(v)
        return v

    # Keras 2 has no channels_first on the CPU; compiled by XLA it has.
    first = any(getattr(layer, "data_format", LAST) == FIRST for layer in layers)
    run = tf.function(chain, jit_compile=True) if first and not package.is3 else chain
    return np.asarray(run(tf.constant(x)))


def input_for(layer, label, batch, steps):
    shape = (batch, steps, channels_of(layer))
    if layer.data_format == FIRST:
        shape = (shape[0], shape[2], shape[1])
    return generator(label, "input").standard_normal(shape).astype(np.float32)


def describe(package, recorder, model, name, batch=1, steps=13, chains=()):
    """Every layer of the model with its weights, what each SeparableConv1D computes, and what chains do."""
    layers, runs, found = [], [], {}
    for path, layer in walk(inner(model)):
        found[path] = layer
        cls = type(layer).__name__
        layers.append({"path": path, "class": cls, "weights": [digest(number(v)) for v in variables(layer)]})
        if is_conv(layer):
            x = input_for(layer, name + path, batch, steps)
            runs.append(recorder.run([path], x, apply(package, [twin(package, layer)], x)))
    for chain in chains:
        each = [found[path] for path in chain]
        conv = next(layer for layer in each if is_conv(layer))
        x = input_for(conv, name + "+".join(chain), batch, steps)
        runs.append(recorder.run(list(chain), x, apply(package, each, x)))
    return layers, runs


# ---------------------------------------------------------------- the models


def models(p):
    """Models that every version of Keras can make: name -> (model, chains)."""
    L = p.layers
    yield "defaults", p.sequential(p.input((20, 3)), p.conv(5, 3)), ()
    yield "strided", p.sequential(p.input((20, 3)), p.conv(4, 4, strides=2, padding="same", activation="relu", name="front")), ()
    yield "multiplied", p.sequential(p.input((None, 3)), p.conv(5, 3, depth_multiplier=3, use_bias=False, activation="tanh")), ()
    yield "dilated", p.sequential(p.input((None, 2)), p.conv(3, 3, dilation_rate=3, activation="elu", padding="SAME")), ()
    yield "optioned", p.sequential(p.input((20, 3)), options(p)), ()
    yield "first", p.sequential(p.input((3, 20)), p.conv(5, 3, data_format=FIRST, activation="sigmoid", name="by_channel")), ()
    yield "hard_sigmoid", p.sequential(p.input((20, 3)), p.conv(5, 3, activation="hard_sigmoid")), ()
    slope = {"negative_slope": 0.1} if p.is3 else {"alpha": 0.1}
    yield "leaky", p.sequential(p.input((20, 3)), p.conv(5, 3, activation=L.LeakyReLU(**slope))), ()
    yield "plain", plain(p), ()
    yield "chain", *chain(p)
    yield "nested", *nested(p)
    yield "deep", *deep(p)
    yield "shared", *shared(p)


def options(p):
    i, r, c = p.module.initializers, p.module.regularizers, p.module.constraints
    return p.conv(
        4,
        3,
        activation="softsign",
        depthwise_initializer=i.HeNormal(seed=3),
        pointwise_initializer=i.VarianceScaling(0.5, "fan_out", "uniform"),
        bias_initializer=i.Constant(0.25),
        depthwise_regularizer=r.L1(0.125),
        pointwise_regularizer=r.L2(0.25),
        bias_regularizer=r.L1L2(0.5, 0.25),
        activity_regularizer=r.L2(0.5),
        depthwise_constraint=c.MaxNorm(2, axis=0),
        pointwise_constraint=c.MinMaxNorm(0.5, 2.0, 0.75, axis=[0, 1]),
        bias_constraint=c.NonNeg(),
        trainable=False,
        name="optioned",
    )


def plain(p):
    """Nothing but SeparableConv1D layers: what the writer of this package makes, to the byte."""
    return p.sequential(
        p.input((20, 3)),
        p.conv(4, 3, strides=2, name="front"),
        p.conv(5, 2, padding="same", activation="relu", use_bias=False),
        p.conv(3, 1, depth_multiplier=2, name="ä<&>" if p.is3 else "last"),
        name="plain",
    )


def chain(p):
    """SeparableConv1D with the layers that usually follow it."""
    L = p.layers
    model = p.sequential(
        p.input((None, 3)),
        L.BatchNormalization(name="norm0"),
        p.conv(4, 3, name="conv1"),  # valid: the normalisation before it folds too
        L.BatchNormalization(name="norm1"),
        L.ReLU(max_value=6.0, name="relu1"),
        L.Dropout(0.5, name="dropout1"),
        p.conv(6, 3, padding="same", depth_multiplier=2, use_bias=False, name="conv2"),
        L.BatchNormalization(scale=False, epsilon=1e-5, name="norm2"),
        L.Activation("tanh", name="tanh2"),
        p.conv(4, 5, padding="same", dilation_rate=2, name="conv3"),
        L.BatchNormalization(center=False, name="norm3"),
        p.conv(3, 1, activation="relu", name="conv4"),  # relu, so that norm4 cannot fold
        L.BatchNormalization(name="norm4"),
        L.GlobalAveragePooling1D(name="mean"),
        L.Dense(2, name="dense"),
    )
    model.compile("sgd", "mse")
    x = generator("chain").standard_normal((2, 9, 3)).astype(np.float32)
    model.fit(x, np.zeros((2, 2), np.float32), verbose=0)  # so that the optimizer has variables
    chains = (
        ("norm0", "conv1", "norm1", "relu1"),
        ("conv1", "norm1"),
        ("conv2", "norm2", "tanh2"),
        ("conv3", "norm3"),
        ("conv4", "norm4"),
    )
    return model, chains


def nested(p):
    """A model in a model in a model, as Functional and as Sequential; a name occurs twice, or thrice."""
    L, K = p.layers, p.module
    name = "same_name" if p.scopes else "another_name"
    innermost = p.sequential(p.input((None, 4)), p.conv(4, 3, padding="same", name=name), L.BatchNormalization(name="norm"), name="innermost")
    x = K.Input((None, 4))
    y = p.conv(4, 3, padding="same", name="same_name")(x)
    y = innermost(y)
    y = p.conv(4, 1, name="last", trainable=False)(y)
    middle = K.Model(x, y, name="middle")
    x = K.Input((None, 3), name="signal")
    y = p.conv(4, 3, name="first")(x)
    z = middle(y)
    z = L.Add(name="sum")([y, z])
    z = p.conv(2, 2, name="same_name")(z)
    return K.Model(x, z, name="outer"), (("first",),)


def deep(p):
    """Sequential models in each other, each with one layer before the next."""

    def conv(depth):
        return p.conv(2, 2, name="conv" if p.scopes else f"conv{depth}")

    model = p.sequential(p.input((None, 2)), conv(5), name="depth5")
    for depth in range(4, -1, -1):
        model = p.sequential(p.input((None, 2)), conv(depth), model, name=f"depth{depth}")
    return model, ()


def shared(p):
    """A layer that two branches use, so that nothing folds into it."""
    L, K = p.layers, p.module
    a, b = K.Input((12, 3), name="a"), K.Input((12, 3), name="b")
    conv = p.conv(4, 3, name="shared")
    left = L.BatchNormalization(name="left")(conv(a))
    right = L.ReLU(name="right")(conv(b))
    alone = p.conv(4, 1, name="alone")(L.Add(name="sum")([left, right]))
    alone = L.BatchNormalization(name="alone_norm")(alone)
    alone = L.Activation("relu", name="alone_relu")(alone)
    return K.Model([a, b], [alone, right], name="branches"), (("alone", "alone_norm", "alone_relu"),)


# ---------------------------------------------------------------- saving


def save(model, path, p):
    path = str(path)
    if path.endswith(".weights.h5"):
        model.save_weights(path)
    elif path.endswith(".saved_weights.h5"):
        model.save_weights(path, save_format="h5")
    elif path.endswith(".keras") and p.prefix == "k212":
        model.save(path, save_format="keras_v3")
    elif path.endswith(".json"):
        pathlib.Path(path).write_text(model.to_json())
    else:
        model.save(path)


def write(p, recorder, name, model, suffixes, chains=(), **more):
    """Saves a model in several formats, which hold the same weights."""
    randomise(model, name)
    layers, runs = describe(p, recorder, model, name, chains=chains, **more)
    for suffix in suffixes:
        file = f"{p.prefix}_{name}{suffix}"
        save(model, FILES / file, p)
        # Keras 2 and 3.0 put no names of layers into such a file.
        more = {"unnamed": True} if suffix == ".weights.h5" and (not p.is3 or p.prefix == "k30") else {}
        if suffix == ".json":
            more = {"without_weights": True}
        recorder.add(file, p.name, layers, runs, keras_version=p.version, **more)
    return layers, runs


def rezip(file, compression):
    """The archive written again with its members compressed."""
    path = FILES / file
    with zipfile.ZipFile(path) as old:
        members = [(m.filename, old.read(m)) for m in old.infolist()]
    with zipfile.ZipFile(path, "w", compression) as new:
        for name, data in members:
            new.writestr(zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0)), data, compression, 9)


def rewrite(source, target, **dataset):
    """An HDF5 file copied by h5py, with other properties of its data sets."""
    import h5py

    libver = dataset.pop("libver", None)
    kind = dataset.pop("kind", None)
    with h5py.File(FILES / source) as old, h5py.File(FILES / target, "w", libver=libver) as new:

        def copy(name, item):
            if isinstance(item, h5py.Group):
                made = new.require_group(name)
            elif item.size > 12:
                made = new.create_dataset(name, data=item[()].astype(kind or item.dtype), **dataset)
            else:
                made = new.create_dataset(name, data=item[()])
            for key, value in item.attrs.items():
                made.attrs[key] = value

        for key, value in old.attrs.items():
            new.attrs[key] = value
        old.visititems(copy)


# ---------------------------------------------------------------- the roles


def common(p, recorder, suffixes):
    for name, model, chains in models(p):
        write(p, recorder, name, model, suffixes.get(name, suffixes[""]), chains)


def make_keras3():
    import keras
    import tf_keras

    recorder = Recorder("keras3")
    p = Package(keras, "k3", keras.__version__)
    every = [".keras", ".weights.h5", ".h5"]
    common(p, recorder, {"": [".keras"], "plain": [".keras", ".json"], "chain": every, "nested": every, "shared": [".keras", ".h5"]})
    only_keras3(p, recorder)
    p2 = Package(tf_keras, "k2", tf_keras.__version__)
    every.append(".saved_weights.h5")
    common(p2, recorder, {"": [".h5"], "defaults": every, "plain": [".h5"], "chain": every, "nested": every, "shared": [".keras", ".h5"]})
    only_tf_keras(p2, recorder)
    configurations(recorder, p, p2)
    recorder.write()


def only_keras3(p, recorder):
    keras, L = p.module, p.layers
    strided = p.sequential(p.input((20, 3)), p.conv(5, 3, strides=2, dilation_rate=2))
    write(p, recorder, "strided_dilation", strided, [".keras"])
    softmax = p.sequential(p.input((20, 3)), p.conv(5, 3, activation="softmax"), p.conv(4, 1, activation="gelu"))
    write(p, recorder, "softmax", softmax, [".keras"])
    for dtype in ("float16", "bfloat16", "float64", "mixed_float16", "mixed_bfloat16"):
        model = p.sequential(p.input((20, 3)), p.conv(5, 3, dtype=dtype))
        write(p, recorder, dtype, model, [".keras", ".weights.h5"] if dtype == "bfloat16" else [".keras"])
    many = p.sequential(p.input((None, 2)), *(p.conv(2, 2, name=f"conv{i}") for i in range(300)))
    write(p, recorder, "layers300", many, [".keras"], batch=1, steps=5)
    rezip("k3_layers300.keras", zipfile.ZIP_DEFLATED)
    distributed = p.sequential(p.input((4, 10, 3)), L.TimeDistributed(p.conv(2, 3, name="each"), name="distributed"))
    write(p, recorder, "wrapped", distributed, [".keras"])
    convolutions = p.sequential(p.input((10, 3)), L.ZeroPadding1D((4, 0), name="pad"), p.conv(2, 3, dilation_rate=2, name="conv"), name="padded")
    write(p, recorder, "padded", convolutions, [".keras"], chains=(("pad", "conv"),))
    write(p, recorder, "borrowed", borrowed(p), [".keras"])
    custom3(p, recorder)
    pickled(recorder, keras.src.saving.saving_lib, "k3_pickled.keras", p)
    sharded(p, recorder)
    compressed(recorder)


def borrowed(p):
    """A layer that a model and the model in it both have, and that is saved once."""
    L, K = p.layers, p.module
    conv = p.conv(3, 3, padding="same", name="borrowed")
    x = K.Input((12, 3))
    within = K.Model(x, L.BatchNormalization(name="norm")(conv(x)), name="within")
    x = K.Input((12, 3))
    return K.Model(x, p.conv(2, 1, name="own")(within(conv(x))), name="outer")


def custom3(p, recorder):
    keras = p.module

    @keras.saving.register_keras_serializable(package="audio")
    class Gain(keras.layers.Layer):
        def build(self, shape):
            self.gain = self.add_weight(shape=(shape[-1],), name="gain")

        def call(self, x):
            return x * self.gain

    @keras.saving.register_keras_serializable(package="audio")
    class SeparableConv1D(keras.layers.SeparableConv1D):
        pass

    model = p.sequential(
        p.input((10, 3)),
        Gain(name="gain"),
        SeparableConv1D(2, 3, name="registered"),
        keras.layers.Lambda(lambda x: x * 2, name="code"),
        p.conv(2, 3, name="plain"),
    )
    write(p, recorder, "custom", model, [".keras"])

    @keras.saving.register_keras_serializable(package="audio")
    class Subclassed(keras.Model):
        def __init__(self):
            super().__init__()
            self.front = p.conv(4, 3, name="front")
            self.blocks = [p.conv(4, 3, name="block_a"), p.conv(4, 2, name="block_b")]

        def call(self, x):
            for layer in [self.front, *self.blocks]:
                x = layer(x)
            return x

    model = Subclassed()
    model(np.zeros((1, 10, 3), np.float32))
    convs = [model.front, *model.blocks]
    rng = generator("subclassed")
    for layer in convs:
        layer.set_weights([rng.standard_normal(w.shape).astype(np.float32) for w in layer.get_weights()])
    paths = ["front", "block_a", "block_b"]
    runs = []
    for path, layer in zip(paths, convs):
        x = input_for(layer, "subclassed" + path, 2, 17)
        runs.append(recorder.run([path], x, apply(p, [layer], x), config=layer.get_config()))
    layers = [{"path": path, "class": "", "weights": [digest(number(v)) for v in variables(layer)]} for path, layer in zip(paths, convs)]
    model.save_weights(FILES / "k3_subclassed.weights.h5")
    recorder.add("k3_subclassed.weights.h5", p.name, layers, runs, keras_version=p.version)
    model.save(FILES / "k3_subclassed.keras")
    recorder.add("k3_subclassed.keras", p.name, layers, runs, keras_version=p.version)


def pickled(recorder, saving_lib, file, p):
    """Weights as .npz, which Keras writes as pickles and does not read any more."""
    model = p.sequential(p.input((20, 3)), p.conv(5, 3), p.conv(2, 2))
    randomise(model, file)
    layers, runs = describe(p, recorder, model, file)
    saving_lib.save_model(model, FILES / file, weights_format="npz")
    recorder.add(file, p.name, layers, runs, keras_version=p.version)


def sharded(p, recorder):
    """An index and the pieces that it names: nothing opens them but the user."""
    model = p.sequential(p.input((20, 8)), p.conv(8, 3, name="a"), p.conv(8, 3, name="b"), p.conv(8, 2, name="c"), name="sharded")
    randomise(model, "sharded")
    layers, runs = describe(p, recorder, model, "sharded")
    model.save_weights(FILES / "k3_sharded.weights.json", max_shard_size=500 / 1024**3)
    (FILES / "k3_sharded.json").write_text(model.to_json())
    recorder.add("k3_sharded.json", p.name, layers, runs, keras_version=p.version, pieces=sorted(f.name for f in FILES.glob("k3_sharded_*.weights.h5")))


def compressed(recorder):
    """What users make of files with h5py and other tools."""

    def like(source, file):
        entry = next(e for e in recorder.entries if e["file"] == source)
        recorder.entries.append({**entry, "file": file, "made_by": "h5py"})

    rewrite("k3_chain.weights.h5", "h5_compressed.weights.h5", compression="gzip", shuffle=True, chunks=True)
    like("k3_chain.weights.h5", "h5_compressed.weights.h5")
    rewrite("k3_shared.h5", "h5_compressed.h5", compression="gzip", compression_opts=9, shuffle=True, chunks=True, fletcher32=True)
    like("k3_shared.h5", "h5_compressed.h5")
    rewrite("k3_nested.h5", "h5_latest.h5", libver="latest")
    like("k3_nested.h5", "h5_latest.h5")
    shutil.copy(FILES / "k3_chain.keras", FILES / "h5_deflated.keras")
    rezip("h5_deflated.keras", zipfile.ZIP_DEFLATED)
    like("k3_chain.keras", "h5_deflated.keras")
    backslashes("k3_defaults.keras", "h5_backslashes.keras")
    like("k3_defaults.keras", "h5_backslashes.keras")


def backslashes(source, target):
    """Keras 2 on Windows joined the names of groups with backslashes."""
    import h5py

    with zipfile.ZipFile(FILES / source) as old:
        members = {m.filename: old.read(m) for m in old.infolist()}
    out = io.BytesIO()
    with h5py.File(io.BytesIO(members["model.weights.h5"])) as old, h5py.File(out, "w") as new:

        def copy(name, item):
            if isinstance(item, h5py.Dataset):
                path, leaf = name.rsplit("/vars/", 1)
                new.create_dataset(path.replace("/", "\\") + "/vars/" + leaf, data=item[()])

        new.create_group("vars")
        old.visititems(copy)
    members["model.weights.h5"] = out.getvalue()
    with zipfile.ZipFile(FILES / target, "w") as new:
        for name, data in members.items():
            new.writestr(zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0)), data)


def only_tf_keras(p, recorder):
    tf_keras, L = p.module, p.layers
    causal = p.sequential(p.input((20, 3)), p.conv(5, 3, padding="causal", dilation_rate=2), p.conv(2, 2, padding="causal", strides=2))
    write(p, recorder, "causal", causal, [".h5", ".keras", ".saved_weights.h5"])
    grouped = p.sequential(p.input((20, 3)), p.conv(4, 3, groups=2, kernel_initializer="ones", kernel_regularizer="l1", activation="swish"))
    write(p, recorder, "grouped", grouped, [".h5", ".keras"])
    for dtype in ("float16", "float64"):
        write(p, recorder, dtype, p.sequential(p.input((20, 3)), p.conv(5, 3, dtype=dtype)), [".h5"])
    theta = p.sequential(p.input((20, 3)), p.conv(5, 3, activation=L.ThresholdedReLU(0.5)), p.conv(5, 1, activation=L.ELU(0.5)))
    write(p, recorder, "thresholded", theta, [".h5"])
    wrapped = p.sequential(p.input((4, 10, 3)), L.TimeDistributed(p.conv(2, 3, name="each"), name="distributed"))
    write(p, recorder, "wrapped", wrapped, [".h5", ".keras"])

    @tf_keras.saving.register_keras_serializable(package="audio")
    class SeparableConv1D(L.SeparableConv1D):
        pass

    custom = p.sequential(p.input((10, 3)), SeparableConv1D(2, 3, name="registered"), L.Lambda(lambda x: x * 2, name="code"), p.conv(2, 3, name="plain"))
    write(p, recorder, "custom", custom, [".h5", ".keras"])
    pickled(recorder, tf_keras.src.saving.saving_lib, "k2_pickled.keras", p)


def configurations(recorder, p, p2):
    """JSON: of a model, of a layer as an object, and of get_config alone."""
    for each in (p, p2):
        model, chains = chain(each)
        name = f"{each.prefix}_chain.json"
        (FILES / name).write_text(model.to_json())
        layers = [{"path": path, "class": type(layer).__name__, "weights": []} for path, layer in walk(inner(model))]
        recorder.add(name, each.name, layers, keras_version=each.version)
        layer = options(each)
        name = f"{each.prefix}_get_config.json"
        (FILES / name).write_text(json.dumps(layer.get_config()))
        recorder.add(name, each.name, [{"path": "optioned", "class": "SeparableConv1D", "weights": []}])
        name = f"{each.prefix}_layer.json"
        (FILES / name).write_text(json.dumps(each.module.saving.serialize_keras_object(layer)))
        recorder.add(name, each.name, [{"path": "optioned", "class": "SeparableConv1D", "weights": []}])
    # Keras' other name of the class, which old scripts put into configurations.
    config = json.loads((FILES / "k2_layer.json").read_text())
    config["class_name"] = "SeparableConvolution1D"
    (FILES / "k2_alias.json").write_text(json.dumps(config))
    recorder.add("k2_alias.json", "by hand", [{"path": "optioned", "class": "SeparableConvolution1D", "weights": []}])


def make_keras2(role):
    """The Keras of a TensorFlow between 2.12 and 2.15."""
    import keras
    import tensorflow as tf

    recorder = Recorder(role)
    p = Package(tf.keras, role.replace("keras", "k"), keras.__version__)
    wanted = {"": [], "defaults": [".keras"], "plain": [".h5"], "chain": [".keras", ".h5", ".saved_weights.h5"], "nested": [".keras", ".h5"], "optioned": [".h5"]}
    for name, model, chains in models(p):
        if wanted.get(name):
            write(p, recorder, name, model, wanted[name], chains)
    saving_lib = __import__("keras.saving.saving_lib", fromlist=["_"]) if role == "keras212" else __import__("keras.src.saving.saving_lib", fromlist=["_"])
    pickled(recorder, saving_lib, f"{p.prefix}_pickled.keras", p)
    recorder.write()


def make_keras30():
    """An early Keras 3, whose files have no names of layers in them."""
    import keras

    recorder = Recorder("keras30")
    p = Package(keras, "k30", keras.__version__)
    wanted = {"": [], "defaults": [".keras"], "chain": [".keras", ".weights.h5", ".h5"], "nested": [".keras"], "leaky": [".keras"], "shared": [".keras"]}
    for name, model, chains in models(p):
        if wanted.get(name):
            write(p, recorder, name, model, wanted[name], chains)
    recorder.write()


def make_torch():
    import safetensors.torch
    import torch

    torch.set_num_threads(1)
    recorder = Recorder("torch")

    class Separable(torch.nn.Module):
        """The pair of layers that computes what a SeparableConv1D does."""

        def __init__(self, channels, filters, kernel, multiplier=1, stride=1, dilation=1, depthwise_bias=False, bias=True):
            super().__init__()
            wide = channels * multiplier
            self.depthwise = torch.nn.Conv1d(channels, wide, kernel, stride=stride, dilation=dilation, groups=channels, bias=depthwise_bias)
            self.pointwise = torch.nn.Conv1d(wide, filters, 1, bias=bias)

        def forward(self, x):
            return self.pointwise(self.depthwise(x))

    def config(conv, **more):
        d, f = conv.depthwise, conv.pointwise
        return {
            "filters": f.out_channels,
            "kernel_size": d.kernel_size[0],
            "strides": d.stride[0],
            "dilation_rate": d.dilation[0],
            "depth_multiplier": d.out_channels // d.in_channels,
            "use_bias": f.bias is not None or d.bias is not None,
            "data_format": FIRST,
            **more,
        }

    cases = {
        "plain": (Separable(3, 5, 3), torch.float32),
        "biased": (Separable(3, 5, 3, multiplier=2, depthwise_bias=True), torch.float32),
        "bare": (Separable(4, 6, 5, stride=2, bias=False), torch.float32),
        "dilated": (Separable(2, 3, 3, multiplier=3, dilation=2), torch.float64),
        "half": (Separable(3, 5, 3), torch.float16),
        "brain": (Separable(3, 5, 3), torch.bfloat16),
    }
    for name, (conv, dtype) in cases.items():
        torch.manual_seed(zlib.crc32(name.encode()))
        for w in conv.parameters():
            torch.nn.init.normal_(w, std=0.5)
        conv.to(dtype)
        file = f"torch_{name}.safetensors"
        safetensors.torch.save_file(conv.state_dict(), FILES / file, metadata={"format": "pt"})
        conv.to(torch.float32)
        x = torch.from_numpy(generator(name).standard_normal((2, conv.depthwise.in_channels, 17)).astype(np.float32))
        run = recorder.run([""], x.numpy(), conv(x).detach().numpy(), config=config(conv))
        layers = [{"path": key, "class": "", "weights": [digest(value.float().numpy())]} for key, value in conv.state_dict().items()]
        recorder.add(file, f"torch {torch.__version__}", layers, [run])

    net = torch.nn.Sequential(Separable(3, 4, 3), torch.nn.BatchNorm1d(4), torch.nn.ReLU(), Separable(4, 2, 2, multiplier=2, depthwise_bias=True))
    torch.manual_seed(1)
    for w in net.parameters():
        torch.nn.init.normal_(w, std=0.5)
    torch.nn.init.uniform_(net[1].running_var, 0.5, 2)
    net.eval()
    safetensors.torch.save_file(net.state_dict(), FILES / "torch_network.safetensors", metadata={"format": "pt"})
    runs = []
    for prefix, conv, extra in (("0", net[0], [net[1]]), ("3", net[3], [])):
        x = torch.from_numpy(generator("network", prefix).standard_normal((2, conv.depthwise.in_channels, 17)).astype(np.float32))
        runs.append(recorder.run([prefix], x.numpy(), conv(x).detach().numpy(), config=config(conv)))
        for norm in extra:
            y = norm(conv(x)).detach().numpy()
            runs.append(recorder.run([prefix, "1"], x.numpy(), y, config=config(conv)))
    layers = [{"path": key, "class": "", "weights": [digest(value.numpy())]} for key, value in net.state_dict().items() if value.is_floating_point()]
    recorder.add("torch_network.safetensors", f"torch {torch.__version__}", layers, runs)
    recorder.write()


# ---------------------------------------------------------------- hostile files


def make_hostile():
    """Files of weights that lead out of themselves, in the place of one array or one group of a real one."""
    import h5py

    HOSTILE.mkdir(exist_ok=True)
    for old in HOSTILE.glob("*.h5"):
        old.unlink()
    secret = HOSTILE / "secret.bin"  # what they would like to be read
    secret.write_bytes(np.arange(9, dtype="<f4").tobytes())
    with h5py.File(HOSTILE / "secret.h5", "w") as f:
        f["vars"] = np.arange(9, dtype="<f4").reshape(3, 3, 1)

    def soft_link(group, name):
        group[name] = h5py.SoftLink("/elsewhere")

    def external_link(group, name):
        group[name] = h5py.ExternalLink("secret.h5", "/vars")

    def external_data(group, name):
        group.create_dataset(name, (3, 3, 1), "<f4", external=[("secret.bin", 0, 36)])

    def virtual(group, name):
        layout = h5py.VirtualLayout((3, 3, 1), "<f4")
        layout[:] = h5py.VirtualSource("secret.h5", "vars", shape=(3, 3, 1))
        group.create_virtual_dataset(name, layout)

    def shape_bomb(group, name):
        group.create_dataset(name, (1 << 20, 1 << 14, 3), "<f4", chunks=(1, 1 << 14, 1), compression="gzip")

    def contiguous_bomb(group, name):
        group.create_dataset(name, (1 << 12, 1 << 12, 3), "<f4", fillvalue=1)

    def rank(group, name):
        group.create_dataset(name, (1,) * 32, "<f4", data=np.zeros((1,) * 32, "<f4"))

    def text(group, name):
        group.create_dataset(name, data=np.array([b"a", b"b"]))

    def cycle(group, name):
        group[name] = group.file["/"]

    for attack in (soft_link, external_link, external_data, virtual, shape_bomb, contiguous_bomb, rank, text, cycle):
        for source, array in (("k3_defaults.keras", "layers/separable_conv1d/vars/0"), ("k2_defaults.h5", "model_weights/DEFAULTS/DEFAULTS/bias:0")):
            suffix = ".weights.h5" if source.endswith(".keras") else ".h5"
            path = HOSTILE / (attack.__name__ + suffix)
            data = (FILES / source).read_bytes()
            if source.endswith(".keras"):
                with zipfile.ZipFile(io.BytesIO(data)) as z:
                    data = z.read("model.weights.h5")
            path.write_bytes(data)
            with h5py.File(path, "a") as f:
                layer = next((n for n in f.get("model_weights", ()) if n != "top_level_model_weights"), "")
                array = array.replace("DEFAULTS", layer)
                group, name = array.rsplit("/", 1)
                del f[array]
                attack(f[group], name)
    with h5py.File(HOSTILE / "group_cycle.weights.h5", "w") as f:
        f["layers/separable_conv1d/vars/0"] = np.zeros((3, 3, 1), "<f4")
        f["layers/separable_conv1d/again"] = f["layers"]
    with h5py.File(HOSTILE / "lattice.weights.h5", "w") as f:  # 2 to the 40 paths
        for depth in range(40):
            below = f.require_group(f"store/{depth + 1}")
            f.require_group(f"store/{depth}")["left"] = below
            f[f"store/{depth}"]["right"] = below
        f["layers"] = f["store/0"]
        del f["store"]


def main():
    role = sys.argv[1]
    FILES.mkdir(exist_ok=True)
    if role == "hostile":
        return make_hostile()
    prefixes = {"keras3": ("k3", "k2", "h5"), "keras212": ("k212",), "keras215": ("k215",), "keras30": ("k30",), "torch": ("torch",)}[role]
    for prefix in prefixes:
        for old in FILES.glob(f"{prefix}_*"):
            old.unlink()
    if role == "keras3":
        make_keras3()
    elif role == "torch":
        make_torch()
    elif role == "keras30":
        make_keras30()
    else:
        make_keras2(role)


if __name__ == "__main__":
    main()
