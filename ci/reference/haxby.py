#!/usr/bin/env python3
"""Split-half reliability of Haxby et al. 2001, subject 1, with nibabel, numpy and scipy:
the values that stages/fmri/haxby_test.go compares with.

    /usr/bin/python3 ci/reference/haxby.py FOLDER_OF_HAXBY2001
"""
import os
import sys

import nibabel as nib
import numpy as np
from scipy import stats

ROOT = os.path.join(sys.argv[1], "sub001")


def series(image, run):
    x = nib.load(f"{ROOT}/BOLD/task001_run{run:03d}/{image}.nii.gz").get_fdata()
    return x.reshape(-1, x.shape[-1], order="F").T


def patterns(image, mask):
    """runs x conditions x voxels: linear trend and motion regressed, z-scored, 9 volumes
    of each block averaged after 2 volumes of lag."""
    out = []
    for run in range(1, 13):
        y = series(image, run)[:, mask]
        folder = f"{ROOT}/BOLD/task001_run{run:03d}"
        motion = np.loadtxt(f"{folder}/bold_moest.txt")
        x = np.column_stack([np.ones(len(y)), np.arange(len(y)), motion])
        y = stats.zscore(y - x @ np.linalg.lstsq(x, y, rcond=None)[0], axis=0)
        blocks = {}
        for line in open(f"{folder}/bold_events.tsv").read().splitlines()[1:]:
            onset, duration, condition = line.split("\t")
            first = int(round(float(onset) / 2.5)) + 2
            blocks[condition] = y[first : first + int(round(float(duration) / 2.5))].mean(0)
        out.append([blocks[c] for c in sorted(blocks)])
    return np.array(out)


def report(name, p):
    odd, even = p[0::2].mean(0), p[1::2].mean(0)
    odd, even = odd - odd.mean(0), even - even.mean(0)
    r = np.corrcoef(odd, even)[:8, 8:]
    within = np.diag(r).mean()
    between = (r.sum() - np.trace(r)) / 56
    print(f"{name}: {p.shape[2]} voxels, within {within:.8f}, between {between:.8f}, identified {(r.argmax(1) == np.arange(8)).sum()}")


slice_mask = np.all([series("bold_1slice", k).std(0) > 0 for k in range(1, 13)], axis=0)
report("bold_1slice", patterns("bold_1slice", slice_mask))
gray = nib.load(f"{ROOT}/masks/25mm/gray.nii.gz").get_fdata().ravel(order="F") > 0
report("bold_25mm, gray", patterns("bold_25mm", gray))
vt = nib.load(f"{ROOT}/masks/25mm/vt.nii.gz").get_fdata().ravel(order="F") > 0
p = patterns("bold_25mm", vt)[:, :, 0]
print(f"bold_25mm, vt: {vt.sum()} voxel, profiles of halves correlate {np.corrcoef(p[0::2].mean(0), p[1::2].mean(0))[0, 1]:.8f}")
