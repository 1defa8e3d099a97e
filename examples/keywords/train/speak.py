"""Build the data set: espeak-ng (Debian package espeak-ng) says every word in
many voices and accents. A voice is an espeak-ng variant, and belongs to one
set only, in all its accents: the model never meets a voice of the test."""

import argparse
import io
import itertools
import pathlib
import subprocess
import tempfile
import wave
from concurrent.futures import ThreadPoolExecutor

import numpy as np
from scipy.signal import resample_poly

import sound

WORDS = "yes no up down left right on off start stop open close".split()

ACCENTS = """en-us en-us-nyc en-gb en-gb-scotland en-gb-x-rp en-gb-x-gbclan
en-gb-x-gbcwmd en-029""".split()

# Not here: the robots, the whisperers, those with a long echo.
TRAINING = """Alex Alicia Andy Annie AnxiousAndy Denis Diogo Gene Gene2 Henrique
Hugo Jacky Lee Marco Mario Michael Mike Nguyen Storm adam anika announcer antonio
belinda benjamin david ed edward edward2 f1 f3 f5 grandpa gustave
iven iven2 iven3 iven4 john kaukovalta klatt klatt2 klatt3 klatt4 linda m1 m2 m3
m4 m7 m8 marcelo max michel miguel norbert pablo paul pedro rob robert sandro
shelby steph steph2 steph3 victor zac""".split()
VALIDATION = "f2 aunty m6 quincy".split()
TEST = "f4 Andrea grandma m5 boris travis".split()

SETS = {"training": (TRAINING, 3), "validation": (VALIDATION, 4), "test": (TEST, 8)}


def plan(voices, takes, seed):
    """Every word in every voice and accent, with pitch and pace drawn."""
    rng = np.random.default_rng(seed)
    orders = itertools.product(range(len(WORDS)), voices, ACCENTS, range(takes))
    return [
        dict(
            word=word,
            voice=voice,
            accent=accent,
            pitch=int(rng.integers(25, 76)),
            pace=int(rng.integers(120, 211)),
            mark=str(rng.choice(["", ".", "!", "?"])),  # shapes the melody
        )
        for word, voice, accent, _ in orders
    ]


def say(order):
    """One word from espeak-ng, as int16 at 16 kHz without outer silence."""
    command = ["espeak-ng", "--stdout", "-v", f"{order['accent']}+{order['voice']}"]
    command += ["-p", str(order["pitch"]), "-s", str(order["pace"])]
    command.append(WORDS[order["word"]] + order["mark"])
    spoken = subprocess.run(command, check=True, capture_output=True).stdout
    return trim(to_rate(*read_wave(io.BytesIO(spoken))))


def read_wave(file):
    """Samples and sampling rate of a mono 16-bit WAV file."""
    with wave.open(file) as w:
        # Reading to the end: espeak-ng cannot know the length of a stream.
        return np.frombuffer(w.readframes(w.getnframes()), "<i2"), w.getframerate()


def write_wave(path, samples):
    with wave.open(str(path), "wb") as w:
        w.setnchannels(1)
        w.setsampwidth(2)
        w.setframerate(sound.RATE)
        w.writeframes(samples.astype("<i2").tobytes())


def to_rate(samples, rate):
    """Resample through a polyphase low-pass filter: no aliases, no images."""
    common = np.gcd(sound.RATE, rate)
    out = resample_poly(samples.astype(float), sound.RATE // common, rate // common)
    return np.clip(np.round(out), -32768, 32767).astype(np.int16)


def trim(samples, threshold=0.01):
    """Drop what is below a hundredth of the peak at both ends, and keep what
    fits a window together with a little air."""
    level = np.abs(samples.astype(float))
    loud = np.flatnonzero(level > threshold * level.max())
    return samples[loud[0] : loud[-1] + 1][: sound.RATE - 800]


def build(name, seed, jobs):
    """Speak one set: the clips end to end, where each ends, and the orders."""
    orders = plan(*SETS[name], seed)
    with ThreadPoolExecutor(jobs) as pool:  # the work is done by espeak-ng
        clips = list(pool.map(say, orders))
    columns = {key: np.array([order[key] for order in orders]) for key in orders[0]}
    ends = np.cumsum([len(clip) for clip in clips])
    return dict(columns, samples=np.concatenate(clips), ends=ends)


def load(folder, name):
    """A set as (list of clips, its columns)."""
    with np.load(pathlib.Path(folder) / f"{name}.npz") as file:
        data = dict(file)
    return np.split(data.pop("samples"), data.pop("ends")[:-1]), data


def arguments():
    parser = argparse.ArgumentParser(description=__doc__)
    default = pathlib.Path(tempfile.gettempdir()) / "keywords"
    parser.add_argument("--data", type=pathlib.Path, default=default)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--jobs", type=int, default=2)
    return parser.parse_args()


def main():
    args = arguments()
    args.data.mkdir(parents=True, exist_ok=True)
    for i, name in enumerate(SETS):
        data = build(name, args.seed + i, args.jobs)
        np.savez(args.data / f"{name}.npz", **data)
        print(f"{name}: {len(data['ends'])} clips, {data['ends'][-1] / sound.RATE:.0f} s")


if __name__ == "__main__":
    main()
