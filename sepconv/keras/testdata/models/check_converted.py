"""Converts the .h5 files here with the command, loads what it wrote into Keras 3, and holds what that computes to the golden outputs.

    go build -o /tmp/sepconv ./cmd/sepconv
    python check_converted.py /tmp/sepconv          # with the packages of requirements.txt; two minutes

Prints the models that the command refuses, with its reason, those that Keras 3 does not load or computes otherwise, and how many are right.
"""

import json
import pathlib
import subprocess
import sys
import tempfile
import zipfile

import oracle  # before TensorFlow

import keras
import numpy as np
import tensorflow as tf

HERE = pathlib.Path(__file__).resolve().parent
HALF = 2000  # times the scale: what 16 bits between layers may be away


class Pack:
    def __init__(self, path):
        self.zip = zipfile.ZipFile(path)
        self.values, self.rest = [np.frombuffer(self.zip.read(name), "<f4") for name in ("values.f32", "rest.f32")]

    def rows(self):
        for row in map(json.loads, self.zip.read("index.jsonl").splitlines()):
            for file in row["files"]:
                if file["model"].endswith(".h5"):
                    yield row, file["model"]

    def input(self, a):
        if "text" in a:
            return tf.constant(np.array(a["text"], object).reshape(a["shape"]))
        return tf.constant(self.at(self.values, a, "offset").astype(a["dtype"]))

    def truth(self, a):
        return self.at(self.values, a, "offset").astype("f8") + self.at(self.rest, a, "rest").astype("f8")

    def at(self, numbers, a, key):
        return numbers[a[key] :][: int(np.prod(a["shape"]))].reshape(a["shape"])


def share(pack, model, run, xla):
    """How far the outputs are from the truth, in the unit of the bound."""
    given, worst = [pack.input(a) for a in run["inputs"]], 0.0

    def call(given):
        return model(given[0] if len(given) == 1 else given, training=False)

    outputs = tf.nest.flatten((tf.function(call, jit_compile=True) if xla else call)(given))
    assert len(outputs) == len(run["outputs"])
    for y, a in zip(outputs, run["outputs"]):
        y, want = np.asarray(y), pack.truth(a)
        assert y.shape == want.shape and np.array_equal(np.isnan(y), np.isnan(want))
        worst = max(worst, away(y, want, a["scale"]))
    return worst


def away(y, truth, scale):
    error = float(np.nanmax(np.abs(y - truth), initial=0))
    return error / scale if scale else float("inf") if error else 0.0


def main(command):
    right = wrong = refused = 0
    for path in sorted(HERE.glob("keras[23]-*.zip")):
        pack = Pack(path)
        for row, name in pack.rows():
            with tempfile.TemporaryDirectory() as scratch:
                source = pathlib.Path(scratch) / name
                source.write_bytes(pack.zip.read(name))
                done = subprocess.run([command, "convert", source, source.with_suffix(".keras")], capture_output=True, text=True)
                if done.returncode:
                    refused += 1
                    print(f"{path.stem}/{name} refused: {done.stderr.strip()}")
                    continue
                keras.backend.clear_session()
                try:
                    model = keras.models.load_model(source.with_suffix(".keras"), compile=False)
                    worst = max(share(pack, model, run, "channels_first" in name) for run in row["runs"])
                    ok = worst <= (HALF if row.get("half") else 1)
                except Exception as error:
                    ok, worst = False, f"{type(error).__name__}: {str(error).strip().splitlines()[0][:300]}"
            right, wrong = right + ok, wrong + (not ok)
            if not ok:
                print(f"{path.stem}/{name} WRONG: {worst}")
    print(f"{right} right, {wrong} wrong, {refused} refused")
    return bool(wrong)


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
