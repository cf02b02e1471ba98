#!/usr/bin/python3
"""Fixtures of stages/analysis/decoding from scikit-learn (SVC is libsvm).

    [PYTHONPATH=<NeuroRA source>] /usr/bin/python3 ci/reference/analysis_svm.py

Writes testdata/svc.json: 1,000 two-class problems described by a seed that the
test regenerates (xorshift64*, below), with libsvm's predictions on the test
rows and its dual objective; testdata/lda.json; and testdata/recipes.json: both
decoding recipes on a small data set, written as the released scripts do them
(new random groups for each pair), averaged over many repeats; and, where NeuroRA
can be imported, testdata/neurora.json: the same data decoded by its own
eegRDM_bydecoding (commit f0c417bf76e302e599f55ac647b3096ca802821b).
"""
import contextlib
import io
import json
import os
import warnings

import numpy as np
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis
from sklearn.model_selection import StratifiedKFold
from sklearn.svm import SVC

OUT = os.path.join(os.path.dirname(__file__), "../../stages/analysis/decoding/testdata")
MASK = (1 << 64) - 1


class Stream:
    """xorshift64*; uniform doubles of 53 bits, a crude normal as a sum of 4."""

    def __init__(self, seed):
        self.s = (seed * 0x9E3779B97F4A7C15 + 0x1234567) & MASK or 1

    def uniform(self):
        s = self.s
        s ^= s >> 12
        s ^= (s << 25) & MASK
        s ^= s >> 27
        self.s = s
        return (((s * 0x2545F4914F6CDD1D) & MASK) >> 11) / 9007199254740992.0

    def normal(self):
        a = self.uniform()
        b = self.uniform()
        c = self.uniform()
        d = self.uniform()
        return (((a + b) + c) + d - 2.0) * 1.7320508075688772

    def below(self, n):
        return int(self.uniform() * n)


KINDS = ["noise", "shifted", "far", "rounded", "duplicated", "identical", "constant", "tiny", "large", "unequal"]


def problem(index):
    """rows of the two classes mixed, 8 test rows; kind = index % 10."""
    r = Stream(index + 1)
    kind = KINDS[index % 10]
    n0, n1 = 2 + r.below(15), 2 + r.below(15)
    d = 1 + r.below(20)
    if kind == "unequal":
        n0, n1 = 1, 1 + r.below(20)
    n, m = n0 + n1, 8
    shift = {"noise": 0.0, "far": 6.0}.get(kind, 0.6)
    mu = [shift * r.normal() for _ in range(d)]
    y = [0] * n0 + [1] * n1
    for i in range(n - 1, 0, -1):
        j = r.below(i + 1)
        y[i], y[j] = y[j], y[i]
    yt = [i % 2 for i in range(m)]
    x = np.array([[r.normal() + (mu[c] if label else 0.0) for c in range(d)] for label in y + yt])
    if kind == "rounded":
        x = np.floor(x)
    if kind == "duplicated":
        for i in range(1, n + m, 2):
            x[i] = x[i - 1]
    if kind == "identical":
        x[:] = x[0]
    if kind == "constant":
        x[:, 0] = 3.0
    if kind == "tiny":
        x = x * 0.0009765625
    if kind == "large":
        x = x * 16.0
    return kind, x[:n], np.array(y), x[n:]


def svc():
    rows = []
    for i in range(1000):
        kind, x, y, t = problem(i)
        m = SVC(kernel="linear", C=1, tol=1e-4)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            m.fit(x, y)
        a = m.dual_coef_[0]
        w = a @ x[m.support_]
        f = m.decision_function(t)
        rows.append([
            kind, "".join(str(v) for v in m.predict(t)),
            float("%.9g" % (0.5 * w @ w - np.abs(a).sum())), float("%.3g" % np.abs(f).min()), int(m.n_iter_[0]),
        ])
    write("svc.json", {"source": "sklearn.svm.SVC(kernel='linear', C=1, tol=1e-4)",
                       "columns": ["kind", "predictions", "objective", "nearest", "iterations"], "rows": rows})


def lda():
    rows = []
    for i in range(0, 60):
        kind, x, y, t = problem(i)
        if kind in ("identical", "unequal", "constant", "duplicated"):
            continue
        for shrinkage in (0.1, 0.5, 1.0, "auto"):
            m = LinearDiscriminantAnalysis(solver="lsqr", shrinkage=shrinkage).fit(x, y)
            rows.append([i, -1 if shrinkage == "auto" else shrinkage, [float("%.12g" % v) for v in m.decision_function(t)]])
    write("lda.json", {"source": "sklearn.discriminant_analysis.LinearDiscriminantAnalysis(solver='lsqr', shrinkage)",
                       "columns": ["problem", "shrinkage (-1: auto, Ledoit-Wolf)", "decision"], "rows": rows})


def epochs(conditions=4, repetitions=40, channels=5, times=7):
    """A pattern of its own for each condition, growing over time, in noise."""
    r = Stream(99)
    mu = [[r.normal() for _ in range(channels)] for _ in range(conditions)]
    return np.array([[[[r.normal() + 0.12 * t * mu[c][ch] for t in range(times)] for ch in range(channels)]
                      for _ in range(repetitions)] for c in range(conditions)])


def smooth(a, width):
    h = width // 2
    return np.array([a[max(0, t - h):t + h + 1].mean(0) for t in range(len(a))])


def lu(data, repeats, average=5, folds=4):
    rng = np.random.RandomState(0)
    n, reps, _, times = data.shape
    m = reps // average
    out = []
    for i in range(n):
        for j in range(i + 1, n):
            acc = np.zeros(times)
            for _ in range(repeats):
                x = np.concatenate([data[c][rng.permutation(reps)[:m * average]]
                                    .reshape(m, average, *data.shape[2:]).mean(1) for c in (i, j)])
                y = np.repeat([0, 1], m)
                for t in range(times):
                    k = StratifiedKFold(folds, shuffle=True, random_state=rng.randint(2**31))
                    acc[t] += np.mean([SVC(kernel="linear", tol=1e-4).fit(x[a, :, t], y[a]).score(x[b, :, t], y[b])
                                       for a, b in k.split(x[:, :, 0], y)])
            out.append(acc / repeats)
    return smooth(np.array(out).T, 5)


def gifford(data, repeats, average=4):
    rng = np.random.RandomState(1)
    n, reps, _, times = data.shape
    out = np.zeros((times, n * (n - 1) // 2))
    for _ in range(repeats):
        half = rng.permutation(reps)[:reps // 2]
        rest = np.delete(data, half, 1)
        m = rest.shape[1] // average
        train = rest[:, :m * average].reshape(n, m, average, *data.shape[2:]).mean(2)
        test = data[:, half].mean(1)
        p = 0
        for i in range(n):
            for j in range(i + 1, n):
                for t in range(times):
                    f = SVC(kernel="linear").fit(np.r_[train[i, :, :, t], train[j, :, :, t]], np.repeat([0, 1], m))
                    out[t, p] += f.score(np.array([test[i, :, t], test[j, :, t]]), [0, 1])
                p += 1
    return out / repeats


def recipes():
    d = epochs()
    rows = [["lu", 300, lu(d, 300).round(5).tolist()], ["gifford", 1000, gifford(d, 1000).round(5).tolist()]]
    write("recipes.json", {"source": "scikit-learn, the released recipes", "shape": d.shape,
                           "columns": ["recipe", "repeats", "accuracy: times x pairs"], "rows": rows})


def neurora(repeats=300):
    try:
        from neurora.rdm_cal import eegRDM_bydecoding
    except ImportError:
        print("NeuroRA cannot be imported: neurora.json is kept")
        return
    d = epochs()
    np.random.seed(0)
    with contextlib.redirect_stdout(io.StringIO()):
        rdm = eegRDM_bydecoding(d[:, None], time_win=1, time_step=1, navg=5, nfolds=4, nrepeats=repeats)[0]
    i, j = np.triu_indices(d.shape[0], 1)
    write("neurora.json", {"source": "NeuroRA, eegRDM_bydecoding(navg=5, nfolds=4), smoothed over 5 samples", "shape": d.shape,
                           "columns": ["recipe", "repeats", "accuracy: times x pairs"],
                           "rows": [["lu", repeats, rdm[:, i, j].round(5).tolist()]]})


def write(name, value):
    os.makedirs(OUT, exist_ok=True)
    rows = value.pop("rows")
    with open(os.path.join(OUT, name), "w") as f:
        head = json.dumps(value)[:-1]
        f.write(head + ', "rows": [\n' + ",\n".join(json.dumps(r) for r in rows) + "\n]}\n")


if __name__ == "__main__":
    svc()
    lda()
    recipes()
    neurora()
