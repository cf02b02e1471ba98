"""CORnet-S and ReAlnet in PyTorch, written from their description (Kubilius et al. 2019; Lu & Wang 2024).

The yardstick of package model: the scripts beside it make its fixtures with it, ci/peers measures against it.
Weights and images come from an integer hash (`uniform`) that the Go tests compute too, so none are stored.
"""
import math

import numpy as np
import torch
from torch import nn
from torch.nn import functional as F

MASK = (1 << 64) - 1


def fnv1a(text):
    """FNV-1a, 64 bits, of the bytes of text."""
    h = 0xCBF29CE484222325
    for c in text.encode():
        h = ((h ^ c) * 0x100000001B3) & MASK
    return h


def bits(key, n):
    """n words: splitmix64's finaliser over fnv1a(key) + (i+1) * golden ratio."""
    z = np.arange(1, n + 1, dtype=np.uint64) * np.uint64(0x9E3779B97F4A7C15) + np.uint64(fnv1a(key))
    z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return z ^ (z >> np.uint64(31))


def uniform(key, n, centre, half):
    """n float32 values, centre + half*u with u uniform in [-1, 1), 24 bits each."""
    u = (bits(key, n) >> np.uint64(40)).astype(np.float32) * np.float32(2.0**-23) - np.float32(1)
    return np.float32(centre) + np.float32(half) * u


def images(key, n, side):
    """n x side x side x 3 uint8 noise."""
    return (bits(key, n * side * side * 3) >> np.uint64(56)).astype(np.uint8).reshape(n, side, side, 3)


def normalise(img):
    """ImageNet mean and standard deviation; n x 3 x side x side float32 out."""
    x = torch.from_numpy(img).permute(0, 3, 1, 2).float() / 255
    mean = torch.tensor([0.485, 0.456, 0.406]).view(1, 3, 1, 1)
    std = torch.tensor([0.229, 0.224, 0.225]).view(1, 3, 1, 1)
    return ((x - mean) / std).contiguous()


def conv(i, o, k, stride=1):
    return nn.Conv2d(i, o, k, stride, k // 2, bias=False)


class V1(nn.Module):
    def __init__(self, c):
        super().__init__()
        self.conv1, self.norm1 = conv(3, c, 7, 2), nn.BatchNorm2d(c)
        self.conv2, self.norm2 = conv(c, c, 3), nn.BatchNorm2d(c)

    def forward(self, x):
        x = F.max_pool2d(F.relu(self.norm1(self.conv1(x))), 3, 2, 1)
        return F.relu(self.norm2(self.conv2(x)))


class Area(nn.Module):
    """One recurrent area: shared convolutions, a BatchNorm of its own for every time step."""

    def __init__(self, i, o, times):
        super().__init__()
        self.times = times
        self.conv_input = conv(i, o, 1)
        self.skip, self.norm_skip = conv(o, o, 1, 2), nn.BatchNorm2d(o)
        self.conv1, self.conv2, self.conv3 = conv(o, 4 * o, 1), conv(4 * o, 4 * o, 3), conv(4 * o, o, 1)
        for t in range(times):
            setattr(self, f"norm1_{t}", nn.BatchNorm2d(4 * o))
            setattr(self, f"norm2_{t}", nn.BatchNorm2d(4 * o))
            setattr(self, f"norm3_{t}", nn.BatchNorm2d(o))

    def forward(self, x):
        x = self.conv_input(x)
        for t in range(self.times):
            norm = [getattr(self, f"norm{k}_{t}") for k in (1, 2, 3)]
            stride, skip = (2, self.norm_skip(self.skip(x))) if t == 0 else (1, x)
            x = F.relu(norm[0](self.conv1(x)))
            x = F.relu(norm[1](F.conv2d(x, self.conv2.weight, None, stride, 1)))
            x = F.relu(norm[2](self.conv3(x)) + skip)
        return x


class Decoder(nn.Module):
    def __init__(self, c, classes):
        super().__init__()
        self.linear = nn.Linear(c, classes)

    def forward(self, x):
        return self.linear(x.mean((2, 3)))


class CORnet(nn.Module):
    def __init__(self, width=64, classes=1000):
        super().__init__()
        w = width
        self.V1, self.V2, self.V4, self.IT = V1(w), Area(w, 2 * w, 2), Area(2 * w, 4 * w, 4), Area(4 * w, 8 * w, 2)
        self.decoder = Decoder(8 * w, classes)

    def layers(self, x):
        v1 = self.V1(x)
        v2 = self.V2(v1)
        v4 = self.V4(v2)
        return {"V1": v1, "V2": v2, "V4": v4, "IT": self.IT(v4)}

    def forward(self, x):
        return self.decoder(self.layers(x)["IT"])


class Wrapped(nn.Module):
    """What nn.DataParallel leaves in the released names: realnet.module.*"""

    def __init__(self, net):
        super().__init__()
        self.module = net


def sides(side):
    """Sides of V1, V2, V4 and IT."""
    out = [((side + 1) // 2 + 1) // 2]
    while len(out) < 4:
        out.append((out[-1] + 1) // 2)
    return out


class ReAlnet(nn.Module):
    def __init__(self, width=64, side=224, classes=1000, outputs=1024, hidden=128, layers=("V1", "V2", "V4", "IT")):
        super().__init__()
        self.realnet = Wrapped(CORnet(width, classes))
        self.encoded = layers
        for i, (layer, s) in enumerate(zip(("V1", "V2", "V4", "IT"), sides(side))):
            if layer in layers:
                setattr(self, "fc_" + layer.lower(), nn.Linear(2**i * width * s * s, hidden))
        self.fc = nn.Linear(len(layers) * hidden, outputs)

    def forward(self, x):
        """logits, fMRI prediction, layers"""
        net = self.realnet.module
        layers = net.layers(x)
        h = [F.relu(getattr(self, "fc_" + k.lower())(layers[k].flatten(1))) for k in self.encoded]
        return net.decoder(layers["IT"]), self.fc(torch.cat(h, 1)), layers


def set_weights(net, shift=0.0):
    """Every parameter and statistic from the hash of its name; shift is the mean of BatchNorm's shifts."""
    with torch.no_grad():
        for name, p in net.state_dict().items():
            if name.endswith("num_batches_tracked"):
                continue
            n = p.numel()
            if p.dim() == 4:
                centre, half = 0, math.sqrt(6 / (p.shape[2] * p.shape[3] * p.shape[0]))
            elif p.dim() == 2:
                centre, half = 0, 1 / math.sqrt(p.shape[1])
            elif name.endswith("running_mean"):
                centre, half = 0, 0.2
            elif name.endswith(("running_var", "weight")):
                # The residual branch is kept small: the network is then well conditioned in float32.
                centre, half = (0.3, 0.1) if "norm3" in name and name.endswith("weight") else (1, 0.2)
            else:
                centre, half = shift if "norm" in name and name.endswith("bias") else 0, 0.1
            p.copy_(torch.from_numpy(uniform(name, n, centre, half)).reshape(p.shape))


def contrastive(p, y):
    """1 - mean Pearson of matching rows + mean Pearson of all other pairs."""
    a = F.normalize(p - p.mean(1, keepdim=True), dim=1)
    b = F.normalize(y - y.mean(1, keepdim=True), dim=1)
    r = a @ b.t()
    n, d = len(p), r.diagonal()
    return 1 - d.mean() + (r.sum() - d.sum()) / (n * n - n)


def losses(net, x, labels, targets, beta, live=True):
    """total, classification, mse, contrastive"""
    logits, pred, _ = net(x)
    lc, mse, con = F.cross_entropy(logits, labels), F.mse_loss(pred, targets), contrastive(pred, targets)
    if not live:
        con = con.detach()
    return lc + beta * (mse + con), lc, mse, con
