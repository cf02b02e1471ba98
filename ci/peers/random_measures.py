#!/usr/bin/python3
"""Random differential tests of encoding, CKA, searchlights, cluster tests and ties against numpy, scipy and nibabel.

    /usr/bin/python3 ci/peers/random_measures.py REALNET [ROUNDS [SEED]]

Every value is computed again from its definition: ridge by singular values in nested
folds, the unbiased CKA and searchlights with all n! permutations, clusters under all
2^n flips. Data are small, with constants, ties, offsets and factors from 1e-160 to
1e160. It ends with the number of comparisons of each kind, and with exit code 1 if any
differed.
"""
import collections
import itertools
import json
import shutil
import subprocess
import sys
import tempfile
import warnings

import nibabel
import numpy as np
from scipy import stats
from scipy.spatial.distance import pdist, squareform

warnings.simplefilter("ignore")
REALNET, ROUNDS, SEED = sys.argv[1], int((sys.argv + ["", "20"])[2] or 20), int((sys.argv + ["", "", "0"])[3] or 0)
FACTORS = [1.0, 1e-160, 1e-30, 1e30, 1e160]
ALPHAS = np.array([1e-3, 1e-1, 10, 1e3])
counts, wrong = collections.Counter(), []
folder = tempfile.TemporaryDirectory()


def save(name, x):
    path = f"{folder.name}/{name}.npy"
    np.save(path, np.asarray(x, float))
    return path


def realnet(*args):
    run = subprocess.run([REALNET, *map(str, args), "--json"], capture_output=True, text=True)
    return json.loads(run.stdout) if run.returncode == 0 else run.stderr


def same(kind, what, got, want, tolerance):
    counts[kind] += 1
    got, want = np.asarray(got, float).ravel(), np.asarray(want, float).ravel()
    if got.shape != want.shape or not np.allclose(got, want, rtol=tolerance, atol=tolerance, equal_nan=True):
        wrong.append(f"{kind}: {what}: got {got[:5]}, want {want[:5]}")


def folds(n, k):
    for part in np.array_split(np.arange(n), k):
        yield np.delete(np.arange(n), part), part


def ridge(x, y, new, alpha):
    mean = x.mean(0)
    u, s, v = np.linalg.svd(x - mean, full_matrices=False)
    return (new - mean) @ (v.T @ ((s / (s * s + alpha))[:, None] * (u.T @ (y - y.mean(0))))) + y.mean(0)


def encoding(g):
    n, responses, bands = int(g.integers(12, 40)), int(g.integers(1, 5)), int(g.integers(1, 4))
    outer, inner = int(g.integers(2, min(5, n // 3) + 1)), int(g.integers(2, 4))
    xs = [g.normal(size=(n, int(g.integers(1, 25)))) for _ in range(bands)]
    y = np.hstack(xs) @ g.normal(size=(sum(x.shape[1] for x in xs), responses)) + g.normal(size=(n, responses))
    constant = g.random() < 0.3
    if constant:
        xs[0][:, 0] = 0.1
        y[:, 0] = 3.3
    banded = bands > 1 and g.random() < 0.5
    offset, factor = g.choice([0, 10, 1e4]), g.choice(FACTORS)
    candidates = [np.full(bands, 1 / bands), *np.eye(bands)] if banded else [np.ones(bands)]
    centred = [x - x.mean(0) for x in xs]
    if constant:
        centred[0][:, 0] = 0
    units = [np.sqrt((x**2).sum(1).mean()) or 1 if banded else 1 for x in centred]
    forms = [np.hstack([x / u * np.sqrt(w) for x, u, w in zip(centred, units, c)]) for c in candidates]
    r = np.zeros((outer, responses))
    r2 = np.zeros((outer, responses))
    for f, (train, test) in enumerate(folds(n, outer)):
        loss = np.array([[sum(((y[train][b] - ridge(x[train][a], y[train][a], x[train][b], alpha)) ** 2).mean(0) for a, b in folds(len(train), inner)) for alpha in ALPHAS] for x in forms])
        best = loss.reshape(-1, responses).argmin(0)
        for k, at in enumerate(best):
            p = ridge(forms[at // len(ALPHAS)][train], y[train][:, [k]], forms[at // len(ALPHAS)][test], ALPHAS[at % len(ALPHAS)])[:, 0]
            t = y[test, k]
            if np.ptp(t) == 0:
                continue
            r2[f, k] = 1 - ((t - p) ** 2).sum() / ((t - t.mean()) ** 2).sum()
            r[f, k] = np.corrcoef(t, p)[0, 1] if np.ptp(p) > 1e-12 * np.ptp(t) else 0
    shutil.rmtree(folder.name + "/encode", ignore_errors=True)
    args = [v for i, x in enumerate(xs) for v in ("--features", save(f"x{i}", x + offset))]
    if banded:
        args += ["--banded", "--candidates", bands + 1]
    got = realnet("encode", *args, "--responses", save("y", y * factor), "--folds", outer, "--inner", inner, "--alphas", ",".join(map(str, ALPHAS)), "--out", folder.name + "/encode")
    what = f"{n} rows, {[x.shape[1] for x in xs]} features plus {offset:g}, responses times {factor:g}, banded {banded}"
    if isinstance(got, str):
        wrong.append(f"encoding: {what}: {got[:200]}")
        return
    same("encoding r", what, np.load(folder.name + "/encode/r.npy"), r.mean(0), 1e-7 * (1 + offset / 10))
    same("encoding R2", what, np.load(folder.name + "/encode/r2.npy"), r2.mean(0), 1e-7 * (1 + offset / 10))


def unbiased(x, y):
    def form(z):
        z = z - z.mean(0)
        k, n = z @ z.T, len(z)
        np.fill_diagonal(k, 0)
        s = k.sum(0)
        k = k - s / (n - 2) - s[:, None] / (n - 2) + k.sum() / ((n - 1) * (n - 2))
        np.fill_diagonal(k, 0)
        return k

    a, b = form(x), form(y)
    return (a * b).sum() / np.sqrt((a * a).sum() * (b * b).sum())


def cka(g):
    n = int(g.integers(4, 7))
    x, y = g.normal(size=(n, int(g.integers(1, 12)))), g.normal(size=(n, int(g.integers(1, 12))))
    factor, offset = g.choice(FACTORS), g.choice([0, 100])
    got = realnet("rsa", "--model", save("x", (x + offset) * factor), "--brain", save("y", y), "--method", "cka", "--permutations", 720)
    value = unbiased(x, y)
    null = np.array([unbiased(x[list(p)], y) for p in itertools.permutations(range(n))])
    far = np.abs(null - null.mean()) >= abs(value - null.mean()) - 1e-9
    same("cka", f"{x.shape}, {y.shape}", got["results"][0]["value"], value, 1e-8)
    same("cka p", f"{x.shape}, {y.shape}", got["results"][0]["p"], far.mean(), 1e-12)
    # A feature for each condition: nothing is left to compare.
    counts["cka refused"] += 1
    if not isinstance(realnet("rsa", "--model", save("x", np.eye(n) * g.random() + g.random()), "--brain", save("y", y), "--method", "cka"), str):
        wrong.append(f"cka of {n} conditions that are all equally far apart")


def searchlight(g):
    shape, n = tuple(g.integers(2, 6, 3)), int(g.integers(4, 6))
    affine = np.eye(4)
    affine[:3, :3] = np.linalg.qr(g.normal(size=(3, 3)))[0] @ np.diag(g.choice([1, 2, 3.5], 3))
    x, mask = g.normal(size=shape + (n,)), g.random(shape) < 0.8
    if mask.sum() < 3:
        return
    if g.random() < 0.3:
        x[..., 0] = x[..., 1]
    nibabel.save(nibabel.Nifti1Image(x, affine), folder.name + "/x.nii.gz")
    nibabel.save(nibabel.Nifti1Image(mask.astype(np.uint8), affine), folder.name + "/m.nii.gz")
    model, radius, mm = g.random(n * (n - 1) // 2), float(g.choice([1, 2, 3, 4, 5])), g.random() < 0.5
    metric, method, least = str(g.choice(["correlation", "cosine", "euclidean"])), str(g.choice(["spearman", "pearson", "kendall"])), int(g.integers(2, 5))
    shutil.rmtree(folder.name + "/o", ignore_errors=True)
    got = realnet("searchlight", "--in", folder.name + "/x.nii.gz", "--mask", folder.name + "/m.nii.gz", "--model", save("model", model), "--radius", radius, *(["--mm"] if mm else []),
                  "--metric", metric, "--method", method, "--min-voxels", least, "--permutations", 120, "--out", folder.name + "/o.nii.gz")
    if isinstance(got, str):  # no sphere
        return
    similarity = lambda a, b: {"spearman": stats.spearmanr, "pearson": stats.pearsonr, "kendall": stats.kendalltau}[method](a, b)[0]  # noqa: E731
    at = np.argwhere(mask)
    apart = squareform(pdist(at @ affine[:3, :3].T if mm else at.astype(float)))
    orders = [np.ix_(p, p) for p in itertools.permutations(range(n))]
    upper, nulls = np.triu_indices(n, 1), {}
    for c, v in enumerate(at):
        members = at[apart[c] <= radius * (1 + 1e-6)]
        if len(members) < least:
            continue
        d = np.round(pdist(np.array([x[tuple(m)] for m in members]).T, metric), 12)
        nulls[tuple(v)] = np.zeros(len(orders)) if np.ptp(d) == 0 else np.array([similarity(d, squareform(model)[o][upper]) for o in orders])
    what = f"{shape}, {n} conditions, radius {radius:g}, mm {mm}, {metric}, {method}"
    same("searchlight spheres", what, got["centres"], len(nulls), 0)
    values, p = (np.asarray(nibabel.load(f"{folder.name}/o{end}.nii.gz").dataobj) for end in ("", "_p"))
    largest = np.max([v - v.mean() for v in nulls.values() if v.any()] or [np.zeros(len(orders))], 0)
    for v, null in nulls.items():
        same("searchlight", what, values[v], null[0], 1e-5)
        if null.any():
            same("searchlight p", what, p[v], (largest >= null[0] - null.mean() - 1e-9).mean(), 1e-6)


def clusters(g):
    n, t = int(g.integers(3, 8)), int(g.integers(2, 20))
    x, factor = g.normal(0.3, 1, (n, t)), g.choice(FACTORS)
    if g.random() < 0.3:
        x = np.round(4 * x) / 4
    if not x.std(0).all():
        return
    side, threshold = str(g.choice(["two-sided", "greater", "less"])), float(g.choice([0.5, 1, 1.5]))

    def masses(values):
        s = values.mean(0) / (values.std(0, ddof=1) / np.sqrt(n) + 1e-300)
        sign = np.where(s >= threshold, 1, np.where(s <= -threshold, -1, 0))
        sign = np.where((side == "greater") & (sign < 0) | (side == "less") & (sign > 0), 0, sign)
        return [s[list(run)].sum() for k, run in itertools.groupby(range(t), lambda i: sign[i]) if k]

    most = np.array([max(map(abs, masses(x * np.array(f)[:, None])), default=0) for f in itertools.product([1, -1], repeat=n)])
    got = realnet("stats", "--in", save("x", x * factor), "--test", "cluster", "--alternative", side, "--threshold", threshold)
    what = f"{n} x {t} times {factor:g}, {side}, threshold {threshold:g}"
    same("clusters", what, [[c["mass"], c["p"]] for c in got["clusters"]], [[m, (most >= abs(m) - 1e-9).mean()] for m in masses(x)], 1e-8)


def ties(g):
    """Categories have two distances, so ranks of their RDM are those of the model of categories."""
    k, each = int(g.integers(3, 9)), int(g.integers(2, 6))
    label = np.repeat(np.arange(k), each)
    shift, scale = np.round(g.random(), 2), np.round(0.05 + g.random(), 2)
    model = (label[:, None] != label)[np.triu_indices(k * each, 1)].astype(float)
    for metric in ("correlation", "cosine", "euclidean", "sqeuclidean", "poisson"):
        realnet("rdm", "--in", save("x", np.eye(k)[label] * scale + shift), "--metric", metric, "--format", "npy", "--out", folder.name + "/r.npy")
        for method in ("spearman", "kendall"):
            got = realnet("rsa", "--model", folder.name + "/r.npy", "--brain", save("model", model), "--method", method, "--permutations", 0)
            same("ties", f"{metric}, {method}, {k} categories times {scale:g} plus {shift:g}", got["results"][0]["value"], 1, 1e-12)


for i in range(ROUNDS):
    for test in (encoding, cka, searchlight, clusters, ties):
        test(np.random.default_rng([SEED, i]))
for kind, n in sorted(counts.items()):
    print(f"{n:6d}  {kind}")
print(f"{sum(counts.values()):6d}  comparisons, {len(wrong)} wrong")
print("\n".join(wrong[:40]))
sys.exit(bool(wrong))
