"""Makes the models that the tests of the command run, their inputs as people have them,
and what Keras computes.

    pip install tensorflow==2.21.0 keras==3.15.1 numpy==2.4.6 soundfile==0.13.1
    python make.py

Each model is saved as NAME.keras; expected.json has, by the name of a file of input, the
model and the outputs of all examples.
"""
import json
import wave

import keras
import numpy as np
import soundfile
import tensorflow as tf
from keras import layers

keras.utils.set_random_seed(17)
random = np.random.default_rng(17)
expected = {}


def save(model, name):
    for w in model.weights:
        if w.dtype != "string":
            w.assign(random.uniform(-0.5, 0.5, w.shape))
    model.save(name + ".keras")
    return model


def expect(file, name, model, *inputs):
    outputs = model(inputs[0] if len(inputs) == 1 else list(inputs))
    if not isinstance(outputs, (list, tuple)):
        outputs = [outputs]
    expected[file] = {"model": name, "outputs": [np.asarray(y, "float64").tolist() for y in outputs]}


# Steps of three channels, as many as there are.
signal = save(keras.Sequential([
    layers.Input((None, 3)), layers.SeparableConv1D(4, 3, padding="same", activation="relu"),
    layers.GlobalAveragePooling1D(), layers.Dense(2, activation="softmax", name="scores")], name="signal"), "signal")
x = random.normal(size=(5, 7, 3)).round(2)
np.save("signal.npy", x)
expect("signal.npy", "signal", signal, x)
np.save("one_signal.npy", np.asfortranarray(x[0].astype(">f4")))
expect("one_signal.npy", "signal", signal, x[:1])
np.savetxt("signal.csv", x[1], fmt="%g", delimiter=",", header="a,b,c", comments="")
expect("signal.csv", "signal", signal, x[1:2])
np.savetxt("signal.txt", x[1], header="a b c")
expect("signal.txt", "signal", signal, x[1:2])

# Windows of a fixed length, and a vector.
window = save(keras.Sequential([
    layers.Input((4, 2)), layers.Conv1D(3, 2, activation="tanh"), layers.Flatten(), layers.Dense(2, name="scores")], name="window"), "window")
w = random.normal(size=(3, 4, 2)).round(2)
np.savetxt("window_steps.csv", w.reshape(-1, 2), fmt="%g", delimiter=";")
np.savetxt("window_rows.csv", w.reshape(3, 8), fmt="%g", delimiter="\t", header="\t".join("abcdefgh"), comments="")
for file in ["window_steps.csv", "window_rows.csv"]:
    expect(file, "window", window, w)

# Sound.
sound = save(keras.Sequential([
    layers.Input((None, 1)), layers.SeparableConv1D(3, 5, strides=2, activation="relu"),
    layers.GlobalMaxPooling1D(), layers.Dense(3, name="scores")], name="sound"), "sound")
samples = (np.sin(np.arange(200) / 7) * 20000).round().astype("<i2")
with wave.open("sound.wav", "wb") as f:
    f.setparams((1, 2, 16000, 0, "NONE", ""))
    f.writeframes(samples.tobytes())
expect("sound.wav", "sound", sound, (samples / 32768).reshape(1, -1, 1))
stereo = np.stack([samples / 32768, -samples / 65536], 1)
soundfile.write("stereo.wav", stereo, 44100, subtype="FLOAT")
expect("stereo.wav", "sound", sound, stereo.mean(1).reshape(1, -1, 1))

# Text, cut to six words or to nothing; and words.
reviews = ["a good film", "Not good, not bad: a film!", "", "bad bad bad and not one word more than that", "nothing known"]
vocabulary = ["a", "film", "good", "bad", "not"]
for name, length in [("reviews", 6), ("open_reviews", None)]:
    text = save(keras.Sequential([
        layers.Input((1,), dtype="string"), layers.TextVectorization(vocabulary=vocabulary, output_sequence_length=length),
        layers.Embedding(7, 4), layers.GlobalAveragePooling1D(), layers.Dense(2, name="scores")], name=name), name)
    # One at a time, so that nothing is padded, and Keras has no steps of an empty text.
    given = [r for r in reviews if r or length]
    outputs = [np.asarray(text(tf.constant([[r]])))[0] for r in given]
    expected[name + ".txt"] = {"model": name, "outputs": [np.array(outputs, "float64").tolist()]}
    with open(name + ".txt", "w") as f:
        f.writelines(r + "\n" for r in given)
np.save("reviews.npy", np.array(reviews))
expected["reviews.npy"] = expected["reviews.txt"]
words = save(keras.Sequential([
    layers.Input((3,), dtype="string"), layers.StringLookup(vocabulary=["new york", "rome", "oslo"]),
    layers.Embedding(4, 2), layers.Flatten(), layers.Dense(2, name="scores")], name="words"), "words")
rows = [["new york", "rome", "oslo"], ["oslo", "paris", "rome"]]
with open("words.csv", "w") as f:
    f.writelines(",".join(r) + "\n" for r in rows)
expected["words.csv"] = {"model": "words", "outputs": [np.asarray(words(tf.constant(rows)), "float64").tolist()]}

# Two inputs, one of indices, and two outputs.
a, b = layers.Input((None, 2), name="sensor"), layers.Input((1,), dtype="int32", name="place")
h = layers.GlobalAveragePooling1D()(layers.SeparableConv1D(4, 3, padding="same")(a))
h = layers.Concatenate()([h, layers.Flatten()(layers.Embedding(5, 2)(b))])
two = save(keras.Model([a, b], [layers.Dense(2, name="kind")(h), layers.Dense(1, name="level")(h)], name="two"), "two")
s, p = random.normal(size=(3, 6, 2)).round(2).astype("f4"), np.array([[0], [4], [2]])
np.save("sensor.npy", s)
np.save("place.npy", p)
expect("sensor.npy", "two", two, s, p)

with open("expected.json", "w") as f:
    json.dump(expected, f, indent=1)

# A model whose file has the state of an optimizer.
trained = keras.Sequential([layers.Input((2, 2)), layers.SeparableConv1D(1, 1)], name="trained")
trained.compile("adam", "mse")
trained.fit(np.zeros((1, 2, 2)), np.zeros((1, 2, 1)), verbose=0)
trained.save("trained.keras")
