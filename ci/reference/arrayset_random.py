#!/usr/bin/python3
"""Writes folders of a subject's responses in random forms, with numpy, h5py, scipy, torch,
pandas and nibabel, and says how to read each and what numpy makes of it: a line of JSON
a folder, {"dir", "spec", "regions", "conditions", "subsets", "values", "members"}.

arrayset_random.py DIR COUNT SEED
"""
import json
import os
import sys

import h5py
import nibabel as nib
import numpy as np
import pandas as pd
import scipy.io
import torch

out, count, seed = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
rng = np.random.default_rng(seed)


def pick(*options):
    return options[rng.integers(len(options))]


def save(path, arrays, kind):
    """One array as a file, or several by name."""
    os.makedirs(os.path.dirname(path), exist_ok=True)
    if kind == "npy":
        np.save(path + ".npy", list(arrays.values())[0])
    elif kind == "npz":
        pick(np.savez, np.savez_compressed)(path + ".npz", **arrays)
    elif kind == "h5":
        with h5py.File(path + ".h5", "w") as f:
            for k, v in arrays.items():
                opt = dict(chunks=tuple(int(rng.integers(1, n + 1)) for n in v.shape), compression=pick(None, "gzip", "lzf")) if pick(0, 1) else {}
                f.create_dataset(k, data=v, **opt)
    elif kind == "mat":
        scipy.io.savemat(path + ".mat", arrays, do_compression=bool(pick(0, 1)))
    elif kind == "pt":
        torch.save({k: torch.from_numpy(np.ascontiguousarray(v)) for k, v in arrays.items()}, path + ".pt")
    elif kind == "csv":
        pd.DataFrame(list(arrays.values())[0]).to_csv(path + ".csv", index=bool(pick(0, 1)), float_format="%.8f")


for k in range(count):
    d = os.path.join(out, "s%03d" % k)
    os.makedirs(d)
    rows = int(rng.integers(4, 12))
    subsets = pick(None, "column", "file")
    sets = ["train" if i < rows * 2 // 3 else "test" for i in range(rows)]
    conditions = ["im%d" % rng.integers(0, 5) for _ in range(rows)]
    table = {pick("condition", "image", "stimulus"): [c + (".jpg" if pick(0, 1) else "") for c in conditions]}
    if subsets:
        table["subset"] = sets
    if pick(0, 1):
        table["run"] = sorted(rng.integers(1, 4, rows).tolist())
    sep = pick(",", ";", "\t")
    pd.DataFrame(table).to_csv(os.path.join(d, "rows.csv"), index=False, sep=sep)
    spatial = bool(pick(0, 0, 1))
    kind = pick("npy", "npz", "h5", "mat", "pt") if spatial else pick("npy", "npz", "h5", "mat", "pt", "csv")
    how = "mask" if spatial else pick("file", "array", "one", "table")
    if kind in ("npy", "csv") and how == "array":
        how = "file"
    scale = float(pick(1, 300))
    spec = {"rows": "rows.csv", "scale": scale, "nan": "refuse"}
    regions = ["V1", "IT"] if how != "one" else ["all"]
    grid = tuple(int(n) for n in rng.integers(2, 5, 3))
    features = {r: grid if spatial else (int(rng.integers(2, 6)),) for r in regions}
    if how == "table":
        features = {"both": (5,)}
    if how == "mask":
        features = {"both": grid}
    dtype = pick("f4", "f8", "i2") if kind != "csv" else "f8"
    data = {r: (rng.integers(-3000, 3000, (rows,) + s) * (1 if dtype == "i2" else 0.01)).astype(dtype) for r, s in features.items()}
    axes = ["row"] + (["x", "y", "z"] if spatial else ["voxel"])
    order = list(rng.permutation(len(axes))) if kind != "csv" and pick(0, 1) else list(range(len(axes)))
    spec["axes"] = [axes[i] for i in order]
    units = ["train", "test"] if subsets == "file" else [None]
    for u in units:
        at = [i for i in range(rows) if u is None or sets[i] == u]
        stored = {r: np.transpose(v[at], order) for r, v in data.items()}
        tail = "" if u is None else "_" + u
        if how == "file":
            for r, v in stored.items():
                save("%s/arrays/S1_%s%s" % (d, r, tail), {"data": v}, kind)
        else:
            save("%s/S1%s" % (d, tail), stored, kind)
    ext = "." + kind
    mark = "" if subsets != "file" else "_{subset}"
    if how == "file":
        spec["file"] = "{subject}_{roi}" + mark + ext
    else:
        spec["file"] = "{subject}" + mark + ext
        if how == "array":
            spec["array"] = "{roi}"
    values = {r: v.reshape(rows, -1).astype("f8") / scale for r, v in data.items()}
    members, voxels = {}, []
    if how in ("file", "array", "one"):
        first = 0
        asked = regions if pick(0, 1) or how == "one" else ["IT"]
        parts = []
        for r in (asked if len(asked) > 1 or how == "one" else asked):
            parts.append(values[r])
            members[r] = list(range(first, first + values[r].shape[1]))
            first += values[r].shape[1]
        result = np.concatenate(parts, 1)
        regions = asked
    elif how == "table":
        of = [pick("V1", "IT", "", "V1 IT") for _ in range(5)]
        of[0], of[1] = "V1", "IT"
        pd.DataFrame({"i": range(5), "roi": of}).to_csv(os.path.join(d, "regions.csv"), index=False)
        spec["regions"] = "regions.csv"
        keep = [i for i in range(5) if of[i]]
        result = values["both"][:, keep]
        members = {r: [j for j, i in enumerate(keep) if r in of[i].split()] for r in regions}
    else:
        masks = {r: (rng.random(grid) < 0.5) for r in regions}
        for m in masks.values():
            m[0, 0, 0] = True
        image = bool(pick(0, 1))
        for r, m in masks.items():
            os.makedirs(d + "/masks", exist_ok=True)
            if image:
                nib.save(nib.Nifti1Image(m.astype("u1"), np.eye(4)), d + "/masks/S1_%s.nii.gz" % r)
            else:  # of the features' shape in the file
                np.save(d + "/masks/S1_%s.npy" % r, np.transpose(m, [i - 1 for i in order if i > 0]).astype("u1"))
        spec["mask"] = "masks/{subject}_{roi}" + (".nii.gz" if image else ".npy")
        places = [tuple(p) for p in np.argwhere(np.logical_or.reduce(list(masks.values())))]
        if image:
            places.sort(key=lambda p: p[::-1])
        else:
            places.sort(key=lambda p: [p[i - 1] for i in order if i > 0])
        result = np.stack([data["both"][(slice(None),) + p] for p in places], 1).astype("f8") / scale
        members = {r: [j for j, p in enumerate(places) if masks[r][p]] for r in regions}
    asked_rows = [i for u in units for i in range(rows) if u is None or sets[i] == u]
    print(json.dumps({
        "dir": d, "spec": spec, "regions": regions, "conditions": [conditions[i] for i in asked_rows],
        "subsets": [sets[i] if subsets else "" for i in asked_rows], "values": result[asked_rows].astype("f4").astype("f8").ravel().tolist(), "members": members,
    }))
