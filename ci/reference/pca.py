#!/usr/bin/python3
"""Values of scikit-learn's PCA (full SVD, float64) for stages/analysis/pca: writes the
file stages/analysis/pca/testdata/sklearn.json.

x: samples; held: samples not fitted; scores, components, mean, variance, ratio and
held_scores of PCA, and the same with the prefix z_ on samples standardised with the
training samples' mean and deviation (ddof 1). Signs: the loading of largest magnitude is
positive. Run from the repository's root.
"""
import json

import numpy as np
import sklearn
from sklearn.decomposition import PCA


def fit(x, held, k):
    p = PCA(k, svd_solver="full").fit(x)
    at = np.abs(p.components_).argmax(1)
    sign = np.sign(p.components_[np.arange(k), at])
    return dict(
        scores=p.transform(x) * sign, components=p.components_ * sign[:, None], mean=p.mean_,
        variance=p.explained_variance_, ratio=p.explained_variance_ratio_, held=p.transform(held) * sign,
    )


def standardise(x, held):
    mean, std = x.mean(0), x.std(0, ddof=1)
    std[std == 0] = 1
    return (x - mean) / std, (held - mean) / std


rng = np.random.default_rng(7)
cases = []
for name, n, d, k, build in [
    ("wide", 20, 40, 16, lambda m: rng.standard_normal((m, 40)) * np.geomspace(10, 0.1, 40) + 100),
    ("tall", 40, 9, 9, lambda m: rng.standard_normal((m, 9)) @ np.diag(np.geomspace(5, 0.05, 9)) - 3),
    ("square", 16, 16, 8, lambda m: rng.standard_normal((m, 16)) * np.arange(1, 17)),
    ("constant feature", 10, 20, 6, lambda m: np.concatenate([rng.standard_normal((m, 19)), np.full((m, 1), 7.25)], 1)),
    ("low rank", 12, 20, 3, lambda m: rng.standard_normal((m, 3)) @ np.vstack([np.sin(np.arange(20) * (f + 1) / 5) * 4 / (f + 1) for f in range(3)])),
]:
    x, held = build(n), build(4)
    x, held = np.float32(x).astype(float), np.float32(held).astype(float)
    case = dict(name=name, n=n, d=d, k=k, x=x, held=held, raw=fit(x, held, k))
    if name != "low rank":
        case["zscore"] = fit(*standardise(x, held), k)
    cases.append(case)


def plain(v):
    if isinstance(v, dict):
        return {key: plain(w) for key, w in v.items()}
    if isinstance(v, np.ndarray):
        return [float(f"{f:.11g}") for f in v.ravel()]
    return v


with open("stages/analysis/pca/testdata/sklearn.json", "w") as f:
    json.dump(dict(sklearn=sklearn.__version__, cases=[plain(c) for c in cases]), f)
