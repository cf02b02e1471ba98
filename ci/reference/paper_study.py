#!/usr/bin/python3
"""Makes pipeline/command/testdata/paper/*.h5 with h5py: BData files in the layout of the
study paper, small. Run from the repository's root.

As Shen et al. 2019 (original): two subjects, 24 training images x 2 and 8 test images
x 3, 40 voxels; Label's second column is the number of the image (1440001.000101 stands for
n01440001_101), Session and Run. As Horikawa & Kamitani 2017: DataType 1 train, 2 test, 3
imagery; stimulus_id; training images once, test images twice, 30 voxels. Responses are a random
pattern an image, shared in part between subjects, and noise.
"""
import os

import h5py
import numpy as np

OUT = "pipeline/command/testdata/paper"
REGIONS = ["V1", "V2", "V3", "V4", "LOC"]
TRAIN, TEST = 24, 8


def number(image):  # training images 0 to 23, test images 24 to 31
    return 1440001 + image + (101 + image) / 1e6


def write(name, responses, columns):
    voxels = responses.shape[1]
    keys = ["VoxelData", "ROI_VC", *(f"ROI_{r}" for r in REGIONS), *columns]
    width = voxels + sum(np.shape(c)[1] for c in columns.values())
    value = np.full((len(keys), width), np.nan)
    value[:2, :voxels] = 1
    each = voxels // len(REGIONS)
    for k in range(len(REGIONS)):
        value[2 + k, :voxels] = 0
        value[2 + k, k * each : (k + 1) * each] = 1
    at = voxels
    for k, c in enumerate(columns.values(), 2 + len(REGIONS)):
        value[k, at : at + np.shape(c)[1]] = 1
        at += np.shape(c)[1]
    text = lambda t: np.array(t, dtype=h5py.string_dtype())
    with h5py.File(f"{OUT}/{name}.h5", "w") as f:
        f.create_dataset("dataset", data=np.concatenate([responses, *columns.values()], 1), compression="gzip")
        f["metadata/key"], f["metadata/description"] = text(keys), text(["" for _ in keys])
        f.create_dataset("metadata/value", data=value, compression="gzip")


os.makedirs(OUT, exist_ok=True)
rng = np.random.default_rng(7)
column = lambda v: np.array(v, float)[:, None]
shared = rng.standard_normal((TRAIN + TEST, 40))


def patterns(voxels, images):
    own = rng.standard_normal((TRAIN + TEST, voxels))
    clean = shared[:, :voxels] + 0.5 * own
    return np.round(clean[images] + 0.3 * rng.standard_normal((len(images), voxels)), 3)


for subject in ["01", "02"]:
    for name, first, count, times in [("Training", 0, TRAIN, 2), ("Test", TRAIN, TEST, 3)]:
        images = np.tile(np.arange(first, first + count), times)
        write(f"sub-{subject}_perceptionNaturalImage{name}_original_VC", patterns(40, images), {
            "Session": column(np.ones(len(images))), "Run": column(1 + np.arange(len(images)) // count),
            "Label": np.column_stack([images % 5, [number(i) for i in images]]),
        })
images = np.concatenate([np.arange(TRAIN), np.tile(np.arange(TRAIN, TRAIN + TEST), 2), [0, 1]])
kinds = np.concatenate([np.ones(TRAIN), np.full(2 * TEST, 2), [3, 3]])
write("Subject1", patterns(30, images), {
    "DataType": column(kinds), "Run": column(np.ones(len(images))), "stimulus_id": column([number(i) for i in images]),
})
