"""Models whose arrays are held to their configurations by shapes that have to be followed, or by names that are the user's.

    python make.py     # keras 3.15.1 and tf_keras 2.21.0

Each layer's first array is filled with the number that its name ends in.
"""

import os
import pathlib

os.environ["CUDA_VISIBLE_DEVICES"] = ""
import keras
import numpy as np
import tf_keras

HERE = pathlib.Path(__file__).resolve().parent


def save(model, name):
    for layer in model.layers:
        weights = layer.get_weights()
        if weights and layer.name[-1].isdigit():
            weights[0] = np.full_like(weights[0], int(layer.name.rsplit("_", 1)[1]))
            layer.set_weights(weights)
    model.save(HERE / name)


def models(K, k):
    L = K.layers
    x = K.Input((8, 3))
    mask = L.Conv1D(1, 1, name="mask_1")(x)
    save(K.Model(x, L.Conv1D(4, 3, name="after_2")(L.Multiply()([mask, x]))), f"{k}_broadcast.h5")

    relu, x = L.ReLU(), K.Input((8,))
    y = relu(L.Dense(6, name="six_6")(relu(L.Dense(5, name="five_5")(x))))
    save(K.Model(x, L.Dense(3, name="three_3")(y)), f"{k}_called_again.h5")

    cells = [L.LSTMCell(2), L.GRUCell(3)]
    cells[0].trainable = False
    inner = K.Sequential([K.Input((4, 3)), L.RNN(cells)], name="inner")
    save(K.Sequential([K.Input((4, 3)), inner]), f"{k}_frozen_cell.h5")


def own(name):
    @keras.saving.register_keras_serializable("mine", name)
    class Own(keras.layers.Layer):
        def build(self, shape):
            self.w = self.add_weight(shape=(2,), initializer="ones", name="w")

        def call(self, x):
            return x * self.w[0]

    Own.__name__ = name
    return Own


models(keras, "k3")
models(tf_keras, "k2")
S = tf_keras.layers.SeparableConv1D
save(tf_keras.Sequential([S(4, 3, input_shape=(20, 2), name="s_1"), S(6, 3, input_shape=(20, 2), name="s_2")]), "k2_declared_again.h5")
layers = [own("GraphConvolution")(name="own_1"), own("GraphConv")(name="own_2"), own("Größe")(name="own_3")]
save(keras.Sequential([keras.Input((4, 2)), *layers]), "k3_own.keras")
