"""Makes the recordings beside it: the voices that ../../keywords/train trains with, each
saying every word once, in an accent, at a pitch and pace that are drawn from a seed.

With espeak-ng 1.51 (Debian package) and ../../keywords/train/requirements.txt:

    python make.py

A file NAME.wav is a voice, 8 bits a sample; ends.json says where in it each word ends, in
the order of ../../keywords/model/words.txt.
"""

import json
import pathlib
import sys
import wave

import numpy as np

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parents[1] / "keywords" / "train"))

import sound
import speak

SEED = 3


def main():
    rng = np.random.default_rng(SEED)
    ends = {}
    for voice in sorted(speak.TRAINING, key=str.lower):
        clips = [say(rng, voice, word) for word in range(len(speak.WORDS))]
        write(HERE / f"{voice}.wav", np.concatenate(clips))
        ends[voice] = np.cumsum([len(clip) for clip in clips]).tolist()
    lines = [f'  "{voice}": {json.dumps(at)}' for voice, at in ends.items()]
    (HERE / "ends.json").write_text("{\n" + ",\n".join(lines) + "\n}\n")


def say(rng, voice, word):
    """A word as 8-bit samples, its peak at 90 % of what they hold."""
    order = dict(
        word=word,
        voice=voice,
        accent=str(rng.choice(speak.ACCENTS)),
        pitch=int(rng.integers(25, 76)),
        pace=int(rng.integers(120, 211)),
        mark=str(rng.choice(["", ".", "!", "?"])),
    )
    clip = speak.say(order).astype(float)
    return np.round(clip * (0.9 * 127 / np.abs(clip).max()) + 128).astype(np.uint8)


def write(path, samples):
    with wave.open(str(path), "wb") as w:
        w.setnchannels(1)
        w.setsampwidth(1)
        w.setframerate(sound.RATE)
        w.writeframes(samples.tobytes())


if __name__ == "__main__":
    main()
