"""Random Functional models, what their graphs are, and models that share layers.

    python graphs.py 2    # of tf_keras 2.21.0 (TensorFlow 2.21.0)
    python graphs.py 3    # of Keras 3.15.1

graphs/k2.json.gz, k3.json.gz: for each model its configuration, and what the objects in memory say: for each layer
its calls with the outputs that they take, the model's inputs and outputs, and which Dropout layers were in training when the
model was called. k2_shared.zip and k3_shared.zip: models that share layers, in all formats, and in expected.json for each the
CRC-32 of the depthwise kernels at all places.
"""
import gzip, json, os, random, sys, tempfile, zipfile, zlib

os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
os.environ["CUDA_VISIBLE_DEVICES"] = ""
import numpy as np

if sys.argv[1] == "2":
    import tf_keras as K
else:
    import keras as K
L = K.layers
KERAS2 = sys.argv[1] == "2"
OUT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "graphs", "k" + sys.argv[1])
SHAPE = (4, 2)

in_training = set()
original = L.Dropout.call


def call(self, inputs, training=False):
    if training and "_" not in self.name and self.name != "dropout":  # not those within MultiHeadAttention
        in_training.add(self.name)
    return original(self, inputs, training=training)


L.Dropout.call = call

if not KERAS2:
    # In Keras 3 training=True of a call also stays for the layers that are called after it, whatever they are. Here it does not.
    call_layer = K.Layer.__call__

    def call_alone(self, *args, **kwargs):
        context = self._get_call_context()
        before = context.get_value("training")
        try:
            return call_layer(self, *args, **kwargs)
        finally:
            context.set_value("training", before)

    K.Layer.__call__ = call_alone


class Maker:
    """Makes models of tensors that all have the same shape."""

    def __init__(self, seed):
        self.random, self.count = random.Random(seed), 0

    def name(self, kind):
        self.count += 1
        return f"{kind}{self.count}"

    def training(self):
        return self.random.choice([{}, {}, {}, {"training": True}, {"training": False}])

    def model(self, depth):
        r = self.random
        inputs = [K.Input(SHAPE, name=self.name("in")) for _ in range(r.choice([1, 1, 2, 3]))]
        tensors, layers = list(inputs), []
        for _ in range(r.randint(4, 12)):
            kind = r.choice(["dense", "dropout", "add", "concatenate", "lstm", "attention", "model", "model", "model", "sequential", "again", "again", "again"])
            pick = lambda: r.choice(tensors)
            if kind == "dense":
                layer = L.Dense(2, name=self.name(kind))
                if r.random() < 0.3:
                    layer(K.Input(SHAPE))  # a call that is no part of the model
                use = lambda l: l(pick())
            elif kind == "dropout":
                layer, use = L.Dropout(0.5, name=self.name(kind)), lambda l: l(pick(), **self.training())
            elif kind == "add":
                layer, use = L.Add(name=self.name(kind)), lambda l: l([pick() for _ in range(r.randint(2, 4))])
            elif kind == "concatenate":
                layer, use = L.Concatenate(axis=1, name=self.name(kind)), lambda l: l([pick(), pick()])[:, :4]
            elif kind == "lstm":
                layer = L.LSTM(2, return_sequences=True, return_state=True, name=self.name(kind))

                def use(l):
                    sequence, h, c = l(pick())
                    return l(pick(), initial_state=[c, h])[0] + sequence if r.random() < 0.5 else sequence
            elif kind == "attention":
                layer = L.MultiHeadAttention(1, 2, name=self.name(kind))
                use = lambda l: l(pick(), value=pick(), key=pick())
            elif kind == "model" and depth > 0:
                layer = self.model(depth - 1)
                if r.random() < 0.3:
                    layer([K.Input(SHAPE) for _ in layer.inputs])

                def use(l):
                    given = [pick() for _ in l.inputs]
                    out = l(given[0] if len(given) == 1 else given, **self.training())
                    return r.choice(out) if isinstance(out, (list, tuple)) else out
            elif kind == "sequential" and depth > 0:
                layer = K.Sequential([L.Dense(2, name=self.name("dense")), L.Dropout(0.5, name=self.name("dropout"))], name=self.name(kind))
                if r.random() < 0.5:
                    layer.build((None,) + SHAPE)
                use = lambda l: l(pick(), **self.training())
            elif kind == "again" and layers:
                layer, use = r.choice(layers)
            else:
                continue
            layers.append((layer, use))
            tensors.append(use(layer))
        outputs = [r.choice(tensors[len(inputs):]) for _ in range(r.choice([1, 1, 2, 3]))] if len(tensors) > len(inputs) else inputs
        return K.Model(inputs if len(inputs) > 1 else inputs[0], outputs if len(outputs) > 1 else outputs[0], name=self.name("model"))


def nodes_of(model):
    """The calls of each layer that are part of the model, in order."""
    nodes = {id(n) for depth in model._nodes_by_depth.values() for n in depth}
    return {l.name: [n for n in l._inbound_nodes if id(n) in nodes] for l in layers_of(model)}


def layers_of(model):
    return model.layers if KERAS2 else model.operations


def tensors(value):
    """The tensors in arguments, in the order in which they were given (Keras 3 sorts keywords)."""
    if isinstance(value, K.KerasTensor):
        return [value]
    if isinstance(value, dict):
        value = value.values()
    elif not isinstance(value, (list, tuple)):
        return []
    return [t for v in value for t in tensors(v)]


def graph(model):
    nodes = nodes_of(model)

    def output(tensor):
        history = tensor._keras_history
        layer = history.layer if KERAS2 else history.operation
        node = layer._inbound_nodes[history.node_index]
        return [layer.name, [id(n) for n in nodes[layer.name]].index(id(node)), history.tensor_index]

    calls = {}
    for layer in layers_of(model):
        calls[layer.name] = [
            [output(t) for t in (n.keras_inputs if KERAS2 else tensors([n.arguments.args, n.arguments.kwargs]))] for n in nodes[layer.name] if not n.is_input
        ]
    found = {"": {"calls": calls, "inputs": [output(t) for t in model.inputs], "outputs": [output(t) for t in model.outputs]}}
    for layer in model.layers:
        if isinstance(layer, K.Model) and not isinstance(layer, K.Sequential):
            for path, g in graph(layer).items():
                found[(layer.name + "/" + path).rstrip("/")] = g
    return found


def random_models():
    list_ = []
    seed = 0
    while len(list_) < 40:
        seed += 1
        try:
            model = Maker(seed).model(2)
            config = model.to_json()
        except ValueError:  # what only one of the two packages takes
            continue
        in_training.clear()
        model([np.zeros((1,) + SHAPE, np.float32) for _ in model.inputs])
        list_.append({"config": json.loads(config), "graphs": graph(model), "training": sorted(in_training)})
    with open(OUT + ".json.gz", "wb") as raw, gzip.GzipFile("", "wb", 9, raw, mtime=0) as f:
        f.write(json.dumps(list_).encode())


def shared_models(directory):
    def conv(name, seed):
        return L.SeparableConv1D(2, 3, padding="same", name=name, depthwise_initializer=K.initializers.RandomUniform(seed=seed))

    def of(layer, name, *more):
        i = K.Input(SHAPE)
        h = layer(i)
        for m in more:
            h = m(h)
        return K.Model(i, h, name=name)

    i, j = K.Input(SHAPE, name="i"), K.Input((3,) + SHAPE, name="j")
    e = of(conv("c", 1), "E")
    models = {"wrapped": (K.Model([i, j], [e(i), L.TimeDistributed(e, name="td")(j)]), ["E/c", "td/E/c"])}
    c = conv("c", 2)
    a, b = of(c, "A"), of(c, "B", conv("d", 3), L.ReLU())
    models["two"] = (K.Model(i, L.Add()([a(i), b(i)])), ["A/c", "B/c", "B/d"])
    models["two_deep"] = (K.Model(i, of(lambda x: L.Add()([a(x), b(x)]), "N")(i)), ["N/A/c", "N/B/c", "N/B/d"])
    e = of(conv("c", 4), "E")
    models["inside"] = (K.Model(i, L.Add()([e(i), of(e, "F")(i), conv("c", 5)(i)])), ["E/c", "F/E/c", "c"])
    shared = conv("s", 6)
    models["wrapper"] = (K.Model([i, j], [shared(i), L.TimeDistributed(shared, name="td")(j)]), ["s", "td/s"])
    lstm = L.LSTM(2, return_sequences=True, name="lstm")
    models["cell"] = (K.Model(i, L.Add()([of(lstm, "A")(i), of(lstm, "B", conv("d", 7))(i)])), ["B/d"])
    expected = {}
    for name, (model, paths) in models.items():
        crcs = {}
        for path in paths:
            l = model
            for part in path.split("/"):
                l = l.layer if isinstance(l, L.TimeDistributed) else l.get_layer(part)
            crcs[path] = zlib.crc32(np.asarray(l.get_weights()[0], np.float32).tobytes())
        for ending in [".keras", ".h5", ".json", ".weights.h5"]:
            file = os.path.join(directory, name + ending)
            if ending == ".json":
                with open(file, "w") as f:
                    f.write(model.to_json())
            elif ending == ".weights.h5":
                model.save_weights(file)
            else:
                model.save(file)
        expected[name] = crcs
    with zipfile.ZipFile(OUT + "_shared.zip", "w", zipfile.ZIP_DEFLATED, compresslevel=9) as z:
        z.writestr("expected.json", json.dumps(expected, indent=1))
        for file in sorted(os.listdir(directory)):
            z.write(os.path.join(directory, file), file)


random_models()
with tempfile.TemporaryDirectory() as directory:
    shared_models(directory)
