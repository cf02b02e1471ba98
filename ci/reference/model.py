"""Makes model/testdata/{narrow,odd}.json: small ReAlnets in float64, by PyTorch, from hashed weights and images.

    /usr/bin/python3 ci/reference/model.py
"""
import json
import pathlib

import numpy as np
import torch

import cornet

BETA, RATE, STEPS = 10.0, 2e-5, 10
ALL = ["V1", "V2", "V4", "IT"]
NETWORKS = {
    "narrow": dict(width=8, side=64, classes=12, outputs=20, hidden=128, layers=ALL, batch=8, samples=20),
    # Channels that are no multiple of a vector, odd images (9, 5, 3, 2 pixels), some layers, an odd batch.
    "odd": dict(width=3, side=36, classes=5, outputs=7, hidden=6, layers=["V1", "V4", "IT"], batch=5, samples=8),
}


def summary(t, samples):
    """Euclidean norm, and samples values spread evenly over the tensor in C order."""
    v = t.detach().double().flatten().numpy()
    at = np.linspace(0, len(v) - 1, min(samples, len(v))).astype(int)
    return {"n": len(v), "norm": float(np.linalg.norm(v)), "values": v[at].tolist()}


def network(spec, dtype=torch.float64):
    net = cornet.ReAlnet(*(spec[k] for k in ("width", "side", "classes", "outputs", "hidden", "layers")))
    cornet.set_weights(net)
    return net.to(dtype)


def layers(net, x):
    logits, brain, out = net(x)
    return {**out, "avgpool": net.realnet.module.layers(x)["IT"].mean((2, 3)), "logits": logits, "brain": brain}


def course(spec, x, labels, targets, live, dtype):
    """Gradients of the first step, and total, classification, mse and contrastive loss of every step of Adam."""
    net = network(spec, dtype).train()
    opt = torch.optim.Adam(net.parameters(), lr=RATE)
    rows, grads = [], {}
    for _ in range(STEPS):
        opt.zero_grad()
        losses = cornet.losses(net, x.to(dtype), labels, targets.to(dtype), BETA, live)
        losses[0].backward()
        grads = grads or {k: p.grad.double().clone() for k, p in net.named_parameters()}
        rows.append([v.item() for v in losses])
        opt.step()
    return grads, np.array(rows)


def make(name, spec):
    batch, outputs = spec["batch"], spec["outputs"]
    targets = torch.from_numpy(cornet.uniform("targets", batch * outputs, 0, 2)).double().reshape(batch, outputs)
    # A rectifier's input within rounding of 0 has another gradient in float32 than in float64. The images
    # are the first without one: those for which PyTorch's own float32 agrees with its float64.
    for number in range(200):
        key = f"{name}{number}"
        x = cornet.normalise(cornet.images(key, batch, spec["side"])).double()
        with torch.no_grad():
            labels = network(spec).eval()(x)[0].argmax(1)
        runs = {}
        rounding = [0.0, 0.0]
        for live in (True, False):
            grads, losses = runs[live] = course(spec, x, labels, targets, live, torch.float64)
            grads32, losses32 = course(spec, x, labels, targets, live, torch.float32)
            rounding[0] = max(rounding[0], *(((grads[k] - grads32[k]).norm() / grads[k].norm()).item() for k in grads))
            rounding[1] = max(rounding[1], float(np.abs(losses32 / losses - 1).max()))
        print(key, rounding)
        if rounding[0] < 5e-6 and rounding[1] < 1e-5:
            break
    doc = {
        "made_by": f"ci/reference/model.py, torch {torch.__version__}, float64",
        "rounding": rounding, "images": key, **spec, "beta": BETA, "rate": RATE, "labels": labels.tolist(),
    }
    with torch.no_grad():
        doc["eval"] = layers(network(spec).eval(), x)
        net = network(spec).train()
        doc["train"] = layers(net, x)  # two passes: two updates of the running statistics
    doc["running"] = {k: v for k, v in net.state_dict().items() if "running" in k and "norm_skip" in k}
    for kind, live in (("live", True), ("detached", False)):
        grads, losses = runs[live]
        doc["gradients_" + kind] = grads
        doc["losses_" + kind] = losses.tolist()

    def short(o):
        if isinstance(o, torch.Tensor):
            return short(summary(o, spec["samples"]))
        if isinstance(o, float):
            return float(f"{o:.9g}")
        if isinstance(o, dict):
            return {k: short(v) for k, v in o.items()}
        return [short(v) for v in o] if isinstance(o, list) else o

    path = pathlib.Path(__file__).resolve().parents[2] / "model" / "testdata" / f"{name}.json"
    path.parent.mkdir(exist_ok=True)
    path.write_text(json.dumps(short(doc), separators=(",", ":")) + "\n")
    print(path, path.stat().st_size)


if __name__ == "__main__":
    for name, spec in NETWORKS.items():
        make(name, spec)
