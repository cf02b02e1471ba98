"""Reference values of the kernels from PyTorch: model/kernels/testdata/pytorch.json.

    python3 ci/reference/kernels.py

Operands are waves, w[i] = float32(scale * sin(0.37 i + seed)), in the channels-last
layout of package kernels (weights K x K x Cin x Cout), so that only results are stored.
"""
import json
import math
import pathlib

import torch
import torch.nn.functional as F

torch.set_num_threads(1)


def wave(seed, *shape, scale=1.0):
    n = math.prod(shape)
    return (scale * torch.sin(torch.arange(n, dtype=torch.float64) * 0.37 + seed)).float().reshape(*shape)


def flat(t):
    """Every value of a short result, every (n // 200)-th of a long one."""
    v = t.detach().flatten()
    return [float(f"{v:.9g}") for v in v[:: max(1, len(v) // 200)].tolist()]


def nchw(t):
    return t.permute(0, 3, 1, 2)


def nhwc(t):
    return t.permute(0, 2, 3, 1)


def conv(n, h, w, cin, cout, k, s, p):
    x = wave(1, n, h, w, cin).requires_grad_()
    f = wave(2, k, k, cin, cout).requires_grad_()
    y = nhwc(F.conv2d(nchw(x), f.permute(3, 2, 0, 1), stride=s, padding=p))
    y.backward(wave(3, *y.shape))
    return dict(N=n, H=h, W=w, Cin=cin, Cout=cout, K=k, Stride=s, Pad=p, Y=flat(y), DX=flat(x.grad), DW=flat(f.grad))


def norm(rows, c, relu, residual):
    x = (wave(1, rows, c) + 3).requires_grad_()
    res = wave(2, rows, c).requires_grad_()
    gamma, beta = wave(3, c).requires_grad_(), wave(4, c).requires_grad_()
    mean, var = torch.zeros(c), torch.ones(c)
    y = F.batch_norm(x, mean, var, gamma, beta, True, 0.1, 1e-5)
    if residual:
        y = y + res
    if relu:
        y = F.relu(y)
    y.backward(wave(5, rows, c))
    return dict(Rows=rows, C=c, ReLU=relu, Residual=residual, Y=flat(y), DX=flat(x.grad), DGamma=flat(gamma.grad),
                DBeta=flat(beta.grad), RunningMean=flat(mean), RunningVar=flat(var))


def pool(n, h, w, c, k, s, p):
    x = torch.round(4 * wave(1, n, h, w, c)).requires_grad_()  # rounded: ties
    y = nhwc(F.max_pool2d(nchw(x), k, s, p))
    y.backward(wave(2, *y.shape))
    return dict(N=n, H=h, W=w, C=c, K=k, Stride=s, Pad=p, Y=flat(y), DX=flat(x.grad))


def linear(n, i, o):
    x, w, b = wave(1, n, i).requires_grad_(), wave(2, o, i).requires_grad_(), wave(3, o).requires_grad_()
    y = F.linear(x, w, b)
    y.backward(wave(4, n, o))
    return dict(N=n, In=i, Out=o, Y=flat(y), DX=flat(x.grad), DW=flat(w.grad), DB=flat(b.grad))


def adam(n, steps, lr):
    p = wave(1, n).requires_grad_()
    opt = torch.optim.Adam([p], lr=lr)
    for s in range(steps):
        p.grad = wave(10 + s, n, scale=10.0 ** -s)
        opt.step()
    st = opt.state[p]
    return dict(N=n, Steps=steps, LR=lr, P=flat(p), M=flat(st["exp_avg"]), V=flat(st["exp_avg_sq"]))


out = dict(
    PyTorch=torch.__version__,
    Conv=[conv(1, 5, 7, 3, 5, 3, 1, 1), conv(2, 9, 6, 6, 4, 3, 2, 1), conv(1, 11, 11, 3, 8, 7, 2, 3), conv(2, 4, 5, 8, 6, 1, 2, 0),
          conv(1, 16, 16, 32, 32, 3, 1, 1), conv(1, 6, 6, 16, 16, 1, 1, 0)],
    Norm=[norm(9, 5, False, False), norm(32, 8, True, False), norm(24, 16, True, True)],
    Pool=[pool(2, 7, 6, 3, 3, 2, 1), pool(1, 6, 6, 16, 3, 2, 1)],
    Linear=[linear(3, 17, 5), linear(5, 64, 8)],
    Adam=[adam(37, 5, 1e-2)],
)
path = pathlib.Path(__file__).resolve().parents[2] / "model" / "kernels" / "testdata" / "pytorch.json"
path.write_text(json.dumps(out, separators=(",", ":")).replace("],\"", "],\n\"") + "\n")
print(path, path.stat().st_size)
