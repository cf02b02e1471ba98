#!/usr/bin/python3
"""Pairwise SVM decoding beside scikit-learn's loop, one core each, alternating.

    /usr/bin/python3 ci/peers/svm.py [rounds]

Both decode the same epochs with the recipe `lu` (24 training trials x 17
features, 8 tested). Prints the medians in microseconds a fit and their ratio;
"fit" alone and "fit + score", which is what the recipe needs and what realnet's
number includes, together with averaging and the inner products.
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
from sklearn.model_selection import StratifiedKFold
from sklearn.svm import SVC

ROOT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "../..")
SHAPE = (24, 80, 17, 4)


def epochs():
    rng = np.random.RandomState(0)
    x = rng.normal(size=SHAPE)
    x[..., 1:] += 0.25 * rng.normal(size=(SHAPE[0], 1, SHAPE[2], 1))
    return x


def sklearn_loop(x, pairs):
    rng = np.random.RandomState(1)
    fit = score = n = 0
    accuracy = []
    for i, j in pairs:
        p = np.concatenate([x[c][rng.permutation(80)].reshape(16, 5, 17, -1).mean(1) for c in (i, j)])
        y = np.repeat([0, 1], 16)
        for t in range(x.shape[3]):
            for a, b in StratifiedKFold(4, shuffle=True, random_state=rng.randint(99)).split(p[:, :, 0], y):
                t0 = time.perf_counter()
                m = SVC(kernel="linear", tol=1e-4).fit(p[a, :, t], y[a])
                t1 = time.perf_counter()
                accuracy.append(m.score(p[b, :, t], y[b]))
                fit += t1 - t0
                score += time.perf_counter() - t0
                n += 1
    return fit / n * 1e6, score / n * 1e6, np.mean(accuracy)


def main():
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 7
    x = epochs()
    with tempfile.TemporaryDirectory() as tmp:
        path = os.path.join(tmp, "epochs.json")
        with open(path, "w") as f:
            json.dump({"Shape": SHAPE, "Data": x.ravel().tolist()}, f)
        binary = os.path.join(tmp, "decoding.test")
        subprocess.run(["go", "test", "-c", "-o", binary, "./stages/analysis/decoding"], cwd=ROOT, check=True)
        pairs = [(i, j) for i in range(24) for j in range(i + 1, 24)]
        rows = []
        for _ in range(rounds):
            out = subprocess.run([binary, "-test.run=^$", "-test.bench=PairwiseOfFile", "-test.benchtime=3x"],
                                 env={**os.environ, "REALNET_EPOCHS": path, "GOMAXPROCS": "1"},
                                 cwd=os.path.join(ROOT, "stages/analysis/decoding"),
                                 capture_output=True, text=True, check=True).stdout
            ours = float(re.search(r"([\d.]+) ns/fit", out)[1]) / 1e3
            mean = float(re.search(r"([\d.]+) mean-accuracy", out)[1])
            rows.append((ours, *sklearn_loop(x, pairs), mean))
    ours, fit, score, accuracy, mean = (statistics.median(c) for c in zip(*rows))
    print(f"realnet       {ours:8.2f} us a fit, all included   mean accuracy {mean:.4f}")
    print(f"scikit-learn  {fit:8.2f} us fit, {score:.2f} us fit + score   mean accuracy {accuracy:.4f}")
    print(f"ratio         {fit / ours:8.1f} (fit)  {score / ours:.1f} (fit + score)")


if __name__ == "__main__":
    main()
