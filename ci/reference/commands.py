#!/usr/bin/python3
"""Fixture of pipeline/command: what scipy says of small arrays.

    /usr/bin/python3 ci/reference/commands.py

Writes pipeline/command/testdata/commands.json: arrays, and the values that the
commands must print for them, from scipy and numpy; crossnobis and tau-a from
their definitions. Deterministic.
"""
import itertools
import json
import os

import numpy as np
from scipy import stats
from scipy.spatial.distance import pdist

OUT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "../../pipeline/command/testdata/commands.json")


def crossnobis(x, folds):
    """x: folds x conditions x features; the mean product of differences across folds."""
    k, n, d = x.shape
    out = []
    for i, j in itertools.combinations(range(n), 2):
        diff = x[:, i] - x[:, j]
        out.append(np.mean([diff[a] @ diff[b] / d for a in range(k) for b in range(k) if a != b]))
    return out


def tau_a(x, y):
    s = [np.sign(x[i] - x[j]) * np.sign(y[i] - y[j]) for i, j in itertools.combinations(range(len(x)), 2)]
    return np.mean(s)


def main():
    r = np.random.RandomState(20)
    x = r.normal(size=(12, 7)).round(3)
    cv = r.normal(size=(3, 4, 6)).round(3)
    model, brain = r.rand(66).round(2), r.rand(3, 66).round(2)
    subjects = r.normal(0.4, 1, size=(7, 5)).round(3)
    other = r.normal(0, 1, size=(7, 5)).round(3)
    rank = stats.rankdata
    upper = np.mean([stats.spearmanr(b, np.mean([rank(v) for v in brain], 0))[0] for b in brain])
    lower = np.mean([stats.spearmanr(brain[i], np.mean([rank(brain[j]) for j in range(3) if j != i], 0))[0] for i in range(3)])
    # all 2^7 sign flips of the mean's t, two-sided
    flips = np.array(list(itertools.product([1, -1], repeat=7)))
    t = lambda v: v.mean(0) / (v.std(0, ddof=1) / np.sqrt(len(v)))
    null = np.array([t(subjects * f[:, None]) for f in flips])
    observed = t(subjects)
    doc = {
        "patterns": x.tolist(),
        "rdm": {m: pdist(x, m).tolist() for m in ("correlation", "cosine", "euclidean", "sqeuclidean", "mahalanobis")},
        "cv": {"rows": cv.reshape(12, 6).tolist(), "crossnobis": crossnobis(cv, 3)},
        "model": model.tolist(), "brain": brain.tolist(),
        "rsa": {
            "spearman": [stats.spearmanr(model, b)[0] for b in brain],
            "pearson": [stats.pearsonr(model, b)[0] for b in brain],
            "kendall": [stats.kendalltau(model, b)[0] for b in brain],
            "tau-a": [tau_a(model, b) for b in brain],
            "cosine": [float(model @ b / np.linalg.norm(model) / np.linalg.norm(b)) for b in brain],
        },
        "ceiling": {"lower": lower, "upper": upper},
        "subjects": subjects.tolist(), "other": other.tolist(),
        "ttest": {"t": stats.ttest_1samp(subjects, 0)[0].tolist(), "p": stats.ttest_1samp(subjects, 0)[1].tolist()},
        "paired": {"t": stats.ttest_rel(subjects, other)[0].tolist(), "p": stats.ttest_rel(subjects, other)[1].tolist()},
        "wilcoxon": {"w": [stats.wilcoxon(c)[0] for c in subjects.T], "p": [stats.wilcoxon(c)[1] for c in subjects.T]},
        "signflip": {
            "t": observed.tolist(),
            "p": np.mean(np.abs(null) >= np.abs(observed) - 1e-9, 0).tolist(),
            "p_max": [float(np.mean(np.abs(null).max(1) >= abs(o) - 1e-9)) for o in observed],
        },
    }
    os.makedirs(os.path.dirname(OUT), exist_ok=True)
    with open(OUT, "w") as f:
        json.dump(doc, f, indent=1)
        f.write("\n")


if __name__ == "__main__":
    main()
