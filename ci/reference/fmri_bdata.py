#!/usr/bin/python3
"""Makes stages/fmri/testdata/*.h5 with h5py: BData files as the Kamitani lab publishes
them, small. Sample r, voxel v has the value 100 * (file number) + 10 * r + v. Run from the
repository's root.

training.h5, test.h5: names as in the fMRIPrep files (dataset, ROI_hV4, stimulus_name
through the value map, no runs). original.h5: as the original ones (Label with two
columns, of which the second is the number of the image; Session and Run). both.h5: as
Horikawa & Kamitani 2017 (DataType 1 train, 2 test, 3 imagery; stimulus_id). other.h5: as
test.h5 with another V1.
"""
import h5py
import numpy as np


def write(name, voxels, columns, rois, vmap=None):
    keys = ["VoxelData", *rois, *columns]
    width = voxels.shape[1] + sum(np.shape(c)[1] for c in columns.values())
    value = np.full((len(keys), width), np.nan)
    value[0, : voxels.shape[1]] = 1
    for k, members in enumerate(rois.values(), 1):
        value[k, : voxels.shape[1]] = [v in members for v in range(voxels.shape[1])]
    at = voxels.shape[1]
    for k, c in enumerate(columns.values(), 1 + len(rois)):
        value[k, at : at + c.shape[1]] = 1
        at += c.shape[1]
    with h5py.File(f"stages/fmri/testdata/{name}.h5", "w") as f:
        f["dataset"] = np.concatenate([voxels, *columns.values()], 1)
        text = lambda t: np.array(t, dtype=h5py.string_dtype())
        f["metadata/key"], f["metadata/description"], f["metadata/value"] = text(keys), text(["" for _ in keys]), value
        for key, names in (vmap or {}).items():
            for number, label in names.items():
                f[f"vmap/{key}/{number}"] = np.bytes_(label)


def voxels(file, rows):
    return 100.0 * file + 10.0 * np.arange(rows)[:, None] + np.arange(5)


column = lambda *v: np.array(v, float)[:, None]
rois = {"ROI_V1": {0, 1}, "ROI_hV4": {1, 2}, "ROI_LOC": {4}}
names = {1.0: "n01443537_22563", 2.0: "n01621127_19020", 3.0: "n01677366_18182"}
write("training", voxels(1, 4), {"stimulus_name": column(1, 2, 2, 1)}, rois, {"stimulus_name": names})
write("test", voxels(2, 2), {"stimulus_name": column(3, 3)}, rois, {"stimulus_name": names})
write("other", voxels(3, 2), {"stimulus_name": column(3, 3)}, {**rois, "ROI_V1": {0, 3}}, {"stimulus_name": names})
write("original", voxels(4, 4), {
    "Session": column(1, 1, 2, 2), "Run": column(1, 2, 1, 1),
    "Label": np.array([[7, 1443537.022563], [8, 1621127.01902], [7, 1443537.022563], [9, 1677366.018182]]),
}, rois)
write("both", voxels(5, 5), {"DataType": column(1, 1, 2, 2, 3), "stimulus_id": column(1443537.022563, 1621127.01902, 1677366.018182, 1677366.018182, 5)}, rois)
nan = voxels(6, 2)
nan[1, 0] = np.nan
write("nan", nan, {"stimulus_name": column(3, 3)}, rois, {"stimulus_name": names})
