"""Models that take text: TextVectorization and StringLookup with their options, alone and in front of a network."""

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
        T(split=None, vocabulary=["dont", "the cat and the dog"], output_sequence_length=2),
    ], dtype="string")  # fmt: skip


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
