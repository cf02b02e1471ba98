"""Makes model/testdata/narrow.json: a narrow ReAlnet in float64, by PyTorch, from hashed weights and images.

    /usr/bin/python3 ci/reference/model.py
"""
import json
import pathlib

import numpy as np
import torch

import cornet

WIDTH, SIDE, CLASSES, OUTPUTS, BATCH = 8, 64, 12, 20, 8
BETA, RATE, STEPS, SAMPLES = 10.0, 2e-5, 10, 20


def summary(t):
    """Euclidean norm, and SAMPLES values spread evenly over the tensor in C order."""
    v = t.detach().double().flatten().numpy()
    at = np.linspace(0, len(v) - 1, min(SAMPLES, len(v))).astype(int)
    return {"n": len(v), "norm": float(np.linalg.norm(v)), "at": at.tolist(), "values": v[at].tolist()}


def network(dtype=torch.float64):
    net = cornet.ReAlnet(WIDTH, SIDE, CLASSES, OUTPUTS)
    cornet.set_weights(net)
    return net.to(dtype)


def layers(net, x):
    logits, brain, out = net(x)
    out = {k: summary(v) for k, v in out.items()}
    out["avgpool"] = summary(net.realnet.module.layers(x)["IT"].mean((2, 3)))
    out["logits"], out["brain"] = summary(logits), summary(brain)
    return out


def course(x, labels, targets, live, dtype):
    """Gradients of the first step, and total, classification, mse and contrastive loss of every step of Adam."""
    net = network(dtype).train()
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


def main():
    targets = torch.from_numpy(cornet.uniform("targets", BATCH * OUTPUTS, 0, 2)).double().reshape(BATCH, OUTPUTS)
    # A rectifier's input within rounding of 0 has another gradient in float32 than in float64. The images
    # are the first without one: those for which PyTorch's own float32 agrees with its float64.
    for number in range(100):
        key = f"narrow{number}"
        x = cornet.normalise(cornet.images(key, BATCH, SIDE)).double()
        with torch.no_grad():
            labels = network().eval()(x)[0].argmax(1)
        runs = {}
        rounding = [0.0, 0.0]
        for live in (True, False):
            grads, losses = runs[live] = course(x, labels, targets, live, torch.float64)
            grads32, losses32 = course(x, labels, targets, live, torch.float32)
            rounding[0] = max(rounding[0], *(((grads[k] - grads32[k]).norm() / grads[k].norm()).item() for k in grads))
            rounding[1] = max(rounding[1], float(np.abs(losses32 / losses - 1).max()))
        print(key, rounding)
        if rounding[0] < 6e-6 and rounding[1] < 2e-5:
            break
    doc = {
        "made_by": f"ci/reference/model.py, torch {torch.__version__}, float64",
        "rounding": rounding,
        "images": key, "width": WIDTH, "side": SIDE, "classes": CLASSES, "outputs": OUTPUTS, "batch": BATCH,
        "beta": BETA, "rate": RATE, "labels": labels.tolist(),
    }
    with torch.no_grad():
        doc["eval"] = layers(network().eval(), x)
        net = network().train()
        doc["train"] = layers(net, x)  # two passes: two updates of the running statistics
    doc["running"] = {k: summary(v) for k, v in net.state_dict().items() if "running" in k and "norm_skip" in k}
    for name, live in (("live", True), ("detached", False)):
        grads, losses = runs[live]
        doc["gradients_" + name] = {k: summary(v) for k, v in grads.items()}
        doc["losses_" + name] = losses.tolist()
    path = pathlib.Path(__file__).resolve().parents[2] / "model" / "testdata" / "narrow.json"
    path.parent.mkdir(exist_ok=True)

    def short(o):
        if isinstance(o, float):
            return float(f"{o:.9g}")
        if isinstance(o, dict):
            return {k: short(v) for k, v in o.items() if k != "at"}
        return [short(v) for v in o] if isinstance(o, list) else o

    path.write_text(json.dumps(short(doc), separators=(",", ":")) + "\n")
    print(path, path.stat().st_size)


if __name__ == "__main__":
    main()
