"""Writes NIfTI files with random headers into a folder, and list.json with what nibabel makes of them: shape, affine and
values, or null where it refuses the file. Run by data/nifti/nibabel_test.go.
Usage: nifti_random.py FOLDER COUNT SEED
"""
import json
import logging
import sys
import warnings

import nibabel as nib
import numpy as np

warnings.simplefilter("ignore")
logging.disable(logging.CRITICAL)
folder, count, seed = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
rng = np.random.default_rng(seed)
TYPES = ["u1", "i2", "i4", "f4", "f8", "i1", "u2", "u4", "i8", "u8"]


def choose(*values):
    return values[rng.integers(len(values))]


def number(special=0.3):
    if rng.random() < special:
        return float(choose(0, 1, -1, np.nan, np.inf, -np.inf, -2, 1e-30))
    return float(rng.normal(0, 3))


def header(cls, dtype, shape, big):
    h = cls.header_class(endianness=">" if big else "<")
    h.set_data_dtype(np.dtype(dtype))
    dims = [len(shape), *shape] + [int(rng.integers(0, 3)) for _ in range(7 - len(shape))]
    if cls is nib.Nifti1Image and len(shape) >= 3 and rng.random() < 0.15:  # as FreeSurfer stores many vertices
        if rng.random() < 0.5:
            dims[1:4] = 27307, 1, 6
        else:
            h["glmin"] = choose(40000, 163842, 7, 0)
            dims[1:4] = -1, 1, 1
    h["dim"] = dims
    h["pixdim"] = [choose(1, -1, 0, 2, -2, np.nan)] + [choose(1.0, 2.5, 3.0, 0.0, -2.0, -0.5, 0.7) for _ in range(7)]
    h["qform_code"] = choose(0, 1, 2, 4, 5, 9, -1)
    h["sform_code"] = choose(0, 0, 0, 1, 2, 4, 5, 9, -1)
    bcd = rng.normal(size=3)
    length = np.linalg.norm(bcd)
    bcd *= choose(0, 0.3, 0.999, 0.99999999, 1, 0.7) / length
    h["quatern_b"], h["quatern_c"], h["quatern_d"] = bcd
    for k in "xyz":
        h["qoffset_" + k] = rng.normal(0, 50)
        h["srow_" + k] = rng.normal(0, 3, 4)
    h["scl_slope"], h["scl_inter"] = (number(), number()) if rng.random() < 0.7 else (1, 0)
    h["intent_code"] = choose(0, 0, 3, 1002, 1005, 1007, 2001)
    h["cal_min"], h["cal_max"] = number(), number()
    h["xyzt_units"] = choose(0, 2, 10, 18, 26, 3)
    h["vox_offset"] = h.single_vox_offset
    return h


expected = {}
refused = 0
for n in range(count):
    dtype = choose(*TYPES)
    cls = choose(nib.Nifti1Image, nib.Nifti1Image, nib.Nifti2Image)
    shape = [int(choose(1, 1, 2, 3, 4)) for _ in range(rng.integers(1, 6))]
    big = bool(rng.integers(0, 2))
    h = header(cls, dtype, shape, big)
    try:
        total = int(np.prod(h.get_data_shape()))
    except Exception:
        total = 1000
    t = np.dtype(dtype).newbyteorder(">" if big else "<")
    if t.kind == "f":
        data = rng.normal(0, 100, total).astype(t)
    else:
        info = np.iinfo(t)
        data = rng.integers(max(info.min, -(2**52)), min(info.max, 2**52), total, dtype=np.int64).astype(t)
    name = f"{n}.nii"
    with open(f"{folder}/{name}", "wb") as f:
        f.write(h.binaryblock + b"\0" * 4 + data.tobytes())
    try:
        im = nib.load(f"{folder}/{name}")
        with np.errstate(all="ignore"):
            values = np.asarray(im.dataobj, dtype=np.float64).ravel(order="F")
        affine = im.affine
    except Exception:
        expected[name] = None
        refused += 1
        continue
    expected[name] = {
        "shape": [int(d) for d in im.shape],
        "affine": [[repr(float(v)) for v in row] for row in affine],
        "values": [repr(float(v)) for v in np.concatenate([values[:50], values[-50:]])],
        "surface": bool(h["dim"][1] in (-1, 27307)),
    }
with open(f"{folder}/list.json", "w") as f:
    json.dump(expected, f)
