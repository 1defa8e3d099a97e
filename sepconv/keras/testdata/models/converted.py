"""What Keras 3 makes of the .h5 files here: converted.zip, to which TestTranslatedAsKeras3 holds what Model.Write makes of them.

    python converted.py          # with the packages of requirements.txt; a minute

`index.jsonl` has one .h5 a line: `pack` and `name`; `problem`, why Keras 3 does not load it; or else what it then saves as .keras:
`config`, without the identities of objects, and `weights`, the shape of each array by its path.
"""

import io
import json
import pathlib
import tempfile
import zipfile

import oracle  # before TensorFlow

import h5py
import keras

HERE = pathlib.Path(__file__).resolve().parent


def without_identities(x):
    if isinstance(x, dict):
        return {key: without_identities(value) for key, value in x.items() if key != "shared_object_id"}
    return [without_identities(value) for value in x] if isinstance(x, list) else x


def shapes(weights):
    found = {}

    def visit(path, item):
        if isinstance(item, h5py.Dataset):
            found[path] = list(item.shape)

    h5py.File(io.BytesIO(weights)).visititems(visit)
    return found


def saved(data, scratch):
    path = pathlib.Path(scratch) / "model.h5"
    path.write_bytes(data)
    keras.backend.clear_session()
    try:
        model = keras.models.load_model(path, compile=False)
    except Exception as error:
        return {"problem": f"{type(error).__name__}: {str(error).strip().splitlines()[0][:200]}"}
    model.save(path.with_suffix(".keras"))
    with zipfile.ZipFile(path.with_suffix(".keras")) as z:
        return {"config": without_identities(json.loads(z.read("config.json"))), "weights": shapes(z.read("model.weights.h5"))}


def main():
    lines = []
    for pack in sorted(HERE.glob("keras[23]-*.zip")):
        with zipfile.ZipFile(pack) as z, tempfile.TemporaryDirectory() as scratch:
            for name in z.namelist():
                if name.endswith(".h5") and not name.endswith(".weights.h5"):
                    lines.append(json.dumps({"pack": pack.stem, "name": name, **saved(z.read(name), scratch)}) + "\n")
    with zipfile.ZipFile(HERE / "converted.zip", "w", zipfile.ZIP_DEFLATED, compresslevel=9) as z:
        z.writestr(zipfile.ZipInfo("index.jsonl"), "".join(lines), zipfile.ZIP_DEFLATED, 9)
    print(len(lines), "files")


if __name__ == "__main__":
    main()
