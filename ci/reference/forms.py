"""Makes ci/forms/testdata/: one folder for each form in which people have their data, written by the tool that writes it in
the field (numpy 1.24, scipy 1.10, h5py 3.7, pandas 1.5, torch 1.13, nibabel 5.0, MNE 1.3, rsatoolbox 0.3), and forms.json:
the commands of each form, what they make, and what numpy and scipy compute of the same values.
Run from the repository root, with rsatoolbox importable.
"""
import json
import os
import shutil

import h5py
import mne
import nibabel as nib
import numpy as np
import pandas as pd
import scipy.io
import scipy.stats
import torch
from rsatoolbox.rdm import RDMs
from scipy.spatial.distance import pdist, squareform

mne.set_log_level("ERROR")
out = "ci/forms/testdata"
shutil.rmtree(out, ignore_errors=True)
r = np.random.default_rng(14)
names = [f"image-{i:02d}" for i in range(1, 11)]
n, subjects, rois = len(names), ["S1", "S2", "S3"], ["IT", "V1"]
features = r.normal(size=(n, 4, 3, 3)).astype("f4")
patterns = {(s, roi): r.normal(size=(n, 15)).astype("f4") + features.reshape(n, -1)[:, :15] for s in subjects for roi in rois}
rho = lambda a, b: float(scipy.stats.spearmanr(a, b).statistic)
distances = lambda x: pdist(np.asarray(x, "f8").reshape(len(x), -1), "correlation")
model = distances(features)
similarity = {f"{s} {roi}": rho(model, distances(x)) for (s, roi), x in patterns.items()}
forms = []


def folder(name):
    path = f"{out}/{name}"
    os.makedirs(path)
    return path


def text(path, lines):
    with open(path, "w") as f:
        f.write("\n".join(lines) + "\n")


def form(name, of, tool, commands, result, expected):
    forms.append({"folder": name, "form": of, "tool": tool, "commands": commands, "result": result, "expected": expected})


# Features and patterns, one file per subject and region.
save = {
    "npy": lambda path, x: np.save(path, x),
    "mat": lambda path, x: scipy.io.savemat(path, {"betas": x}),
    "h5": lambda path, x: h5py.File(path, "w").create_dataset("betas", data=x),
    "pt": lambda path, x: torch.save(torch.from_numpy(x), path),
    "csv": lambda path, x: pd.DataFrame(x, index=names).to_csv(path),
}
tools = {"npy": "numpy", "mat": "scipy", "h5": "h5py", "pt": "PyTorch", "csv": "pandas"}
for ext, write in save.items():
    at = folder(f"patterns-{ext}")
    os.makedirs(f"{at}/brains")
    write(f"{at}/IT.{ext}", features.reshape(n, -1) if ext == "csv" else features)
    for (s, roi), x in patterns.items():
        write(f"{at}/brains/{s}_{roi}.{ext}", x)
    text(f"{at}/names.txt", names)
    form(
        f"patterns-{ext}", f"features and patterns, .{ext}", tools[ext],
        [f"realnet rsa --model-features IT=IT.{ext} --brain-patterns 'brains/{{subject}}_{{roi}}.{ext}' --names names.txt --report report --json > out.json"],
        "out.json", similarity,
    )

# RDMs of three subjects.
it = {s: distances(patterns[s, "IT"]) for s in subjects}
expected = {f"{s} ": similarity[f"{s} IT"] for s in subjects}
at = folder("rdms-npy")
np.save(f"{at}/model.npy", model)
for s in subjects:
    np.save(f"{at}/{s}.npy", squareform(it[s]))
brains = " ".join(f"--brain {s}.npy" for s in subjects)
form("rdms-npy", "RDMs, .npy", "numpy", [f"realnet rsa --model model.npy {brains} --report report --json > out.json"], "out.json", expected)
at = folder("rdms-csv")
order = r.permutation(n)  # another order, with its names
pd.DataFrame(squareform(model), index=names, columns=names).to_csv(f"{at}/model.csv")
for s in subjects:
    pd.DataFrame(squareform(it[s])[np.ix_(order, order)], index=[names[i] for i in order], columns=[names[i] for i in order]).to_csv(f"{at}/{s}.csv")
form("rdms-csv", "RDMs, .csv with header and index", "pandas", [f"realnet rsa --model model.csv {brains.replace('.npy', '.csv')} --report report --json > out.json"], "out.json", expected)
at = folder("rdms-mat")
scipy.io.savemat(f"{at}/model.mat", {"RDM": squareform(model)})
for s in subjects:
    scipy.io.savemat(f"{at}/{s}.mat", {"RDM": squareform(it[s])})
form("rdms-mat", "RDMs, .mat", "scipy", [f"realnet rsa --model model.mat {brains.replace('.npy', '.mat')} --report report --json > out.json"], "out.json", expected)
at = folder("rdms-rsatoolbox")
of = lambda x, **labels: RDMs(np.atleast_2d(x), dissimilarity_measure="correlation", pattern_descriptors={"image": names}, rdm_descriptors=labels)
of(model).save(f"{at}/model.h5", "hdf5")
of(np.stack(list(it.values())), subject=subjects).save(f"{at}/brains.h5", "hdf5")
form("rdms-parquet", "RDMs, Parquet of a data frame with index", "DuckDB (ci/interop/parquet)", [f"realnet rsa --model model.parquet {brains.replace('.npy', '.parquet')} --report report --json > out.json"], "out.json", expected)
form("rdms-rsatoolbox", "RDMs of rsatoolbox (RDMs.save, hdf5)", "rsatoolbox", ["realnet rsa --model model.h5 --brain brains.h5 --report report --json > out.json"], "out.json", expected)

# Folders models and brains, to a study.
at = folder("study-arrays")
os.makedirs(f"{at}/models")
os.makedirs(f"{at}/brains")
np.save(f"{at}/models/IT.npy", features)
for (s, roi), x in patterns.items():
    np.save(f"{at}/brains/{s}_{roi}.npy", x)
text(f"{at}/models/names.txt", names)
text(f"{at}/brains/names.txt", names)
means = {f"similarity/IT/{roi}": float(np.mean([similarity[f"{s} {roi}"] for s in subjects])) for roi in rois}
new = ["realnet studies new --from . --out own.yaml", "realnet reproduce own.yaml --out run"]
form("study-arrays", "folders of features and patterns, as a study", "numpy", new, "run/results.json", means)

# Epochs of MNE: RDMs over time against a model.
channels, times, trials = 8, 30, 4
data = r.normal(size=(3, n, trials, channels, times)) * 1e-5
info = mne.create_info(channels, 50.0, "eeg")
seconds = np.arange(times) / 50 - 0.1
inside = (seconds >= 0.05 - 1e-9) & (seconds <= 0.6 + 1e-9)


def window(x):  # of conditions x channels x times: the mean RDM of a window
    return np.mean([distances(x[:, :, t]) for t in np.flatnonzero(inside)], axis=0)


at = folder("epochs-mne")
os.makedirs(f"{at}/models")
np.save(f"{at}/models/animacy.npy", squareform(model))
text(f"{at}/models/names.txt", names)
values = []
for k, s in enumerate(subjects):
    shuffled = r.permutation(n * trials)
    codes = np.repeat(np.arange(1, n + 1), trials)[shuffled]
    events = np.c_[np.arange(n * trials) * 100, np.zeros(n * trials, int), codes]
    mne.EpochsArray(
        data[k].reshape(n * trials, channels, times)[shuffled], info, events, tmin=-0.1, event_id={c: i + 1 for i, c in enumerate(names)}, baseline=None
    ).save(f"{at}/{s}-epo.fif", fmt="double")
    values.append(rho(model, window(data[k].mean(1))))
form("epochs-mne", "epochs of MNE (-epo.fif) and RDMs of models", "MNE", new, "run/results.json", {"similarity/animacy": float(np.mean(values))})

# Betas: an image with one volume per condition, and GLMsingle's dict.
grid = (5, 6, 4)
mask = r.random(grid) < 0.4
betas = r.normal(size=grid + (n,)).astype("f4")
at = folder("betas-nifti")
affine = np.diag([3.0, 3, 3, 1])
nib.save(nib.Nifti1Image(betas, affine), f"{at}/betas.nii.gz")
nib.save(nib.Nifti1Image(mask.astype("u1"), affine), f"{at}/mask.nii.gz")
order = np.transpose(mask, (2, 1, 0))
voxels = np.transpose(betas, (3, 2, 1, 0))[:, order].astype("f8")  # conditions x voxels
form("betas-nifti", "betas, one volume per condition, and a mask", "nibabel", ["realnet rdm --in betas.nii.gz --mask mask.nii.gz --out rdm.npy"], "rdm.npy", pdist(voxels, "correlation").tolist())
at = folder("betas-glmsingle")
np.save(f"{at}/TYPED_FITHRF_GLMDENOISE_RR.npy", {"betasmd": betas, "R2": r.random(grid).astype("f4"), "HRFindex": np.zeros(grid)}, allow_pickle=True)
form("betas-glmsingle", "GLMsingle, dict of x, y, z, trials", "numpy", ["realnet rdm --in TYPED_FITHRF_GLMDENOISE_RR.npy --select betasmd --rows-axis=-1 --out rdm.npy"], "rdm.npy",
     pdist(np.moveaxis(betas, -1, 0).reshape(n, -1).astype("f8"), "correlation").tolist())

# Derivatives of fMRIPrep; the values are compared in stages/fmri.
forms.append({
    "archive": "stages/fmri/testdata/fmriprep.zip", "form": "derivatives of fMRIPrep with raw events (patterns: TestFMRIPrepEqualsNumPy)", "tool": "nibabel, pandas",
    "commands": new, "result": "run/report.html", "expected": None,
})

with open(f"{out}/forms.json", "w") as f:
    json.dump(forms, f, indent=1)
