"""Reference values for stages/analysis/mds: classical scaling by scikit-learn.

KernelPCA of the kernel -D^2 / 2, which it centres, is classical scaling (Williams 2002).
Signs: the largest coordinate of each dimension is positive.

Writes stages/analysis/mds/testdata/sklearn.json.
"""

import json
import pathlib

import numpy as np
from scipy.spatial.distance import pdist, squareform
from sklearn.decomposition import KernelPCA

rng = np.random.default_rng(8)
cases = []
for name, n, dims, pairs in [
    ("euclidean", 9, 4, lambda n: pdist(rng.normal(size=(n, 6)))),
    ("correlation distance", 12, 5, lambda n: pdist(rng.normal(size=(n, 20)), "correlation")),
    ("no metric", 8, 3, lambda n: rng.uniform(0.1, 2, size=n * (n - 1) // 2)),
    ("cityblock", 15, 6, lambda n: pdist(rng.normal(size=(n, 4)), "cityblock")),
]:
    d = pairs(n)
    x = KernelPCA(n_components=dims, kernel="precomputed", eigen_solver="dense").fit_transform(-squareform(d) ** 2 / 2)
    x *= np.sign(x[np.abs(x).argmax(axis=0), np.arange(dims)])
    cases.append({"name": name, "n": n, "dims": dims, "pairs": d.tolist(), "points": x.tolist()})

out = pathlib.Path(__file__).resolve().parents[2] / "stages/analysis/mds/testdata/sklearn.json"
out.parent.mkdir(exist_ok=True)
out.write_text(json.dumps({"source": "scikit-learn KernelPCA", "cases": cases}, indent=1) + "\n")
