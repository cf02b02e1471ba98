#!/usr/bin/python3
"""Makes data/bdata/testdata with bdpy, and expected.json with what bdpy selects.

Made with bdpy's bdata package at commit of 2025-03-27 (MIT), numpy 1.24.2; put
bdpy on PYTHONPATH. The old key names and the MATLAB form are written manually, since
bdpy writes neither any more.
"""
import json
import os
import sys

import h5py
import numpy as np
import scipy.io as sio
from bdpy.bdata import BData

OUT = sys.argv[1] if len(sys.argv) > 1 else os.path.join(
    os.path.dirname(os.path.abspath(__file__)), "../../data/bdata/testdata")

SELECTIONS = [
    "VoxelData", "ROI_V1", "ROI_V1 = 1", "ROI_V1=1", "ROI_V2 = 0", "ROI_V*", "ROI_*", "*_V1", "ROI_V1 + ROI_V2",
    "ROI_V1 | ROI_V2", "ROI_V1 & ROI_V2", "ROI_V1 - ROI_V2", "ROI_V* - ROI_V1", "(ROI_V1 | ROI_V2) & ROI_LOC",
    "ROI_V1 | (ROI_V2 & ROI_LOC)", "ROI_V1 | ROI_V2 & ROI_LOC", "ROI_LOC + ROI_V1 - ROI_V2",
    "ROI_LOC + (ROI_V1 - ROI_V2)", "ROI_V1 = 1 & ROI_V2 = 1", "ROI_V1 = 0 & VoxelData", "'ROI_V1'", '"ROI_a-b"',
    "Label", "Label + stimulus_name", "ROI_V1 + 'ROI_a-b'",
]


def make():
    rng = np.random.default_rng(11)
    b = BData()
    b.add(rng.standard_normal((8, 12)), "VoxelData")
    b.add(np.repeat([1.0, 2, 3, np.nan], 2), "stimulus_name")
    b.add(np.column_stack([np.arange(8.0), np.arange(8) * 1000 + 0.25]), "Label")
    roi = lambda *on: [1 if i in on else 0 for i in range(12)]
    b.add_metadata("ROI_V1", roi(0, 1, 2, 3, 4), "1 = in V1", where="VoxelData")
    b.add_metadata("ROI_V2", roi(3, 4, 5, 6), "1 = in V2", where="VoxelData")
    b.add_metadata("ROI_LOC", roi(2, 6, 9, 10), "1 = in LOC", where="VoxelData")
    b.add_metadata("ROI_a-b", roi(11), "a key with an operator", where="VoxelData")
    b.add_metadata("voxel_x", rng.integers(-3, 3, 12).astype(float), "coordinate", where="VoxelData")
    b.add_vmap("stimulus_name", {1: "n01443537_22563", 2: "gold fish", 3: "Käse"})
    return b


def matlab73(path, values, keys, descriptions, metadata):
    """An imitation of what MATLAB 7.3 writes: matrices transposed, cells as references."""
    with h5py.File(path, "w", userblock_size=512, libver="latest") as f:
        refs = f.create_group("#refs#")

        def put(group, name, a, cls):
            d = group.create_dataset(name, data=a)
            d.attrs["MATLAB_class"] = np.bytes_(cls)
            return d

        def cells(group, name, texts):
            units = [np.frombuffer(t.encode("utf-16-le"), "<u2")[:, None] for t in texts]
            r = [put(refs, "%s%d" % (name, i), u, "char").ref for i, u in enumerate(units)]
            put(group, name, np.array(r, h5py.ref_dtype)[:, None], "cell")

        put(f, "dataset", values.T, "double")
        g = f.create_group("metadata")
        g.attrs["MATLAB_class"] = np.bytes_("struct")
        cells(g, "key", keys)
        cells(g, "description", descriptions)
        put(g, "value", metadata.T, "double")
    with open(path, "r+b") as f:
        f.write(b"MATLAB 7.3 MAT-file, Platform: imitation".ljust(124) + b"\x00\x02IM")


if __name__ == "__main__":
    os.makedirs(OUT, exist_ok=True)
    b = make()
    values = b.dataset
    keys, descriptions, metadata = b.metadata.key, b.metadata.description, b.metadata.value
    with h5py.File(os.path.join(OUT, "new.h5"), "w") as f:  # as bdpy's save, without the time and the source code
        f["dataset"] = values
        f["metadata/key"], f["metadata/description"], f["metadata/value"] = keys, descriptions, metadata
        f["header/ctime"] = "2000-01-01 00:00:00"
        f["header/ctime_epoch"] = 946684800.5
        f["header/callstack"] = ["a.py:1", "b.py:2"]
        for k, v in b.get_vmap("stimulus_name").items():
            f["vmap/stimulus_name/%s" % float(k)] = v
    with h5py.File(os.path.join(OUT, "old.h5"), "w") as f:  # as bdpy's of 2016
        f.create_dataset("dataSet", data=values, chunks=(3, 4), compression="gzip", shuffle=True)
        f["metaData/key"], f["metaData/description"] = np.array(keys, "S"), np.array(descriptions, "S")
        f["metaData/value"] = metadata
    path = os.path.join(OUT, "matlab.mat")
    sio.savemat(path, {"dataSet": values, "metaData": {"key": np.array(keys, object), "description": np.array(descriptions, object), "value": metadata}})
    with open(path, "r+b") as f:
        f.write(b"MATLAB 5.0 MAT-file, written by scipy.io.savemat".ljust(116))
    matlab73(os.path.join(OUT, "matlab73.mat"), values, keys, descriptions, metadata)
    c = BData(os.path.join(OUT, "new.h5"))
    columns = {s: [int(i) for i in np.flatnonzero(c.select(s, return_index=True)[1])] for s in SELECTIONS}
    expected = dict(shape=values.shape, keys=list(keys), columns=columns,
                    values=[repr(float(x)) for x in values.ravel()], labels=c.get_labels("stimulus_name"))
    with open(os.path.join(OUT, "expected.json"), "w") as f:
        json.dump(expected, f, sort_keys=True, separators=(",", ":"))
        f.write("\n")
