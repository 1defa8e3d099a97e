"""Trains small networks of SeparableConv1D layers with the real Keras packages.

Run it like make.py, whose optimizers it draws from. It writes training.jsonl.gz and
training.f32 next to itself; README.md describes them.
"""

import gzip
import json

from make import CLIPS, HERE, OPTIMIZERS, PACKAGES, SCHEDULES, STEPS  # before TensorFlow, for which it sets the environment
import numpy as np

RUNS = 64
KEPT = (10, 20, 30, 40, 50)  # the steps after which weights are written
SIZE_LIMIT = 400_000  # bytes of both files

# ---------------------------------------------------------------- numbers that Go draws as well


def mix(x):
    """splitmix64's output function (Steele, Lea and Flood, 2014)."""
    x = (x ^ (x >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    x = (x ^ (x >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return x ^ (x >> np.uint64(31))


def noise(run, array, shape):
    """Multiples of 2^-23 from -1 to below 1: the same for the same run and number of the array."""
    i = np.arange(np.prod(shape, dtype=int), dtype=np.uint64) + np.uint64(run << 40 | array << 32)
    bits = mix((i + np.uint64(1)) * np.uint64(0x9E3779B97F4A7C15)) >> np.uint64(40)
    return ((bits.astype(np.int64) - (1 << 23)) / (1 << 23)).astype(np.float32).reshape(shape)


INPUT, TARGET, WEIGHT = 0, 64, 128  # the numbers of arrays: of each step, of each step, of each weight

# ---------------------------------------------------------------- what is drawn

ACTIVATIONS = {
    "keras3": """linear relu tanh sigmoid silu gelu elu selu softplus softsign softmax leaky_relu hard_sigmoid hard_silu mish
        relu6 celu log_sigmoid squareplus exponential glu""".split(),
    "tf_keras": "linear relu tanh sigmoid swish gelu elu selu softplus softsign softmax hard_sigmoid mish".split(),
}


def one(rng, *values):
    return values[rng.integers(len(values))]


def draw_constraint(rng, package, axes):
    """A constraint over one of the axes, or none. RadialConstraint refuses all weights of the layer: they have no four dimensions."""
    c = PACKAGES[package].constraints
    axis = one(rng, *axes)
    kinds = [
        lambda: c.MaxNorm(float(rng.uniform(0.3, 1.5)), axis=axis),
        lambda: c.UnitNorm(axis=axis),
        lambda: c.MinMaxNorm(0.4, 0.9, rate=float(rng.uniform(0.2, 1)), axis=axis),
        c.NonNeg,
    ]
    return kinds[rng.integers(len(kinds))]() if rng.integers(2) else None


def draw_regularizer(rng, package):
    r = PACKAGES[package].regularizers
    size = lambda: float(10.0 ** rng.uniform(-4, -1))
    kinds = [lambda: r.L1(size()), lambda: r.L2(size()), lambda: r.L1L2(l1=size(), l2=size())]
    return kinds[rng.integers(len(kinds))]() if rng.integers(2) else None


def draw_layer(rng, package, data_format):
    """The arguments of a layer. Keras 2 refuses a stride with a dilation."""
    stride, dilation = int(one(rng, 1, 1, 2, 3)), int(one(rng, 1, 1, 2, 3))
    if package == "tf_keras" and stride > 1:
        dilation = 1
    return dict(
        filters=int(rng.integers(2, 7)), kernel_size=int(rng.integers(1, 6)), strides=stride, dilation_rate=dilation,
        depth_multiplier=int(one(rng, 1, 1, 2, 3)),
        padding=one(rng, "valid", "same", "causal") if package == "tf_keras" else one(rng, "valid", "same"),
        data_format=data_format, activation=one(rng, *ACTIVATIONS[package]), use_bias=bool(rng.integers(4)),
        trainable=bool(rng.integers(8)),
        depthwise_regularizer=draw_regularizer(rng, package), pointwise_regularizer=draw_regularizer(rng, package),
        bias_regularizer=draw_regularizer(rng, package), activity_regularizer=draw_regularizer(rng, package),
        depthwise_constraint=draw_constraint(rng, package, (0, [0, 1], [0, 1, 2], 2)),
        pointwise_constraint=draw_constraint(rng, package, (0, 1, [0, 1], 2)),
        bias_constraint=draw_constraint(rng, package, (0,)),
    )  # fmt: skip


def draw_optimizer(rng, name):
    """A class with its arguments, clipping and decay, and a schedule or None."""
    arguments = dict(one(rng, *OPTIMIZERS[name]))
    arguments.update(one(rng, {}, *CLIPS, CLIPS[2]))
    if rng.integers(3) == 0:
        arguments["weight_decay"] = 0.01
    schedule = None
    if rng.integers(2):
        arguments.pop("learning_rate", None)
        kind = one(rng, *SCHEDULES)
        schedule = kind, dict(one(rng, *SCHEDULES[kind]))
    return name, arguments, schedule


# ---------------------------------------------------------------- one run


class Run:
    """A network, what trains it, and on what."""

    def __init__(self, number):
        self.number = number
        rng = np.random.default_rng([16, number])
        self.package = "tf_keras" if number % 3 == 2 else "keras3"
        self.keras = PACKAGES[self.package]
        data_format = "channels_first" if self.package == "keras3" and number % 4 == 3 else "channels_last"
        optimizer = list(OPTIMIZERS)[number // 2 % len(OPTIMIZERS)]
        while True:
            self.optimizer = draw_optimizer(rng, optimizer)
            self.layers = [draw_layer(rng, self.package, data_format) for _ in range(rng.integers(1, 4))]
            batch, steps, channels = int(rng.integers(1, 6)), int(rng.integers(12, 41)), int(rng.integers(1, 5))
            self.shape = (batch, channels, steps) if data_format == "channels_first" else (batch, steps, channels)
            self.head = None
            if data_format == "channels_last" and rng.integers(2):
                self.head = {"units": int(rng.integers(2, 5)), "factor": float(10.0 ** rng.uniform(-3, -1)), "mode": one(rng, "rows", "columns")}
            if self.fits():
                return

    def fits(self):
        """Builds the network. False if a layer has no output or one that Keras 3 adds bias[t] to, or if nothing learns."""
        k, shape, made = self.keras, self.shape, []
        inputs = x = k.Input(batch_shape=shape)
        for arguments in self.layers:
            first = arguments["data_format"] == "channels_first"
            channels, steps = (x.shape[1], x.shape[2]) if first else (x.shape[2], x.shape[1])
            span = (arguments["kernel_size"] - 1) * arguments["dilation_rate"] + 1
            if arguments["padding"] == "valid" and steps < span:
                return False
            if arguments["activation"] == "glu":  # Keras takes its output for as wide as what it halves
                return False
            layer = k.layers.SeparableConv1D(**arguments)
            if first:
                out = -(-(steps - span + 1 if arguments["padding"] == "valid" else steps) // arguments["strides"])
                if out == arguments["filters"]:
                    return False
            x = layer(x)
            made.append(layer)
        if self.head:
            x = k.layers.GlobalAveragePooling1D()(x)
            orthogonal = k.regularizers.OrthogonalRegularizer(factor=self.head["factor"], mode=self.head["mode"])
            x = k.layers.Dense(self.head["units"], kernel_regularizer=orthogonal)(x)
        self.model = k.Model(inputs, x)
        self.output = tuple(x.shape)
        self.made = made
        return bool(self.model.trainable_weights)

    def weights(self):
        """The initial weights: noise divided by a power of two, about as large as keeps a signal's size."""
        values = []
        for i, w in enumerate(self.model.weights):
            shape = tuple(w.shape)
            # Sums are over all dimensions but the last, which are filters or the multiplier, and of a
            # depthwise kernel but the channels too.
            terms = shape[0] if "depthwise" in w.name else int(np.prod(shape[:-1]))
            values.append(noise(self.number, WEIGHT + i, shape) / np.float32(2 ** ((terms.bit_length() - 1) // 2)))
        return values

    def batch(self, step):
        """Inputs of 2 * noise. Targets are noise, or labels of the head's classes that noise draws."""
        x = noise(self.number, INPUT + step, self.shape) * np.float32(2)
        if not self.head:
            return x, noise(self.number, TARGET + step, self.output)
        drawn = noise(self.number, TARGET + step, self.output[:1])
        return x, ((drawn + 1) / 2 * self.output[1]).astype(np.int32)

    def train(self):
        """Returns the loss of each step, and all weights after those of KEPT."""
        k = self.keras
        name, arguments, schedule = self.optimizer
        arguments = dict(arguments)
        if schedule:
            arguments["learning_rate"] = getattr(k.optimizers.schedules, schedule[0])(**schedule[1])
        if self.package == "tf_keras":
            arguments["jit_compile"] = False
        loss = k.losses.SparseCategoricalCrossentropy(from_logits=True) if self.head else k.losses.MeanSquaredError()
        self.model.compile(getattr(k.optimizers, name)(**arguments), loss, jit_compile=False)
        self.model.set_weights(self.weights())
        losses, kept = [], []
        for step in range(STEPS):
            self.model.reset_metrics()
            losses.append(float(self.model.train_on_batch(*self.batch(step))))
            if step + 1 in KEPT:
                kept.append(self.model.get_weights())
        return losses, kept

    def line(self, losses, offset):
        name, arguments, schedule = self.optimizer
        line = {
            "package": self.package, "class": name, "arguments": arguments, "layers": [nameless(l.get_config()) for l in self.made],
            "input_shape": self.shape, "output_shape": self.output, "offset": offset, "losses": losses,
        }  # fmt: skip
        if schedule:
            line["schedule"], line["schedule_arguments"] = schedule
        if self.head:
            line["head"] = self.head
        return line


def nameless(config):
    """Names count all layers that there were."""
    return {key: value for key, value in config.items() if key != "name"}


def main():
    lines, floats, offset = [], [], 0
    for number in range(RUNS):
        run = Run(number)
        losses, kept = run.train()
        assert np.isfinite(losses).all(), number
        lines.append(json.dumps(run.line(losses, offset)) + "\n")
        for arrays in kept:
            flat = np.concatenate([a.ravel() for a in arrays])
            floats.append(flat.astype("<f4").tobytes())
            offset += flat.size
        run.keras.backend.clear_session()
    (HERE / "training.jsonl.gz").write_bytes(gzip.compress("".join(lines).encode(), mtime=0))
    (HERE / "training.f32").write_bytes(b"".join(floats))
    size = sum((HERE / name).stat().st_size for name in ("training.jsonl.gz", "training.f32"))
    print(len(lines), "runs,", offset, "floats,", size, "bytes")
    assert size <= SIZE_LIMIT


if __name__ == "__main__":
    main()
