"""A peer of bench: JAX, jit-compiled by XLA for the CPU."""

import os

from serve import arguments, serve

threads = arguments()
# XLA asks these two for the number of threads of a device.
os.environ["NPROC"] = str(threads)
if threads == 1:
    os.environ["XLA_FLAGS"] = os.environ.get("XLA_FLAGS", "") + " --xla_cpu_multi_thread_eigen=false"
os.environ["JAX_PLATFORMS"] = "cpu"

import jax  # noqa: E402
import numpy as np  # noqa: E402
from jax import lax, nn  # noqa: E402

# A caller that waits for each result is better off without a queue of them.
jax.config.update("jax_cpu_enable_async_dispatch", False)

ACTIVATIONS = {
    "linear": lambda x: x,
    "relu": nn.relu,
    "relu6": nn.relu6,
    "tanh": jax.numpy.tanh,
    "sigmoid": nn.sigmoid,
    "gelu": lambda x: nn.gelu(x, approximate=False),
    "silu": nn.silu,
    "swish": nn.silu,
    "elu": nn.elu,
    "selu": nn.selu,
    "softplus": nn.softplus,
    "softsign": nn.soft_sign,
}


def open_layer(job):
    if job.activation not in ACTIVATIONS:
        raise ValueError(f"activation {job.activation!r} is not among those of this peer")
    activation = ACTIVATIONS[job.activation]
    depthwise = jax.numpy.asarray(job.depthwise.reshape(job.kernel, 1, job.columns))
    pointwise, bias = jax.numpy.asarray(job.pointwise), jax.numpy.asarray(job.bias)

    def layer(x):
        u = lax.conv_general_dilated(
            x, depthwise, (job.stride,), [(job.left, job.right)], rhs_dilation=(job.dilation,),
            dimension_numbers=("NWC", "WIO", "NWC"), feature_group_count=job.channels,
            precision=lax.Precision.HIGHEST,
        )
        return activation(jax.numpy.dot(u, pointwise, precision=lax.Precision.HIGHEST) + bias)

    x = jax.numpy.asarray(job.input)
    compiled = jax.jit(layer)
    return lambda: compiled(x).block_until_ready(), np.asarray, ""


if __name__ == "__main__":
    serve("JAX", jax.__version__, threads, open_layer)
