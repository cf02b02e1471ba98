#!/usr/bin/python3
"""Makes data/matfile/testdata with scipy (version 5) and h5py (an imitation of
version 7.3), and expected.json with what scipy.io.loadmat reads.

Made with scipy 1.10.1, numpy 1.24.2, h5py 3.7.0.
"""
import json
import os
import struct
import sys

import h5py
import numpy as np
import scipy.io as sio
import scipy.sparse

OUT = sys.argv[1] if len(sys.argv) > 1 else os.path.join(
    os.path.dirname(os.path.abspath(__file__)), "../../data/matfile/testdata")


def cells(values):
    out = np.empty((1, len(values)), object)
    out[0, :] = values
    return out


def variables():
    rng = np.random.default_rng(5)
    v = {"t_" + code: (np.arange(24) - (12 if code[0] in "if" else 0)).astype(code).reshape(2, 3, 4)
         for code in "i1 i2 i4 i8 u1 u2 u4 u8 f4 f8".split()}
    v["noise"] = rng.standard_normal((5, 4))
    v["special"] = np.array([np.nan, np.inf, -np.inf, -0.0, 5e-324])
    v["complex"] = np.array([[1 + 2j, 3 - 4j]])
    v["flags"] = np.array([[True, False, True]])
    v["text"] = "Kéy of V1"
    v["rows"] = np.array(["alpha", "beta ", "gamma"])
    v["empty"] = np.zeros((0, 3))
    v["empty_text"] = ""
    v["labels"] = cells(["animate", "", "face"])
    v["nested"] = cells([cells([np.array([1.0, 2.0]), "in"]), np.float64(7)])
    s = np.zeros((1, 2), [("name", object), ("RDM", object)])
    s["name"][0, 0], s["name"][0, 1] = "mIT", "hIT"
    s["RDM"][0, 0], s["RDM"][0, 1] = rng.random((3, 3)).astype("f4"), np.arange(4.0)
    v["structs"] = s
    return v


def describe(a):
    if a.dtype.names:
        return dict(shape=list(a.shape), fields=list(a.dtype.names),
                    elements=[describe(e[n]) for e in a.ravel(order="F") for n in a.dtype.names])
    if a.dtype == object:
        return dict(shape=list(a.shape), cells=[describe(e) for e in a.ravel(order="F")])
    if a.dtype.kind == "U":
        return dict(text=[str(x) for x in a.ravel()])
    if a.dtype.kind == "c":
        return dict(shape=list(a.shape), rows=[repr(float(x)) for x in a.real.ravel()], imag=[repr(float(x)) for x in a.imag.ravel()])
    return dict(shape=list(a.shape), rows=[repr(float(x)) for x in a.ravel()])


def big_endian(path):
    """The numbers of a version 5 file as a big-endian machine writes them."""
    def element(kind, raw):
        return struct.pack(">II", kind, len(raw)) + raw + b"\0" * (-len(raw) % 8)

    def matrix(name, cls, kind, a):
        body = element(6, struct.pack(">II", cls, 0)) + element(5, struct.pack(">%di" % a.ndim, *a.shape))
        body += element(1, name.encode()) + element(kind, a.tobytes(order="F"))
        return element(14, body)

    with open(path, "wb") as f:
        f.write(b"MATLAB 5.0 MAT-file, big-endian".ljust(124) + b"\x01\x00MI")
        f.write(matrix("d", 6, 9, np.array([[1.5, -2, 3], [4, 5, 6]], ">f8")))
        f.write(matrix("small", 6, 2, np.array([[1, 2], [250, 4]], "u1")))
        f.write(matrix("i", 12, 5, np.array([[-70000, 5]], ">i4")))
        f.write(matrix("s", 7, 7, np.array([[0.25], [8]], ">f4")))


def v73(path):
    with h5py.File(path, "w", userblock_size=512) as f:
        refs = f.create_group("#refs#")

        def put(group, name, a, cls, **attrs):
            d = group.create_dataset(name, data=a)
            d.attrs["MATLAB_class"] = np.bytes_(cls)
            for k, v in attrs.items():
                d.attrs[k] = v
            return d

        def text(group, name, s):
            return put(group, name, np.array([[ord(c)] for c in s], "u2"), "char", MATLAB_int_decode=np.int32(2))

        put(f, "noise", np.arange(6.0).reshape(3, 2) / 7, "double")  # 2 x 3 in MATLAB
        put(f, "image", np.arange(24, dtype="u1").reshape(3, 4, 2), "uint8")
        put(f, "flags", np.array([[1], [0]], "u1"), "logical", MATLAB_int_decode=np.int32(1))
        put(f, "z", np.array([[(1, 2)], [(3, -4)]], [("real", "f8"), ("imag", "f8")]), "double")
        text(f, "text", "Kéy")
        put(f, "empty", np.array([0, 3], "u8"), "double", MATLAB_empty=np.int32(1))
        words = [text(refs, "w%d" % i, w).ref for i, w in enumerate(["animate", "face"])]
        put(f, "labels", np.array([[w] for w in words], h5py.ref_dtype), "cell")
        g = f.create_group("one")
        g.attrs["MATLAB_class"] = np.bytes_("struct")
        text(g, "name", "hIT")
        put(g, "RDM", np.eye(2), "double")
        g = f.create_group("many")
        g.attrs["MATLAB_class"] = np.bytes_("struct")
        g["name"] = np.array([[w] for w in words], h5py.ref_dtype)
        g = f.create_group("sparse")
        g.attrs["MATLAB_class"] = np.bytes_("double")
        g.attrs["MATLAB_sparse"] = np.uint64(3)
    with open(path, "r+b") as f:
        f.write(b"MATLAB 7.3 MAT-file, Platform: imitation".ljust(124) + b"\x00\x02IM")


def opaque(kind):
    """What MATLAB writes for a string, missing, datetime: an object, described elsewhere."""
    def element(code, raw):
        return struct.pack("<II", code, len(raw)) + raw + b"\0" * (-len(raw) % 8)
    inner = element(6, struct.pack("<II", 13, 0)) + element(5, struct.pack("<ii", 6, 1)) + element(1, b"") + \
        element(6, np.array([0xdd000000, 2, 1, 1, 1, 1], "<u4").tobytes())
    return element(14, element(6, struct.pack("<II", 17, 0)) + element(1, b"") + element(1, b"MCOS") + element(1, kind.encode()) + element(14, inner))


def partial(path):
    """A struct and a cell array with parts that are not read: sparse, a string, missing."""
    sio.savemat(path, {"SPM": {"X": np.eye(2), "W": scipy.sparse.eye(2).tocsc(), "s": np.array([["OBJECT01"]], object), "last": "end"},
                       "mixed": cells([np.arange(3.0), scipy.sparse.eye(2).tocsc(), "text", np.array([["OBJECT02"]], object)])})
    b = bytearray(open(path, "rb").read())

    def element(at):  # of the matrix that holds a text
        text = b.index(at)
        start = text
        while struct.unpack_from("<I", b, start)[0] != 14 or start + 8 + struct.unpack_from("<I", b, start + 4)[0] < text:
            start -= 8
        return start, start + 8 + struct.unpack_from("<I", b, start + 4)[0]

    for at, kind in ((b"OBJECT02", "missing"), (b"OBJECT01", "string")):
        start, end = element(at)
        # the cell around the text goes, so that the object is the field itself
        outer = start - 8
        while struct.unpack_from("<I", b, outer)[0] != 14 or outer + 8 + struct.unpack_from("<I", b, outer + 4)[0] < end:
            outer -= 8
        stop = outer + 8 + struct.unpack_from("<I", b, outer + 4)[0]
        new = opaque(kind)
        top = 128
        while top + 8 + struct.unpack_from("<I", b, top + 4)[0] < stop:
            top += 8 + struct.unpack_from("<I", b, top + 4)[0]
        struct.pack_into("<I", b, top + 4, struct.unpack_from("<I", b, top + 4)[0] + len(new) - (stop - outer))
        b[outer:stop] = new
    b[:116] = b"MATLAB 5.0 MAT-file, written by scipy.io.savemat".ljust(116)
    open(path, "wb").write(b)


def partial73(path):
    with h5py.File(path, "w", userblock_size=512) as f:
        refs = f.create_group("#refs#")

        def put(group, name, a, cls, **attrs):
            d = group.create_dataset(name, data=a)
            d.attrs["MATLAB_class"] = np.bytes_(cls)
            for k, v in attrs.items():
                d.attrs[k] = v
            return d

        g = f.create_group("SPM")
        g.attrs["MATLAB_class"] = np.bytes_("struct")
        put(g, "X", np.eye(2), "double")
        put(g, "s", np.array([[0xdd000000, 2, 1, 1, 1, 1]], "u4"), "string", MATLAB_object_decode=np.int32(3))
        sparse = g.create_group("W")
        sparse.attrs["MATLAB_class"] = np.bytes_("double")
        sparse.attrs["MATLAB_sparse"] = np.uint64(2)
        handle = g.create_group("fun")
        handle.attrs["MATLAB_class"] = np.bytes_("function_handle")
        number = put(refs, "a", np.array([[4.0]]), "double")
        missing = put(refs, "b", np.array([[0xdd000000, 2, 1, 1, 1, 2]], "u4"), "missing", MATLAB_object_decode=np.int32(3))
        put(f, "mixed", np.array([[number.ref], [missing.ref], [number.ref]], h5py.ref_dtype), "cell")
    with open(path, "r+b") as f:
        f.write(b"MATLAB 7.3 MAT-file, Platform: imitation".ljust(124) + b"\x00\x02IM")


def version4(name):
    """Version 4: scipy's, and the same numbers as a big-endian machine writes them."""
    rng = np.random.default_rng(8)
    v = {"noise": rng.standard_normal((3, 4)), "single": rng.standard_normal((2, 2)).astype("f4"), "i4": np.array([[-5, 70000]], "i4"),
         "i2": np.array([[-5], [300]], "i2"), "u2": np.array([[65535]], "u2"), "u1": np.array([[0, 255]], "u1"),
         "z": np.array([[1 + 2j, -3j]]), "text": "V1 hV4", "rows": np.array(["ab", "cd"])}
    sio.savemat(os.path.join(OUT, name + "_little.mat"), v, format="4")
    with open(os.path.join(OUT, name + "_big.mat"), "wb") as f:
        for key, a in v.items():
            if isinstance(a, str) or a.dtype.kind == "U":
                rows = [a] if isinstance(a, str) else list(a)
                a, kind = np.array([[ord(c) for c in r] for r in rows], "f8"), 1
            else:
                kind = 0
            base = a.real if a.dtype.kind == "c" else a
            p = "f8 f4 i4 i2 u2 u1".split().index(base.dtype.str[1:])
            f.write(struct.pack(">IIIII", 1000 + 10 * p + kind, *a.shape, a.dtype.kind == "c", len(key) + 1) + key.encode() + b"\0")
            f.write(base.astype(base.dtype.newbyteorder(">")).tobytes(order="F"))
            if a.dtype.kind == "c":
                f.write(a.imag.astype(">f8").tobytes(order="F"))


if __name__ == "__main__":
    os.makedirs(OUT, exist_ok=True)
    expected = {}
    for name, kw in (("plain", {}), ("compressed", dict(do_compression=True))):
        path = os.path.join(OUT, name + ".mat")
        sio.savemat(path, variables(), oned_as="row", **kw)
        with open(path, "r+b") as f:  # the time of writing goes
            f.write(b"MATLAB 5.0 MAT-file, written by scipy.io.savemat".ljust(116))
    big_endian(os.path.join(OUT, "big_endian.mat"))
    version4("v4")
    partial(os.path.join(OUT, "partial.mat"))
    partial73(os.path.join(OUT, "partial73.mat"))
    for name in ("plain", "compressed", "big_endian", "v4_little", "v4_big"):
        m = sio.loadmat(os.path.join(OUT, name + ".mat"))
        expected[name] = {k: describe(v) for k, v in m.items() if not k.startswith("__")}
    v73(os.path.join(OUT, "v73.mat"))
    path = os.path.join(OUT, "foreign.mat")
    sio.savemat(path, {"sparse": scipy.sparse.eye(3).tocsc(), "good": 42.0})
    with open(path, "r+b") as f:
        f.write(b"MATLAB 5.0 MAT-file, written by scipy.io.savemat".ljust(116))
    with open(os.path.join(OUT, "expected.json"), "w") as f:
        json.dump(expected, f, sort_keys=True, separators=(",", ":"))
        f.write("\n")
