#!/usr/bin/env python3
"""`realnet encode` beside himalaya (numpy backend) and scikit-learn: nested ridge, a penalty for each response.

    PYTHONPATH=HIMALAYA /usr/bin/python3 ci/peers/encoding.py [--size S] [--rounds 3] [--realnet FILE]

Five outer folds; within each, five folds choose the penalty of each response. The same choice by himalaya's RidgeCV
(n > d) and KernelRidgeCV (n < d), and banded by solve_group_ridge_random_search with the same candidates of weights.
scikit-learn has no penalty for each response by folds: its time is that of RidgeCV(alpha_per_target=True), which chooses by
leaving out one row, and its values are compared for three responses, one at a time. Values: the largest difference of r.
Times: medians of whole fits in seconds, realnet's with starting and reading its files. Without himalaya its part is left out.
"""
import argparse
import json
import os
import statistics
import subprocess
import tempfile
import time
import warnings

import numpy as np
from sklearn.linear_model import RidgeCV as SklearnRidgeCV
from sklearn.model_selection import KFold

try:
    from himalaya.backend import set_backend
    from himalaya.kernel_ridge import KernelRidgeCV
    from himalaya.ridge import RidgeCV, solve_group_ridge_random_search
    set_backend("numpy")
except ImportError:
    RidgeCV = None

ROOT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "../..")
warnings.filterwarnings("ignore")
ALPHAS = np.logspace(-2, 4, 13)


def correlation(p, y):
    p, y = p - p.mean(0), y - y.mean(0)
    return (p * y).sum(0) / np.sqrt((p * p).sum(0) * (y * y).sum(0))


def problem(seed, n, widths, t):
    g = np.random.default_rng(seed)
    bands = [g.normal(size=(n, d)) for d in widths]
    y = sum(b[:, :50] @ g.normal(size=(min(50, b.shape[1]), t)) for b in bands) + 10 * g.normal(size=(n, t))
    return bands, y


def outer(predict, n, y):
    return np.mean([correlation(predict(train, test), y[test]) for train, test in KFold(5).split(np.zeros(n))], 0)


def himalaya(x, y):
    def predict(train, test):
        if x.shape[1] > len(x):
            m = KernelRidgeCV(alphas=ALPHAS, fit_intercept=True, kernel="linear", cv=KFold(5))
        else:
            m = RidgeCV(alphas=ALPHAS, fit_intercept=True, cv=KFold(5))
        return m.fit(x[train], y[train]).predict(x[test])
    return outer(predict, len(x), y)


def himalaya_banded(bands, y, weights):
    # realnet's unit of a band: the mean squared length of its rows, less the mean row.
    scaled = [b - b.mean(0) for b in bands]
    scaled = [b / np.sqrt((b * b).sum(1).mean()) for b in scaled]

    def predict(train, test):
        _, coef, _, intercept = solve_group_ridge_random_search(
            [b[train] for b in scaled], y[train], n_iter=np.maximum(weights, 1e-30), alphas=ALPHAS, fit_intercept=True, cv=KFold(5), return_weights=True, progress_bar=False, warn=False)
        return np.hstack([b[test] for b in scaled]) @ coef + intercept
    return outer(predict, len(y), y)


def sklearn(x, y):
    def predict(train, test):
        return SklearnRidgeCV(ALPHAS, alpha_per_target=True).fit(x[train], y[train]).predict(x[test])
    return outer(predict, len(x), y)


def sklearn_values(x, y, columns):
    def predict(train, test):
        return np.stack([SklearnRidgeCV(ALPHAS, cv=KFold(5), scoring="neg_mean_squared_error").fit(x[train], y[train, k]).predict(x[test]) for k in columns], 1)
    return outer(predict, len(x), y[:, columns])


def realnet(program, folder, banded):
    args = [program, "encode", "--responses", folder + "/y.npy", "--out", folder + "/out", "--alphas", ",".join(repr(float(a)) for a in ALPHAS)]
    for k in range(banded or 1):
        args += ["--features", f"{folder}/x{k}.npy"]
    if banded:
        args += ["--banded", "--candidates", str(banded + 1)]  # all alike, and each alone: nothing is drawn
    subprocess.run(args, check=True, capture_output=True)
    return np.load(folder + "/out/r.npy")


def main():
    a = argparse.ArgumentParser()
    a.add_argument("--size", type=float, default=1)
    a.add_argument("--rounds", type=int, default=3)
    a.add_argument("--realnet")
    a = a.parse_args()
    with tempfile.TemporaryDirectory() as tmp:
        program = a.realnet or tmp + "/realnet"
        if not a.realnet:
            subprocess.run(["go", "build", "-o", program, "."], cwd=ROOT, check=True)
        s = lambda n: max(30, int(n * a.size))
        for name, n, widths, t in (("n < d", s(200), [s(5000)], s(1000)), ("n > d", s(1000), [s(200)], s(1000)), ("3 bands", s(150), [s(1000)] * 3, s(300))):
            bands, y = problem(1, n, widths, t)
            folder = tempfile.mkdtemp(dir=tmp)
            np.save(folder + "/y.npy", y)
            for k, b in enumerate(bands):
                np.save(f"{folder}/x{k}.npy", b)
            banded = len(bands) if len(bands) > 1 else 0
            weights = np.vstack([np.full(len(bands), 1 / len(bands)), np.eye(len(bands))])
            x = np.hstack(bands)
            runs = {"realnet": lambda: realnet(program, folder, banded)}
            if RidgeCV:
                runs["himalaya"] = (lambda: himalaya_banded(bands, y, weights)) if banded else (lambda: himalaya(x, y))
            if not banded:
                runs["scikit-learn"] = lambda: sklearn(x, y)
            times, values = {k: [] for k in runs}, {}
            for _ in range(a.rounds):
                for k, run in runs.items():
                    start = time.perf_counter()
                    values[k] = run()
                    times[k].append(time.perf_counter() - start)
            out = {"encoding": name, "rows": n, "features": widths, "responses": t, "s": {k: round(statistics.median(v), 2) for k, v in times.items()}}
            if RidgeCV:
                out["difference of r from himalaya"] = float(np.abs(values["realnet"] - values["himalaya"]).max())
            if not banded:
                columns = [0, 1, 2]
                out["from scikit-learn"] = float(np.abs(values["realnet"][columns] - sklearn_values(x, y, columns)).max())
            print(json.dumps(out), flush=True)


if __name__ == "__main__":
    main()
