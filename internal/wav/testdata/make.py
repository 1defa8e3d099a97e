"""Writes recordings in every way that is read, with libsndfile and Python's own module.

    pip install numpy==2.4.6 soundfile==0.13.1
    python make.py
"""
import wave

import numpy as np
import soundfile

# Numbers that all formats hold.
x = np.array([[0, 0.5], [-0.5, 0.25], [-1, 0.75]])
for name, subtype in {"u8": "PCM_U8", "s16": "PCM_16", "s24": "PCM_24", "s32": "PCM_32", "f32": "FLOAT", "f64": "DOUBLE"}.items():
    soundfile.write(f"{name}.wav", x, 44100, subtype=subtype, format="WAV")
    if name != "u8":
        soundfile.write(f"{name}_extensible.wav", x, 44100, subtype=subtype, format="WAVEX")
with wave.open("python.wav", "wb") as f:
    f.setparams((2, 2, 44100, 0, "NONE", ""))
    f.writeframes(np.clip(x * 32768, -32768, 32767).astype("<i2").tobytes())
soundfile.write("ulaw.wav", x, 44100, subtype="ULAW", format="WAV")
