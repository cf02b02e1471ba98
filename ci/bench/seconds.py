#!/usr/bin/python3
"""Seconds of one THINGS-EEG2 subject, and of the demo: targets that have no peer.

    /usr/bin/python3 ci/bench/seconds.py eeg [rounds]
    /usr/bin/python3 ci/bench/seconds.py demo [rounds]

eeg: `realnet eegrdm` with the recipe lu on 200 conditions x 80 repetitions x 63 channels
in float32, from the file to the RDMs; a quarter of the 100 time points, times 4.
demo: `realnet reproduce demo` with an empty store. Prints medians of the seconds, of the
processor seconds and the peak memory of the process as JSON.
"""
import json
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time

ROOT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "../..")
CONDITIONS, REPETITIONS, CHANNELS, TIMES, SHARE = 200, 80, 63, 25, 4


def epochs(path):
    import numpy as np
    rng = np.random.default_rng(0)
    shape = (CONDITIONS, REPETITIONS, CHANNELS, TIMES)
    x = np.lib.format.open_memmap(path, mode="w+", dtype=np.float32, shape=shape)
    for condition in x:
        condition[:] = rng.standard_normal(shape[1:], dtype=np.float32)
        condition[..., TIMES // 5:] += 0.25 * rng.standard_normal((1, CHANNELS, 1), dtype=np.float32)
    x.flush()


def measure(command, env, peak):
    before, start = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    child = subprocess.Popen(command, env=env, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    while child.poll() is None:  # a child's own peak, as /proc has it while it runs
        try:
            with open(f"/proc/{child.pid}/status") as f:
                peak = max([peak] + [int(line.split()[1]) for line in f if line.startswith("VmHWM")])
        except OSError:
            pass
        time.sleep(0.02)
    seconds = time.perf_counter() - start
    if child.returncode:
        sys.exit(f"{' '.join(command)} failed")
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return seconds, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime, peak


def main():
    what, rounds = sys.argv[1], int(sys.argv[2]) if len(sys.argv) > 2 else 1
    with tempfile.TemporaryDirectory() as tmp:
        program, file = os.path.join(tmp, "realnet"), os.path.join(tmp, "epochs.npy")
        subprocess.run(["go", "build", "-o", program, "."], cwd=ROOT, check=True)
        if what == "eeg":
            epochs(file)
        wall, cpu, peak = [], [], 0
        for k in range(rounds):
            out = os.path.join(tmp, f"out{k}")
            command = [program, "-q", "reproduce", "demo", "--out", out]
            if what == "eeg":
                command = [program, "-q", "eegrdm", "--in", file, "--recipe", "lu", "--format", "npy", "--out", out + ".npy"]
            seconds, processor, peak = measure(command, {**os.environ, "REALNET_STORE": os.path.join(tmp, f"store{k}")}, peak)
            share = SHARE if what == "eeg" else 1
            wall.append(seconds * share)
            cpu.append(processor * share)
    print(json.dumps({"seconds": round(statistics.median(wall), 2), "processor_seconds": round(statistics.median(cpu), 2), "peak_gb": round(peak * 1024 / 1e9, 3)}))


if __name__ == "__main__":
    main()
