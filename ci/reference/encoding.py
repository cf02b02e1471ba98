#!/usr/bin/python3
"""Fixture of stages/analysis/encoding from scikit-learn.

    /usr/bin/python3 ci/reference/encoding.py

Nested folds: RidgeCV with cv=5 and scoring='neg_mean_squared_error' for one response at
a time (himalaya's solve_ridge_cv_svd with local_alpha=True and its default score chooses
the same), predictions of KFold(5), Pearson's r and R² of each fold averaged. Banded:
the same over candidates of weights, on features times the root of their weight over the
band's mean squared length.
"""
import json
import os

import numpy as np
from scipy import stats
from sklearn.linear_model import Ridge, RidgeCV
from sklearn.metrics import mean_squared_error, r2_score
from sklearn.model_selection import KFold

ALPHAS = [1e-2, 1e-1, 1.0, 10.0, 100.0, 1e3]
OUT = os.path.join(os.path.dirname(__file__), "../../stages/analysis/encoding/testdata")


def problem(seed, n, widths, t):
    g = np.random.RandomState(seed)
    bands = [(g.normal(size=(n, d)) * s + 3).round(3) for d, s in widths]
    y = sum(b @ g.normal(size=(b.shape[1], t)) * w for b, w in zip(bands, (1.0, 0.3))) + 8 * g.normal(size=(n, t))
    return bands, y.round(3)


def nested(x, y):
    """Scores of each response, and the penalty that all rows choose."""
    r, r2, alpha = [], [], []
    for k in range(y.shape[1]):
        fold_r, fold_r2 = [], []
        for train, test in KFold(5).split(x):
            m = RidgeCV(ALPHAS, cv=5, scoring="neg_mean_squared_error").fit(x[train], y[train, k])
            p = m.predict(x[test])
            fold_r.append(stats.pearsonr(p, y[test, k])[0])
            fold_r2.append(r2_score(y[test, k], p))
        r.append(np.mean(fold_r))
        r2.append(np.mean(fold_r2))
        alpha.append(float(RidgeCV(ALPHAS, cv=5, scoring="neg_mean_squared_error").fit(x, y[:, k]).alpha_))
    return {"r": r, "r2": r2, "alpha": alpha}


def banded(bands, y, weights):
    scaled = [b - b.mean(0) for b in bands]
    scaled = [b / np.sqrt((b * b).sum(1).mean()) for b in scaled]

    def best(rows, k):
        loss = []
        for w in weights:
            x = np.hstack([np.sqrt(v) * b for v, b in zip(w, scaled)])[rows]
            for a in ALPHAS:
                loss.append((np.mean([mean_squared_error(y[rows][q, k], Ridge(a).fit(x[p], y[rows][p, k]).predict(x[q]))
                                      for p, q in KFold(5).split(x)]), w, a))
        return min(loss, key=lambda v: v[0])[1:]

    r, r2, chosen = [], [], []
    for k in range(y.shape[1]):
        fold_r, fold_r2 = [], []
        for train, test in KFold(5).split(y):
            w, a = best(train, k)
            x = np.hstack([np.sqrt(v) * b for v, b in zip(w, scaled)])
            p = Ridge(a).fit(x[train], y[train, k]).predict(x[test])
            fold_r.append(stats.pearsonr(p, y[test, k])[0])
            fold_r2.append(r2_score(y[test, k], p))
        w, a = best(np.arange(len(y)), k)
        r.append(np.mean(fold_r))
        r2.append(np.mean(fold_r2))
        chosen.append([a, *w])
    return {"r": r, "r2": r2, "chosen": chosen}


if __name__ == "__main__":
    cases = []
    for seed, n, widths in ((0, 40, [(90, 1.0)]), (1, 60, [(12, 1.0)]), (2, 53, [(53, 2.0)])):
        bands, y = problem(seed, n, widths, 4)
        cases.append({"bands": [b.tolist() for b in bands], "y": y.tolist(), **nested(bands[0], y)})
    bands, y = problem(3, 45, [(30, 1.0), (8, 5.0)], 3)
    weights = [[0.5, 0.5], [1, 0], [0, 1], [0.8, 0.2], [0.1, 0.9]]
    case = {"bands": [b.tolist() for b in bands], "y": y.tolist(), "weights": weights, **banded(bands, y, weights)}
    os.makedirs(OUT, exist_ok=True)
    with open(os.path.join(OUT, "ridge.json"), "w") as f:
        json.dump({"alphas": ALPHAS, "cases": cases, "banded": case}, f)
        f.write("\n")
