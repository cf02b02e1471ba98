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


if __name__ == "__main__":
    os.makedirs(OUT, exist_ok=True)
    expected = {}
    for name, kw in (("plain", {}), ("compressed", dict(do_compression=True))):
        path = os.path.join(OUT, name + ".mat")
        sio.savemat(path, variables(), oned_as="row", **kw)
        with open(path, "r+b") as f:  # the time of writing goes
            f.write(b"MATLAB 5.0 MAT-file, written by scipy.io.savemat".ljust(116))
    big_endian(os.path.join(OUT, "big_endian.mat"))
    for name in ("plain", "compressed", "big_endian"):
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
