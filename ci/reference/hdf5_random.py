#!/usr/bin/python3
"""Writes HDF5 files of random structure with h5py, and beside each dataset what h5py
reads of it as float64 in C order: FILE.h5.PATH.f8.

hdf5_random.py DIR FILES SEED
"""
import os
import sys

import h5py
import numpy as np

out, count, seed = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
rng = np.random.default_rng(seed)


def dtype():
    code = rng.choice("i1 i2 i4 u1 u2 u4 f2 f4 f8".split())
    base = np.dtype(rng.choice(["<", ">"]) + code)
    if rng.random() < 0.2:
        return np.dtype((base, tuple(int(n) for n in rng.integers(1, 4, rng.integers(1, 3))))), base
    return base, base


def values(base, shape):
    if rng.random() < 0.3:  # what compresses
        v = np.repeat(rng.integers(0, 5), int(np.prod(shape))).reshape(shape)
    else:
        v = rng.integers(0, 100, shape)
    return v.astype(base)


for k in range(count):
    path = os.path.join(out, "r%03d.h5" % k)
    kw = dict(userblock_size=int(rng.choice([0, 512, 1024])), libver=str(rng.choice(["earliest", "v108", "v110", "latest"])))
    with h5py.File(path, "w", **kw) as f:
        groups = [f]
        for i in range(rng.integers(1, 9)):
            if rng.random() < 0.3:
                groups.append(groups[rng.integers(len(groups))].create_group("g%d" % i, track_order=bool(rng.random() < 0.5)))
            full, base = dtype()
            shape = tuple(int(n) for n in rng.integers(1, 12, rng.integers(0, 4)))
            opt = {}
            if shape and rng.random() < 0.7:
                opt["chunks"] = tuple(int(rng.integers(1, n + 1)) for n in shape)
                if rng.random() < 0.5:
                    opt["maxshape"] = tuple(None if rng.random() < 0.5 else n + int(rng.integers(0, 5)) for n in shape)
                opt["compression"] = rng.choice([None, "gzip", "lzf"])
                opt["compression"] = None if opt["compression"] is None else str(opt["compression"])
                opt["shuffle"], opt["fletcher32"] = bool(rng.random() < 0.5), bool(rng.random() < 0.4)
            if not full.subdtype and rng.random() < 0.3:
                opt["fillvalue"] = base.type(3)
            d = groups[rng.integers(len(groups))].create_dataset("d%d" % i, shape, full, **opt)
            inner = full.shape if full.subdtype else ()
            how = rng.random()
            if how < 0.7:
                d[...] = values(base, shape + inner)
            elif how < 0.9 and shape:
                n = int(rng.integers(0, shape[0]))
                d[n:] = values(base, (shape[0] - n,) + shape[1:] + inner)
            for a in range(rng.integers(0, 12)):
                d.attrs["a%d" % a] = values(base, (3,))
    with h5py.File(path, "r") as f:
        def visit(name, o):
            if isinstance(o, h5py.Dataset):
                with open(path + "." + name.replace("/", "_") + ".f8", "wb") as g:
                    g.write(np.ascontiguousarray(o[()]).astype("<f8").tobytes())
        f.visititems(visit)
