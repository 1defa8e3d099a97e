"""Converts a whole network of bench -models to the files of peers that do not read Keras' own: model.onnx by tf2onnx and
model.tflite by TensorFlow's converter, as users of Keras do it.

    convert.py DIRECTORY
"""

import os
import sys
from pathlib import Path

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ["CUDA_VISIBLE_DEVICES"] = ""

import network  # noqa: E402

sys.path.remove(str(Path(__file__).resolve().parent))  # where names of packages, such as litert, are those of peers

import tensorflow as tf  # noqa: E402


def convert(directory):
    model = network.keras_model(directory)
    # One signal at a time: a shape that is known lets converters drop what makes shapes.
    spec = tf.TensorSpec((1, *model.inputs[0].shape[1:]), model.inputs[0].dtype, name="x")
    function = tf.function(lambda x: model(x, training=False), input_signature=[spec])
    failed = [
        f"{kind.__name__}: {error}"
        for kind in (onnx, tflite)
        if (error := attempt(kind, model, function, spec, directory))
    ]
    return failed


def attempt(kind, *arguments):
    """Runs a converter and returns why it failed, if it did."""
    try:
        kind(*arguments)
    except Exception as error:
        return f"{type(error).__name__}: {error}"


def onnx(model, function, spec, directory):
    import tf2onnx

    tf2onnx.convert.from_function(function, [spec], opset=18, output_path=str(Path(directory, "model.onnx")))


def tflite(model, function, spec, directory):
    from tensorflow.python.framework.convert_to_constants import convert_variables_to_constants_v2 as frozen

    converter = tf.lite.TFLiteConverter.from_concrete_functions([frozen(function.get_concrete_function())])
    converter.target_spec.supported_ops = [tf.lite.OpsSet.TFLITE_BUILTINS]
    converter._experimental_lower_tensor_list_ops = True
    Path(directory, "model.tflite").write_bytes(converter.convert())


if __name__ == "__main__":
    if failed := convert(sys.argv[1]):
        sys.exit(" ".join(failed).replace("\n", " ")[:400])
