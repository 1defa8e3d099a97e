"""Makes texts-*.zip of this directory: layers that read text in random configurations, computed by the real Keras packages.

    python random_text.py 3    # of Keras 3, to texts-keras3.zip
    python random_text.py 2    # of tf_keras

README.md describes the format. A configuration that the package refuses is drawn again.
"""

import json
import sys
import zipfile

import oracle  # before TensorFlow

import numpy as np
import tensorflow as tf

from make import HERE
from random_layers import Draw

COUNT = 40  # of each class in each generation

WORDS = [
    "the", "The", "THE", "cat", "don't", "dont", "e-mail", "[UNK]", "", "a", "B", "2nd", "über", "ÜBER", "Straße", "İstanbul", "ıssız", "Ωmega", "ДА", "да",
    "naïve", "nai\u0308ve", "“quoted”", "—", "…", "日本語", "한국어", "👍🏽", "👩‍👩‍👧", "x" * 70, "ab" * 40, "\ufeffbom", "\u00a0", "a\u00a0b", "\u3000", "\u2028",
    "\u0085", "tail\x00", "in\x00side", "\x7f", "\x1c", "!\"#$%&()*+,-./:;<=>?@[\\]^_`{|}~'", "a_b", "3.14", "(", "^", "\ufffd", "\U0010ffff", "ﬁ", "ǅ",
]  # fmt: skip
BYTES = [b"\xff", b"\xc3", b"\xe2\x82", b"\xe2\x82A", b"\xf0\x9f\x98", b"\xf0\x9f", b"\xc0\x80", b"\xed\xa0\x80", b"\xf4\x90\x80\x80", b"\x80\x80", b"caf\xe9", b"\xe2(\xa1", b"\xf8\x88\x80"]  # fmt: skip
SPACES = [b" ", b" ", b" ", b" ", b"  ", b"\t", b"\n", b"\r\n", b"\x0b", b"\x0c", b""]


def token(d, broken):
    """A word, now and then one that is no UTF-8."""
    return d.pick(*BYTES) if broken and d.maybe(0.15) else d.pick(*WORDS).encode()


def sentence(d):
    parts = [d.pick(*SPACES)]
    for _ in range(d.upto(8, 0)):
        parts += [token(d, True), d.pick(*SPACES)]
    return b"".join(parts)


def vocabulary(d, tokens, special, least=1):
    """Words that are there, and others; sometimes with the special ones before them."""
    known = sorted({t.decode() for t in tokens if valid(t)} | {d.pick(*WORDS) for _ in range(4)})
    known = [w for w in known if w.rstrip("\0") not in special and w.rstrip("\0") == w]
    d.rng.shuffle(known)
    own = known[: d.upto(max(len(known), least), least)]
    return (special if d.maybe(0.3) else []) + [str(w) for w in own]


def valid(t):
    try:
        t.decode()
        return True
    except UnicodeDecodeError:
        return False


def frequencies(d, words):
    return [d.upto(40) / 8 for _ in words]


def text_vectorization(d, G):
    shape = d.pick((1,), (1,), ())
    arguments = dict(
        standardize=d.pick("lower_and_strip_punctuation", "lower", "strip_punctuation", None),
        split=d.pick("whitespace", "whitespace", "character", None),
        ngrams=d.pick(None, None, 1, 2, 3, (2,), (1, 3)),
        output_mode=d.pick("int", "int", "multi_hot", "count", "tf_idf", *["one_hot"] * (G.number == 3)),
    )
    if arguments["split"] is None:
        shape = (d.pick(1, 1, 3),)
    if arguments["output_mode"] == "int":
        arguments["output_sequence_length"] = d.pick(None, 1, 5, 12)
    else:
        arguments["sparse"] = d.maybe(0.2)
    texts = [sentence(d) for _ in range(6 * int(np.prod(shape)))]
    given = tf.constant(texts, shape=(6,) + shape)
    tokens = G.layers.TextVectorization(vocabulary=["x"], **{k: v for k, v in arguments.items() if k in ("standardize", "split", "ngrams")})._preprocess(given)
    tokens = tokens.flat_values if isinstance(tokens, tf.RaggedTensor) else tf.reshape(tokens, [-1])
    special = [""] * (arguments["output_mode"] == "int") + ["[UNK]"]
    words = vocabulary(d, tokens.numpy().tolist(), special)
    words = [w for i, w in enumerate(words) if w or i == 0 and special[0] == "" and words[:2] == special]
    finish(d, arguments, words, len(special))
    return "TextVectorization", arguments, given


def finish(d, arguments, words, special):
    arguments["vocabulary"] = words
    if arguments["output_mode"] == "tf_idf":
        arguments["idf_weights"] = frequencies(d, words)
    if d.maybe(0.3):
        arguments["max_tokens"] = len(words) + special + d.upto(5, 0)
        arguments["pad_to_max_tokens"] = d.maybe()


def string_lookup(d, G):
    shape = d.pick((), (1,), (3,), (4,), (2, 3), (2, 1))
    arguments = dict(
        output_mode=d.pick("int", "int", "one_hot", "multi_hot", "count", "tf_idf"),
        num_oov_indices=d.pick(1, 1, 0, 2, 3, 7),
        mask_token=d.pick(None, None, "", "the"),
        oov_token=d.pick("[UNK]", "[UNK]", "a", "?"),
    )
    if G.number == 3 and d.maybe(0.3):
        arguments["salt"] = d.pick(17, [d.upto(10**9), d.upto(10**15)], [-3, 5])
    if arguments["output_mode"] != "int":
        arguments["sparse"] = d.maybe(0.2)
    if d.maybe(0.2):
        return inverted(d, arguments, shape)
    texts = [token(d, True) for _ in range(6 * int(np.prod(shape)))]
    special = [arguments["mask_token"]] * (arguments["output_mode"] == "int" and arguments["mask_token"] is not None)
    special += [arguments["oov_token"]] * arguments["num_oov_indices"]
    words = vocabulary(d, texts * (d.maybe(0.7) or arguments["num_oov_indices"] == 0), special)
    if arguments["num_oov_indices"] == 0 and d.maybe(0.8):
        words = sorted({t.decode().rstrip("\0") for t in texts if valid(t)} - {arguments["mask_token"]})
        texts = [t if valid(t) and not t.endswith(b"\0") else words[0].encode() for t in texts]
    finish(d, arguments, words, len(special))
    return "StringLookup", arguments, tf.constant(texts, shape=(6,) + shape)


def inverted(d, arguments, shape):
    for name in "sparse", "salt":
        arguments.pop(name, None)
    arguments.update(invert=True, output_mode="int", oov_token="[UNK]", mask_token=d.pick(None, "", "the"))
    special = [arguments["mask_token"]] * (arguments["mask_token"] is not None) + ["[UNK]"] * arguments["num_oov_indices"]
    finish(d, arguments, [w for w in vocabulary(d, [], special, 3) if w not in ("", "the") or w in special], len(special))
    indices = d.rng.integers(-2, len(arguments["vocabulary"]) + 4, (6,) + shape)
    return "StringLookup", arguments, tf.constant(indices, "int64")


def hashing(d, G):
    shape = d.pick((), (1,), (3,), (4,), (2, 3), (2, 1))
    arguments = dict(num_bins=d.pick(1, 2, 3, 10, 1000, 10**6), mask_value=d.pick(None, "", "the"), output_mode=d.pick("int", "int", "one_hot", "multi_hot", "count"))
    if arguments["output_mode"] != "int":
        arguments["num_bins"] = d.pick(1, 2, 7, 20)
        arguments["sparse"] = d.maybe(0.2)
    if d.maybe():
        arguments["salt"] = d.pick(133, [133, 137], [d.upto(10**15), d.upto(10**15)], [-1, 2])
    texts = [token(d, True) if d.maybe(0.8) else sentence(d) for _ in range(6 * int(np.prod(shape)))]
    return "Hashing", arguments, tf.constant(texts, shape=(6,) + shape)


def dense(y):
    if isinstance(y, (tf.SparseTensor,)):
        y = tf.sparse.to_dense(tf.sparse.reorder(y))
    return None if isinstance(y, tf.RaggedTensor) else y


def latin(strings):
    """Bytes as a string of code points below 256, which JSON takes."""
    return [b.decode("latin-1") for b in np.asarray(strings, object).reshape(-1).tolist()]


def add(index, G, draw, number):
    """One configuration; False if the package refuses it, or it has no tensor for the whole batch that keeps the batch,
    or an empty one: README.md."""
    kind, arguments, given = draw(Draw(G.number, draw.__name__, number), G)
    G.module.backend.clear_session()
    try:
        layer = getattr(G.layers, kind)(**arguments)
        i = G.Input(tuple(given.shape[1:]), dtype=given.dtype.name)
        model = G.Model(i, layer(i))
        config = json.loads(model.to_json())
    except Exception:
        return False
    row = {"name": f"{kind}-{number}", "model": config, "shape": given.shape.as_list()}
    row["texts" if given.dtype == tf.string else "indices"] = latin(given.numpy()) if given.dtype == tf.string else given.numpy().reshape(-1).tolist()
    try:
        y = dense(model(given))
    except tf.errors.InvalidArgumentError as error:
        if "num_oov_indices=0" not in str(error):
            return False
        index.append(row | {"unknown": True})
        return True
    except Exception:
        return False
    if y is None or 0 in y.shape or y.shape.rank < (1 if arguments["output_mode"] == "int" else 2) or y.shape[0] != len(given):
        return False
    row["output"] = y.shape.as_list()
    if y.dtype == tf.string:
        row["words"] = latin(y.numpy())
    else:
        row["numbers"] = [int(n) if n == int(n) else n for n in y.numpy().reshape(-1).tolist()]
    index.append(row)
    return True


def main(number):
    G, index = oracle.Generation(int(number)), []
    for draw in text_vectorization, string_lookup, hashing:
        tried = taken = 0
        while taken < COUNT:
            taken += add(index, G, draw, tried)
            tried += 1
            assert tried < 6 * COUNT, f"{draw.__name__}: {taken} of {tried} taken"
    path = HERE / f"texts-{G.name}.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as z:
        lines = "".join(json.dumps(row) + "\n" for row in index)
        z.writestr(zipfile.ZipInfo("index.jsonl"), lines, zipfile.ZIP_DEFLATED, 9)
    print(f"{path.name}: {len(index)} configurations, {path.stat().st_size} bytes")


if __name__ == "__main__":
    main(*sys.argv[1:])
