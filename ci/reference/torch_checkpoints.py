"""Makes data/torch/testdata with torch (1.13). Run from the repository root.

expected.json: file -> name -> shape, dtype and values in C order (floats as repr).
"""
import argparse
import datetime
import json
import os
import pathlib
from collections import OrderedDict, defaultdict, deque

import numpy as np
import torch

out = "data/torch/testdata"
os.makedirs(out, exist_ok=True)
torch.manual_seed(3)
expected = {}
names = {True: "zip", False: "legacy"}


def save(name, obj, tensors):
    for is_zip, form in names.items():
        file = f"{name}_{form}.pth"
        torch.save(obj, f"{out}/{file}", _use_new_zipfile_serialization=is_zip)
        expected[file] = {
            k: {
                "shape": list(t.shape),
                "dtype": str(t.dtype).replace("torch.", ""),
                "values": [repr(float(v)) for v in t.detach().double().reshape(-1).tolist()],
            }
            for k, t in tensors.items()
        }


x = torch.randn(4, 6)
types = OrderedDict((str(t).replace("torch.", ""), (x * 9).to(t)) for t in (torch.float64, torch.float32, torch.float16, torch.bfloat16, torch.int64, torch.int32, torch.int16, torch.int8, torch.bool))
types["uint8"] = (x.abs() * 9).to(torch.uint8)
save("types", types, types)

views = OrderedDict(whole=x, transposed=x.t(), sliced=x[1:3, ::2], column=x[:, 1], last=x[3], expanded=x[0, :2].expand(3, 2), scalar=torch.tensor(2.5), empty=torch.zeros(0, 3), permuted=torch.randn(2, 3, 4).permute(2, 0, 1))
save("views", views, views)


class Net(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.conv1 = torch.nn.Conv2d(3, 2, 3, bias=False)
        self.norm1 = torch.nn.BatchNorm2d(2)
        self.linear = torch.nn.Linear(2, 3)


net = torch.nn.DataParallel(Net())
state = net.state_dict()
optimizer = torch.optim.SGD(net.parameters(), 0.1, momentum=0.9)
for p in net.parameters():
    p.grad = torch.ones_like(p)
optimizer.step()
checkpoint = {
    "flags": {"lr": 0.1, "batch_size": 256, "output_path": None, "best": np.float64(0.5), "steps": np.int64(3)},
    "epoch": 43.0,
    "state_dict": state,
    "optimizer": optimizer.state_dict(),
    "array": np.arange(3.0),
}
flat = {"state_dict." + k: v for k, v in state.items()}
for i, s in optimizer.state_dict()["state"].items():
    flat[f"optimizer.state.{i}.momentum_buffer"] = s["momentum_buffer"]
flat["array"] = torch.arange(3.0, dtype=torch.float64)
save("checkpoint", checkpoint, flat)

parameters = OrderedDict((k, torch.nn.Parameter(v.clone())) for k, v in net.module.named_parameters())
save("parameters", parameters, parameters)

# a state dict that holds its module's names under ReAlnet's encoder
encoder = OrderedDict(("realnet.module." + k, v) for k, v in net.module.state_dict().items())
encoder["fc_v1.weight"] = torch.randn(2, 2)
save("encoder", encoder, encoder)

torch.save(net.module, f"{out}/whole_module.pth")
torch.save({"z": torch.ones(2, dtype=torch.complex64)}, f"{out}/complex.pth")

# What trainings save beside weights: plain containers, and objects that are not read.
weight = torch.arange(6.0).reshape(2, 3)
scheduled = torch.optim.SGD([torch.nn.Parameter(weight.clone())], 0.1)
training = {
    "state_dict": OrderedDict({"module.weight": weight}),
    "scheduler": torch.optim.lr_scheduler.MultiStepLR(scheduled, [30, 60]).state_dict(),
    "args": argparse.Namespace(lr=0.1, deep=[weight]),
    "counts": defaultdict(list, {"a": [1, 2]}),
    "recent": deque([1.0, 2.0], maxlen=2),
    "path": pathlib.PurePosixPath("/a/b"),
    "complex": torch.ones(2, dtype=torch.complex64),
    "sparse": torch.eye(2).to_sparse(),
    "when": datetime.date(2020, 1, 1),
    ("a", 1): 5,
    "after": torch.tensor([9.0]),
}
torch.save(training, f"{out}/training_zip.pth")
torch.save(training, f"{out}/training_legacy.pth", _use_new_zipfile_serialization=False)
torch.save(training, f"{out}/training_legacy4.pth", _use_new_zipfile_serialization=False, pickle_protocol=4)


class Run:
    def __reduce__(self):
        return os.system, ("echo this must not run",)


torch.save({"state_dict": {}, "x": Run()}, f"{out}/hostile_zip.pth")
torch.save({"state_dict": {}, "x": Run()}, f"{out}/hostile_legacy.pth", _use_new_zipfile_serialization=False)
json.dump(expected, open(f"{out}/expected.json", "w"), indent=0)
