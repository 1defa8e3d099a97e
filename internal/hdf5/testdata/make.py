"""Makes the fixtures of this directory with the real h5py, and what h5py reads from them.

Run it with the versions of requirements.txt. It writes fixtures/*.h5 and hostile/*.h5 (those that are large
compressed, as *.h5.gz) and expected.json.gz, which README.md describes.
"""

import ctypes
import gzip
import hashlib
import json
import pathlib
import re
import shutil

import h5py
import numpy as np
from h5py import h5d, h5f, h5p, h5s, h5t

HERE = pathlib.Path(__file__).resolve().parent
COMPRESS_FROM = 12 << 10  # bytes
VERSIONS = {"earliest": "earliest", "latest": "latest"}

# What h5py does not expose is called in the library that it brings along.
hdf5 = ctypes.CDLL(str(next((pathlib.Path(h5py.__file__).parent.parent / "h5py.libs").glob("libhdf5-*.so*"))))


def call(name, *args):
    """Calls a function of the HDF5 library; handles are 64-bit."""
    args = [ctypes.c_int64(a.id) if hasattr(a, "id") else a for a in args]
    status = getattr(hdf5, name)(*args)
    assert status >= 0, name


fixtures, hostiles = {}, {}


def fixture(*names, of=fixtures):
    """Registers a function that fills a file. It is called for each name, as (name, path)."""

    def register(make):
        for name in names:
            assert name not in of
            of[name] = make
        return make

    return register


def version(name):
    """The library version that a fixture's name ends in."""
    return VERSIONS[name.rsplit("_", 1)[1]]


def both(name):
    return [f"{name}_{v}" for v in VERSIONS]


def weights(*shape, seed=0, dtype="f4"):
    """Numbers that any floating-point type of 16 bits or more has exactly."""
    count = int(np.prod(shape))
    return ((np.arange(count) * 7 + seed) % 255 / 16 - 8).astype(dtype).reshape(shape)


# ---------------------------------------------------------------- groups


@fixture(*[n for count in (1, 20, 140, 300) for n in both(f"layers{count}")])
def layers(name, path):
    """The structure of a .weights.h5 of Keras 3."""
    count = int(re.match(r"layers(\d+)", name)[1])
    with h5py.File(path, "w", libver=version(name)) as f:
        for i in range(count):
            g = f.create_group(f"layers/separable_conv1d_{i}" if i else "layers/separable_conv1d")
            v = g.create_group("vars")
            v.attrs["name"] = f"conv_{i}"
            if count <= 20:
                v["0"] = weights(3, 4, 2, seed=i)
                v["1"] = weights(1, 8, 5, seed=i)
                v["2"] = weights(5, seed=i)
            elif i % 50 == 0:
                v["0"] = weights(5, seed=i)
        f.create_group("vars")


@fixture(*both("legacy"))
def legacy(name, path):
    """The structure of model.save('x.h5')."""
    with h5py.File(path, "w", libver=version(name)) as f:
        f.attrs["keras_version"] = "3.15.1"
        f.attrs["backend"] = b"tensorflow"
        config = json.dumps({"class_name": "Sequential", "config": {"layers": [{"name": f"léger_{i}"} for i in range(2400)]}})
        assert 60_000 < len(config.encode()) < 100_000
        f.attrs["model_config"] = config.encode()
        g = f.create_group("model_weights")
        names = [f"separable_conv1d_{i}" for i in range(700)]
        g.attrs["layer_names"] = np.array([n.encode() for n in names])
        g.attrs["one"] = np.array([b"only"])
        g.attrs["weight_names"] = []
        for n in names[:9]:
            layer = g.create_group(n)
            layer.attrs["weight_names"] = np.array([f"{n}/{w}:0".encode() for w in ("depthwise_kernel", "pointwise_kernel", "bias")])
            layer.create_dataset(f"{n}/depthwise_kernel:0", data=weights(2, 3, 1))
            layer.create_dataset(f"{n}/pointwise_kernel:0", data=weights(1, 3, 2))
            layer.create_dataset(f"{n}/bias:0", data=weights(2))
        o = f.create_group("optimizer_weights")
        o.create_dataset("iterations", data=np.int64(1234))
        o.create_dataset("learning_rate", data=np.float32(0.125))


@fixture(*both("nested"))
def nested(name, path):
    """Groups in groups, up to 40 deep, names that sort oddly or are not ASCII."""
    with h5py.File(path, "w", libver=version(name)) as f:
        f.create_group("/".join(f"g{i}" for i in range(40)))["deepest"] = weights(3)
        for n in ("a", "B", "a.b", "a b", "ä", "日本", "10", "9", "back\\slash", "x" * 300):
            f.create_group(n)


@fixture(*both("links"))
def links(name, path):
    """Links of every kind. Only the hard ones may be followed."""
    with h5py.File(path, "w", libver=version(name)) as f:
        f["data"] = weights(3)
        f["again"] = f["data"]
        f["soft"] = h5py.SoftLink("/data")
        f["nowhere"] = h5py.SoftLink("/missing")
        if version(name) == "latest":
            call("H5Lregister", ctypes.byref(user_link_class()))
            call("H5Lcreate_ud", f.id, b"user", 77, None, ctypes.c_size_t(0), ctypes.c_int64(0), ctypes.c_int64(0))
        f["external"] = h5py.ExternalLink("other.h5", "/data")
        g = f.create_group("group")
        g["inner"] = weights(2)
        g["up"] = f["/"]  # a cycle
        g["self"] = g


class UserLinkClass(ctypes.Structure):
    _fields_ = [("version", ctypes.c_int), ("id", ctypes.c_int), ("comment", ctypes.c_char_p)] + [
        (callback, ctypes.c_void_p) for callback in ("create", "move", "copy", "traverse", "delete", "query")
    ]


def user_link_class():
    """A class of links that lead nowhere."""
    user_link_class.traverse = ctypes.CFUNCTYPE(ctypes.c_int64)(lambda: -1)
    return UserLinkClass(1, 77, b"nowhere", None, None, None, ctypes.cast(user_link_class.traverse, ctypes.c_void_p), None, None)


@fixture("dense_links_latest")
def dense_links(name, path):
    """A fractal heap of several levels, and a B-tree of version 2 of several."""
    with h5py.File(path, "w", libver=version(name)) as f:
        g = f.create_group("many")
        for i in range(3000):
            g[f"{i:04d}" + "n" * 180] = h5py.SoftLink("x")
        f["many/data"] = weights(2)


@fixture("ordered_latest", "ordered_earliest")
def ordered(name, path):
    """Groups and attributes that remember the order of their creation."""
    with h5py.File(path, "w", libver=version(name), track_order=True) as f:
        for i in range(12):
            f.create_group(f"g{(i * 5) % 12}", track_order=True)
        g = f.create_group("g", track_order=True)
        for i in range(20):
            g.attrs[f"a{(i * 7) % 20}"] = i
        f.create_dataset("d", data=weights(2), track_order=True).attrs["x"] = 1


# ---------------------------------------------------------------- files


@fixture("userblock512_earliest", "userblock4096_latest")
def userblock(name, path):
    with h5py.File(path, "w", libver=version(name), userblock_size=int(re.search(r"\d+", name)[0])) as f:
        f.attrs["s"] = "text"
        f["g/d"] = weights(4)
        f.create_dataset("chunked", data=weights(20), chunks=(8,), compression="gzip")
    with open(path, "r+b") as f:
        f.write(b"before the file")


def create(path, fcpl=None, fapl=None):
    return h5py.File(h5f.create(str(path).encode(), h5f.ACC_TRUNC, fcpl or h5p.create(h5p.FILE_CREATE), fapl))


@fixture("sizes4", "sizes2")
def sizes(name, path):
    """Addresses and lengths of other sizes than 8 bytes."""
    fcpl = h5p.create(h5p.FILE_CREATE)
    n = int(name[-1])
    fcpl.set_sizes(n, n)
    with create(path, fcpl) as f:
        f.attrs["s"] = "text"
        f["g/d"] = weights(4)
        f.create_dataset("chunked", data=weights(20), chunks=(8,), compression="gzip")
        f.create_dataset("strings", data=["a", "bc"], dtype=h5py.string_dtype())


@fixture("sizes4_latest")
def sizes_latest(name, path):
    """The same in the newer format, which HDF5 itself gets wrong with 2 bytes."""
    fcpl, fapl = h5p.create(h5p.FILE_CREATE), h5p.create(h5p.FILE_ACCESS)
    fcpl.set_sizes(4, 4)
    fapl.set_libver_bounds(h5f.LIBVER_LATEST, h5f.LIBVER_LATEST)
    with create(path, fcpl, fapl) as f:
        for i in range(20):
            f.create_group("g/" + chr(ord("a") + i))
            f.attrs[f"a{i}"] = i
        f.attrs["large"] = np.arange(700)
        f.create_dataset("chunked", data=weights(20), chunks=(8,), compression="gzip")


@fixture("superblock1")
def superblock1(name, path):
    """Nodes of other sizes than usual, which takes a superblock of version 1."""
    fcpl = h5p.create(h5p.FILE_CREATE)
    call("H5Pset_istore_k", fcpl, 2)
    call("H5Pset_sym_k", fcpl, 2, 1)
    with create(path, fcpl) as f:
        for i in range(60):
            f[f"d{i}"] = weights(2, seed=i)
        f.create_dataset("chunked", data=weights(60), chunks=(1,))


@fixture("superblock2")
def superblock2(name, path):
    with h5py.File(path, "w", libver=("earliest", "v108")) as f:
        f.create_dataset("early", data=weights(3))
    fapl = h5p.create(h5p.FILE_ACCESS)
    fapl.set_libver_bounds(h5f.LIBVER_V18, h5f.LIBVER_V18)
    with create(path, None, fapl) as f:
        f.attrs["s"] = "text"
        f["g/d"] = weights(4)
        f.create_dataset("chunked", data=weights(20), chunks=(8,))
        for i in range(30):
            f["g"].attrs[f"a{i}"] = i


@fixture("paged_latest")
def paged(name, path):
    """A superblock extension, and space that is handed out in pages."""
    with h5py.File(path, "w", libver=version(name), fs_strategy="page", fs_persist=True, fs_page_size=512) as f:
        f["g/d"] = weights(4)


@fixture("shared_messages")
def shared_messages(name, path):
    """A type that is in the heap of shared messages once it is used again, which is not supported."""
    fcpl = h5p.create(h5p.FILE_CREATE)
    call("H5Pset_shared_mesg_nindexes", fcpl, 1)
    call("H5Pset_shared_mesg_index", fcpl, 0, 1 << 3, 1)
    with create(path, fcpl) as f:
        f["a"] = weights(4)
        f["b"] = weights(4)


@fixture(*both("named_type"))
def named_type(name, path):
    with h5py.File(path, "w", libver=version(name)) as f:
        f["type"] = np.dtype("<f4")
        f.create_dataset("d", data=weights(3), dtype=f["type"])
        f.attrs.create("a", weights(2), dtype=f["type"])


@fixture(*both("continued"))
def continued(name, path):
    """Object headers in several pieces."""
    with h5py.File(path, "w", libver=version(name)) as f:
        groups = [f.create_group(f"g{i}") for i in range(3)]
        for g in groups:
            g["d"] = weights(2)
        for i in range(7):
            for g in groups:
                g.attrs[f"a{i}"] = "v" * (i * 40)
                g["d"].attrs[f"a{i}"] = np.arange(i * 3)
            f.flush()
        for g in groups:
            del g.attrs["a2"]


# ---------------------------------------------------------------- types


@fixture(*both("numbers"))
def numbers(name, path):
    """Every type of number in both byte orders, as data sets and attributes."""
    special = [0.0, -0.0, 1.0, -2.5, 65504.0, 6e-8, 6e-5, float("inf"), float("-inf"), float("nan"), 1 / 3, 1e-40, 3e38]
    with h5py.File(path, "w", libver=version(name)) as f:
        for order in "<>":
            g = f.create_group("little" if order == "<" else "big")
            for t in ("f2", "f4", "f8"):
                with np.errstate(over="ignore"):
                    data = np.array(special).astype(order + t)
                g[t] = data
                g.attrs[t] = data
            # Halves between two float32, which round to even, and those beside them.
            g["ties"] = np.array([1 + 2**-24, 1 + 3 * 2**-24, 1 + 2**-24 + 2**-50, 2**-150, 3 * 2**-150, 1e39, -1e39], order + "f8")
            for t in ("i1", "i2", "i4", "i8", "u1", "u2", "u4", "u8"):
                info = np.iinfo(t)
                data = np.array([0, 1, info.min, info.max, info.max // 3, 2**24 % info.max + 1], order + t)
                g[t] = data
                g.attrs[t] = data
        f["bool"] = np.array([True, False, True])
        f.attrs["bool"] = True
        f.attrs["scalar"] = 5
        f["scalar_int"] = np.int64(1 << 40)
        f["scalar_float"] = np.float32(0.1)
        f["enum"] = np.array([3, -1], dtype=h5py.enum_dtype({"MINUS": -1, "THREE": 3}, "<i2"))
        bfloat = h5t.IEEE_F32LE.copy()
        bfloat.set_fields(15, 7, 8, 0, 7)
        bfloat.set_size(2)
        bfloat.set_ebias(127)
        write_raw(f, "bfloat16", bfloat, np.array([0x3F80, 0xC000, 0x7F80, 0x7FC0, 0x0001, 0x8000, 0x4049], "<u2"))


def write_raw(f, name, datatype, data):
    """Writes bytes as they are as a data set of a type that numpy does not have."""
    d = h5d.create(f.id, name.encode(), datatype, h5s.create_simple(data.shape))
    d.write(h5s.ALL, h5s.ALL, data, mtype=datatype)


@fixture(*both("other_types"))
def other_types(name, path):
    """Types that can only be read as bytes, or not at all."""
    with h5py.File(path, "w", libver=version(name)) as f:
        d = f.create_dataset("bfloat16", data=np.array([0x3F80, 0xC000], "<u2").view("V2"))
        d.attrs["dtype"] = "bfloat16"
        f["opaque5"] = np.array([b"abcde", b"\0\1\2\3\4"], "V5")
        tagged = h5t.create(h5t.OPAQUE, 3)
        tagged.set_tag(b"a tag")
        write_raw(f, "tagged", tagged, np.array([b"xyz"], "V3"))
        f["compound"] = np.array([(1, 2.0)], [("a", "i4"), ("b", "f4")])
        write_raw(f, "array", h5t.array_create(h5t.IEEE_F32LE, (3,)), weights(2, 3).view("V12").reshape(2))
        f["sequence"] = np.array([np.arange(3), np.arange(2)], dtype=object).astype(h5py.vlen_dtype("i4"))
        f["complex"] = np.array([1 + 2j], "c8")
        f["reference"] = np.array([f["bfloat16"].ref], dtype=h5py.ref_dtype)
        odd = h5t.STD_I32LE.copy()
        odd.set_precision(20)
        write_raw(f, "precision20", odd, np.array([1, 2], "<i4"))
        extended = h5t.IEEE_F64LE.copy()
        extended.set_size(16)
        extended.set_precision(64)
        write_raw(f, "float128", extended, np.zeros(2, "V16"))
        bits = h5t.STD_B16LE.copy()
        write_raw(f, "bitfield", bits, np.array([1, 2], "<u2"))
        f["empty"] = h5py.Empty("f4")
        f["none"] = np.zeros((0, 3), "f4")
        f.attrs["compound"] = np.array([(1, 2.0)], [("a", "i4"), ("b", "f4")])
        f.attrs["opaque"] = np.void(b"\1\2")


@fixture(*both("strings"))
def strings(name, path):
    """Strings of every kind, as data sets and attributes."""
    with h5py.File(path, "w", libver=version(name)) as f:
        f.attrs["str"] = "grüße, 世界"
        f.attrs["bytes"] = b"bytes"
        f.attrs["empty_str"] = ""
        f.attrs["empty_list"] = []
        f.attrs["null"] = h5py.Empty("S10")
        f.attrs["S"] = np.array([b"a", b"", b"abc"])
        f.attrs["S_scalar"] = np.bytes_(b"fixed")
        f.attrs["S_matrix"] = np.array([[b"a", b"bb"], [b"ccc", b""]])
        f.attrs["list_of_str"] = ["x", "", "zzz"]
        f.attrs["ключ"] = "value"
        f["vlen"] = np.array(["", "one", "zwei €", "x" * 5000], dtype=h5py.string_dtype())
        f["vlen_ascii"] = np.array([b"a", b"b"], dtype=h5py.string_dtype("ascii"))
        f["fixed_utf8"] = np.array(["é".encode(), b"abc"], dtype=h5py.string_dtype("utf-8", 6))
        f["scalar"] = "text"
        for i, (pad, data) in enumerate({
            h5t.STR_NULLTERM: [b"ab\0xy", b"abcd\0"],
            h5t.STR_NULLPAD: [b"ab\0xy", b"ab\0\0\0", b"abcde"],
            h5t.STR_SPACEPAD: [b"ab   ", b" a b ", b"abcde"],
        }.items()):
            t = h5t.C_S1.copy()
            t.set_size(5)
            t.set_strpad(pad)
            write_raw(f, f"padding{i}", t, np.array(data, "V5").view("S5"))
        f.create_dataset("chunked", data=np.array([f"s{i}" for i in range(10)], dtype=object), dtype=h5py.string_dtype(), chunks=(4,))


@fixture(*both("attributes"))
def attributes(name, path):
    """More attributes than an object header takes, and larger ones."""
    with h5py.File(path, "w", libver=version(name)) as f:
        for i in range(45):
            f.attrs[f"attribute {i}"] = i * 1.5
        g = f.create_group("shapes")
        g.attrs["vector"] = np.arange(3)
        g.attrs["matrix"] = weights(2, 3)
        g.attrs["none"] = np.zeros((0, 2), "i4")
        g.attrs["null"] = h5py.Empty("f4")
        d = f.create_dataset("d", data=weights(2))
        d.attrs["large"] = weights(10_000)
        if version(name) == "latest":
            d.attrs["huge"] = weights(20_000)  # 80,000 bytes, more than a header message takes
            for i in range(150):
                g.attrs[f"{i}"] = np.full(500, i, "f8")


# ---------------------------------------------------------------- layouts


@fixture(*both("layouts"))
def layouts(name, path):
    with h5py.File(path, "w", libver=version(name)) as f:
        f["contiguous"] = weights(5, 7)
        compact = h5p.create(h5p.DATASET_CREATE)
        compact.set_layout(h5d.COMPACT)
        d = h5d.create(f.id, b"compact", h5t.IEEE_F32LE, h5s.create_simple((3, 4)), compact)
        d.write(h5s.ALL, h5s.ALL, weights(3, 4))
        f.create_dataset("unwritten", (4, 5), "f4")
        f.create_dataset("unwritten_fill", (4, 5), "f4", fillvalue=2.5)
        f.create_dataset("unwritten_string", (3,), h5py.string_dtype())
        f.create_dataset("unwritten_chunks", (40, 5), "f4", chunks=(8, 5), fillvalue=-1)
        f.create_dataset("chunks1", data=weights(10), chunks=(4,))
        f.create_dataset("chunks2", data=weights(10, 7), chunks=(4, 3))
        f.create_dataset("chunks3", data=weights(5, 6, 7), chunks=(2, 6, 4))
        f.create_dataset("one_chunk", data=weights(5, 6), chunks=(5, 6))
        f.create_dataset("one_larger_chunk", data=weights(5, 6), chunks=(8, 8), maxshape=(None, 8))
        d = f.create_dataset("holes", (30, 30), "i4", chunks=(7, 7), fillvalue=-5)
        d[8:10, 20:25] = 3
        d[29, 29] = 4
        d = f.create_dataset("grown", data=weights(6, 3), chunks=(4, 2), maxshape=(None, 3))
        d.resize((11, 3))
        d[9:] = 1
        d = f.create_dataset("shrunk", data=weights(20, 3), chunks=(4, 2), maxshape=(None, 3))
        d.resize((6, 2))
        f.create_dataset("none", (0, 5), "f4", chunks=(2, 5), maxshape=(None, 5))
        f.create_dataset("big_endian", data=weights(9, dtype=">f4"), chunks=(4,))


@fixture(*both("filters"))
def filters(name, path):
    with h5py.File(path, "w", libver=version(name)) as f:
        data = weights(50, 9)
        chunks = (16, 9)
        f.create_dataset("gzip", data=data, chunks=chunks, compression="gzip")
        f.create_dataset("shuffle", data=data, chunks=chunks, shuffle=True)
        f.create_dataset("gzip_shuffle", data=data, chunks=chunks, compression="gzip", shuffle=True)
        f.create_dataset("lzf", data=data, chunks=chunks, compression="lzf")
        f.create_dataset("lzf_shuffle", data=data, chunks=chunks, compression="lzf", shuffle=True)
        f.create_dataset("lzf_random", data=np.random.default_rng(1).random(64), chunks=(16,), compression="lzf")
        f.create_dataset("lzf_zeros", data=np.zeros((64, 64), "f4"), chunks=(64, 64), compression="lzf")
        f.create_dataset("gzip_zeros", data=np.zeros((256, 256), "f4"), chunks=(256, 256), compression="gzip", compression_opts=9)
        f.create_dataset("fletcher32", data=data, chunks=chunks, fletcher32=True)
        f.create_dataset("fletcher32_odd", data=np.arange(21, dtype="u1"), chunks=(7,), fletcher32=True)
        f.create_dataset("all", data=data, chunks=chunks, compression="gzip", shuffle=True, fletcher32=True)
        f.create_dataset("f8", data=data.astype("f8"), chunks=chunks, compression="gzip", shuffle=True)
        f.create_dataset("f2", data=data.astype("f2"), chunks=chunks, compression="gzip", shuffle=True)
        f.create_dataset("scaleoffset", data=np.arange(50), chunks=(10,), scaleoffset=0)
        szip = h5p.create(h5p.DATASET_CREATE)
        szip.set_chunk((50,))
        szip.set_filter(5, h5py.h5z.FLAG_OPTIONAL, ())  # nbit
        h5d.create(f.id, b"nbit", h5t.IEEE_F32LE, h5s.create_simple((50,)), szip).write(h5s.ALL, h5s.ALL, weights(50))
        # The other order: the checksum is compressed along with the data.
        order = h5p.create(h5p.DATASET_CREATE)
        order.set_chunk(chunks)
        order.set_fletcher32()
        order.set_deflate(6)
        order.set_shuffle()
        d = h5d.create(f.id, b"fletcher32_gzip_shuffle", h5t.IEEE_F32LE, h5s.create_simple(data.shape), order)
        d.write(h5s.ALL, h5s.ALL, data)
        # A chunk that the filters were left out of, and one that only shuffle was.
        d = f.create_dataset("skipped", (8,), "<f4", chunks=(4,), compression="gzip", shuffle=True)
        d.id.write_direct_chunk((0,), weights(4).tobytes(), filter_mask=3)
        import zlib

        d.id.write_direct_chunk((4,), zlib.compress(weights(4, seed=3).tobytes()), filter_mask=1)
        # Chunks at the edge that are not filtered, which only the newer format has.
        if version(name) == "latest":
            edge = h5p.create(h5p.DATASET_CREATE)
            edge.set_chunk((4, 4))
            edge.set_deflate(6)
            call("H5Pset_chunk_opts", edge, 2)
            d = h5d.create(f.id, b"edges", h5t.IEEE_F32LE, h5s.create_simple((10, 6)), edge)
            d.write(h5s.ALL, h5s.ALL, weights(10, 6))


def early(chunks):
    p = h5p.create(h5p.DATASET_CREATE)
    p.set_chunk(chunks)
    p.set_alloc_time(h5d.ALLOC_TIME_EARLY)
    return p


@fixture("indexes_latest")
def indexes(name, path):
    """Every kind of index of chunks, of every size."""
    with h5py.File(path, "w", libver=version(name)) as f:
        for compression in (None, "gzip"):
            g = f.create_group(compression or "plain")
            k = {"compression": compression}
            g.create_dataset("single", data=weights(5, 6), chunks=(5, 6), **k)
            g.create_dataset("fixed", data=weights(9, 10), chunks=(4, 3), **k)
            g.create_dataset("fixed_may_grow", data=weights(9, 10), chunks=(4, 3), maxshape=(12, 20), **k)
            g.create_dataset("extensible0", data=weights(30, 4), chunks=(2, 3), maxshape=(None, 4), **k)
            g.create_dataset("extensible1", data=weights(4, 30, 3), chunks=(3, 2, 2), maxshape=(4, None, 5), **k)
            g.create_dataset("extensible2", data=weights(3, 5, 40), chunks=(2, 2, 2), maxshape=(3, 8, None), **k)
            g.create_dataset("tree", data=weights(12, 13), chunks=(2, 2), maxshape=(None, None), **k)
        for i, shape in enumerate([(9, 10), (8, 9)]):
            d = h5d.create(f.id, b"implicit%d" % i, h5t.IEEE_F32LE, h5s.create_simple(shape, (12, 12)), early((4, 3)))
            d.write(h5s.ALL, h5s.ALL, weights(*shape))


@fixture("large_indexes_latest")
def large_indexes(name, path):
    """Indexes of several levels and pages, of data sets most of whose chunks were never written."""
    with h5py.File(path, "w", libver=version(name)) as f:
        for compression in (None, "gzip"):
            g = f.create_group(compression or "plain")
            k = {"compression": compression, "dtype": "u1", "fillvalue": 7}
            d = g.create_dataset("fixed", (3100,), chunks=(1,), **k)
            for i in (0, 1023, 1024, 3099):
                d[i] = i % 251
            d = g.create_dataset("extensible", (140_000,), chunks=(1,), maxshape=(None,), **k)
            for i in (0, 3, 4, 19, 20, 51, 52, 99, 100, 500, 4000, 131_075, 131_076, 133_000, 135_500, 139_999):
                d[i] = i % 251
            d = g.create_dataset("tree", (80, 80), chunks=(1, 1), maxshape=(None, None), **k)
            d[:40, :40] = 3
            d[79, 79] = 9


@fixture("large_tree_earliest")
def large_tree(name, path):
    """A B-tree of version 1 of three levels."""
    with h5py.File(path, "w", libver=version(name)) as f:
        f.create_dataset("tree", data=(np.arange(5000) % 251).astype("u1").reshape(50, 100), chunks=(1, 1))


# ---------------------------------------------------------------- out of the file


@fixture(*both("elsewhere"))
def elsewhere(name, path):
    """Data sets whose values are not in the file."""
    with h5py.File(path, "w", libver=version(name)) as f:
        f.create_dataset("external", (3,), "f4", external=[("other.bin", 0, 12)])
        f["source"] = weights(4)
        if version(name) == "latest":
            layout = h5py.VirtualLayout((4,), "f4")
            layout[:] = h5py.VirtualSource(".", "source", (4,))
            f.create_virtual_dataset("virtual", layout)


# ---------------------------------------------------------------- hostile, and yet valid


@fixture("shape_bomb", of=hostiles)
def shape_bomb(name, path):
    """Data sets of which nothing was ever written."""
    with h5py.File(path, "w") as f:
        f.create_dataset("contiguous", (1 << 40,), "f4")
        f.create_dataset("filled", (1 << 24,), "f4", fillvalue=1)
        f.create_dataset("chunked", (1 << 20, 1 << 20), "f4", chunks=(1 << 10, 1 << 10), compression="gzip")


@fixture("zip_bomb", of=hostiles)
def zip_bomb(name, path):
    """Zeros, which deflate makes a thousand times smaller."""
    with h5py.File(path, "w") as f:
        f.create_dataset("zeros", data=np.zeros((32, 1 << 19), "f4"), chunks=(1, 1 << 19), compression="gzip", compression_opts=9)
        d = f.create_dataset("edge", (200, 1), "f4", chunks=(1, 1 << 18), maxshape=(200, None), compression="gzip", compression_opts=9)
        d[:] = 0  # 1 MiB unfolds for each value
        # Deflate twice over goes beyond what a single one can do.
        twice = h5p.create(h5p.DATASET_CREATE)
        twice.set_chunk((1 << 22,))
        twice.set_deflate(9)
        twice.set_deflate(9)
        h5d.create(f.id, b"twice", h5t.IEEE_F32LE, h5s.create_simple((1 << 22,)), twice).write(h5s.ALL, h5s.ALL, np.zeros(1 << 22, "f4"))


@fixture("diamonds", of=hostiles)
def diamonds(name, path):
    """Groups that lead to each other in two ways: 40 objects, 2^40 paths."""
    with h5py.File(path, "w") as f:
        g = f
        for _ in range(40):
            g["b"] = g.create_group("a")
            g = g["a"]


@fixture("deep", of=hostiles)
def deep(name, path):
    with h5py.File(path, "w", libver="latest") as f:
        f.create_group("/".join("g" for _ in range(200)))


@fixture("long_string", of=hostiles)
def long_string(name, path):
    """One string that many elements refer to."""
    with h5py.File(path, "w") as f:
        f.create_dataset("strings", data=["x" * 100_000], dtype=h5py.string_dtype())
        f.create_dataset("many", (10_000,), h5py.string_dtype())
        f["many"][:] = ""
        source, target = f["strings"].id.get_offset(), f["many"].id.get_offset()
    with open(path, "r+b") as f:
        f.seek(source)
        reference = f.read(16)
        f.seek(target)
        f.write(reference * 10_000)


# ---------------------------------------------------------------- expected values

LIST_UP_TO = 16  # values that are listed; of more there is a digest


def digest(b):
    return hashlib.sha256(b).hexdigest()[:32]


def numbers_of(a, dtype):
    """Values as a list of texts, or the digest of their little-endian bytes, NaN being one of a kind."""
    with np.errstate(over="ignore"):
        a = np.asarray(a).astype(dtype).reshape(-1)
    if a.size <= LIST_UP_TO:
        return [repr(v.item()) if dtype != "<f4" else str(v) for v in a]
    if a.dtype.kind == "f":
        a[np.isnan(a)] = np.nan
    return digest(a.tobytes())


def texts_of(a):
    a = [v.encode(errors="surrogateescape") if isinstance(v, str) else bytes(v) for v in np.asarray(a, dtype=object).reshape(-1)]
    if len(a) <= LIST_UP_TO and sum(map(len, a)) < 1000:
        return [v.decode(errors="surrogateescape") for v in a]
    return digest(b"".join(len(v).to_bytes(4, "little") + v for v in a))


def is_integer(t):
    return t.get_class() == h5t.INTEGER and t.get_precision() == 8 * t.get_size()


FLOATS = {(15, 10, 5, 0, 10): 16, (31, 23, 8, 0, 23): 32, (63, 52, 11, 0, 52): 64}


def type_name(t):
    """The name that Type.String gives, and the class of what can be read."""
    c, size = t.get_class(), t.get_size()
    if c == h5t.INTEGER:
        return ("int" if t.get_sign() else "uint") + str(8 * size), "integer" if is_integer(t) else "unsupported"
    if c == h5t.FLOAT:
        if t.get_fields() == (15, 7, 8, 0, 7):
            return "bfloat16", "float"
        return f"float{8 * size}", "float" if t.get_fields() in FLOATS and t.get_precision() == 8 * size else "unsupported"
    if c == h5t.STRING:
        return ("string" if t.is_variable_str() else f"string[{size}]"), "string"
    if c == h5t.ENUM:
        name, kind = type_name(t.get_super())
        return f"enum({name})", kind
    names = {h5t.OPAQUE: "opaque", h5t.COMPOUND: "compound", h5t.ARRAY: "array", h5t.VLEN: "sequence", h5t.REFERENCE: "reference", h5t.BITFIELD: "bitfield"}
    return f"{names[c]}[{size}]", "unsupported"


def value(x, read):
    """What is expected of a data set or an attribute; read returns its values."""
    t = x.get_type()
    v = {"type": type_name(t)[0]}
    kind = type_name(t)[1]
    space = x.get_space()
    null = space.get_simple_extent_type() == h5s.NULL
    v["shape"] = [0] if null else list(space.get_simple_extent_dims())
    if isinstance(x, h5d.DatasetID):
        p = x.get_create_plist()
        unreadable = p.get_external_count() > 0 or p.get_layout() == h5d.VIRTUAL
        if p.get_layout() == h5d.CHUNKED:
            unreadable |= any(p.get_filter(i)[0] not in (1, 2, 3, 32000) for i in range(p.get_nfilters()))
        if unreadable:
            v["error"] = "unsupported"
            return v
    if null or 0 in v["shape"]:
        return v
    if t.get_class() == h5t.OPAQUE:
        v["tag"] = t.get_tag().decode()
        v["raw"] = digest(raw_bytes(x).tobytes())
    elif kind == "unsupported":
        v["error"] = "unsupported"
    elif kind == "string":
        v["strings"] = texts_of(read())
    elif v["type"] == "bfloat16":
        data = (raw_bytes(x).view("<u2").astype("<u4") << 16).view("<f4")
        v["float32"], v["float64"] = numbers_of(data, "<f4"), numbers_of(data, "<f8")
    else:
        data = read()
        v["float32"], v["float64"] = numbers_of(data, "<f4"), numbers_of(data, "<f8")
        if kind == "integer" and not (np.asarray(data) > np.iinfo("i8").max).any():
            v["int64"] = numbers_of(data, "<i8")
    return v


def raw_bytes(x):
    """Reads the values as they are stored."""
    t = x.get_type()
    raw = np.zeros(x.shape, f"V{t.get_size()}")
    if isinstance(x, h5d.DatasetID):
        x.read(h5s.ALL, h5s.ALL, raw, mtype=t)
    else:
        x.read(raw, mtype=t)
    return raw


def raw_strings(x, read):
    """Reads fixed strings without numpy, which takes all NUL bytes off the end whatever the padding."""
    t = x.get_type()
    if t.get_class() != h5t.STRING or t.is_variable_str() or 0 in (x.shape or (0,)):
        return read
    pad = t.get_strpad()

    def decode():
        items = [v.tobytes() for v in raw_bytes(x).reshape(-1)]
        if pad == h5t.STR_NULLTERM:
            return [v.split(b"\0")[0] for v in items]
        return [v.rstrip(b"\0" if pad == h5t.STR_NULLPAD else b" ") for v in items]

    return decode


def attributes_of(o):
    found = {}
    for name in o.attrs:
        a = h5py.h5a.open(o.id, name.encode())
        found[name] = value(a, raw_strings(a, lambda: o.attrs[name]))
    return found


def expected(path):
    """What h5py finds in a file: for each path what it stands for."""
    objects = {}

    def walk(g, prefix, ancestors):
        names = sorted(g, key=str.encode)
        objects[prefix or "/"] = {"kind": "group", "names": names if len(names) < 1000 else texts_of(names), "attributes": attributes_of(g)}
        for name in g:
            p = f"{prefix}/{name}"
            kind = g.id.links.get_info(name.encode()).type
            if kind != h5py.h5l.TYPE_HARD:
                if len(names) < 1000:
                    objects[p] = {"kind": {h5py.h5l.TYPE_SOFT: "soft link", h5py.h5l.TYPE_EXTERNAL: "external link"}.get(kind, "user-defined link")}
                continue
            o = g[name]
            if isinstance(o, h5py.Group):
                if o.id in ancestors:
                    objects[p] = {"kind": "group", "error": "format"}
                else:
                    walk(o, p, ancestors + [o.id])
            elif isinstance(o, h5py.Dataset):
                objects[p] = {"kind": "data set", "attributes": attributes_of(o), "value": value(o.id, raw_strings(o.id, lambda: o[()]))}
            else:
                objects[p] = {"kind": "named type"}

    with h5py.File(path, "r") as f:
        walk(f, "", [f.id])
    return objects


def main():
    found = {"versions": {"h5py": h5py.__version__, "HDF5": h5py.version.hdf5_version}, "files": {}}
    for directory, files in {"fixtures": fixtures, "hostile": hostiles}.items():
        shutil.rmtree(HERE / directory, ignore_errors=True)
        (HERE / directory).mkdir()
        for name, make in sorted(files.items()):
            path = HERE / directory / f"{name}.h5"
            make(name, path)
            if directory == "fixtures":
                found["files"][name] = expected(path)
            data = path.read_bytes()
            if len(data) > COMPRESS_FROM:
                path.with_suffix(".h5.gz").write_bytes(gzip.compress(data, 9, mtime=0))
                path.unlink()
    found["files"]["shared_messages"]["/b"] = {"kind": "data set", "error": "unsupported"}
    text = json.dumps(found, indent=0, sort_keys=True, ensure_ascii=False)
    (HERE / "expected.json.gz").write_bytes(gzip.compress(text.encode(errors="surrogateescape"), 9, mtime=0))


if __name__ == "__main__":
    main()
