#!/usr/bin/python3
"""Fixtures of stages/analysis/rdm, compare and dimensions.

    PYTHONPATH=<rsatoolbox source> /usr/bin/python3 ci/reference/analysis_rdm.py

Made with numpy 1.24.2, scipy 1.10.1, scikit-learn 1.2.1, statsmodels 0.13.5 and
rsatoolbox at commit f1f83cadb7243492a1aae7460466e0f0140b20ac (its Cython engine
built with Cython 0.29.32). NeuroRA at f0c417bf76e302e599f55ac647b3096ca802821b
calls scipy's spearmanr, pearsonr and kendalltau on the upper triangles and
1 - pearsonr of the patterns, so scipy's values here are its values. Without
rsatoolbox the script stops: its values are part of the fixtures.

kriegeskorte.json holds only numbers derived from the real RDMs in
../shared/realdata/kriegeskorte2008 ($REALNET_REALDATA).
"""
import json
import os
import warnings

import numpy as np
import scipy.io
from scipy.optimize import nnls
from scipy.spatial.distance import pdist, squareform
from scipy.stats import kendalltau, pearsonr, rankdata, spearmanr

import rsatoolbox
from rsatoolbox.data import (Dataset, cov_from_residuals, prec_from_residuals,
                             prec_from_unbalanced)
from rsatoolbox.inference import boot_noise_ceiling
from rsatoolbox.model import ModelWeighted
from rsatoolbox.model.fitter import fit_regress_nn
from rsatoolbox.rdm import RDMs, calc_rdm, calc_rdm_unbalanced, compare
from rsatoolbox.rdm.compare import _get_v

warnings.simplefilter("ignore")
HERE = os.path.dirname(os.path.abspath(__file__))
OUT = os.path.join(HERE, "../../stages/analysis")
REAL = os.environ.get("REALNET_REALDATA", os.path.join(HERE, "../../../shared/realdata"))


def save(name, obj):
    path = os.path.join(OUT, name)
    os.makedirs(os.path.dirname(path), exist_ok=True)

    def plain(o):
        if isinstance(o, np.ndarray):
            return o.tolist()
        if isinstance(o, np.generic):
            return o.item()
        raise TypeError(type(o))

    with open(path, "w") as f:
        json.dump(obj, f, default=plain, separators=(",", ":"))
        f.write("\n")


def values(rdms):
    return rdms.get_vectors()[0]


def distances():
    rng = np.random.default_rng(1)
    x = np.round(rng.normal(2, 1, (8, 11)), 6)
    counts = rng.poisson(4, (8, 11)).astype(float)
    res = np.round(rng.normal(0, 1, (30, 11)) @ rng.normal(0, 1, (11, 11)) / 3 + rng.normal(0, 1, (30, 11)), 6)
    out = {"x": x, "counts": counts, "residuals": res, "metrics": {}, "per_feature": {}, "precision": {}}
    for m in ("correlation", "cosine", "euclidean", "sqeuclidean"):
        out["metrics"][m] = pdist(x, m)
    prec = prec_from_residuals(res, method="shrinkage_diag")
    out["metrics"]["mahalanobis"] = pdist(x, "mahalanobis", VI=prec)
    for ours, theirs in (("shrinkage-diag", "shrinkage_diag"), ("shrinkage-eye", "shrinkage_eye"), ("diag", "diag"), ("full", "full")):
        out["precision"][ours] = prec_from_residuals(res, method=theirs).ravel()
    ds = Dataset(x)
    out["per_feature"]["euclidean"] = values(calc_rdm(ds, "euclidean"))
    out["per_feature"]["mahalanobis"] = values(calc_rdm(ds, "mahalanobis", noise=prec))
    out["metrics"]["poisson"] = values(calc_rdm(Dataset(counts), "poisson"))
    assert np.allclose(values(calc_rdm(ds, "correlation")), out["metrics"]["correlation"], rtol=1e-10)

    # Observations: 5 conditions x 3 folds, balanced; then some left out.
    pattern = rng.normal(0, 1, (5, 7))
    cond = np.tile(np.arange(5), 6)
    fold = np.repeat(np.arange(3), 10)
    obs = np.round(pattern[cond] + rng.normal(0, 1, (30, 7)), 6)
    ocounts = rng.poisson(3 + 2 * np.exp(pattern[cond] / 2)).astype(float)
    names, folds = [f"c{c}" for c in cond], [f"run{f}" for f in fold]
    od = {"condition": names, "fold": folds}
    d = Dataset(obs, obs_descriptors=od)
    oprec = prec_from_unbalanced(d, "condition")
    cv = {"x": obs, "counts": ocounts, "names": names, "folds": folds, "precision": oprec.ravel()}
    cv["crossnobis"] = values(calc_rdm(d, "crossnobis", "condition", cv_descriptor="fold"))
    cv["crossnobis_noise"] = values(calc_rdm(d, "crossnobis", "condition", noise=oprec, cv_descriptor="fold"))
    # calc_rdm_poisson_cv keeps its last fold only: the mean is taken with each
    # fold named last once.
    last = []
    for k in range(3):
        renamed = [("z" if f == k else "a") + str(f) for f in fold]
        dk = Dataset(ocounts, obs_descriptors={"condition": names, "fold": renamed})
        last.append(values(calc_rdm(dk, "poisson_cv", "condition", cv_descriptor="fold")))
    cv["poisson_cv"] = np.mean(last, 0)
    out["balanced"] = cv
    keep = np.array([0, 1, 2, 3, 4, 5, 7, 8, 10, 11, 12, 13, 16, 17, 18, 20, 22, 23, 24, 26, 29])
    du = Dataset(obs[keep], obs_descriptors={"condition": [names[i] for i in keep], "fold": [folds[i] for i in keep]})
    out["unbalanced"] = {
        "keep": keep,
        "crossnobis": values(calc_rdm_unbalanced(du, "crossnobis", "condition", cv_descriptor="fold")),
        "crossnobis_noise": values(calc_rdm_unbalanced(du, "crossnobis", "condition", noise=oprec, cv_descriptor="fold")),
    }
    save("rdm/testdata/rdm.json", out)


def residual(v, z):
    z = np.column_stack([np.ones(len(v)), z])
    return v - z @ np.linalg.lstsq(z, v, rcond=None)[0]


def similarities():
    rng = np.random.default_rng(2)
    n, pairs = 9, 36
    base = rng.gamma(2, 1, pairs)
    x = np.round(base + rng.normal(0, 0.6, pairs), 3)
    y = np.round(base + rng.normal(0, 0.6, pairs), 0)  # ties
    w = np.round(base + rng.normal(0, 0.6, pairs) * 2, 0)
    z = np.round(rng.normal(0, 1, (3, pairs)) + 0.5 * base, 3)
    subjects = np.round(base + rng.normal(0, 1, (5, pairs)), 2)
    a = rng.normal(0, 1, (n, n))
    sigma = np.round(a @ a.T / n + np.eye(n), 6)
    cases = {}
    for name, (u, v) in {"x-y": (x, y), "y-w": (y, w), "x-x": (x, x)}.items():
        c = {
            "pearson": pearsonr(u, v)[0], "spearman": spearmanr(u, v)[0], "kendall": kendalltau(u, v)[0],
            "tau-a": compare(u, v, "tau-a")[0, 0], "rho-a": compare(u, v, "rho-a")[0, 0],
            "cosine": compare(u, v, "cosine")[0, 0],
            "whitened-cosine": compare(u, v, "cosine_cov")[0, 0],
            "whitened-correlation": compare(u, v, "corr_cov")[0, 0],
        }
        assert abs(compare(u, v, "spearman")[0, 0] - c["spearman"]) < 1e-12
        assert abs(compare(u, v, "kendall")[0, 0] - c["kendall"]) < 1e-12
        # With a covariance between conditions rsatoolbox solves V x = d by
        # conjugate gradients to 1e-5; here V, from rsatoolbox, is solved exactly.
        vm = _get_v(n, sigma).toarray()
        for key, (p, q) in {"sigma-cosine": (u, v), "sigma-correlation": (u - u.mean(), v - v.mean())}.items():
            ip = lambda s, t: s @ np.linalg.solve(vm, t)
            c[key] = ip(p, q) / np.sqrt(ip(p, p) * ip(q, q))
            theirs = compare(u, v, {"sigma-cosine": "cosine_cov", "sigma-correlation": "corr_cov"}[key], sigma_k=sigma)[0, 0]
            assert abs(theirs - c[key]) < 1e-4, (theirs, c[key])
        cases[name] = c
    rk = rankdata
    zr = np.column_stack([rk(v) for v in z])
    partial = {
        "pearson": pearsonr(residual(x, z.T), residual(y, z.T))[0],
        "spearman": pearsonr(residual(rk(x), zr), residual(rk(y), zr))[0],
        "semi-pearson": pearsonr(residual(x, z.T), y)[0],
        "semi-spearman": pearsonr(residual(rk(x), zr), rk(y))[0],
    }
    rdms = RDMs(subjects)
    ceilings = {}
    for ours, theirs in (("pearson", "corr"), ("spearman", "spearman"), ("kendall", "kendall"), ("tau-a", "tau-a"), ("rho-a", "rho-a"),
                         ("cosine", "cosine"), ("whitened-cosine", "cosine_cov"), ("whitened-correlation", "corr_cov")):
        ceilings[ours] = boot_noise_ceiling(rdms, theirs)
    grouped = RDMs(subjects, rdm_descriptors={"subject": ["a", "a", "b", "c", "c"]})
    ceilings["spearman-grouped"] = boot_noise_ceiling(grouped, "spearman", "subject")
    # Non-negative weights of three model RDMs; the second is pulled below zero.
    models = np.vstack([z[0], -base + rng.normal(0, 0.3, pairs), z[2]])
    weighted = {"models": models}
    for ours, theirs in (("cosine", "cosine"), ("pearson", "corr")):
        weighted[ours] = fit_regress_nn(ModelWeighted("m", models), RDMs(subjects), method=theirs, normalize=False)
    target = (subjects / np.sqrt((subjects**2).mean(1, keepdims=True))).mean(0)
    assert np.allclose(nnls(models.T, target)[0], weighted["cosine"])
    big = np.round(rng.normal(0, 1, 500), 1)
    big2 = np.round(big + rng.normal(0, 1, 500), 1)
    save("compare/testdata/compare.json", {
        "n": n, "x": x, "y": y, "w": w, "z": z, "sigma": sigma.ravel(), "subjects": subjects,
        "cases": cases, "partial": partial, "ceilings": ceilings, "weighted": weighted,
        "big": {"x": big, "y": big2, "kendall": kendalltau(big, big2)[0], "tau-a": compare(big[:496], big2[:496], "tau-a")[0, 0]},
    })


def kriegeskorte():
    """Numbers derived from the real RDMs; the RDMs themselves are not stored."""
    folder = os.path.join(REAL, "kriegeskorte2008")
    sessions = scipy.io.loadmat(os.path.join(folder, "92_brainRDMs.mat"))["RDMs"][0]
    mats = [[np.asarray(sessions[s, k]["RDM"].item() if sessions[s, k]["RDM"].dtype == object else sessions[s, k]["RDM"], float)
             for k in range(2)] for s in range(4)]
    tri = np.array([[m[np.triu_indices(92, 1)] for m in s] for s in mats])
    group = scipy.io.loadmat(os.path.join(folder, "Kriegeskorte_Neuron2008_supplementalData.mat"))["RDMs_mIT_hIT_fig1"][0]
    named = {str(np.squeeze(g["name"])): np.squeeze(np.asarray(g["RDM"], float)) for g in group}
    flat = {k: (v[np.triu_indices(92, 1)] if v.ndim == 2 else v) for k, v in named.items()}
    mit, hit = (flat[next(k for k in flat if k.startswith(p))] for p in ("mIT", "hIT"))
    out = {"names": list(named), "reliability": {}, "human_monkey": {}, "group_is_mean_of_sessions": np.abs(tri.mean((0, 1)) - hit).max()}
    for ours, f in (("spearman", lambda a, b: spearmanr(a, b)[0]), ("pearson", lambda a, b: pearsonr(a, b)[0]), ("kendall", lambda a, b: kendalltau(a, b)[0])):
        out["reliability"][ours] = [f(s[0], s[1]) for s in tri]
        out["human_monkey"][ours] = f(hit, mit)
    out["human_monkey"]["tau-a"] = compare(hit, mit, "tau-a")[0, 0]
    out["human_monkey"]["whitened-correlation"] = compare(hit, mit, "corr_cov")[0, 0]
    subjects = RDMs(tri.mean(1))
    out["ceilings"] = {o: boot_noise_ceiling(subjects, t) for o, t in
                       (("spearman", "spearman"), ("pearson", "corr"), ("cosine", "cosine"), ("whitened-correlation", "corr_cov"))}
    per_session = RDMs(tri.reshape(8, -1), rdm_descriptors={"subject": [i // 2 for i in range(8)]})
    out["ceilings"]["spearman-grouped"] = boot_noise_ceiling(per_session, "spearman", "subject")
    save("compare/testdata/kriegeskorte.json", out)


if __name__ == "__main__":
    distances()
    similarities()
    kriegeskorte()
