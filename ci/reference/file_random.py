#!/usr/bin/python3
"""Writes files of random structure with numpy, torch and scipy, and says what is in them:
a line of JSON an array, {"file", "name", "shape", "values"}, the values in C order.

file_random.py DIR ROUNDS SEED
"""
import argparse
import datetime
import json
import os
import pathlib
import sys
from collections import Counter, OrderedDict, defaultdict, deque

import numpy as np
import pandas
import scipy.io
import scipy.sparse
import torch

out, rounds, seed = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
rng = np.random.default_rng(seed)
CODES = "b1 i1 i2 i4 i8 u1 u2 u4 f2 f4 f8".split()


def pick(*options):
    return options[rng.integers(len(options))]


def array(codes=CODES, rank=4, low=0):
    a = (rng.integers(-50, 50, tuple(rng.integers(low, 5, rng.integers(0, rank)))) * pick(1, 0.5)).astype(pick(*codes))
    if pick(0, 1) and a.dtype.itemsize > 1:
        a = a.astype(a.dtype.newbyteorder(">"))
    return np.asfortranarray(a) if pick(0, 0, 1) else a


def note(file, name, a):
    a = np.asarray(a)
    print(json.dumps({"file": file, "name": name, "shape": list(a.shape), "values": [float(v) for v in a.ravel()]}))


def bad():
    return pick(pathlib.PurePosixPath("/x"), datetime.date(2020, 1, 1), np.ma.masked_array([1.0]), pandas.DataFrame({"x": [1]}), argparse.Namespace(a=1),
                np.ones(2, "c16"), np.zeros(2, [("a", "f4")]), {1, 2}, "text", None, slice(3))


def numpy_files(k):
    a = array()
    np.save("%s/%d.npy" % (out, k), a)
    note("%d.npy" % k, "data", a)
    many = {"a%d" % i: array() for i in range(rng.integers(1, 5))}
    pick(np.savez, np.savez_compressed)("%s/%d.npz" % (out, k), **many)
    for name, a in many.items():
        note("%d.npz" % k, name, a)
    d = {}
    for i in range(rng.integers(1, 8)):
        d["k%d" % i] = bad() if pick(0, 0, 1) else array()
    d["end"] = np.arange(3.0)
    np.save("%s/dict%d.npy" % (out, k), d, allow_pickle=True)
    for name, a in d.items():
        if isinstance(a, np.ndarray) and a.dtype.kind in "biuf" and not isinstance(a, np.ma.MaskedArray):
            note("dict%d.npy" % k, name, a)


def tensor():
    t = torch.from_numpy(np.asarray(rng.integers(-50, 50, tuple(rng.integers(0, 5, rng.integers(0, 4)))) * 0.5)).to(
        pick(torch.float64, torch.float32, torch.float16, torch.bfloat16, torch.int64, torch.int32, torch.int16, torch.int8, torch.bool))
    if t.dim() > 1 and pick(0, 1):
        t = t.transpose(0, 1)
    if t.dim() > 0 and t.shape[0] > 2 and pick(0, 1):
        t = t[1:]
    return torch.nn.Parameter(t) if t.is_floating_point() and pick(0, 1) else t


def torch_files(k):
    for legacy in (False, True):
        for protocol in (2, 4):
            file, found = "%d_%d_%d.pt" % (k, legacy, protocol), []

            def tree(path, depth):
                node = pick(dict, OrderedDict)()
                for i in range(rng.integers(1, 5)):
                    key, name = "n%d" % i, path + "n%d" % i
                    kind = rng.integers(7)
                    if kind < 3:
                        node[key] = tensor()
                        found.append((name, node[key]))
                    elif kind == 3 and depth < 3:
                        node[key] = tree(name + ".", depth + 1)
                    elif kind == 4:
                        node[key] = [1, tensor(), "x"]
                        found.append((name + ".1", node[key][1]))
                    elif kind == 5:
                        node[key] = pick(Counter({3: 1}), defaultdict(list), deque([1]), torch.ones(2, dtype=torch.complex64), torch.eye(2).to_sparse(), bad())
                        if isinstance(node[key], np.ndarray) or isinstance(node[key], (pandas.DataFrame,)):
                            node[key] = None
                    else:
                        node[key] = float(i)
                return node
            root = tree("", 0)
            root["end"] = torch.arange(3.0)
            found.append(("end", root["end"]))
            torch.save(root, "%s/%s" % (out, file), _use_new_zipfile_serialization=not legacy, pickle_protocol=protocol)
            for name, t in found:
                note(file, name, t.detach().double().numpy())


def mat_files(k):
    def cells(values):
        c = np.empty((1, len(values)), object)
        c[0, :] = values
        return c
    codes = "i1 i2 i4 i8 u1 u2 u4 f4 f8".split()
    for version, compress in (("4", False), ("5", False), ("5", True)):
        file, found, top = "%d_%s_%d.mat" % (k, version, compress), [], {}

        def value(name, depth):
            kind = rng.integers(6) if version == "5" else 0
            if kind == 1 and depth < 3:
                return {"f%d" % i: value("%s(1).f%d" % (name, i), depth + 1) for i in range(rng.integers(1, 4))}
            if kind == 2 and depth < 3:
                return cells([value("%s{%d}" % (name, i + 1), depth + 1) for i in range(rng.integers(1, 4))])
            if kind == 3:
                return scipy.sparse.eye(3).tocsc()
            if kind == 4:
                return "some text"
            a = array(codes if version == "5" else ["i2", "i4", "u1", "u2", "f4", "f8"], 4 if version == "5" else 1, 1)
            if version == "4":
                a = np.resize(a, (2, 3)).astype(a.dtype.newbyteorder("="))
            a = np.atleast_2d(a)
            found.append((name, a))
            return a
        for i in range(rng.integers(1, 5)):
            top["v%d" % i] = value("v%d" % i, 0)
        scipy.io.savemat("%s/%s" % (out, file), top, format=version, do_compression=compress, oned_as="row")
        for name, a in found:
            note(file, name, a)


for k in range(rounds):
    numpy_files(k)
    torch_files(k)
    mat_files(k)
