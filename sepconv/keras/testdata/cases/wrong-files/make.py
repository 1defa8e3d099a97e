"""What people hand over for a file of Keras, by the programs that write it.

    pip install -r ../../requirements-keras3.txt && python make.py tensorflow
    pip install -r ../../requirements-torch.txt onnx==1.23.2 coremltools==9.0 && python make.py torch

Of a long file only the first and the last 512 bytes are kept, which is all that is
looked at. The files that are not made here are what they are called: an empty file,
a pointer of Git LFS, a page of a web server, a .keras compressed with gzip, unpacked
(unz.keras), and packed again with its folder (nested.keras) or by a Mac (mac.keras).
"""
import os
import pickle
import sys
import tempfile

os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"


def keep(source, name):
    with open(source, "rb") as f:
        data = f.read()
    if len(data) > 2048 and not data.startswith(b"PK"):
        data = data[:512] + data[-512:]
    with open(name, "wb") as f:
        f.write(data)


def tensorflow(tmp):
    import tensorflow as tf
    import tf_keras
    from tensorflow.python.framework.convert_to_constants import convert_variables_to_constants_v2

    model = tf_keras.Sequential([tf_keras.layers.Input((8, 2)), tf_keras.layers.SeparableConv1D(2, 3)])
    model.save(tmp + "/saved")
    keep(tmp + "/saved/saved_model.pb", "saved_model.pb")
    with open("model.tflite", "wb") as f:
        f.write(tf.lite.TFLiteConverter.from_keras_model(model).convert())
    keep("model.tflite", "model.tflite")
    function = tf.function(model).get_concrete_function(tf.TensorSpec((1, 8, 2)))
    graph = convert_variables_to_constants_v2(function).graph.as_graph_def()
    with open(tmp + "/frozen.pb", "wb") as f:
        f.write(graph.SerializeToString())
    keep(tmp + "/frozen.pb", "frozen.pb")
    model.save_weights(tmp + "/weights.ckpt")
    keep(tmp + "/weights.ckpt.index", "weights.ckpt.index")
    keep(tmp + "/checkpoint", "checkpoint")


def torch(tmp):
    import torch

    pair = torch.nn.Sequential(torch.nn.Conv1d(2, 2, 3, groups=2), torch.nn.Conv1d(2, 2, 1))
    torch.save(pair.state_dict(), "zip.pt")
    torch.save(pair.state_dict(), tmp + "/old.pt", _use_new_zipfile_serialization=False)
    keep(tmp + "/old.pt", "old.pt")
    with open("state.pkl", "wb") as f:
        pickle.dump({k: v.numpy().tolist() for k, v in pair.state_dict().items()}, f)
    torch.jit.script(torch.nn.Conv1d(1, 1, 1)).save("script.pt")
    torch.onnx.export(pair, (torch.zeros(1, 2, 8),), tmp + "/model.onnx", dynamo=False)
    keep(tmp + "/model.onnx", "model.onnx")

    import coremltools
    from coremltools.converters.mil import Builder

    @Builder.program(input_specs=[Builder.TensorSpec(shape=(1, 2))])
    def program(x):
        return Builder.relu(x=x)

    core = coremltools.convert(program, convert_to="neuralnetwork")
    core.save(tmp + "/model.mlmodel")
    keep(tmp + "/model.mlmodel", "model.mlmodel")


with tempfile.TemporaryDirectory() as tmp:
    globals()[sys.argv[1]](tmp)
