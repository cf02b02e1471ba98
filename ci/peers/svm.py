#!/usr/bin/python3
"""Pairwise SVM decoding beside scikit-learn's loop, one core each, alternating.

    /usr/bin/python3 ci/peers/svm.py [rounds [channels]]

Both decode the same pseudo-trials in the same folds: one repeat of the recipe
`lu` (24 training trials x 17 features, or as many as channels says, 8 tested), and every accuracy must be the
same. Prints the medians in microseconds a fit and their ratio; "fit" alone and
"fit + score", which is what the recipe needs and what realnet's number includes,
together with averaging and the inner products.
"""
import json
import os
import re
import statistics
import subprocess
import sys
import tempfile
import time

for v in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
    os.environ[v] = "1"
import numpy as np
from sklearn.svm import SVC

ROOT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "../..")
SHAPE = (24, 80, int(sys.argv[2]) if len(sys.argv) > 2 else 17, 4)


def epochs():
    rng = np.random.RandomState(0)
    x = rng.normal(size=SHAPE)
    x[..., 1:] += 0.25 * rng.normal(size=(SHAPE[0], 1, SHAPE[2], 1))
    return x


def sklearn_loop(patterns, folds):
    """Accuracies, times x pairs, of patterns conditions x times x trials x channels."""
    n, times, m, _ = patterns.shape
    y = np.repeat([0, 1], m)
    fit = score = 0
    accuracy = np.zeros((times, n * (n - 1) // 2))
    for p, (i, j) in enumerate((i, j) for i in range(n) for j in range(i + 1, n)):
        for t in range(times):
            x = np.concatenate([patterns[i, t], patterns[j, t]])
            for a0, a1, b0, b1 in folds:
                test = np.r_[a0:a1, m + b0:m + b1]
                train = np.delete(np.arange(2 * m), test)
                t0 = time.perf_counter()
                model = SVC(kernel="linear", tol=1e-4).fit(x[train], y[train])
                t1 = time.perf_counter()
                accuracy[t, p] += model.score(x[test], y[test]) / len(folds)
                fit += t1 - t0
                score += time.perf_counter() - t0
    fits = accuracy.size * len(folds)
    return fit / fits * 1e6, score / fits * 1e6, accuracy


def main():
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 7
    x = epochs()
    with tempfile.TemporaryDirectory() as tmp:
        path, decoded = os.path.join(tmp, "epochs.json"), os.path.join(tmp, "decoded.json")
        with open(path, "w") as f:
            json.dump({"Shape": SHAPE, "Data": x.ravel().tolist()}, f)
        binary = os.path.join(tmp, "decoding.test")
        subprocess.run(["go", "test", "-c", "-o", binary, "./stages/analysis/decoding"], cwd=ROOT, check=True)
        rows = []
        for _ in range(rounds):
            out = subprocess.run([binary, "-test.run=^$", "-test.bench=PairwiseOfFile", "-test.benchtime=15x"],
                                 env={**os.environ, "REALNET_EPOCHS": path, "REALNET_DECODED": decoded, "GOMAXPROCS": "1"},
                                 cwd=os.path.join(ROOT, "stages/analysis/decoding"),
                                 capture_output=True, text=True, check=True).stdout
            with open(decoded) as f:
                ours = json.load(f)
            fit, score, theirs = sklearn_loop(np.reshape(ours["patterns"], (SHAPE[0], SHAPE[3], -1, SHAPE[2])), ours["folds"])
            rows.append((float(re.search(r"([\d.]+) ns/fit", out)[1]) / 1e3, fit, score))
            differ = np.abs(np.reshape(ours["accuracies"], theirs.shape) - theirs) > 1e-12
            if differ.any():
                sys.exit(f"{differ.sum()} of {differ.size} accuracies are not scikit-learn's")
    ours, fit, score = (statistics.median(c) for c in zip(*rows))
    print(f"realnet       {ours:8.2f} us a fit, all included")
    print(f"scikit-learn  {fit:8.2f} us fit, {score:.2f} us fit + score")
    print(f"ratio         {fit / ours:8.1f} (fit)  {score / ours:.1f} (fit + score)")
    print(f"all {theirs.size} accuracies are the same, mean {theirs.mean():.4f}")


if __name__ == "__main__":
    main()
