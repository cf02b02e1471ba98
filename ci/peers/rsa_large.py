#!/usr/bin/python3
"""`realnet rsa` of 10,000 conditions with 100 permutations beside numpy, alternating.

    /usr/bin/python3 ci/peers/rsa_large.py [rounds]

realnet reads two condensed RDMs in float64 and is timed as a whole, from the start of the
process; numpy has the RDMs in memory, ranks them and takes five permutations, times 20.
Prints medians in seconds, their ratio and the peak memory of realnet's process.
"""
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time

import numpy as np

ROOT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "../..")
N, M, SOME = 10_000, 100, 5


def ranks(x):
    order = np.argsort(x, kind="stable")  # without ties, as correlation distances are
    r = np.empty(len(x), np.float32)
    r[order] = np.arange(len(x), dtype=np.float32)
    r -= r.mean(dtype=np.float64)
    return r


def numpy_seconds(x, y):
    start = time.perf_counter()
    i, j = np.triu_indices(N, 1)
    square = np.zeros((N, N), np.float32)
    square[i, j] = ranks(x)
    square += square.T
    y = ranks(y)
    once = time.perf_counter() - start
    rng = np.random.default_rng(0)
    start = time.perf_counter()
    for _ in range(SOME):
        p = rng.permutation(N)
        np.dot(square[p[i], p[j]], y)
    return once + (time.perf_counter() - start) * M / SOME


def main():
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 5
    rng = np.random.default_rng(1)
    with tempfile.TemporaryDirectory() as tmp:
        program, files = os.path.join(tmp, "realnet"), [os.path.join(tmp, f"{k}.npy") for k in "ab"]
        subprocess.run(["go", "build", "-o", program, "."], cwd=ROOT, check=True)
        values = [rng.random(N * (N - 1) // 2) for _ in files]
        for path, v in zip(files, values):
            np.save(path, v)
        ours, theirs, peak = [], [], 0
        for _ in range(rounds):
            start = time.perf_counter()
            child = subprocess.Popen([program, "-q", "rsa", "--model", files[0], "--brain", files[1], "--permutations", str(M), "--json"],
                                     stdout=subprocess.DEVNULL)
            while True:  # a child's own peak, as /proc has it while it runs
                try:
                    with open(f"/proc/{child.pid}/status") as f:
                        peak = max([peak] + [int(line.split()[1]) for line in f if line.startswith("VmHWM")])
                except OSError:
                    pass
                if child.poll() is not None:
                    break
                time.sleep(0.02)
            if child.returncode:
                sys.exit("realnet rsa failed")
            ours.append(time.perf_counter() - start)
            if len(theirs) < 2:  # half a minute each
                theirs.append(numpy_seconds(*values))
    a, b = statistics.median(ours), statistics.median(theirs)
    print(json.dumps({"rsa": f"spearman, {N} conditions, {M} permutations", "realnet_s": round(a, 2), "numpy_s": round(b, 2), "ratio": round(b / a, 2),
                      "peak_gb": round(peak * 1024 / 1e9, 3)}))


if __name__ == "__main__":
    main()
