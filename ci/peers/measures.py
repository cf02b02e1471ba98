#!/usr/bin/env python3
"""CKA, weighted RSA, searchlight and the bootstrap of both factors beside PyTorch and rsatoolbox: values and seconds.

    PYTHONPATH=RSATOOLBOX/src /usr/bin/python3 ci/peers/measures.py [--realnet FILE] [--rounds 1]

- cka: `realnet rsa --method cka` and the unbiased linear CKA (Song et al. 2012) of torch in float64, 200 conditions x 20,000 and 500 features.
- weighted: mean cross-validated similarity of `realnet rsa --weighted 5` over three seeds of its splits, of three subjects, and rsatoolbox's ModelWeighted with
  fit_optimize_positive (its fit_regress_nn does not end on these data) on sets_k_fold(k_pattern=5, k_rdm=subjects): other random splits, so that the difference is compared with its spread.
- searchlight: every value of the map, and of rsatoolbox's get_searchlight_RDMs compared by numpy's ranks.
- bootstrap: standard errors of `realnet rsa --bootstrap` and of eval_dual_bootstrap, with their ratio (both are random: 500 samples).
Times of realnet are with starting and reading files.
"""
import argparse
import json
import os
import statistics
import subprocess
import tempfile
import time
import warnings

import nibabel as nib
import numpy as np
import torch
from rsatoolbox.data import Dataset  # noqa: F401  (the import is part of the time of no run)
from rsatoolbox.inference import eval_dual_bootstrap, evaluate, crossvalsets
from rsatoolbox.model import ModelFixed, ModelWeighted
from rsatoolbox.model.fitter import fit_optimize_positive
from rsatoolbox.rdm import RDMs
from rsatoolbox.util.searchlight import get_searchlight_RDMs, get_volume_searchlight
from scipy.stats import rankdata

ROOT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "../..")
warnings.filterwarnings("ignore")


def run(program, *args):
    out = subprocess.run([program, *map(str, args)], capture_output=True, text=True)
    if out.returncode:
        raise SystemExit(out.stderr)
    return json.loads(out.stdout)


def timed(f, rounds):
    times = []
    for _ in range(rounds):
        start = time.perf_counter()
        value = f()
        times.append(time.perf_counter() - start)
    return value, round(statistics.median(times), 3)


def show(name, values, seconds):
    print(json.dumps({"measure": name, **values, "s": seconds}), flush=True)


def torch_cka(x, y):
    def u(k):
        k = k - torch.diag(torch.diag(k))
        n = len(k)
        rows, total = k.sum(1), k.sum()
        k = k - (rows[:, None] + rows[None]) / (n - 2) + total / ((n - 1) * (n - 2))
        return k - torch.diag(torch.diag(k))
    a, b = u(x @ x.T), u(y @ y.T)
    return float((a * b).sum() / torch.sqrt((a * a).sum() * (b * b).sum()))


def cka(program, tmp, rounds):
    g = np.random.default_rng(1)
    y = g.normal(size=(200, 500))
    x = np.hstack([y @ g.normal(size=(500, 2000)) / 20, g.normal(size=(200, 18000))])
    np.save(tmp + "/x.npy", x)
    np.save(tmp + "/y.npy", y)
    ours, s = timed(lambda: run(program, "rsa", "--method", "cka", "--model", tmp + "/x.npy", "--brain", tmp + "/y.npy", "--permutations", 0, "--json")["results"][0]["value"], rounds)
    theirs, s2 = timed(lambda: torch_cka(torch.tensor(x), torch.tensor(y)), rounds)
    show("cka", {"value": ours, "difference": abs(ours - theirs)}, {"realnet": s, "torch": s2})


def world(subjects=8, n=30, models=3):
    g = np.random.default_rng(2)
    pairs = n * (n - 1) // 2
    patterns = [g.normal(size=(n, 10)) for _ in range(models)]
    i, j = np.triu_indices(n, 1)
    m = np.stack([((p[i] - p[j]) ** 2).sum(1) for p in patterns])
    b = np.stack([0.7 * m[0] + 0.3 * m[-1] + 6 * np.abs(g.normal(size=pairs)) for _ in range(subjects)])
    return m, b


def files(tmp, m, b):
    args = []
    for k, x in enumerate(m):
        np.save(f"{tmp}/model{k}.npy", x)
        args += ["--model", f"{tmp}/model{k}.npy"]
    for k, x in enumerate(b):
        np.save(f"{tmp}/S{k}_V1.npy", x)
        args += ["--brain", f"{tmp}/S{k}_V1.npy"]
    return args


def weighted(program, tmp, rounds):
    m, b = world(subjects=3, n=20)
    args = files(tmp, m, b)

    def ours():
        return [run(program, "rsa", *args, "--method", "cosine", "--permutations", 0, "--weighted", 5, "--seed", s, "--json")["weighted"]["value"] for s in range(3)]

    def theirs():
        out = []
        for s in range(3):
            np.random.seed(s)
            data = RDMs(b)
            sets = crossvalsets.sets_k_fold(data, k_pattern=5, k_rdm=len(b))
            model = ModelWeighted("w", m)
            r = evaluate.crossval([model], data, *sets[:2], ceil_set=sets[2], method="cosine", fitter=fit_optimize_positive)
            out.append(float(np.nanmean(r.evaluations)))
        return out
    a, s = timed(ours, rounds)
    c, s2 = timed(theirs, rounds)
    show("weighted", {"realnet": np.mean(a), "rsatoolbox": np.mean(c), "difference": abs(np.mean(a) - np.mean(c)), "spread over splits": float(np.std(a) + np.std(c))},
         {"realnet, 3 runs": s, "rsatoolbox, 3 runs": s2})


def searchlight(program, tmp, rounds):
    g = np.random.default_rng(3)
    shape, n = (14, 16, 12), 16
    mask = g.random(shape) < 0.9
    data = g.normal(size=shape + (n,)).astype(np.float32)
    i, j = np.triu_indices(n, 1)
    model = np.abs(g.normal(size=n)[i] - g.normal(size=n)[j])
    affine = np.eye(4)
    nib.save(nib.Nifti1Image(data, affine), tmp + "/betas.nii")
    nib.save(nib.Nifti1Image(mask.astype(np.uint8), affine), tmp + "/mask.nii")
    np.save(tmp + "/m.npy", model)

    def ours():
        run(program, "searchlight", "--in", tmp + "/betas.nii", "--mask", tmp + "/mask.nii", "--model", tmp + "/m.npy", "--radius", 2.1, "--out", tmp + "/map.nii", "--json")
        return nib.load(tmp + "/map.nii").get_fdata()

    def theirs():
        centres, neighbours = get_volume_searchlight(mask, radius=2.1, threshold=0.0)
        neighbours = [v[mask.ravel()[v]] for v in map(np.asarray, neighbours)]  # it takes voxels outside of the mask too
        rdms = get_searchlight_RDMs(data.astype(float).transpose(3, 0, 1, 2).reshape(n, -1), centres, neighbours, np.arange(n), method="correlation", verbose=False)
        y = rankdata(model) - (len(model) + 1) / 2
        out = np.zeros(shape).ravel()
        for c, v in zip(rdms.rdm_descriptors["voxel_index"], rdms.dissimilarities):
            x = rankdata(v) - (len(v) + 1) / 2
            out[int(c)] = x @ y / np.sqrt((x @ x) * (y @ y))
        return out.reshape(shape)
    a, s = timed(ours, rounds)
    c, s2 = timed(theirs, rounds)
    both = (a != 0) & (c != 0)
    show("searchlight", {"voxels": int(both.sum()), "largest difference": float(np.abs(a - c)[both].max())}, {"realnet": s, "rsatoolbox": s2})


def bootstrap(program, tmp, rounds):
    m, b = world(models=1)
    args = files(tmp, m, b)
    a, s = timed(lambda: run(program, "rsa", *args, "--method", "cosine", "--permutations", 0, "--bootstrap", 500, "--json")["means"][0], rounds)

    def theirs():
        np.random.seed(1)
        return eval_dual_bootstrap([ModelFixed("m", m[0])], RDMs(b), method="cosine", N=500)
    r, s2 = timed(theirs, rounds)
    se = float(np.ravel(r.get_sem())[0])
    show("bootstrap", {"realnet se": a["se"], "rsatoolbox se": se, "ratio": a["se"] / se}, {"realnet": s, "rsatoolbox": s2})


def main():
    a = argparse.ArgumentParser()
    a.add_argument("--realnet")
    a.add_argument("--rounds", type=int, default=1)
    a.add_argument("--only", default="")
    a = a.parse_args()
    with tempfile.TemporaryDirectory() as tmp:
        program = a.realnet or tmp + "/realnet"
        if not a.realnet:
            subprocess.run(["go", "build", "-o", program, "."], cwd=ROOT, check=True)
        for measure in (cka, weighted, searchlight, bootstrap):
            if a.only and measure.__name__ not in a.only.split(","):
                continue
            measure(program, tempfile.mkdtemp(dir=tmp), a.rounds)


if __name__ == "__main__":
    main()
