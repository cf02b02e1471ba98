#!/usr/bin/env python3
"""HDF5 files that claim 2^40 elements and store few, for data/file (h5py 3.7).

    /usr/bin/python3 ci/reference/file_claims.py
"""
import pathlib

import h5py

out = pathlib.Path(__file__).parents[2] / "data/file/testdata"
with h5py.File(out / "claims.h5", "w") as f:
    f.create_dataset("x", shape=(2**40,), chunks=(2**20,), dtype="f4")
with h5py.File(out / "claims_some.h5", "w") as f:
    d = f.create_dataset("x", shape=(2**40,), chunks=(2**10,), dtype="f4", compression="gzip")
    d[2**30 : 2**30 + 2**10] = 3
