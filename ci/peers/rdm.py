#!/usr/bin/env python3
"""stages/analysis/rdm beside numpy (and rsatoolbox when it can be imported).

    [PYTHONPATH=<rsatoolbox source>] /usr/bin/python3 ci/peers/rdm.py [rounds]

Correlation RDMs of 200 x 200,704 float32 (a deep network's V1) and of
1000 x 5,000, alternating; medians in milliseconds and the ratio peer/realnet.
"""
import json
import os
import re
import statistics
import subprocess
import sys
import tempfile
import time
import warnings

import numpy as np
from scipy.linalg.blas import ssyrk

ROOT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "../..")
warnings.simplefilter("ignore")


def unit(x):
    z = x - x.mean(1, keepdims=True)
    z /= np.sqrt(np.einsum("ij,ij->i", z, z))[:, None]
    return z


def by_hand(x):
    z = unit(x)
    return 1 - z @ z.T


def by_syrk(x):
    return 1 - ssyrk(1.0, unit(x).T, trans=1)


def rsatoolbox_rdm():
    try:
        from rsatoolbox.data import Dataset
        from rsatoolbox.rdm import calc_rdm
    except ImportError:
        return {}
    return {"rsatoolbox": lambda x: calc_rdm(Dataset(x), "correlation")}


def clock(f, x):
    t = time.perf_counter()
    f(x)
    return (time.perf_counter() - t) * 1e3


def realnet(binary, shape):
    out = subprocess.run([binary, "-test.run", "^$", "-test.bench", f"^BenchmarkCorrelation$/^{shape}$", "-test.benchtime", "10x"],
                         capture_output=True, text=True, check=True).stdout
    return float(re.search(r"(\d+(?:\.\d+)?) ns/op", out).group(1)) / 1e6


def main():
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 7
    with tempfile.TemporaryDirectory() as tmp:
        binary = os.path.join(tmp, "rdm.test")
        subprocess.run(["go", "test", "-c", "-o", binary, "./stages/analysis/rdm"], cwd=ROOT, check=True)
        for n, f, peers in ((200, 200704, {"numpy matmul": by_hand, "numpy ssyrk": by_syrk, "numpy.corrcoef": np.corrcoef}),
                            (1000, 5000, {"numpy matmul": by_hand, "numpy ssyrk": by_syrk, **rsatoolbox_rdm()})):
            x = np.random.default_rng(1).standard_normal((n, f), dtype=np.float32)
            times = {k: [] for k in ("realnet", *peers)}
            for f_ in peers.values():
                f_(x)
            for _ in range(rounds):
                times["realnet"].append(realnet(binary, f"{n}x{f}"))
                for name, f_ in peers.items():
                    times[name].append(clock(f_, x))
            median = {k: statistics.median(v) for k, v in times.items()}
            print(json.dumps({"rdm": f"{n}x{f}", "ms": {k: round(v, 1) for k, v in median.items()},
                              "ratio": {k: round(v / median["realnet"], 2) for k, v in median.items() if k != "realnet"}}))


if __name__ == "__main__":
    main()
