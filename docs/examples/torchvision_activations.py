#!/usr/bin/env python3
"""Any network of torchvision in the place of the stage `activations`: AlexNet, a ResNet or a ViT goes through the same study.

    realnet reproduce STUDY --swap "activations=docs/examples/torchvision_activations.py --model alexnet --weights alexnet.pth
        V1=features.2 V2=features.5 V4=features.9 IT=features.12 avgpool=avgpool"

Each LAYER=MODULE names a layer of the study and the module whose output it gets (model.named_modules()). Without --weights the
network is untrained: torchvision's initialisation from seed 0. The study's own weights are not read.

It keeps the contract of a stage: called as

    torchvision_activations.py [its own arguments] --params params.json --in stimuli=DIR --in weights=DIR --out DIR

it reads the images, runs the network in evaluation mode with ImageNet's normalisation, and writes an artifact of features: images
x features, flattened channel, row, column. Images come out of the artifact, and features go into one, through `realnet artifacts
export` and `import`, so that numpy, torch and torchvision are all it needs. Set REALNET where realnet is not on the path.
"""

import argparse
import csv
import json
import os
import pathlib
import subprocess
import sys
import tempfile

import numpy as np
import torch
import torchvision

MEAN, DEVIATION = [0.485, 0.456, 0.406], [0.229, 0.224, 0.225]


def realnet(*args):
    subprocess.run([os.environ.get("REALNET", "realnet"), "--quiet", *map(str, args)], check=True, stdout=subprocess.DEVNULL)


def network(name, weights):
    torch.manual_seed(0)
    net = getattr(torchvision.models, name)(weights=None)
    if weights:
        net.load_state_dict(torch.load(weights, map_location="cpu"))
    return net.eval()


def features(net, modules, images, batch):
    """Yields, batch by batch, the output of each module: {layer: images x features}."""
    kept, hooks = {}, []
    known = dict(net.named_modules())
    for layer, module in modules.items():
        if module not in known:
            sys.exit(f"{module!r} is no module of this network; it has {', '.join(filter(None, known))}")
        hooks.append(known[module].register_forward_hook(lambda _, __, out, layer=layer: kept.__setitem__(layer, out.clone())))  # a ReLU may follow in place
    mean, deviation = (torch.tensor(v).view(1, 3, 1, 1) for v in (MEAN, DEVIATION))
    with torch.no_grad():
        for at in range(0, len(images), batch):
            x = torch.from_numpy(images[at : at + batch].astype(np.float32) / 255).permute(0, 3, 1, 2)
            net((x - mean) / deviation)
            yield {layer: out.flatten(1).numpy() for layer, out in kept.items()}
    for h in hooks:
        h.remove()


def main():
    flags = argparse.ArgumentParser()
    flags.add_argument("--model", default="alexnet")
    flags.add_argument("--weights")
    flags.add_argument("layers", nargs="+", metavar="LAYER=MODULE")
    flags.add_argument("--params", required=True, type=pathlib.Path)
    flags.add_argument("--in", dest="inputs", action="append", default=[], metavar="PORT=DIR")
    flags.add_argument("--out", required=True)
    args = flags.parse_args()

    params = json.loads(args.params.read_text())
    modules = dict(text.split("=", 1) for text in args.layers)
    if missing := [layer for layer in params["layers"] if layer not in modules]:
        sys.exit(f"the study reads the layers {params['layers']}: name a module for {missing}")
    stimuli = dict(text.split("=", 1) for text in args.inputs)["stimuli"]
    with tempfile.TemporaryDirectory() as scratch:
        scratch = pathlib.Path(scratch)
        realnet("artifacts", "export", stimuli, "--out", scratch / "stimuli")
        with open(scratch / "stimuli/images.csv", newline="") as f:
            rows = list(csv.DictReader(f))
        take = [i for i, r in enumerate(rows) if params["subset"] in ("", r["subset"])]
        images = np.load(scratch / "stimuli/images.npy", mmap_mode="r")[take]
        (scratch / "features").mkdir()
        with open(scratch / "features/images.csv", "w", newline="") as f:
            out = csv.writer(f)
            out.writerow(["name", "subset"])
            out.writerows([rows[i]["name"], rows[i]["subset"]] for i in take)
        parts = list(features(network(args.model, args.weights), {k: modules[k] for k in params["layers"]}, images, params["batch"]))
        for layer in params["layers"]:
            np.save(scratch / f"features/{layer}.npy", np.concatenate([p[layer] for p in parts]))
        realnet("artifacts", "import", "--in", scratch / "features", "--schema", "features", "--out", args.out)


if __name__ == "__main__":
    main()
