"""Everything the keyword model needs to know about sound: the preprocessing
that the Go program mirrors, the noises, and the making of a noisy recording."""

import numpy as np

RATE = 16000  # samples per second, and the model's window: exactly one second
HOP = 160  # step between the window positions that loudest() tries
LEVEL = 0.1  # root mean square of every window the model sees


def preprocess(recording):
    """Turn a recording (int16, 16 kHz, any length) into the model's input.

    1. samples = int16 / 32768.
    2. Exactly 16000 samples: a shorter recording is centred between zeros (the
       left side gets (16000 - n) // 2 of them); of a longer one, the window of
       greatest energy is taken (starts at multiples of 160, first best wins).
    3. Scaled to a root mean square of 0.1, then cast to float32.
    """
    samples = recording.astype(np.float64) / 32768
    return to_level(one_second(samples)).astype(np.float32)


def one_second(samples):
    """Centre a short recording between zeros, cut a long one."""
    spare = RATE - len(samples)
    if spare >= 0:
        left = spare // 2
        return np.pad(samples, (left, spare - left))
    return loudest(samples)


def loudest(samples):
    """The one-second window of greatest energy."""
    starts = range(0, len(samples) - RATE + 1, HOP)
    energies = [np.sum(samples[s : s + RATE] ** 2) for s in starts]
    start = starts[int(np.argmax(energies))]  # argmax: the first of equals
    return samples[start : start + RATE]


def to_level(windows):
    """Scale the last axis to the model's level; 1e-12 keeps silence finite."""
    power = np.mean(np.square(windows, dtype=np.float64), axis=-1, keepdims=True)
    return windows * (LEVEL / np.sqrt(power + 1e-12))


def white(rng, n):
    return rng.standard_normal(n)


def pink(rng, n):
    """Noise whose power falls with 1/f, as most rooms and streets have it."""
    spectrum = np.fft.rfft(rng.standard_normal(n))
    return np.fft.irfft(spectrum / np.sqrt(np.arange(1, len(spectrum) + 1)), n)


def hum(rng, n):
    """Mains hum with harmonics, over a little white noise."""
    t = np.arange(n) / RATE
    mains = rng.choice([50.0, 60.0])
    tone = sum(
        rng.uniform(0.2, 1) / k * np.sin(2 * np.pi * (k * mains * t + rng.uniform()))
        for k in range(1, 9)
    )
    return tone + 0.1 * rng.standard_normal(n)


def babble(rng, n, clips, talkers=6):
    """Several people talking at once: clips laid end to end, then summed."""
    total = np.zeros(n)
    for _ in range(talkers):
        line = np.zeros(0)
        while len(line) < 2 * n:
            clip = clips[rng.integers(len(clips))].astype(np.float64)
            line = np.concatenate([line, clip / (clip.std() + 1e-9)])
        start = rng.integers(n)
        total += line[start : start + n]
    return total


def noise(rng, n, clips):
    """One of the four noises, of unit power."""
    kind = rng.integers(4)
    if kind == 3:
        sound = babble(rng, n, clips)
    else:
        sound = (white, pink, hum)[kind](rng, n)
    return sound / np.sqrt(np.mean(sound**2) + 1e-12)


def record(rng, clip, clips, snr=(10, 25)):
    """A recording of one spoken word: noise, gain, position, length drawn.

    The signal-to-noise ratio (dB) compares the noise with the spoken word
    itself, not with the silence around it.
    """
    n = max(int(rng.uniform(0.85, 1.15) * RATE), len(clip) + 800)
    speech = clip / np.sqrt(np.mean(clip.astype(np.float64) ** 2) + 1e-12)
    sound = noise(rng, n, clips) * 10 ** (-rng.uniform(*snr) / 20)
    start = rng.integers(n - len(clip) + 1)
    sound[start : start + len(clip)] += speech
    peak = rng.uniform(0.1, 0.9)  # the gain of the microphone
    return np.round(sound / np.abs(sound).max() * peak * 32767).astype(np.int16)
