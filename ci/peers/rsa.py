#!/usr/bin/env python3
"""stages/analysis/compare beside numpy and scipy: 10,000 permutations of 92 condition labels.

    /usr/bin/python3 ci/peers/rsa.py [rounds]

Spearman's correlation of two RDMs under permuted labels: numpy with the ranks
taken once and all permutations gathered in batches, and scipy's spearmanr in a
loop (100 permutations, times 100), alternating; medians in milliseconds.
"""
import json
import os
import re
import statistics
import subprocess
import sys
import tempfile
import time

import numpy as np
from scipy.stats import rankdata, spearmanr

ROOT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "../..")
N, M = 92, 10000
I, J = np.triu_indices(N, 1)


def square(v):
    s = np.zeros((N, N))
    s[I, J] = v
    return s + s.T


def vectorised(x, y):
    s = square(rankdata(x)).astype(np.float32)
    y = rankdata(y) - (len(y) + 1) / 2
    y = (y / np.sqrt(y @ y)).astype(np.float32)
    perms = np.random.default_rng(0).permuted(np.tile(np.arange(N, dtype=np.int32), (M, 1)), axis=1)
    flat, out = s.ravel(), np.empty(M)
    for k in range(0, M, 250):
        p = perms[k:k + 250]
        out[k:k + 250] = flat.take(p[:, I] * N + p[:, J]) @ y
    return out


def looped(x, y):
    s, rng = square(x), np.random.default_rng(0)
    out = []
    for _ in range(100):
        p = rng.permutation(N)
        out.append(spearmanr(s[np.ix_(p, p)][I, J], y)[0])
    return out


def realnet(binary):
    out = subprocess.run([binary, "-test.run", "^$", "-test.bench", "^BenchmarkPermute$/^spearman$", "-test.benchtime", "3x"],
                         capture_output=True, text=True, check=True).stdout
    return float(re.search(r"(\d+(?:\.\d+)?) ns/op", out).group(1)) / 1e6


def main():
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 7
    rng = np.random.default_rng(1)
    x, y = rng.random(len(I)), rng.random(len(I))
    with tempfile.TemporaryDirectory() as tmp:
        binary = os.path.join(tmp, "compare.test")
        subprocess.run(["go", "test", "-c", "-o", binary, "./stages/analysis/compare"], cwd=ROOT, check=True)
        times = {"realnet": [], "numpy": [], "scipy": []}
        vectorised(x, y)
        for _ in range(rounds):
            times["realnet"].append(realnet(binary))
            for name, f, scale in (("numpy", vectorised, 1), ("scipy", looped, M / 100)):
                t = time.perf_counter()
                f(x, y)
                times[name].append((time.perf_counter() - t) * 1e3 * scale)
    median = {k: statistics.median(v) for k, v in times.items()}
    print(json.dumps({"rsa": "spearman, 92 conditions, 10000 permutations", "ms": {k: round(v, 1) for k, v in median.items()},
                      "ratio": {k: round(median[k] / median["realnet"], 1) for k in ("numpy", "scipy")}}))


if __name__ == "__main__":
    main()
