"""Training batches, made anew in every epoch: the shipped model has no layer
that regularises, so variety in the sound does all of that work."""

import keras
import numpy as np

import sound

N = sound.RATE


class Batches(keras.utils.PyDataset):
    """Clips at a random speed and place, coloured, echoed, and in noise."""

    def __init__(self, clips, words, seed, size=64, noises=2000):
        super().__init__()
        self.clips = np.zeros((len(clips), N), np.int16)
        for row, clip in zip(self.clips, clips):
            row[: len(clip)] = clip
        self.lengths = np.array([len(clip) for clip in clips])
        self.words = words
        self.size = size
        self.rng = np.random.default_rng(seed)
        self.noises = noise_bank(self.rng, clips, noises)
        self.on_epoch_end()

    def __len__(self):
        return len(self.words) // self.size

    def __getitem__(self, index):
        rows = self.order[index * self.size : (index + 1) * self.size]
        return self.batch(rows)[..., None], self.words[rows]

    def on_epoch_end(self):
        self.order = self.rng.permutation(len(self.words))

    def batch(self, rows):
        rng = self.rng
        x = place(rng, self.clips[rows], self.lengths[rows])
        x = echo(rng, colour(rng, x))
        x = x + self.noise(len(rows), power(x) * N / self.lengths[rows, None])
        return sound.to_level(x).astype(np.float32)

    def noise(self, count, speech):
        """Noise from the bank, 3 to 30 dB below the power of the speech."""
        rng = self.rng
        bank = self.noises[rng.integers(len(self.noises), size=count)]
        ratio = 10 ** (-rng.uniform(3, 30, (count, 1)) / 20)
        return roll(bank, rng.integers(N, size=(count, 1))) * np.float32(
            np.sqrt(speech) * ratio
        )


def noise_bank(rng, clips, count):
    """Noise is dear to make and cheap to reuse at another place and level."""
    return np.array([sound.noise(rng, N, clips) for _ in range(count)], np.float32)


def power(x):
    return np.mean(np.square(x), axis=-1, keepdims=True)


def roll(x, by):
    """Every row of x turned by its own number of samples."""
    return np.take_along_axis(x, (np.arange(N) - by) % N, axis=1)


def place(rng, clips, lengths):
    """Play each clip faster or slower and put it anywhere in the window.

    The speed moves pitch and formants together, as another speaker would.
    """
    lengths = lengths[:, None]
    speed = rng.uniform(0.86, 1.16, lengths.shape)
    speed = np.maximum(speed, lengths / (N - 1))  # it has to fit the window
    start = rng.uniform(0, 1, lengths.shape) * (N - lengths / speed)
    at = ((np.arange(N) - start) * speed).astype(np.float32)
    inside = (at >= 0) & (at < lengths - 1)
    left = np.where(inside, at, 0).astype(np.int32)
    a = np.take_along_axis(clips, left, axis=1).astype(np.float32)
    b = np.take_along_axis(clips, left + 1, axis=1).astype(np.float32)
    return np.where(inside, a + (b - a) * (at - left), 0).astype(np.float32) / 32768


def colour(rng, x):
    """Tilt the spectrum, as microphones and rooms do."""
    tilt = rng.uniform(-0.4, 0.7, (len(x), 1)).astype(np.float32)
    return x - tilt * np.pad(x, ((0, 0), (1, 0)))[:, :-1]


def echo(rng, x):
    """One reflection, up to 90 ms late; at the end of the window it is lost."""
    gain = rng.uniform(0, 0.35, (len(x), 1)).astype(np.float32)
    late = rng.integers(60, 1440, (len(x), 1))
    return x + gain * roll(x, late) * (np.arange(N) >= late)
