#!/usr/bin/env python3
"""data/nifti beside nibabel on one file: 64 x 64 x 50 x 272 int16, about 72 MB of .nii.gz.

    /usr/bin/python3 ci/peers/nifti.py [rounds]

Both read the whole run, nibabel in a fresh process each time (its import is not
counted), alternating; medians in seconds. The file is made in a temporary folder.
"""
import json
import os
import re
import statistics
import subprocess
import sys
import tempfile

import nibabel as nib
import numpy as np

ROOT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "../..")
PEER = """
import sys, time, resource
import numpy as np, nibabel as nib
base = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
t = time.perf_counter()
im = nib.load(sys.argv[1])
a = np.asanyarray(im.dataobj) if sys.argv[2] == "raw" else im.get_fdata(dtype=np.float32)
t = time.perf_counter() - t
print(t, (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - base) / 1024, a.nbytes / 2**20)
"""


def make(path):
    rng = np.random.default_rng(1)
    shape, n = (64, 64, 50), 272
    x, y, z = np.meshgrid(*[np.linspace(-1, 1, s) for s in shape], indexing="ij")
    head = (np.clip(1.2 - np.sqrt(x * x + y * y + z * z), 0, None) * 900).astype(np.float32)
    data = np.empty(shape + (n,), np.int16, order="F")
    for t in range(n):
        data[..., t] = np.where(head > 0, head + rng.normal(0, 25, shape), rng.normal(0, 3, shape) + 5)
    im = nib.Nifti1Image(data, np.diag([3, 3, 3, 1.0]))
    im.header.set_zooms((3, 3, 3, 2))
    nib.save(im, path)


def main():
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 7
    with tempfile.TemporaryDirectory() as tmp:
        path, bench = os.path.join(tmp, "run.nii.gz"), os.path.join(tmp, "bench")
        make(path)
        subprocess.run(["go", "test", "-c", "-o", bench, "./data/nifti"], cwd=ROOT, check=True)
        env = dict(os.environ, REALNET_BENCH_NIFTI=path)
        times = {k: [] for k in ("Read", "ReadMasked", "nibabel int16", "nibabel float32")}
        memory = {}
        for _ in range(rounds):
            for kind in ("raw", "float32"):
                out = subprocess.run([sys.executable, "-c", PEER, path, kind], check=True, capture_output=True, text=True).stdout.split()
                name = "nibabel int16" if kind == "raw" else "nibabel float32"
                times[name].append(float(out[0]))
                memory[name] = {"extra_mb": float(out[1]), "kept_mb": float(out[2])}
            out = subprocess.run([bench, "-test.run", "^$", "-test.bench", "Read", "-test.benchtime", "1x", "-test.benchmem"],
                                 env=env, cwd=tmp, check=True, capture_output=True, text=True).stdout
            for name, ns, size in re.findall(r"Benchmark(\w+)\S*\s+\d+\s+(\d+) ns/op\s+(\d+) B/op", out):
                times[name].append(int(ns) / 1e9)
                memory[name] = {"allocated_mb": int(size) / 2**20}
        median = {k: statistics.median(v) for k, v in times.items()}
        print(json.dumps({
            "file_mb": os.path.getsize(path) / 2**20,
            "rounds": rounds,
            "median_s": median,
            "memory": memory,
            "nibabel_int16_over_read": median["nibabel int16"] / median["Read"],
            "nibabel_float32_over_read": median["nibabel float32"] / median["Read"],
        }, indent=1))


if __name__ == "__main__":
    main()
