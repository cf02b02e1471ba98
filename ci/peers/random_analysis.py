#!/usr/bin/python3
"""Random differential tests of the analyses against scipy, numpy, scikit-learn, statsmodels, MNE and, where it can be imported, rsatoolbox.

    /usr/bin/python3 ci/peers/random_analysis.py REALNET [ROUNDS [SEED]]     # rsatoolbox on PYTHONPATH, if at hand

Every round draws small data (n from 2; ties, zeros, NaN among them), multiplies them by
a factor from 1e-160 to 1e160 or adds an offset up to 1e8 that is exact in binary, and
compares what `realnet` prints with the peer's value for the data that have no factor
and no offset, where the statistic does not depend on them. It ends with the number of
comparisons of each kind, and with exit code 1 if any differed.
"""
import collections
import itertools
import json
import subprocess
import sys
import tempfile

import mne
import numpy as np
from scipy import stats
from scipy.spatial.distance import pdist
from sklearn.decomposition import PCA
from statsmodels.stats.multitest import multipletests

try:
    import rsatoolbox
except ImportError as problem:
    rsatoolbox = None
    print("without rsatoolbox:", problem)

mne.set_log_level("error")
REALNET, ROUNDS, SEED = sys.argv[1], int((sys.argv + ["", "20"])[2] or 20), int((sys.argv + ["", "", "0"])[3] or 0)
FACTORS = [1.0, 1e-160, 1e-90, 1e-30, 1e-7, 1e30, 1e80, 1e160]
OFFSETS = [0.0, 1.0, 2.0**14, 2.0**20, 2.0**26]
counts, wrong = collections.Counter(), []
folder = tempfile.TemporaryDirectory()


def save(name, x):
    path = f"{folder.name}/{name}.npy"
    np.save(path, x)
    return path


def realnet(*args):
    run = subprocess.run([REALNET, *map(str, args)], capture_output=True, text=True)
    return run.returncode, run.stdout, run.stderr


def same(kind, what, got, want, tolerance=1e-9):
    counts[kind] += 1
    got, want = np.asarray(got, float).ravel(), np.asarray(want, float).ravel()
    if got.shape != want.shape or not np.all(np.abs(got - want) <= tolerance * np.maximum(np.abs(want), 1e-3 if tolerance > 1e-12 else 0) + 1e-300):
        wrong.append(f"{kind}: {what}: got {got[:5]}, want {want[:5]}")


def refused(kind, what, run):
    """Input without a value is an error that says so, never a number or a crash."""
    counts[kind] += 1
    code, out, err = run
    if code not in (1, 2) or "panic" in err or "NaN" in out:
        wrong.append(f"{kind}: {what}: exit {code}, {out[:80]} {err[:80]}")


def rdm(g):
    n, d = g.integers(2, 9), g.integers(2, 30)
    x = g.integers(-512, 512, (n, d)) / 256
    if g.random() < 0.3:
        x = x.round()  # ties and zeros
    f, o = g.choice(FACTORS), g.choice(OFFSETS)
    angle = pdist(x, "correlation") if np.all(x.std(1) > 0) else None
    for metric, y, unit, want in (
            ("correlation", x * f, 1, angle), ("correlation", x + o, 1, angle),
            ("cosine", x * f, 1, pdist(x, "cosine") if np.all(np.abs(x).sum(1) > 0) else None),
            ("euclidean", x * f, f, pdist(x)), ("euclidean", x + o, 1, pdist(x)),
            ("sqeuclidean", x + o, 1, pdist(x, "sqeuclidean"))):
        out = f"{folder.name}/out.npy"
        run = realnet("rdm", "--in", save("x", y), "--metric", metric, "--format", "npy", "--out", out)
        what = f"{metric} of {n} x {d}, times {f:g}, plus {o:g}"
        if want is None:
            refused("rdm refused", what, run)
        elif run[0]:
            wrong.append(f"rdm: {what}: {run[2][:200]}")
        else:
            same("rdm " + metric, what, np.load(out) / unit, want, 1e-9)
    # Crossnobis of balanced folds, shifted exactly.
    folds = np.repeat(np.arange(3), n)
    names = np.tile(np.arange(n), 3)
    x = g.integers(-512, 512, (3 * n, d)) / 256
    for kind, values in (("names", names), ("folds", folds)):
        with open(f"{folder.name}/{kind}.txt", "w") as file:
            file.writelines(f"c{v}\n" for v in values)
    means = x.reshape(3, n, d)
    want = np.mean([[np.dot(means[a, i] - means[a, j], means[b, i] - means[b, j]) / d
                     for i in range(n) for j in range(i + 1, n)] for a, b in itertools.permutations(range(3), 2)], 0)
    out = f"{folder.name}/cv.npy"
    run = realnet("rdm", "--in", save("x", x + o), "--metric", "crossnobis", "--names", f"{folder.name}/names.txt",
                  "--folds", f"{folder.name}/folds.txt", "--format", "npy", "--out", out)
    if run[0]:
        wrong.append(f"crossnobis: {run[2][:200]}")
    else:
        same("rdm crossnobis", f"{n} x {d} plus {o:g}", np.load(out), want, 1e-9)


def rsa(g):
    n = g.integers(3, 9)
    pairs = n * (n - 1) // 2
    x, y = g.integers(0, 64, pairs) / 8, g.integers(0, 64, pairs) / 8
    if g.random() < 0.4:
        x, y = x.round(), (x + y).round()
    f, h, o = g.choice(FACTORS), g.choice(FACTORS), g.choice(OFFSETS)
    constant = np.ptp(x) == 0 or np.ptp(y) == 0
    for method, a, b, want in (
            ("spearman", x * f, y * h, lambda: stats.spearmanr(x, y)[0]), ("pearson", x * f, y * h, lambda: stats.pearsonr(x, y)[0]),
            ("pearson", x + o, y, lambda: stats.pearsonr(x, y)[0]), ("kendall", x * f, y * h, lambda: stats.kendalltau(x, y)[0]),
            ("cosine", x * f, y * h, lambda: x @ y / np.sqrt((x @ x) * (y @ y)))):
        run = realnet("rsa", "--model", save("a", a), "--brain", save("b", b), "--method", method, "--permutations", 0, "--json")
        what = f"{method} of {n} conditions, times {f:g} and {h:g}, plus {o:g}"
        if constant and method != "cosine":
            refused("rsa refused", what, run)
        elif run[0]:
            wrong.append(f"rsa: {what}: {run[2][:200]}")
        else:
            same("rsa " + method, what, json.loads(run[1])["results"][0]["value"], want(), 1e-10)
    x[0] = np.nan
    refused("rsa refused", "NaN", realnet("rsa", "--model", save("a", x), "--brain", save("b", y), "--json"))
    if n <= 6 and not constant:  # all permutations of labels
        x[0] = 1
        square = np.zeros((n, n))
        square[np.triu_indices(n, 1)] = x
        square += square.T
        null = [stats.pearsonr(square[np.ix_(p, p)][np.triu_indices(n, 1)], y)[0] for p in map(list, itertools.permutations(range(n)))]
        for alternative, side in (("two-sided", np.abs), ("greater", lambda v: v)):
            p = np.mean(side(np.array(null)) >= side(np.array(null[0])) - 1e-12)
            for method, a, b in (("pearson", x * f, y * h), ("pearson", x + o, y)):
                run = realnet("rsa", "--model", save("a", a), "--brain", save("b", b), "--method", method, "--permutations", 720,
                              "--alternative", alternative, "--json")
                same("rsa p", f"{n} conditions, times {f:g} and {h:g}, plus {o:g}", json.loads(run[1])["results"][0]["p"], p, 1e-12)


def flips(x, side):
    signs = np.array(list(itertools.product((1, -1), repeat=len(x))))
    sums = side(signs @ x)
    return np.mean(sums >= side(np.array([x.sum()]))[0] - 1e-9 * np.abs(x).sum())


def wilcoxon(d):
    d = d[d != 0]
    rank = stats.rankdata(np.abs(d))
    if len(d) == 0:
        return None
    signs = np.array(list(itertools.product((0, 1), repeat=len(d))))
    sums, at = signs @ rank, rank[d > 0].sum()
    return min(1, 2 * min(np.mean(sums <= at), np.mean(sums >= at)))


def tests(g):
    n = g.integers(2, 10)
    x = g.integers(-40, 60, n) / 16
    kind = g.integers(3)
    if kind == 1:
        x = x.round()
    f = g.choice(FACTORS)
    what = f"{n} subjects, times {f:g}: {x}"
    flat = np.ptp(x) == 0 and x[0] != 0
    run = realnet("stats", "--in", save("x", x * f), "--test", "ttest", "--json")
    if flat:
        refused("ttest refused", what, run)
    else:
        r = json.loads(run[1])
        t = stats.ttest_1samp(x, 0) if x.any() else (0, 1)
        same("ttest", what, [r["statistic"], r["p"]], [t[0], t[1]], 1e-9)
        r = json.loads(realnet("stats", "--in", save("x", x * f), "--test", "signflip", "--json")[1])
        same("signflip", what, [r["p"], r["p_max"]], [flips(x, np.abs)] * 2, 1e-12)
        if r["p"] < r["smallest_p"]:
            wrong.append(f"signflip: {what}: p {r['p']} below {r['smallest_p']}")
    run = realnet("stats", "--in", save("x", x * f), "--test", "wilcoxon", "--json")
    want = wilcoxon(x)
    if want is None:
        refused("wilcoxon refused", what, run)
    else:
        r = json.loads(run[1])
        same("wilcoxon", what, r["p"], want, 1e-12)
        same("wilcoxon smallest p", what, r["smallest_p"], 2.0 ** (1 - np.count_nonzero(x)), 1e-12)
    # Decimal accuracies against chance, and pairs: ties stay ties.
    tenths = g.integers(1, 10, n)
    want = wilcoxon((tenths - 5).astype(float))
    for name, args in (("chance", ["--in", save("x", tenths / 10), "--chance", 0.5]),
                       ("paired", ["--in", save("z", (tenths + 3) / 10), "--paired", save("y", np.full(n, 8) / 10)])):
        run = realnet("stats", *args, "--test", "wilcoxon", "--json")
        if want is None:
            refused("wilcoxon refused", f"{name} {tenths}", run)
        else:
            same("wilcoxon " + name, str(tenths), json.loads(run[1])["p"], want, 1e-12)
    # Nearly equal subjects: p is never below the smallest.
    y = 0.97 + g.choice([1e-3, 1e-6, 1e-8]) * g.random((n, 5))
    for test in ("signflip", "cluster", "tfce"):
        run = realnet("stats", "--in", save("x", y), "--test", test, "--json")
        r = json.loads(run[1])
        counts["smallest p"] += 1
        if min(np.min(r["p"]), np.min(r.get("p_max", 1)), *[c["p"] for c in r["clusters"]], 1) < r["smallest_p"]:
            wrong.append(f"{test}: {n} subjects of about .97: {r['p']} below {r['smallest_p']}")
    y = np.round(1024 * g.normal(size=(max(n, 4), 12))) / 1024  # sums that are equal stay so in MNE
    t, clusters, p, _ = mne.stats.permutation_cluster_1samp_test(
        y, threshold=stats.t.ppf(1 - 0.2 / 2, len(y) - 1), n_permutations=2 ** len(y), out_type="indices", seed=0)
    r = json.loads(realnet("stats", "--in", save("x", y * f), "--test", "cluster", "--threshold-p", 0.2, "--json")[1])
    want = sorted([int(c[0][0]), float(t[c].sum()), float(q)] for c, q in zip(clusters, p))
    same("cluster", what, [[c["start"], c["mass"], c["p"]] for c in r["clusters"]], want, 1e-9)
    y[0, 0] = np.nan
    refused("stats refused", "NaN", realnet("stats", "--in", save("x", y), "--test", "cluster", "--json"))


def toolbox(g):
    """Comparators and distances of rsatoolbox."""
    n, d = g.integers(4, 9), g.integers(3, 20)
    pairs = n * (n - 1) // 2
    x, y = g.random(pairs), g.random(pairs)
    if g.random() < 0.4:
        x, y = (4 * x).round() + 1, (4 * (x + y)).round() + 1
    if np.ptp(x) == 0 or np.ptp(y) == 0:
        return
    f, h = g.choice(FACTORS), g.choice(FACTORS)
    a, b = rsatoolbox.rdm.RDMs(x[None]), rsatoolbox.rdm.RDMs(y[None])
    for method, name in (("cosine", "cosine"), ("pearson", "corr"), ("spearman", "spearman"), ("kendall", "kendall"), ("tau-a", "tau-a"),
                         ("rho-a", "rho-a"), ("whitened-correlation", "corr_cov"), ("whitened-cosine", "cosine_cov")):
        run = realnet("rsa", "--model", save("a", x * f), "--brain", save("b", y * h), "--method", method, "--permutations", 0, "--json")
        what = f"{method} of {n} conditions, times {f:g} and {h:g}: {run[2][:100]}"
        same("rsatoolbox " + method, what, json.loads(run[1])["results"][0]["value"], rsatoolbox.rdm.compare(a, b, method=name), 1e-7)
    z = g.normal(size=(n, d))
    data = rsatoolbox.data.Dataset(z, obs_descriptors={"c": np.arange(n)})
    for metric, name in (("correlation", "correlation"), ("sqeuclidean", "euclidean")):
        out = f"{folder.name}/t.npy"
        run = realnet("rdm", "--in", save("x", z), "--metric", metric, "--per-feature", "--format", "npy", "--out", out)
        want = rsatoolbox.rdm.calc_rdm(data, method=name, descriptor="c").dissimilarities
        same("rsatoolbox " + metric, f"{n} x {d}: {run[2][:100]}", np.load(out), want, 1e-9)


def corrections(g):
    """p over points, corrected as statsmodels does."""
    x = g.normal(0.4, 1, (g.integers(4, 10), g.integers(2, 20))) * g.choice(FACTORS)
    for name, peer in (("holm", "holm"), ("bonferroni", "bonferroni"), ("fdr", "fdr_bh"), ("by", "fdr_by")):
        r = json.loads(realnet("stats", "--in", save("x", x), "--test", "ttest", "--correct", name, "--json")[1])
        same("statsmodels " + name, str(x.shape), r["p_adjusted"], multipletests(r["p"], method=peer)[1], 1e-12)


def pca(g):
    n, d = g.integers(3, 20), g.integers(2, 20)
    k = int(min(n - 1, d))
    x = g.integers(-512, 512, (n, d)) / 256
    f = g.choice([v for v in FACTORS if 1e-140 < v < 1e140])
    centred = x - x.mean(0)
    u, s, v = np.linalg.svd(centred, full_matrices=False)
    if s[k - 1] < 1e-3 * s[0]:
        return
    out = f"{folder.name}/pca{g.integers(1 << 40)}"
    run = realnet("pca", "--in", save("x", x * f), "--components", k, "--format", "npy", "--out", out)
    if run[0]:
        wrong.append(f"pca: {n} x {d}, times {f:g}: {run[2][:200]}")
        return
    same("pca scores", f"{n} x {d}, times {f:g}", np.abs(np.load(out + "/scores.npy")) / f, np.abs(u[:, :k] * s[:k]), 1e-4)
    same("sklearn explained variance", f"{n} x {d}, times {f:g}", np.load(out + "/explained.npy") / f**2, PCA(k, svd_solver="full").fit(x).explained_variance_, 1e-5)
    for v in (3.3, 0.1, 1e-170):
        refused("pca refused", f"constant {v}", realnet("pca", "--in", save("x", np.full((n, d), v)), "--components", 1, "--format", "npy", "--out", out + "c"))


for i in range(ROUNDS):
    for test in (rdm, rsa, tests, corrections, pca) + ((toolbox,) if rsatoolbox else ()):
        test(np.random.default_rng([SEED, i]))
for kind, n in sorted(counts.items()):
    print(f"{n:6d}  {kind}")
print(f"{sum(counts.values()):6d}  comparisons, {len(wrong)} wrong")
print("\n".join(wrong[:40]))
sys.exit(bool(wrong))
