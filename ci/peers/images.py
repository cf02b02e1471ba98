"""The peer's half of images.sh: makes the images, times Pillow, reports medians."""
import glob
import statistics
import sys
import time

import numpy as np
from PIL import Image


def make(folder):
    rng = np.random.default_rng(5)
    y, x = np.mgrid[0:375, 0:500].astype(float)
    for n in range(20):
        a = np.stack([128 + 80 * np.sin(x / (9 + n) + i) * np.cos(y / (7 + i)) for i in range(3)], -1) + rng.normal(0, 8, (375, 500, 3))
        Image.fromarray(a.clip(0, 255).astype(np.uint8)).save(f"{folder}/{n:02}.jpg", quality=90)


def timing(folder):
    files = sorted(glob.glob(folder + "/*.jpg"))
    start, cpu = time.perf_counter(), time.process_time()
    for _ in range(10):
        for f in files:
            np.asarray(Image.open(f).convert("RGB").resize((224, 224), Image.BILINEAR))
    n = 10 * len(files)
    print(f"Pillow x {1e9 * (time.perf_counter() - start) / n:.0f} ns/op {1e9 * (time.process_time() - cpu) / n:.0f} cpu-ns/op")


def report():
    wall, cpu = {}, {}
    for line in sys.stdin:
        w = line.split()
        wall.setdefault(w[0], []).append(float(w[2]) / 1e6)
        if "cpu-ns/op" in w:
            cpu.setdefault(w[0], []).append(float(w[w.index("cpu-ns/op") - 1]) / 1e6)
    for name, t in wall.items():
        c = f", processor time {statistics.median(cpu[name]):5.2f}" if name in cpu else ""
        print(f"{name:20} median {statistics.median(t):6.2f} ms an image, best {min(t):6.2f} of {len(t)}{c}")
    ours = next(n for n in wall if "Squash" in n)
    for what, times in ("wall clock", wall), ("processor time", cpu):
        print(f"{what}: Pillow / realnet {statistics.median(times['Pillow']) / statistics.median(times[ours]):.2f}")


{"make": make, "time": timing, "report": report}[sys.argv[1]](*sys.argv[2:])
