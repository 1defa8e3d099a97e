"""Models that were saved before they were built.

    pip install -r ../../requirements-keras3.txt && python make.py
"""
import os

os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
import keras
import tf_keras


class Subclass(keras.Model):
    """A model whose code alone knows its layers."""

    def __init__(self, **kw):
        super().__init__(**kw)
        self.conv = keras.layers.SeparableConv1D(4, 3)

    def call(self, x):
        return self.conv(x)


for prefix, k in (("k3", keras), ("k2", tf_keras)):
    model = k.Sequential([k.layers.SeparableConv1D(4, 3, name="conv"), k.layers.BatchNormalization(name="norm")])
    for ending in (".keras", ".h5", ".weights.h5"):
        try:
            (model.save_weights if "weights" in ending else model.save)(prefix + ending)
        except Exception as e:
            print(prefix, ending, type(e).__name__, str(e)[:100])
for ending in (".keras", ".weights.h5"):
    try:
        m = Subclass()
        (m.save_weights if "weights" in ending else m.save)("k3_subclass" + ending)
    except Exception as e:
        print("k3_subclass", ending, type(e).__name__, str(e)[:100])
