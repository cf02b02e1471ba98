"""PyTorch beside Go, alternating, two threads each: medians of the training step and of inference.

    /usr/bin/python3 ci/peers/step/step.py [--rounds 3] [--only step,step-narrow,inference] [--bf16]

step         ReAlnet-fMRI, 224 x 224, batch 16: forward, backward, Adam. PyTorch runs the trunk once, and
             as the released code does: trunk twice and the frozen teacher in every step.
step-narrow  the same at width 8, 64 x 64, 12 classes, 128 outputs.
inference    CORnet-S, batch 16, evaluation mode.
--bf16       also both in bfloat16: realnet's precision bf16 and PyTorch's autocast.

The peak of PyTorch's process covers all of its networks: run --only step --no-released for the memory of one.

Both sides stay in memory and take turns, one run each. On a busy machine wall time says little: compare the
processor time, and set OMP_WAIT_POLICY=passive so that PyTorch's threads do not burn theirs waiting.
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


def autocast(f):
    """f in PyTorch's bfloat16 autocast."""
    def run():
        with torch.autocast("cpu", torch.bfloat16):
            f()

    return run


def timed(f):
    wall, cpu = time.perf_counter(), time.process_time()
    f()
    return time.perf_counter() - wall, time.process_time() - cpu


class Go:
    """The Go side, waiting for its turn."""

    def __init__(self, program, workload, precision="fp32"):
        self.process = subprocess.Popen([program, "-workload", workload, "-threads", "2", "-precision", precision], stdin=subprocess.PIPE,
                                        stdout=subprocess.PIPE, text=True, bufsize=1)

    def run(self):
        self.process.stdin.write("go\n")
        self.about = json.loads(self.process.stdout.readline())
        return self.about["wall_s"], self.about["cpu_s"]

    def close(self):
        self.process.stdin.close()
        self.process.wait()


def main():
    args = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    args.add_argument("--rounds", type=int, default=5)
    args.add_argument("--no-released", action="store_true", help="leave out the released code's way, whose networks are held as well")
    args.add_argument("--bf16", action="store_true", help="also both in bfloat16")
    args.add_argument("--only", default="step,step-narrow,inference")
    args = args.parse_args()
    torch.set_num_threads(2)
    with tempfile.TemporaryDirectory() as tmp:
        program = str(pathlib.Path(tmp) / "step")
        subprocess.run(["go", "build", "-o", program, "./ci/peers/step"], cwd=ROOT, check=True)
        for name in args.only.split(","):
            if name == "inference":
                peers = {"torch": inference(cornet.CORnet(), data(224, 1000, 8)[0])}
            elif name == "step-narrow":
                peers = {"torch": training(cornet.ReAlnet(8, 64, 12, 128), *data(64, 12, 128))}
            else:
                net, batch = cornet.ReAlnet(), data(224, 1000, 1024)
                peers = {"torch, trunk once": training(net, *batch)}
                if not args.no_released:
                    peers["torch, as released"] = training(net, *batch, released=True)
            go = Go(program, name)
            turns = {"go": go.run, **{k: lambda f=f: timed(f) for k, f in peers.items()}}
            if args.bf16:
                half = Go(program, name, "bf16")
                turns["go bf16"] = half.run
                for k, f in peers.items():
                    turns[k + ", bf16"] = lambda f=autocast(f): timed(f)
            times = {k: [] for k in turns}
            for i in range(args.rounds + 1):
                for k, turn in turns.items():
                    t = turn()
                    if i > 0:  # the first warms up
                        times[k].append(t)
            go.close()
            if args.bf16:
                half.close()
            print(f"{name} ({go.about['kernel']}, {go.about['flops'] / 1e9:.1f} GFLOP, Go holds {go.about['bytes'] / 1e9:.2f} GB, "
                  f"peak {go.about['peak_bytes'] / 1e9:.2f} GB), medians of {args.rounds}")
            median = {k: [statistics.median(c) for c in zip(*v)] for k, v in times.items()}
            for k, (wall, cpu) in median.items():
                print(f"  {k:24s} wall {wall:8.4f} s ({wall / median['go'][0]:5.2f} x Go)   cpu {cpu:8.4f} s ({cpu / median['go'][1]:5.2f} x Go)", flush=True)
    print(f"peak of PyTorch's process: {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 / 1e9:.2f} GB")


if __name__ == "__main__":
    main()
