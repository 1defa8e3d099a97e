"""A peer of bench: Keras' own layer on TensorFlow, in a tf.function and with XLA; in
training in a tf.function, since XLA's gradients take ten times as long."""

import os

import network
from serve import arguments, fastest, serve

threads = arguments()
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ["CUDA_VISIBLE_DEVICES"] = ""

import tensorflow as tf  # noqa: E402

tf.config.threading.set_intra_op_parallelism_threads(threads)
tf.config.threading.set_inter_op_parallelism_threads(1)


def layer(job):
    """The layer. Causal padding, which Keras 3 has dropped, is a layer before."""
    convolution = tf.keras.layers.SeparableConv1D(
        job.filters, job.kernel, strides=job.stride, dilation_rate=job.dilation, depth_multiplier=job.multiplier,
        padding="same" if job.padding == "same" else "valid", activation=job.activation,
    )
    model = tf.keras.Sequential([tf.keras.Input((job.steps, job.channels), batch_size=job.batch)])
    if job.padding == "causal":
        model.add(tf.keras.layers.ZeroPadding1D((job.left, 0)))
    model.add(convolution)
    convolution.set_weights([job.depthwise, job.pointwise[None], job.bias])
    return model


def open_layer(job):
    return open_model(layer(job), tf.constant(job.input))


def open_network(directory, model):
    return open_model(network.keras_model(directory), tf.constant(network.read_input(directory, model)))


def open_model(model, x):
    def way(**options):
        def build():
            function = tf.function(lambda x: model(x, training=False), **options)
            concrete = function.get_concrete_function(tf.TensorSpec(x.shape, x.dtype))
            return lambda: concrete(x), lambda y: y.numpy()

        return build

    return fastest([("tf.function", way()), ("XLA", way(jit_compile=True))])


def open_step(job):
    """The gradients of sum(y * dy): dy goes in where that sum's own would be."""
    model = layer(job)
    x, dy = tf.constant(job.input), tf.constant(job.dy)

    @tf.function
    def step(x, dy):
        with tf.GradientTape() as tape:
            tape.watch(x)
            y = model(x, training=True)
        return y, *tape.gradient(y, [x, *model.trainable_variables], output_gradients=dy)

    spec = tf.TensorSpec
    concrete = step.get_concrete_function(spec(x.shape, x.dtype), spec(dy.shape, dy.dtype))
    return lambda: concrete(x, dy), lambda results: [r.numpy() for r in results], "tf.function"


if __name__ == "__main__":
    serve("Keras (TensorFlow)", f"{tf.keras.__version__} ({tf.__version__})", threads, open_layer, open_step, open_network)
