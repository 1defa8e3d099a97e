"""A peer of bench: PyTorch, channels first as its users have it."""

import os

from serve import arguments, fastest, serve

threads = arguments()
os.environ["OMP_NUM_THREADS"] = str(threads)
os.environ["TORCHINDUCTOR_COMPILE_THREADS"] = "1"  # compile here, not in processes of its own

import network  # noqa: E402
import pytorch_network  # noqa: E402
import torch  # noqa: E402
from torch import nn  # noqa: E402
from torch.nn import functional  # noqa: E402

torch.set_num_threads(threads)
torch.set_num_interop_threads(1)
torch.set_grad_enabled(False)

ACTIVATIONS = {
    "linear": nn.Identity,
    "relu": nn.ReLU,
    "relu6": nn.ReLU6,
    "tanh": nn.Tanh,
    "sigmoid": nn.Sigmoid,
    "gelu": nn.GELU,
    "silu": nn.SiLU,
    "swish": nn.SiLU,
    "elu": nn.ELU,
    "selu": nn.SELU,
    "softplus": nn.Softplus,
    "softsign": nn.Softsign,
}


class Pad(nn.Module):
    """Zeros in front and behind, where they are not as many."""

    def __init__(self, left: int, right: int):
        super().__init__()
        self.pad = (left, right)

    def forward(self, x):
        return functional.pad(x, self.pad)


def layer(job):
    """The layer as a module, for inputs (batch, channels, steps)."""
    if job.activation not in ACTIVATIONS:
        raise ValueError(f"activation {job.activation!r} is not among those of this peer")
    even = job.left == job.right
    depthwise = nn.Conv1d(
        job.channels, job.columns, job.kernel, stride=job.stride, dilation=job.dilation,
        padding=job.left if even else 0, groups=job.channels, bias=False,
    )
    pointwise = nn.Conv1d(job.columns, job.filters, 1)
    with torch.no_grad():
        depthwise.weight.copy_(torch.from_numpy(job.depthwise.reshape(job.kernel, job.columns).T[:, None, :].copy()))
        pointwise.weight.copy_(torch.from_numpy(job.pointwise.T[:, :, None].copy()))
        pointwise.bias.copy_(torch.from_numpy(job.bias))
    parts = [depthwise, pointwise]
    if not even:
        parts.insert(0, Pad(job.left, job.right))
    if job.activation != "linear":
        parts.append(ACTIVATIONS[job.activation]())
    return nn.Sequential(*parts).eval()


def open_layer(job):
    return open_module(layer(job), torch.from_numpy(job.input.transpose(0, 2, 1).copy()), lambda y: y.numpy().transpose(0, 2, 1))


def open_network(directory, model):
    x = torch.from_numpy(network.read_input(directory, model))
    if not model["indices"]:
        x = x.transpose(1, 2).contiguous()
    last = (lambda y: y.numpy().transpose(0, 2, 1)) if len(model["output"]) == 2 else (lambda y: y.numpy())
    return open_module(pytorch_network.Network(directory).eval(), x, last)


def open_module(module, x, output):
    """The fastest way to run a module."""

    def way(build):
        def bound():
            f = build()
            with torch.inference_mode():
                for _ in range(3):  # scripts are optimised while they run
                    f(x)
            return lambda: f(x), output

        return bound

    def scripted():
        return torch.jit.optimize_for_inference(torch.jit.freeze(torch.jit.trace(module, x)))

    def compiled():
        torch._dynamo.reset()
        return torch.compile(module, dynamic=False, options={"freezing": True, "max_autotune": False})

    return fastest([("eager", way(lambda: module)), ("script+freeze", way(scripted)), ("compile", way(compiled))])


def open_step(job):
    """A step as PyTorch's users write it: forget the gradients, forward, backward."""
    with training():
        module = layer(job).train()
        x = torch.from_numpy(job.input.transpose(0, 2, 1).copy()).requires_grad_()
        dy = torch.from_numpy(job.dy.transpose(0, 2, 1).copy())
    depthwise, pointwise, bias = module.parameters()

    def way(build):
        def bound():
            f = build()

            def run():
                with training():
                    x.grad = None
                    module.zero_grad()
                    y = f(x)
                    y.backward(dy)
                    return y

            return run, outputs

        return bound

    def outputs(y):
        columns, channels_last = depthwise.grad[:, 0, :].T, x.grad.transpose(1, 2)
        return [t.detach().numpy() for t in (y.transpose(1, 2), channels_last, columns, pointwise.grad[:, :, 0].T, bias.grad)]

    def compiled():
        torch._dynamo.reset()
        return torch.compile(module, dynamic=False)

    return fastest([("eager", way(lambda: module)), ("compile", way(compiled))])


def training():
    """Undoes for a while what is set for inference. It takes a microsecond or two."""
    return torch.inference_mode(False)


if __name__ == "__main__":
    with torch.inference_mode():
        serve("PyTorch", torch.__version__, threads, open_layer, open_step, open_network)
