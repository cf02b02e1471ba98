#!/usr/bin/python3
"""PCA of 1200 x 11726 float32 to 1024 components: realnet beside scikit-learn's full SVD,
alternating in one run. Prints the medians and their ratio.

    go test -c -o /tmp/pca.test ./stages/analysis/pca && ci/peers/pca.py /tmp/pca.test [ROUNDS]
"""
import re
import statistics
import subprocess
import sys
import time

import numpy as np
from sklearn.decomposition import PCA

binary, rounds = sys.argv[1], int(sys.argv[2]) if len(sys.argv) > 2 else 5
x = np.random.default_rng(1).standard_normal((1200, 11726))
data = {"scikit-learn float32": x.astype(np.float32), "scikit-learn float64": x}
times = {"realnet": [], **{name: [] for name in data}}
for _ in range(rounds):
    out = subprocess.run([binary, "-test.run=NONE", "-test.bench=Fit$", "-test.benchtime=1x"], check=True, capture_output=True, text=True).stdout
    times["realnet"].append(int(re.search(r"(\d+) ns/op", out)[1]) / 1e9)
    for name, values in data.items():
        start = time.perf_counter()
        PCA(1024, svd_solver="full").fit_transform(values)
        times[name].append(time.perf_counter() - start)
medians = {name: statistics.median(t) for name, t in times.items()}
for name, m in medians.items():
    print(f"{name:22s} {m:6.2f} s  ({m / medians['realnet']:.2f} x realnet)")
