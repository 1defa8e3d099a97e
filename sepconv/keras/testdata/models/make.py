"""Makes the golden models of this directory with the real Keras packages: README.md describes them.

    python make.py 2 architectures    # of tf_keras, to keras2-architectures.zip
    python make.py 3 architectures    # of Keras 3
    python make.py 2 layers           # and so on, and so of recurrent and text
    python make.py 2 layers dense     # again only the cases of these names

Each case draws from a generator seeded by its own name, so adding or removing one leaves the values of all others as
they were.
"""

import importlib
import json
import pathlib
import sys
import tempfile
import zipfile
import zlib

import oracle  # before TensorFlow

import numpy as np

HERE = pathlib.Path(__file__).resolve().parent
ARCHIVE, H5, WEIGHTS, JSON = ".keras", ".h5", ".weights.h5", ".json"


def formats(case, generation):
    """All, if the case says so; otherwise one by name, in either generation another."""
    return case.formats or [(ARCHIVE,), (H5,), (WEIGHTS,)][(zlib.crc32(case.name.encode()) + generation.number) % 3]


def given(case, model, label, length):
    """Inputs for the model, of this length where it leaves the time open."""
    rng, out = oracle.generator(label, "inputs", length), []
    for t in model.inputs:
        shape = (case.batch,) + tuple(length if d is None else d for d in t.shape[1:])
        if case.text:
            out.append(np.array(case.text, object).reshape((len(case.text),) + tuple(t.shape[1:])))
            continue
        x = oracle.draw_input(rng, "int32" if case.indices else t.dtype, shape, case.vocabulary)
        out.append(x.astype(oracle.numpy_type(t.dtype)))
    if case.change:
        case.change(out)
    return out


class Floats:
    """Arrays one after the other."""

    def __init__(self, dtype):
        self.dtype, self.parts, self.length = dtype, [], 0

    def add(self, array):
        self.parts.append(np.ascontiguousarray(array).astype(self.dtype).tobytes())
        self.length += array.size
        return self.length - array.size


class Package:
    """What goes into one zip: the models' files, the index, and the numbers of all runs."""

    def __init__(self, generation):
        self.generation, self.index, self.files = generation, [], {}
        self.values, self.rest = Floats("<f4"), Floats("<f4")

    def add(self, case):
        G = self.generation
        model, exact_model = G.make(case.build), G.make(case.build, "float64")
        oracle.draw_weights(oracle.generator(case.name, "weights"), model)
        oracle.copy_weights(exact_model, model)
        open_time = any(d is None for t in model.inputs for d in t.shape[1:])
        row = {
            "name": case.name,
            "keras": G.version,
            "files": [],
            "inputs": names(G, model),
            "parameters": model.count_params(),
            "runs": [],
        }
        row.update({key: True for key in ("beyond", "half") if getattr(case, key)})
        first = None
        for length in case.lengths if open_time else case.lengths[:1]:
            inputs = given(case, model, case.name, length)
            outputs = oracle.run(model, inputs, xla=case.xla)
            first = first or (inputs, outputs)
            truths, scales = oracle.judge(G, exact_model, inputs, case.name, case.xla)
            row["runs"].append(self.record(case, inputs, outputs, truths, scales))
        row["files"] = [self.save(case, model, suffix, *first) for suffix in formats(case, G)]
        if all("problem" in f for f in row["files"]):
            row["files"].append(self.save(case, model, ARCHIVE, *first))
        self.index.append(row)

    def record(self, case, inputs, outputs, truths, scales):
        name, run = case.name, {"inputs": [], "outputs": []}
        for x in inputs:
            if x.dtype == object:
                run["inputs"].append({"shape": x.shape, "dtype": "string", "text": x.reshape(-1).tolist()})
            else:
                run["inputs"].append({"shape": x.shape, "dtype": str(x.dtype), "offset": self.values.add(x)})
        if any(scales) and all(np.array_equal(t, t.astype(np.float32), equal_nan=True) for t in truths):
            print(f"{self.generation.name}/{name}: not computed in float64")
        for i, (y, truth, scale) in enumerate(zip(outputs, truths, scales)):
            assert y.shape == truth.shape, (name, y.shape, truth.shape)
            assert y.dtype == np.float32 or scale == 0 or case.half, (name, y.dtype)
            assert np.all(np.isfinite(truth)) or name == "masks_all", name
            used = share(y, truth, scale)
            if used > 1 and not case.half:
                print(f"{self.generation.name}/{name}: output {i} of Keras is {used:.2f} times its scale {scale:.2g} from the truth")
            run["outputs"].append({
                "shape": y.shape, "dtype": str(y.dtype), "offset": self.values.add(y), "rest": self.rest.add(rest(y, truth)),
                "scale": float(f"{scale:.3g}"), "keras": round(used, 3),
            })  # fmt: skip
        return run

    def save(self, case, model, suffix, inputs, outputs):
        """Saves the model, and says so if the package itself does not read it, or not as it was."""
        K, name = self.generation.module, case.name
        with tempfile.TemporaryDirectory() as scratch:
            path = pathlib.Path(scratch) / (name + suffix)
            files = [path]
            if suffix == WEIGHTS:
                model.save_weights(path)
                files.append(path.with_name(name + JSON))
                files[1].write_text(model.to_json())
            else:
                model.save(path)
            try:
                if suffix == WEIGHTS:
                    again = K.models.model_from_json(files[1].read_text())
                    again.load_weights(path)
                else:
                    again = K.models.load_model(path, compile=False)
                same = all(np.array_equal(a, b, equal_nan=True) for a, b in zip(oracle.run(again, inputs, xla=case.xla), outputs))
                problem = None if same else "computes something else when it is read again"
            except Exception as error:
                problem = f"is not read again: {type(error).__name__}: {str(error).strip().splitlines()[0][:200]}"
            for file in files:
                self.files[file.name] = file.read_bytes()
        if problem:
            print(f"{self.generation.name}/{name}{suffix} {problem}")
        entry = {"model": files[-1].name}
        if suffix == WEIGHTS:
            entry["weights"] = files[0].name
        if problem:
            entry["problem"] = problem
        return entry

    def copy(self, old, row):
        """Adds a model as it is in a zip."""
        values, rest = [np.frombuffer(old.read(name), "<f4") for name in ("values.f32", "rest.f32")]
        for run in row["runs"]:
            for a in run["inputs"] + run["outputs"]:
                size = int(np.prod(a["shape"]))
                if "offset" in a:
                    a["offset"] = self.values.add(values[a["offset"] :][:size])
                if "rest" in a:
                    a["rest"] = self.rest.add(rest[a["rest"] :][:size])
        for name in (f[key] for f in row["files"] for key in ("model", "weights") if key in f):
            self.files[name] = old.read(name)
        self.index.append(row)

    def write(self, path):
        lines = "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in self.index)
        members = {
            "index.jsonl": lines.encode(),
            "values.f32": b"".join(self.values.parts),
            "rest.f32": b"".join(self.rest.parts),
            **self.files,
        }
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as z:
            for name, data in members.items():
                z.writestr(zipfile.ZipInfo(name), data, zipfile.ZIP_DEFLATED, 9)


def names(G, model):
    """Of the model's input layers, in the order in which it takes them."""
    return model.input_names if G.number == 2 else [t.name for t in model.inputs]


def rest(y, truth):
    """What an output lacks to the truth, in 12 bits: less than 0.001 of the scale is lost, 0.03 where Keras computed in 16 bits."""
    return ((truth - y).astype("<f4").view("<u4") & np.uint32(0xFFFFF000)).view("<f4")


def share(y, truth, scale):
    """How much of the bound an output uses."""
    error = float(np.nanmax(np.abs(y - truth), initial=0))
    return error / scale if scale else float("inf") if error else 0.0


def main(number, family, *only):
    generation = oracle.Generation(int(number))
    package, path = Package(generation), HERE / f"{generation.name}-{family}.zip"
    old = zipfile.ZipFile(path) if only else None
    rows = {row["name"]: row for row in map(json.loads, old.read("index.jsonl").splitlines())} if only else {}
    for case in importlib.import_module(family).case:
        if generation.number not in case.generations:
            continue
        if only and case.name not in only:
            package.copy(old, rows[case.name])
        else:
            package.add(case)
    package.write(path)
    print(f"{path.name}: {len(package.index)} models, {path.stat().st_size} bytes")


if __name__ == "__main__":
    main(*sys.argv[1:])
