#!/usr/bin/python3
"""Cluster permutation beside MNE: 20 subjects x 100 times x 10,000 sign flips.

    /usr/bin/python3 ci/peers/cluster.py [rounds]

Alternating, medians in seconds. MNE runs as Debian packages it (without numba)
with n_jobs=1 and with 2; realnet with two workers.
"""
import os
import re
import statistics
import subprocess
import sys
import tempfile
import time

import mne
import numpy as np

ROOT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "../..")


def ar1(n, t, rho=0.9):
    g = np.random.RandomState(0)
    e = g.normal(size=(n, t))
    for k in range(1, t):
        e[:, k] = rho * e[:, k - 1] + np.sqrt(1 - rho**2) * e[:, k]
    e[:, 40:60] += 0.8  # without any cluster MNE skips the permutations
    return e


def main():
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 7
    mne.set_log_level("error")
    x = ar1(20, 100)
    with tempfile.TemporaryDirectory() as tmp:
        binary = os.path.join(tmp, "inference.test")
        subprocess.run(["go", "test", "-c", "-o", binary, "./stages/analysis/inference"], cwd=ROOT, check=True)
        ours, one, two = [], [], []
        for _ in range(rounds):
            out = subprocess.run([binary, "-test.run=^$", "-test.bench=Cluster$", "-test.benchtime=20x"],
                                 capture_output=True, text=True, check=True, cwd=tmp).stdout
            ours.append(float(re.search(r"([\d.]+) ns/op", out)[1]) / 1e9)
            for jobs, times in ((1, one), (2, two)):
                t = time.perf_counter()
                mne.stats.permutation_cluster_1samp_test(x, n_permutations=10_000, n_jobs=jobs, seed=0)
                times.append(time.perf_counter() - t)
    ours, one, two = map(statistics.median, (ours, one, two))
    print(f"realnet, 2 workers  {ours:.4f} s")
    print(f"MNE {mne.__version__}, 1 job    {one:.3f} s   ratio {one / ours:.0f}")
    print(f"MNE {mne.__version__}, 2 jobs   {two:.3f} s   ratio {two / ours:.0f}")


if __name__ == "__main__":
    main()
