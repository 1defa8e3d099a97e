"""A whole network of Keras' layers as a module of PyTorch, channels first, as its users write it."""

import network
import torch
from torch import nn
from torch.nn import functional

ACTIVATIONS = {"linear": nn.Identity, "relu": nn.ReLU, "softmax": lambda: nn.Softmax(1)}


class Network(nn.Module):
    """The layers in the order of their calls. All signals between them are (batch, channels, steps)."""

    def __init__(self, directory):
        super().__init__()
        n = network.read(directory)
        self.inputs = [layer.inputs for layer in n.layers]
        self.names = [layer.name for layer in n.layers]
        self.parts = nn.ModuleList(
            BUILDERS[layer.kind](layer.config, [torch.from_numpy(a.copy()) for a in n.weights.get(layer.name, [])]) for layer in n.layers
        )

    def forward(self, x):
        values = {}
        for name, inputs, part in zip(self.names, self.inputs, self.parts):
            values[name] = part(*[values[i] for i in inputs]) if inputs else x
        return values[self.names[-1]]


class Padded(nn.Module):
    """A module after the padding that Keras calls same, which with strides is more at the end."""

    def __init__(self, module, size, stride, value=0.0):
        super().__init__()
        self.module, self.size, self.stride, self.value = module, size, stride, value

    def forward(self, x):
        total = max((-(-x.shape[-1] // self.stride) - 1) * self.stride + self.size - x.shape[-1], 0)
        return self.module(functional.pad(x, (total // 2, total - total // 2), value=self.value))


def padded(c, module, size, stride, value=0.0):
    """The module with Keras' padding: its own where that is as much on both sides."""
    if c["padding"] != "same" or size == 1 and stride == 1:
        return module
    if stride == 1 and size % 2 == 1 and value == 0.0:
        module.padding = (size // 2,)
        return module
    return Padded(module, size, stride, value)


def one(c, key):
    return c[key][0] if isinstance(c[key], list) else c[key]


def convolution(c, kernel, bias, groups=1, strides=None):
    """nn.Conv1d of a kernel (outputs, inputs by group, size)."""
    stride = one(c, "strides") if strides is None else strides
    dilation = one(c, "dilation_rate") if kernel.shape[2] > 1 else 1
    m = nn.Conv1d(
        kernel.shape[1] * groups, kernel.shape[0], kernel.shape[2], stride=stride, dilation=dilation, groups=groups, bias=bias is not None
    )
    with torch.no_grad():
        m.weight.copy_(kernel)
        if bias is not None:
            m.bias.copy_(bias)
    return padded(c, m, (kernel.shape[2] - 1) * dilation + 1, stride)


def separable(c, weights):
    depthwise, pointwise, *bias = weights
    size, channels, multiplier = depthwise.shape
    return nn.Sequential(
        convolution(c, depthwise.reshape(size, -1).T[:, None, :], None, groups=channels),
        convolution(c, pointwise[0].T[:, :, None], bias[0] if bias else None, strides=1),
        ACTIVATIONS[c["activation"]](),
    )


def conv1d(c, weights):
    kernel, *bias = weights
    return nn.Sequential(convolution(c, kernel.permute(2, 1, 0), bias[0] if bias else None), ACTIVATIONS[c["activation"]]())


def dense(c, weights):
    m = nn.Linear(*weights[0].shape)
    with torch.no_grad():
        m.weight.copy_(weights[0].T)
        m.bias.copy_(weights[1])
    return nn.Sequential(m, ACTIVATIONS[c["activation"]]())


def batch_normalization(c, weights):
    gamma, beta, mean, variance = weights
    m = nn.BatchNorm1d(len(gamma), eps=c["epsilon"])
    with torch.no_grad():
        for to, values in ((m.weight, gamma), (m.bias, beta), (m.running_mean, mean), (m.running_var, variance)):
            to.copy_(values)
    return m


class Embedding(nn.Module):
    def __init__(self, table):
        super().__init__()
        self.table = nn.Embedding.from_pretrained(table)

    def forward(self, x):
        return self.table(x).transpose(1, 2)


class Gru(nn.Module):
    """Keras' gates are update, reset and new; PyTorch's reset, update and new."""

    def __init__(self, kernel, recurrent, bias):
        super().__init__()
        units = recurrent.shape[0]
        self.gru = nn.GRU(kernel.shape[0], units, batch_first=True)
        order = torch.cat([torch.arange(units, 2 * units), torch.arange(units), torch.arange(2 * units, 3 * units)])
        with torch.no_grad():
            self.gru.weight_ih_l0.copy_(kernel.T[order])
            self.gru.weight_hh_l0.copy_(recurrent.T[order])
            self.gru.bias_ih_l0.copy_(bias[0][order])
            self.gru.bias_hh_l0.copy_(bias[1][order])

    def forward(self, x):
        return self.gru(x.transpose(1, 2))[1][0]


class Sum(nn.Module):
    def forward(self, a, b):
        return a + b


class Mean(nn.Module):
    def forward(self, x):
        return x.mean(2)


def pooling(c, _):
    size, stride = one(c, "pool_size"), one(c, "strides")
    return padded(c, nn.MaxPool1d(size, stride), size, stride, float("-inf"))


BUILDERS = {
    "InputLayer": lambda c, w: nn.Identity(),
    "Dropout": lambda c, w: nn.Identity(),
    "Activation": lambda c, w: ACTIVATIONS[c["activation"]](),
    "Softmax": lambda c, w: nn.Softmax(1),
    "Add": lambda c, w: Sum(),
    "GlobalAveragePooling1D": lambda c, w: Mean(),
    "MaxPooling1D": pooling,
    "BatchNormalization": batch_normalization,
    "Conv1D": conv1d,
    "SeparableConv1D": separable,
    "Dense": dense,
    "Embedding": lambda c, w: Embedding(w[0]),
    "GRU": lambda c, w: Gru(*w),
}
