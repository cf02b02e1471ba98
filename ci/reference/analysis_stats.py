#!/usr/bin/python3
"""Fixtures of stages/analysis/inference from scipy, statsmodels, MNE and NeuroRA.

    /usr/bin/python3 ci/reference/analysis_stats.py [neurora/stuff.py]

NeuroRA is not packaged: give the path of neurora/stuff.py of its public
repository (github.com/ZitongLu1996/NeuroRA, MIT), else neurora.json is kept.
"""
import contextlib
import io
import itertools
import json
import os
import sys
import warnings

import mne
import numpy as np
from scipy import sparse, stats
from scipy.stats import _resampling
from statsmodels.stats.multitest import multipletests

mne.set_log_level("error")
warnings.simplefilter("ignore")
OUT = os.path.join(os.path.dirname(__file__), "../../stages/analysis/inference/testdata")
SIDES = ("two-sided", "greater", "less")


def r(x, digits=12):
    return [float(f"%.{digits}g" % v) for v in np.ravel(x)]


def write(name, value):
    os.makedirs(OUT, exist_ok=True)
    with open(os.path.join(OUT, name), "w") as f:
        json.dump(value, f)
        f.write("\n")


def tails():
    t = [[x, df, *r([stats.t.sf(x, df), stats.t.ppf(1 - 1 / (x + 2), df)])]
         for df in (1, 2, 5, 19, 100) for x in (0.0, 0.5, 2.0, 8.0, 40.0)]
    z = [[x, *r(stats.norm.sf(x))] for x in (-3.0, 0.0, 1.0, 5.0, 10.0, 30.0)]
    return {"t": t, "normal": z}


def rank_sum(d, zeros):
    """scipy's statistic: the ranks of the positive differences."""
    if zeros == "wilcox":
        d = d[d != 0]
    rank = stats.rankdata(np.abs(d))
    return rank[d > 0].sum() + (rank[d == 0].sum() / 2 if zeros == "zsplit" else 0)


def wilcoxon(x, side, zeros, correction):
    """scipy 1.13's rule, which this scipy may not have yet: without ties and zeros
    exact up to 50; with them all sign patterns up to 13; else approximate."""
    tied = len(set(np.abs(x))) < len(x) or 0 in x
    w = stats.wilcoxon(x, alternative=side, zero_method=zeros, correction=correction,
                       method="exact" if not tied and len(x) <= 50 else "approx")
    if not tied or len(x) > 13:
        return float(w[0]), float(w[1])
    p = stats.permutation_test((x,), lambda d: rank_sum(d, zeros), permutation_type="samples", vectorized=False,
                               n_resamples=np.inf, alternative=side).pvalue
    return float(w[0]), float(p)


def univariate():
    g = np.random.RandomState(0)
    rows = []
    for n in (2, 3, 7, 12, 30, 60):
        for kind in ("normal", "shifted", "ties", "zeros"):
            x = g.normal(size=n) + (0.8 if kind != "normal" else 0)
            if kind == "ties":
                x = np.round(x * 2) / 2 + 0.25
            if kind == "zeros":
                x = np.round(x * 2) / 2
            if np.ptp(x) == 0 or not x.any():
                continue
            row = {"x": x.tolist(), "ttest": [], "wilcoxon": [], "interval": []}
            for side in SIDES:
                a = stats.ttest_1samp(x, 0, alternative=side)
                row["ttest"].append([float(a[0]), float(a[1])])
                for zeros in ("wilcox", "pratt", "zsplit"):
                    for correction in (False, True):
                        row["wilcoxon"].append([side, zeros, correction, *wilcoxon(x, side, zeros, correction)])
            row["interval"] = r(stats.t.interval(0.9, n - 1, x.mean(), stats.sem(x)))
            boot = np.array([g.choice(x, n).mean() for _ in range(400)])
            row["boot"] = boot.tolist() if n == 12 else []
            if n == 12:
                row["percentile"] = r(np.percentile(boot, [5, 95]))
                a1, a2 = _resampling._bca_interval((x,), np.mean, -1, 0.05, boot, None)[:2]
                row["bca"] = r(np.percentile(boot, [100 * float(a1), 100 * float(a2)]))
            rows.append(row)
    return rows


def corrections():
    g = np.random.RandomState(1)
    rows = []
    for m in (1, 2, 10, 40):
        p = g.uniform(size=m) ** 3
        if m == 10:
            p[3] = p[7]
        rows.append({"p": p.tolist(), **{k: r(multipletests(p, method=k)[1])
                                         for k in ("bonferroni", "holm", "fdr_bh", "fdr_by")}})
    return rows


def clusters():
    """Exact sign flips of 8 subjects, so that p has no chance in it."""
    g = np.random.RandomState(3)
    grid = mne.stats.combine_adjacency(5, 6)
    rows = []
    for case in range(6):
        x = g.normal(size=(8, 30))
        x = x + 1.2 * np.roll(x, 1, 1)
        x[:, 8:14] += (0.9, -0.9, 0)[case % 3]
        x = x.round(4)
        tests = []
        for tail, side in ((0, "two-sided"), (1, "greater"), (-1, "less")):
            for name, adjacency in (("line", None), ("grid", grid)):
                threshold = stats.t.ppf(1 - 0.05 / (2 if tail == 0 else 1), 7)
                t, c, p, _ = mne.stats.permutation_cluster_1samp_test(
                    x, threshold=-threshold if tail < 0 else threshold, tail=tail, adjacency=adjacency,
                    n_permutations=2**9, out_type="indices", seed=0)
                tests.append([side, name, sorted([sorted(int(k) for k in np.ravel(i[0])), float(q), float(t[i[0]].sum())]
                                                 for i, q in zip(c, p))])
        tfce = []
        # Without an adjacency MNE 1.3 takes every extent of a line for 1.
        line = sparse.diags([1, 1], [-1, 1], (30, 30)).tocoo()
        for name, adjacency in (("line", line), ("grid", grid)):
            # h_power 0 weighs every threshold by 1, which is e(h)^E without h.
            _, _, p, _ = mne.stats.permutation_cluster_1samp_test(
                x, threshold=dict(start=0.1, step=0.1, h_power=0), adjacency=adjacency, n_permutations=2**9, seed=0)
            scores = mne.stats.cluster_level._find_clusters(
                t, dict(start=0.1, step=0.1, h_power=0), 0,
                mne.stats.cluster_level._setup_adjacency(adjacency, 30, 1))[1]
            tfce.append([name, r(scores), r(p)])
        # MNE's permutation_t_test leaves the identity out; all flips by numpy.
        flips = np.array(list(itertools.product((1, -1), repeat=8)))
        ts = np.array([stats.ttest_1samp(x * k[:, None], 0)[0] for k in flips])
        pmax = {side: r([(f(ts).max(1) >= v - 1e-9).mean() for v in f(t)])
                for side, f in (("two-sided", np.abs), ("greater", lambda v: v), ("less", lambda v: -v))}
        rows.append({"x": x.ravel().tolist(), "t": r(t), "tests": tests, "tfce": tfce, "max": pmax})
    return rows


def neurora(path):
    source = open(path).read()
    start = source.index("' a function for getting the 1-D & 1-sided cluster-index information '")
    scope = {"np": np, "ttest_1samp": stats.ttest_1samp, "ttest_rel": stats.ttest_rel,
             "show_progressbar": lambda *a: None}
    exec(source[start:source.index("' a function for getting the 2-D & 1-sided")], scope)
    a = source.index("' a function for 1-sample & 1-sided cluster based permutation test for 1-D")
    b = source.index("' a function for 1-sample & 1-sided cluster based permutation test for 2-D")
    exec(source[a:b], scope)
    g = np.random.RandomState(4)
    rows = []
    for case in range(16):
        n = 10
        e = g.normal(size=(n, 40))
        for t in range(1, 40):
            e[:, t] = 0.9 * e[:, t - 1] + np.sqrt(1 - 0.81) * e[:, t]
        x = e.round(3)
        x[:, 10:15] += (0, 0.8, -0.8, 0.4)[case % 4]
        y = (g.normal(size=(n, 40)) * (case % 2)).round(3)
        np.random.seed(case)
        with contextlib.redirect_stdout(io.StringIO()):
            if case % 2:
                ps = scope["clusterbased_permutation_1d_2sided"](x, y, iter=500)
            else:
                ps = scope["clusterbased_permutation_1d_1samp_2sided"](x, iter=500)
        rows.append({"x": x.ravel().round(3).tolist(), "y": y.ravel().tolist(), "labels": [int(v) for v in ps]})
    return rows


if __name__ == "__main__":
    write("tails.json", tails())
    write("univariate.json", univariate())
    write("corrections.json", corrections())
    write("clusters.json", clusters())
    if len(sys.argv) > 1:
        write("neurora.json", neurora(sys.argv[1]))
