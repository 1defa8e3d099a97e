"""A peer of bench: oneDNN by its own clock, called through PyTorch.

What PyTorch adds to a call does not count, only what oneDNN reports of the
primitives that it executes: the two convolutions, and the reorders of signals
between them. Reorders of weights do not count, since they are done once where
it matters. Where the padding is not the same on both sides the input is padded
before, and that does not count either."""

import os
import sys
import tempfile

from serve import arguments, serve

threads = arguments()
os.environ["OMP_NUM_THREADS"] = str(threads)

import torch  # noqa: E402

torch.set_num_threads(threads)

# Keras' activations as (post-op, its numbers, algorithm).
ACTIVATIONS = {
    "linear": ("none", [], ""),
    "relu": ("relu", [], ""),
    "relu6": ("hardtanh", [0.0, 6.0], ""),
    "tanh": ("tanh", [], ""),
    "sigmoid": ("sigmoid", [], ""),
    "gelu": ("gelu", [], "none"),
    "silu": ("swish", [], ""),
    "swish": ("swish", [], ""),
}


class Layer:
    """The two convolutions, of signals (batch, channels, steps)."""

    def __init__(self, job):
        if job.activation not in ACTIVATIONS:
            raise ValueError(f"activation {job.activation!r} is not among those of this peer")
        x = torch.from_numpy(job.input.transpose(0, 2, 1).copy())
        self.pad = job.left
        if job.left != job.right:
            x, self.pad = torch.nn.functional.pad(x, (job.left, job.right)), 0
        self.x, self.job = x, job
        self.depthwise = torch.from_numpy(job.depthwise.reshape(job.kernel, job.columns).T[:, None, :].copy())
        self.pointwise = torch.from_numpy(job.pointwise.T[:, :, None].copy())
        self.bias = torch.from_numpy(job.bias)
        groups = job.channels
        self.weights = {
            f"{groups}x{job.multiplier}x1x{job.kernel}", f"{job.columns}x1x{job.kernel}",
            f"{job.filters}x{job.columns}x1",
        }

    def __call__(self):
        job, convolution = self.job, torch.ops.mkldnn._convolution_pointwise
        activation, numbers, algorithm = ACTIVATIONS[job.activation]
        u = convolution(self.x, self.depthwise, None, [self.pad], [job.stride], [job.dilation], job.channels, "none", [], "")
        return convolution(u, self.pointwise, self.bias, [0], [1], [1], 1, activation, numbers, algorithm)

    def profile(self, runs):
        """Runs and returns (milliseconds of the primitives, names of the kernels)."""
        with tempfile.TemporaryFile("w+") as log:
            terminal = os.dup(1)
            os.dup2(log.fileno(), 1)
            try:
                with torch.backends.mkldnn.verbose(torch.backends.mkldnn.VERBOSE_ON):
                    for _ in range(runs):
                        self()
            finally:
                os.dup2(terminal, 1)
                os.close(terminal)
            log.seek(0)
            return self.read(log)

    def read(self, log):
        total, kernels = 0.0, []
        for line in log:
            fields = line.rstrip().split(",")
            if fields[:4] != ["onednn_verbose", "v1", "primitive", "exec"]:
                continue
            kind, kernel, problem, milliseconds = fields[5], fields[6], fields[-2], float(fields[-1])
            if kind == "reorder" and problem in self.weights:
                continue
            total += milliseconds
            if kind == "convolution" and kernel not in kernels:
                kernels.append(kernel)
        if not kernels:
            raise RuntimeError("oneDNN has reported no convolution")
        return total, kernels

    def measure(self, warm, runs):
        for _ in range(warm):
            self()
        milliseconds, _ = self.profile(runs)
        return {"seconds": milliseconds / 1e3, "cpu": 0}


def open_layer(job):
    with torch.inference_mode():
        layer = Layer(job)
        _, kernels = layer.profile(1)
    return layer, lambda y: y.numpy().transpose(0, 2, 1), " + ".join(kernels)


def version():
    for line in torch.__config__.show().splitlines():
        if "MKL-DNN" in line or "oneDNN" in line:
            return next(word for word in line.split() if word.startswith("v"))
    return "of PyTorch " + torch.__version__


if __name__ == "__main__":
    if not torch.backends.mkldnn.is_available():
        sys.exit("this PyTorch is without oneDNN")
    with torch.inference_mode():
        serve("oneDNN (in PyTorch)", version(), threads, open_layer)
