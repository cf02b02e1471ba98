"""PyTorch beside Go, alternating, two threads each: medians of the training step and of inference.

    /usr/bin/python3 ci/peers/step/step.py [--rounds 3] [--only step,step-narrow,inference]

step         ReAlnet-fMRI, 224 x 224, batch 16: forward, backward, Adam. PyTorch runs the trunk once, and
             as the released code does: trunk twice and the frozen teacher in every step.
step-narrow  the same at width 8, 64 x 64, 12 classes, 128 outputs.
inference    CORnet-S, batch 16, evaluation mode.
"""
import argparse
import json
import pathlib
import resource
import statistics
import subprocess
import sys
import tempfile
import time

import numpy as np
import torch

ROOT = pathlib.Path(__file__).resolve().parents[3]
sys.path.insert(0, str(ROOT / "ci" / "reference"))
import cornet  # noqa: E402

BATCH = 16


def data(side, classes, outputs):
    rng = np.random.default_rng(0)
    x = cornet.normalise(rng.integers(0, 256, (BATCH, side, side, 3), dtype=np.uint8))
    return x, torch.from_numpy(rng.integers(0, classes, BATCH)), torch.from_numpy(rng.normal(size=(BATCH, outputs)).astype(np.float32))


def training(net, x, labels, targets, released=False):
    """A function that runs one step."""
    opt = torch.optim.Adam(net.parameters(), lr=2e-5)
    net.train()
    teacher = None
    if released:
        teacher = cornet.CORnet()
        teacher.eval()

    def step():
        opt.zero_grad()
        y = labels
        if released:
            y = teacher(x).argmax(1)  # with gradients recorded, as published
            trunk = net.realnet.module
            logits = trunk(x)
            _, brain, _ = net(x)
            loss = torch.nn.functional.cross_entropy(logits, y)
            con = cornet.contrastive(brain, targets).detach()
            loss = loss + 100 * (torch.nn.functional.mse_loss(brain, targets) + con)
        else:
            loss = cornet.losses(net, x, y, targets, 10.0)[0]
        loss.backward()
        opt.step()

    return step


def inference(net, x):
    net.eval()

    def run():
        with torch.no_grad():
            net(x)

    return run


def measure(f, runs):
    f()
    out = []
    for _ in range(runs):
        start = time.perf_counter()
        f()
        out.append(time.perf_counter() - start)
    return out


def main():
    args = argparse.ArgumentParser(description=__doc__)
    args.add_argument("--rounds", type=int, default=3)
    args.add_argument("--only", default="step,step-narrow,inference")
    args = args.parse_args()
    torch.set_num_threads(2)
    with tempfile.TemporaryDirectory() as tmp:
        program = str(pathlib.Path(tmp) / "step")
        subprocess.run(["go", "build", "-o", program, "./ci/peers/step"], cwd=ROOT, check=True)
        for name in args.only.split(","):
            runs = 20 if name == "step-narrow" else 2
            peers = {}
            if name == "inference":
                x, _, _ = data(224, 1000, 8)
                peers["torch"] = lambda x=x: inference(cornet.CORnet(), x)
            elif name == "step-narrow":
                d = data(64, 12, 128)
                peers["torch"] = lambda d=d: training(cornet.ReAlnet(8, 64, 12, 128), *d)
            else:
                d = data(224, 1000, 1024)
                peers["torch, trunk once"] = lambda d=d: training(cornet.ReAlnet(), *d)
                peers["torch, as released"] = lambda d=d: training(cornet.ReAlnet(), *d, released=True)
            times = {k: [] for k in ("go", *peers)}
            for _ in range(args.rounds):
                out = subprocess.run([program, "-workload", name, "-runs", str(runs), "-threads", "2"], check=True, capture_output=True)
                go = json.loads(out.stdout)
                times["go"].append(go["median_s"])
                for k, make in peers.items():
                    f = make()
                    times[k] += measure(f, runs)
                    del f
            mine = statistics.median(times["go"])
            print(f"{name} ({go['kernel']}, {go['flops'] / 1e9:.1f} GFLOP, {go['bytes'] / 1e9:.2f} GB)")
            for k, v in times.items():
                m = statistics.median(v)
                print(f"  {k:20s} {m:8.4f} s  {go['flops'] / m / 1e9:6.0f} GFLOP/s  {m / mine:5.2f} x Go", flush=True)
    print(f"PyTorch peak {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6:.2f} GB, "
          f"Go peak {resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1e6:.2f} GB")


if __name__ == "__main__":
    main()
