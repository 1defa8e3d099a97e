"""Models that take text: TextVectorization and StringLookup with their options, alone and in front of a network."""

import numpy as np

from cases import Cases, fan

case = Cases()
WORDS = ["the", "and", "cat", "dog", "don't", "dont", "über", "2nd", "sat on"]
SENTENCES = [
    "The cat AND the dog", "don't", "", "  two   spaces\tand a tab\nline ", "Über den 2nd dog.", "the the the the the the the the",
    "cat,dog;the!", "ÜBER straße İstanbul", "naïve—dash “quotes” 日本語 the",
]  # fmt: skip


@case(text=SENTENCES)
def text_to_indices(G):
    T = G.layers.TextVectorization
    long = dict(vocabulary=WORDS, output_sequence_length=10)
    return fan(G, (), [
        T(**long), T(vocabulary=WORDS, output_sequence_length=3), T(standardize="lower", **long),
        T(standardize="strip_punctuation", **long), T(standardize=None, **long),
        T(split="character", vocabulary=list("abcdeht "), output_sequence_length=12),
        T(ngrams=2, vocabulary=["the cat", "cat and", "the", "dog"], output_sequence_length=14),
    ], dtype="string")  # fmt: skip


@case(text=SENTENCES)
def whole_texts(G):
    T = G.layers.TextVectorization
    whole = dict(split=None, vocabulary=["dont", "the cat and the dog"])
    return fan(G, (1,), [T(output_sequence_length=2, **whole), T(**whole), T(output_mode="multi_hot", **whole)], dtype="string")


@case(text=SENTENCES)
def whole_texts_of_no_axis(G):
    """Keras takes the batch for a text, of which it keeps two."""
    return fan(G, (), [G.layers.TextVectorization(split=None, vocabulary=["dont"], output_sequence_length=2)], dtype="string")


@case(text=SENTENCES, formats=(".keras",))
def learned_words(G):
    """Their vocabularies are beside the configuration."""
    T = G.layers.TextVectorization
    layers = [
        T(output_sequence_length=9), T(max_tokens=12, output_mode="count"), T(split="character", output_sequence_length=20),
        T(ngrams=2, output_mode="multi_hot"),
    ]  # fmt: skip
    for layer in layers:
        layer.adapt(SENTENCES[:3])
    return fan(G, (1,), layers, dtype="string")


@case(text=SENTENCES)
def text_to_counts(G):
    T = G.layers.TextVectorization
    return fan(G, (1,), [
        T(vocabulary=WORDS, output_mode="multi_hot"), T(vocabulary=WORDS, output_mode="count"),
        T(vocabulary=WORDS, output_mode="multi_hot", max_tokens=14, pad_to_max_tokens=True),
        T(vocabulary=WORDS, output_mode="tf_idf", idf_weights=[0.5 + 0.25 * i for i in range(len(WORDS))]),
    ], dtype="string")  # fmt: skip


@case(text=[["the", "cat", "unknown"], ["", "[UNK]", "The"], ["sat on", "über", "dog"]])
def string_lookup(G):
    S = G.layers.StringLookup
    return fan(G, (3,), [
        S(vocabulary=WORDS), S(vocabulary=WORDS, mask_token=""), S(vocabulary=WORDS, oov_token="?"), S(vocabulary=WORDS, num_oov_indices=3),
        S(vocabulary=WORDS, output_mode="multi_hot"), S(vocabulary=WORDS, output_mode="count"),
    ], dtype="string")  # fmt: skip


@case(text=[["the", "cat", "unknown"], ["", "[UNK]", "The"], ["sat on", "über", "dog"]], formats=(".keras",))
def learned_lookup(G):
    S = G.layers.StringLookup
    layers = [S(), S(mask_token="", num_oov_indices=2), S(output_mode="multi_hot")]
    for layer in layers:
        layer.adapt([["the", "cat", "cat"], ["a", "Dog", "über"]])
    return fan(G, (3,), layers, dtype="string")


@case(text=SENTENCES, formats=(".keras",))
def learned_frequencies(G):
    """Those of words are among the weights. They are rounded, so that they are the same in float64."""
    T = G.layers.TextVectorization
    layers = [T(output_mode="tf_idf"), T(output_mode="tf_idf", max_tokens=8), T(output_mode="tf_idf", max_tokens=30, pad_to_max_tokens=True)]
    for layer in layers:
        layer.adapt(SENTENCES[:5])
        lookup = layer._lookup_layer
        lookup.idf_weights.assign(np.round(8 * lookup.idf_weights.numpy()) / 8)
        lookup.idf_weights_const = lookup.idf_weights.value()
    return fan(G, (1,), layers, dtype="string")


@case(text=SENTENCES, formats=(".keras", ".h5"))
def sepcnn_of_text(G):
    L = G.layers
    return G.Sequential([
        G.Input((1,), dtype="string"), L.TextVectorization(vocabulary=WORDS, output_sequence_length=9), L.Embedding(12, 5),
        L.SeparableConv1D(6, 3, activation="relu", padding="same"),
        L.GlobalAveragePooling1D(), L.Dense(3, activation="softmax"),
    ])  # fmt: skip


@case(text=SENTENCES)
def bag_of_text(G):
    L = G.layers
    i = G.Input((), dtype="string")
    h = L.Embedding(14, 4, mask_zero=True)(L.TextVectorization(vocabulary=WORDS, output_sequence_length=7)(i))
    return G.Model(i, L.Dense(2)(L.LSTM(3)(h)))
