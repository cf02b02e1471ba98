"""Makes data/inspect/testdata/expected.json: what numpy, torch, nibabel, h5py and Pillow say of the fixtures of the other
packages of data/. Run from the repository root, after their scripts.
"""
import glob
import json
import math
import os

import h5py
import nibabel
import numpy as np
import torch
from PIL import Image


def describe(a, dtype=None):
    a = np.asarray(a)
    if a.dtype.kind in "SUO":
        return {"shape": list(a.shape), "dtype": dtype or ("object" if a.dtype.kind == "O" else "string")}
    v = a.astype(np.float64).ravel(order="C")
    ok = v[~np.isnan(v)]
    inf = bool(np.isinf(ok).any())
    number = lambda x: repr(float(x))
    with np.errstate(all="ignore"):
        total = float(np.sum(ok)) if inf else math.fsum(ok)
    return {
        "shape": list(a.shape),
        "dtype": dtype or str(a.dtype.newbyteorder("=")),
        "sum": number(total),
        "min": number(ok.min()) if ok.size else None,
        "max": number(ok.max()) if ok.size else None,
        "nan": int(np.isnan(v).sum()),
        "first": [number(x) for x in v[:4]],
        "last": [number(x) for x in v[-4:]],
    }


def tensors(path, v, out, at=""):
    if isinstance(v, torch.Tensor):
        name = str(v.dtype).replace("torch.", "")
        out[at] = describe(v.detach().double().numpy(), name)
    elif isinstance(v, np.ndarray):
        out[at] = describe(v)
    elif isinstance(v, dict):
        for k, x in v.items():
            tensors(path, x, out, f"{at}.{k}" if at else str(k))
    elif isinstance(v, (list, tuple)):
        for i, x in enumerate(v):
            tensors(path, x, out, f"{at}.{i}" if at else str(i))


expected = {}
for path in sorted(glob.glob("data/*/testdata/*")):
    name = os.path.basename(path)
    out = {}
    if name.startswith("hostile") or name in ("complex.pth", "whole_module.pth", "complex64.nii", "rgb.nii"):
        continue
    try:
        if name.endswith(".npy"):
            a = np.load(path, allow_pickle=True)
            if a.dtype.kind in "cMmV":
                continue
            if a.dtype == object and a.shape == ():
                for k, v in a.item().items():
                    if isinstance(v, list):
                        out[k] = {"shape": [len(v)], "dtype": "string" if all(isinstance(x, str) for x in v) else "object"}
                    else:
                        out[k] = describe(v, {"i": "int64", "f": "float64"}.get(v.dtype.kind) if isinstance(v, np.generic) else None)
            else:
                out["data"] = describe(a)
        elif name.endswith(".npz"):
            for k, v in np.load(path).items():
                out[k] = describe(v)
        elif name.endswith(".pth"):
            tensors(path, torch.load(path), out)
        elif name.endswith((".nii", ".nii.gz", ".hdr")):
            im = nibabel.load(path)
            out["data"] = describe(np.asarray(im.dataobj), str(im.get_data_dtype().newbyteorder("=")))
        elif name.endswith(".h5"):

            def visit(key, o):
                if not isinstance(o, h5py.Dataset):
                    return
                kind = o.dtype.kind
                if h5py.check_string_dtype(o.dtype) or kind in "SU":
                    out[key] = {"shape": [0] if o.shape is None else list(o.shape), "dtype": "string"}
                elif kind in "biuf":
                    out[key] = describe(o[()]) if o.shape is not None else {"shape": [0], "dtype": str(o.dtype.newbyteorder("="))}

            with h5py.File(path) as f:
                f.visititems(visit)
        elif name.endswith((".jpg", ".png", ".gif", ".bmp", ".webp")):
            out["pixels"] = describe(np.asarray(Image.open(path).convert("RGB")))
        else:
            continue
    except Exception as e:
        print("passed over", path, type(e).__name__, e)
        continue
    expected[path.removeprefix("data/")] = out
os.makedirs("data/inspect/testdata", exist_ok=True)
json.dump(expected, open("data/inspect/testdata/expected.json", "w"), separators=(",", ":"))
