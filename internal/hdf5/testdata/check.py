"""Reads with h5py what the Go tests have written, and compares.

    HDF5_WRITTEN=$PWD/written go test ../ -run "TestWriter$"   # the directory must exist
    python check.py written

Beside each .h5 there is a .json of the Go values that went into it.
"""

import base64
import json
import pathlib
import sys

import h5py
import numpy as np

FIXED = {"[]float32": "<f4", "[]float64": "<f8", "hdf5.Float16s": "<f2"}
FIXED |= {f"[]{u}int{n}": f"<{'u' if u else 'i'}{n // 8}" for u in ("", "u") for n in (8, 16, 32, 64)}


def elements(kind, data):
    """The numpy array that a slice of Go should be."""
    if kind == "hdf5.Opaque":
        return np.frombuffer(base64.b64decode(data["Data"]), f"V{data['Size']}")
    if kind == "[]string":
        texts = [s.encode() for s in data]
        return np.array(texts, f"S{max(1, max(map(len, texts)))}") if texts else np.zeros(0, "<f8")
    if kind == "[]uint8":
        return np.frombuffer(base64.b64decode(data), "u1")
    if kind == "hdf5.Float16s":
        return np.array(data, "<u2").view("<f2")
    return np.array(data, FIXED[kind])


def check_dataset(d, want):
    w = elements(want["Type"], want["Data"]).reshape(want["Shape"])
    got = d[()]
    assert d.shape == w.shape and d.dtype == w.dtype, (d, d.dtype, w.dtype)
    assert np.asarray(got).tobytes() == w.tobytes(), d


# Of the attributes whose Go type their name gives, the numpy type.
NUMBERS = {"int": "i8", "true": "?", "false": "?", "numbers": "f8", "no_numbers": "f8", "no_names": "f8"}
NUMBERS |= {n: np.dtype(n).str[1:] for n in ("int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "uint64", "float32", "float64")}
NUMBERS |= {n + "s": NUMBERS[n] for n in ("int32", "int64")}


def check_attribute(attrs, name, want):
    got, t = attrs[name], attrs.get_id(name).get_type()
    if isinstance(want, str):
        assert isinstance(got, str) and got == want, name
        assert t.is_variable_str(), name
        assert t.get_cset() == (h5py.h5t.CSET_ASCII if name == "bytes" else h5py.h5t.CSET_UTF8), name
    elif name in NUMBERS:
        assert got.dtype == np.dtype(NUMBERS[name]), (name, got.dtype)
        assert got.shape == np.shape(want), (name, got.shape)
        assert (got == np.asarray(want, got.dtype)).all(), (name, got, want)
    else:
        w = elements("[]string", want)
        assert got.dtype == w.dtype and got.tolist() == w.tolist(), (name, got)


def main(directory):
    files = datasets = groups = attributes = 0
    for path in sorted(pathlib.Path(directory).glob("*.json")):
        want = json.loads(path.read_text(encoding="utf-8"))
        with h5py.File(path.with_suffix(".h5"), "r") as f:
            found = {"/": f}
            f.visititems(lambda name, o: found.update({name: o}))
            assert {n for n, o in found.items() if isinstance(o, h5py.Dataset)} == set(want["Datasets"]), path
            for name in want["Groups"]:
                assert isinstance(f[name], h5py.Group), name
                groups += 1
            for name, d in want["Datasets"].items():
                check_dataset(f[name], d)
                datasets += 1
            for name, o in found.items():
                w = want["Attributes"].get(name.rstrip("/") or "/", {})
                assert set(o.attrs) == set(w), (path, name, set(o.attrs) ^ set(w))
                for attribute, value in w.items():
                    check_attribute(o.attrs, attribute, value)
                    attributes += 1
        # What was written can be added to and taken from.
        with h5py.File(path.with_suffix(".h5"), "r+") as f:
            for name in want["Groups"][:50]:
                f[name].create_group("added later")
            for name in list(f)[:1]:
                del f[name]
            f.attrs["added later"] = "x"
        files += 1
    assert files > 0
    print(f"h5py {h5py.__version__}, HDF5 {h5py.version.hdf5_version}: {files} files, {groups} groups, {datasets} data sets, {attributes} attributes as written")


if __name__ == "__main__":
    main(sys.argv[1])
