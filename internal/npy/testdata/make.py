"""Writes the arrays that the tests of this package and of cmd/sepconv read, with NumPy.

    pip install numpy==2.4.6
    python make.py
"""
import numpy as np

x = np.array([[0, 1, -2], [3.5, -100, 7]])
for code in ["f2", "f4", "f8", "i1", "i2", "i4", "i8"]:
    for order, name in [("<", "little"), (">", "big")]:
        np.save(f"{code}_{name}.npy", x.astype(order + code))
for code in ["u1", "u2", "u4", "u8", "b1"]:
    np.save(f"{code}.npy", np.abs(x).astype(code))
np.save("fortran.npy", np.asfortranarray(np.arange(24, dtype="<f4").reshape(2, 3, 4)))
np.save("scalar.npy", np.float32(2.5))
np.save("empty.npy", np.zeros((0, 3), "<f4"))
words = np.array([["hä", "yes"], ["", "\U0001f600 no"]])
np.save("text_little.npy", words.astype("<U6"))
np.save("text_big.npy", words.astype(">U6"))
np.save("bytes.npy", np.array([b"a", b"bc", b""]))
np.save("complex.npy", x.astype("c8"))
np.save("times.npy", np.array(["2026-01-01"], "M8[D]"))
np.save("structured.npy", np.zeros(2, [("a", "f4"), ("b", "i4")]))
np.save("objects.npy", np.array([{"a": 1}, "x"], object), allow_pickle=True)
with open("version2.npy", "wb") as f:
    np.lib.format.write_array(f, x.astype("f4"), version=(2, 0))
