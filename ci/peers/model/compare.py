"""Compares the full-size ReAlnet (224 x 224, batch 16) of package model with PyTorch, in float32.

    /usr/bin/python3 ci/peers/model/compare.py [--kernel avx512|avx2|generic] [--keep DIR]

Same hashed weights, images, targets and labels on both sides (ci/reference/cornet.py). Limits, relative L2:
every layer 1e-4 in evaluation and in training mode, every gradient 1e-3, the losses of ten Adam steps 1e-3.

Gradients are compared with BatchNorm shifts around 3. Around 0, one in 1e5 rectifier inputs lies within the
rounding of float32 of 0, is passed by one program and stopped by the other, and the gradients of any two differ by
the root of that: some 5e-3 (--rounding shows PyTorch's own float32 against its float64). The small networks of
go test, whose images were chosen so that no input does, check the rectifiers' gradients to 1e-5.
Needs 4 GB of memory, 1.5 GB of disk and some minutes. Exits 1 if a limit is broken.
"""
import argparse
import json
import os
import pathlib
import resource
import statistics
import subprocess
import sys
import tempfile

import numpy as np
import torch

ROOT = pathlib.Path(__file__).resolve().parents[3]
sys.path.insert(0, str(ROOT / "ci" / "reference"))
import cornet  # noqa: E402

BATCH, BETA, RATE, STEPS = 16, 10.0, 2e-5, 10


def distance(a, b):
    a, b = np.asarray(a, np.float64).ravel(), np.asarray(b, np.float64).ravel()
    return float(np.linalg.norm(a - b) / np.linalg.norm(b))


def network(shift=0.0):
    net = cornet.ReAlnet()
    cornet.set_weights(net, shift)
    return net


def data(batch):
    x = cornet.normalise(cornet.images("full", batch, 224))
    targets = torch.from_numpy(cornet.uniform("targets", batch * 1024, 0, 2)).reshape(batch, 1024)
    return x, torch.from_numpy((cornet.bits("labels", batch) % np.uint64(1000)).astype(np.int64)), targets


def gradients(net, x, labels, targets):
    cornet.losses(net.train(), x, labels, targets, BETA)[0].backward()
    return {k: p.grad.numpy() for k, p in net.named_parameters()}


def differences(a, b):
    """Relative L2 by parameter. The scale and shift of one BatchNorm count together: where another BatchNorm
    follows, as in IT, the shift's own gradient is nearly 0 and all rounding."""
    groups = {}
    for k in a:
        group = k.rsplit(".", 1)[0] if "norm" in k else k
        groups.setdefault(group, []).append(k)
    join = lambda g, ks: np.concatenate([np.asarray(g[k], np.float64).ravel() for k in ks])  # noqa: E731
    return {group: distance(join(a, ks), join(b, ks)) for group, ks in groups.items()}


def rounding():
    """PyTorch's float32 against its float64, four images."""
    x, labels, targets = data(4)
    for shift in (0.0, 3.0):
        single = gradients(network(shift), x, labels, targets)
        double = gradients(network(shift).double(), x.double(), labels, targets.double())
        found = differences(single, double)
        worst = max(found, key=found.get)
        print(f"shift {shift}: gradients differ by {statistics.median(found.values()):.2e} (median), {found[worst]:.2e} ({worst})", flush=True)


def main():
    args = argparse.ArgumentParser(description=__doc__)
    args.add_argument("--kernel", default="")
    args.add_argument("--keep", help="folder that already holds, or shall keep, the Go side's files")
    args.add_argument("--threads", type=int, default=2, help="of PyTorch")
    args.add_argument("--rounding", action="store_true", help="measure PyTorch's own rounding instead")
    args = args.parse_args()
    torch.set_num_threads(args.threads)
    if args.rounding:
        rounding()
        return
    with tempfile.TemporaryDirectory() as tmp:
        folder = pathlib.Path(args.keep or tmp)
        if not (folder / "losses.json").exists():
            folder.mkdir(exist_ok=True)
            env = dict(os.environ, REALNET_KERNEL=args.kernel)
            subprocess.run(["go", "test", "./model", "-count=1", "-timeout=60m", "-run=TestWriteFullSize", "-fullsize", str(folder)],
                           cwd=ROOT, env=env, check=True)
            print(f"Go: peak {resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1e6:.2f} GB")
        bad = compare(folder)
    sys.exit(1 if bad else 0)


def compare(folder):
    read = lambda name: np.fromfile(folder / f"{name}.f32", np.float32)  # noqa: E731
    bad = 0

    def check(what, got, limit):
        nonlocal bad
        bad += not got < limit
        print(f"{what:45s} {got:.2e} {'' if got < limit else 'BEYOND ' + str(limit)}", flush=True)

    x, labels, targets = data(BATCH)
    net = network()
    for mode in ("eval", "train"):
        net.train(mode == "train")
        with torch.no_grad():
            logits, brain, layers = net(x)
        layers.update(avgpool=layers["IT"].mean((2, 3)), logits=logits, brain=brain)
        for name, v in layers.items():
            check(f"{mode} {name}", distance(read(f"{mode}.{name}"), v.numpy()), 1e-4)
        print(end="", flush=True)
    del layers, net
    theirs = gradients(network(3.0), x, labels, targets)
    found = differences({k: read(f"grad.{k}") for k in theirs}, theirs)
    del theirs
    worst = max(found, key=found.get)
    check(f"gradients: median of {len(found)}", statistics.median(found.values()), 1e-3)
    check(f"gradients: worst, {worst}", found[worst], 1e-3)
    net = network().train()
    opt = torch.optim.Adam(net.parameters(), lr=RATE)
    go = json.loads((folder / "losses.json").read_text())
    for step in range(STEPS):
        opt.zero_grad()
        losses = cornet.losses(net, x, labels, targets, BETA)
        losses[0].backward()
        mine = [go[step]["Losses"][k] for k in ("Total", "Class", "Square", "Contrastive")]
        theirs = [v.item() for v in losses]
        check(f"losses of step {step + 1}: {theirs[0]:.5f}", max(abs(a / b - 1) for a, b in zip(mine, theirs)), 1e-3)
        opt.step()
    print(f"PyTorch: peak {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6:.2f} GB")
    return bad


if __name__ == "__main__":
    main()
