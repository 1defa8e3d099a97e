"""Train the keyword model, measure it on voices it never heard, export it."""

import argparse
import json
import os
import pathlib
import re
import tempfile
import time

os.environ.setdefault("KERAS_BACKEND", "tensorflow")

import keras
import numpy as np
import tensorflow as tf

import augment
import sound
import speak

HERE = pathlib.Path(__file__).resolve().parent
BANK, TAPS = 32, 80  # the first layer: filters, and samples per filter (5 ms)


def layer(filters, kernel, **options):
    """A SeparableConv1D whose output starts as large as its input.

    Keras' default for the depthwise kernel counts all channels as inputs of
    one tap; each has only its own, and the signal would fade layer by layer.
    """
    options = {"padding": "same", "activation": "relu"} | options
    return keras.layers.SeparableConv1D(
        filters,
        kernel,
        depthwise_initializer=keras.initializers.RandomNormal(stddev=kernel**-0.5),
        pointwise_initializer="he_normal",
        **options,
    )


def build():
    model = keras.Sequential(
        [
            keras.Input((None, 1)),
            layer(BANK, TAPS, strides=16, depth_multiplier=BANK),
            layer(64, 9, strides=4),
            layer(96, 9, strides=4),
            layer(128, 9),
            layer(128, 9, dilation_rate=2),
            layer(128, 9),
            layer(len(speak.WORDS), 5, activation="linear"),
        ]
    )
    first = model.layers[0]
    first.set_weights([filter_bank(), np.eye(BANK)[None], np.zeros(BANK)])
    return model


def filter_bank():
    """The first layer starts as band-pass filters, evenly spaced in mel.

    High bands get a larger gain, because speech has less power there.
    """
    mel = np.linspace(*(2595 * np.log10(1 + np.array([100, 7000]) / 700)), BANK)
    hertz = 700 * (10 ** (mel / 2595) - 1)
    t = (np.arange(TAPS)[:, None] - TAPS / 2) / sound.RATE
    bank = np.cos(2 * np.pi * hertz * t) * np.hanning(TAPS)[:, None]
    bank *= 10 * np.sqrt(hertz / 500) / np.linalg.norm(bank, axis=0)
    return bank[:, None, :]


def scorer(model):
    """The word scores: the mean over time of the last layer."""
    mean = keras.layers.GlobalAveragePooling1D()
    return keras.Sequential([keras.Input((None, 1)), *model.layers, mean])


def fit(scores, data, epochs, rate):
    steps = epochs * len(data)
    warm = min(300, steps // 10)
    schedule = keras.optimizers.schedules.CosineDecay(
        rate / 10, steps - warm, warmup_target=rate, warmup_steps=warm, alpha=0.01
    )
    scores.compile(
        keras.optimizers.Adam(schedule, clipnorm=1.0),
        keras.losses.SparseCategoricalCrossentropy(from_logits=True),
        metrics=["accuracy"],
    )
    return scores.fit(data, epochs=epochs, verbose=2)


def recordings(folder, name, seed, every=1, **options):
    """One noisy recording of every clip of a set, and the set's columns."""
    clips, columns = speak.load(folder, name)
    rng = np.random.default_rng(seed)
    sounds = [sound.record(rng, clip, clips, **options) for clip in clips[::every]]
    return sounds, {key: values[::every] for key, values in columns.items()}


def score(scores, sounds):
    windows = np.array([sound.preprocess(s) for s in sounds])[..., None]
    return scores.predict(windows, batch_size=64, verbose=0)


def accuracy(scores, sounds, words):
    return float(np.mean(score(scores, sounds).argmax(axis=1) == words))


def export_model(scores, folder):
    folder.mkdir(parents=True, exist_ok=True)
    scores.save(folder / "keywords.keras")
    (folder / "words.txt").write_text("\n".join(speak.WORDS) + "\n")


def export_recordings(scores, sounds, columns, folder, each, seed):
    """Draw `each` recordings of every word, and what Keras says to them.

    They are drawn blindly, before anything is known of the model's answers.
    """
    folder.mkdir(parents=True, exist_ok=True)
    for old in folder.glob("*.wav"):
        old.unlink()
    rng = np.random.default_rng(seed)
    entries = []
    for word, text in enumerate(speak.WORDS):
        drawn = rng.choice(np.flatnonzero(columns["word"] == word), each, replace=False)
        for number, i in enumerate(drawn, 1):
            voice = f"{columns['accent'][i]}_{columns['voice'][i].lower()}"
            file = f"{text}_{voice}_{number:02}.wav"
            speak.write_wave(folder / file, sounds[i])
            entries.append({"file": file, "word": text})
    read = [speak.read_wave(str(folder / entry["file"]))[0] for entry in entries]
    for entry, row in zip(entries, score(scores, read)):
        entry["scores"] = [float(value) for value in row]
    contents = {"keras_version": keras.__version__, "recordings": entries}
    write_json(folder / "expected.json", contents)
    right = [speak.WORDS[np.argmax(e["scores"])] == e["word"] for e in entries]
    return float(np.mean(right))


def write_json(path, contents):
    """One line per list of numbers: readable, and small in a diff."""
    text = json.dumps(contents, indent=1)
    text = re.sub(r"\[[^][{}]*\]", lambda m: re.sub(r"\s+", " ", m[0]), text)
    path.write_text(text + "\n")


def arguments():
    parser = argparse.ArgumentParser(description=__doc__)
    data = pathlib.Path(tempfile.gettempdir()) / "keywords"
    parser.add_argument("--data", type=pathlib.Path, default=data)
    parser.add_argument("--model", type=pathlib.Path, default=HERE.parent / "model")
    wavs = HERE.parent / "recordings"
    parser.add_argument("--recordings", type=pathlib.Path, default=wavs)
    parser.add_argument("--each", type=int, default=8, help="recordings of each word")
    parser.add_argument("--epochs", type=int, default=14)
    parser.add_argument("--rate", type=float, default=2e-3, help="peak learning rate")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--threads", type=int, default=1)
    return parser.parse_args()


def main():
    args = arguments()
    tf.config.threading.set_intra_op_parallelism_threads(args.threads)
    tf.config.threading.set_inter_op_parallelism_threads(args.threads)
    keras.utils.set_random_seed(args.seed)
    clips, columns = speak.load(args.data, "training")
    data = augment.Batches(clips, columns["word"], args.seed)
    model = build()
    model.summary()
    scores = scorer(model)
    started = time.monotonic()
    fit(scores, data, args.epochs, args.rate)
    print(f"trained in {time.monotonic() - started:.0f} s")
    report(args, scores)


def report(args, scores):
    """Export and measure; the test set is looked at here only."""
    export_model(scores, args.model)
    for name, every in (("training", 10), ("validation", 1), ("test", 1)):
        sounds, columns = recordings(args.data, name, args.seed, every)
        right = accuracy(scores, sounds, columns["word"])
        print(f"{name}: {right:.4f} of {len(sounds)} recordings")
    noisy, _ = recordings(args.data, "test", args.seed, snr=(5, 5))
    print(f"test at 5 dB: {accuracy(scores, noisy, columns['word']):.4f}")
    shipped = export_recordings(
        scores, sounds, columns, args.recordings, args.each, args.seed
    )
    print(f"shipped recordings: {shipped:.4f}")


if __name__ == "__main__":
    main()
