"""Trains the network of examples/text, and writes it with the texts that were kept out and what Keras computes of them.

    pip install -r requirements.txt
    pip install --no-deps -r packages.txt    # of which only the messages are read
    python train.py
"""

import json
import os
import pathlib

os.environ["CUDA_VISIBLE_DEVICES"] = ""
os.environ["KERAS_BACKEND"] = "tensorflow"
os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
os.environ["TF_ENABLE_ONEDNN_OPTS"] = "0"

import keras
import numpy as np
import tensorflow as tf

import messages

HERE = pathlib.Path(__file__).resolve().parent
SEED, EPOCHS, BATCH, LENGTH, CHARACTERS, SHIPPED = 17, 9, 64, 96, 160, 50
LANGUAGES = list(messages.LANGUAGES)


def characters(texts):
    """From a string to the indices of its characters, which are those of the texts."""
    layer = keras.layers.TextVectorization(CHARACTERS, "lower_and_strip_punctuation", "character", output_sequence_length=LENGTH)
    layer.adapt(texts)
    return layer


def network():
    """From indices to the probability of each language, 28,000 parameters."""
    L = keras.layers
    model = keras.Sequential([keras.Input((LENGTH,), dtype="int64"), L.Embedding(CHARACTERS, 24)])
    for filters in 64, 96, 128:
        for layer in L.SeparableConv1D(filters, 5, padding="same", use_bias=False), L.BatchNormalization(), L.ReLU():
            model.add(layer)
        if filters == 96:
            model.add(L.MaxPooling1D(2))
    for layer in L.GlobalMaxPooling1D(), L.Dropout(0.3), L.Dense(len(LANGUAGES), activation="softmax"):
        model.add(layer)
    return model


def strings(texts):
    return tf.constant([[text] for text in texts])


class Batches(keras.utils.PyDataset):
    """Every language as often as the others, and of each text a few words from anywhere."""

    def __init__(self, rows, indices, seed):
        super().__init__()
        self.indices = indices
        self.rng = np.random.default_rng(seed)
        self.texts = [[text.split() for _, language, text in rows if language == l] for l in LANGUAGES]
        self.batches = sum(map(len, self.texts)) // BATCH

    def __len__(self):
        return self.batches

    def __getitem__(self, _):
        labels = self.rng.integers(len(LANGUAGES), size=BATCH)
        return self.indices(strings(map(self.draw, labels))), labels

    def draw(self, label):
        words = self.texts[label][self.rng.integers(len(self.texts[label]))]
        count = int(self.rng.integers(2, 13))
        start = int(self.rng.integers(max(1, len(words) - count + 1)))
        return " ".join(words[start : start + count])


def ship(model, rows):
    """The model, a seeded draw of the texts kept out (as many of each language), and their probabilities."""
    rng = np.random.default_rng(SEED)
    rows = [row for l in LANGUAGES for row in rng.permutation([(l, text) for _, language, text in rows if language == l])[:SHIPPED]]
    model.save(HERE / "../model/languages.keras")
    (HERE / "../model/languages.json").write_text(json.dumps(list(messages.LANGUAGES.values())) + "\n")
    (HERE / "../texts/kept-out.tsv").write_text("".join(f"{messages.LANGUAGES[l]}\t{text}\n" for l, text in rows))
    (HERE / "../texts/keras.f32").write_bytes(np.asarray(model(strings(text for _, text in rows), training=False), "<f4").tobytes())


def main():
    keras.utils.set_random_seed(SEED)
    train, test = messages.read()
    indices, model = characters(strings(text for _, _, text in train)), network()
    batches = Batches(train, indices, SEED)
    rate = keras.optimizers.schedules.CosineDecay(3e-3, EPOCHS * len(batches))
    model.compile(keras.optimizers.Adam(rate), "sparse_categorical_crossentropy", metrics=["accuracy"])
    model.fit(batches, epochs=EPOCHS, verbose=2)

    whole = keras.Sequential([keras.Input((1,), dtype="string"), indices, *model.layers], name="languages")
    whole.summary()
    labels = np.array([LANGUAGES.index(l) for _, l, _ in test])
    guesses = np.argmax(whole(strings(text for _, _, text in test), training=False), axis=1)
    print(f"kept out: {np.mean(guesses == labels):.4f} of {len(labels)}")
    for i, l in enumerate(LANGUAGES):
        wrong = [LANGUAGES[g] for g in guesses[labels == i] if g != i]
        print(f"  {l}: {np.sum(labels == i)} texts, taken for another: {' '.join(sorted(wrong))}")
    ship(whole, test)


if __name__ == "__main__":
    main()
