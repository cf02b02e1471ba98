#!/usr/bin/env python3
"""Reference values of stages/analysis/bold from numpy 1.24 and scipy 1.10.

    /usr/bin/python3 ci/reference/bold.py

writes stages/analysis/bold/testdata/reference.json: a small run, and what each step
makes of it when written out with numpy.linalg.lstsq, scipy.stats.zscore,
scipy.signal.detrend and scipy.stats.gamma.
"""
import json
import os

import numpy as np
from scipy import signal, stats

OUT = os.path.join(os.path.dirname(__file__), "../../stages/analysis/bold/testdata")
rng = np.random.default_rng(2019)
T, V, TR = 72, 6, 2.0

motion = np.round(np.cumsum(rng.normal(0, 0.02, (T, 6)), 0), 5)
time = np.arange(T)
data = 900 + 60 * rng.normal(size=V) + np.outer(time, rng.normal(0, 0.4, V))
data += motion @ rng.normal(0, 25, (6, V)) + 8 * rng.normal(size=(T, V))
data[rng.integers(0, T, 4), rng.integers(0, V, 4)] += 120  # outliers
data = np.round(data, 2).astype(np.float32)

# 16 s of rest, 13 blocks of 8 s with one-back repeats, the rest of the run at rest.
order = "a b c c d a b b d c a d b".split()
events = [{"onset": 0.0, "duration": 16.0, "condition": "rest", "rest": True, "repeat": False}]
for i, c in enumerate(order):
    events.append({"onset": 16.0 + 8 * i, "duration": 8.0, "condition": c, "rest": False, "repeat": i > 0 and order[i - 1] == c})
events.append({"onset": 120.0, "duration": 24.0, "condition": "rest", "rest": True, "repeat": False})


def nuisance(n, degree, extra=None):
    x = np.linspace(-1, 1, n)
    columns = [x**k for k in range(degree + 1)]
    return np.column_stack(columns + ([extra] if extra is not None else []))


def residual(y, x):
    return y - x @ np.linalg.lstsq(x, y, rcond=None)[0]


def clip(y, k, rounds):
    y = y.copy()
    for _ in range(rounds):
        mu, sd = y.mean(0), y.std(0)
        y = np.clip(y, mu - k * sd, mu + k * sd)
    return y


def windows(drop, lag, repeats):
    rows, kept = [], []
    for e in events:
        if e["rest"] or (e["repeat"] and not repeats):
            continue
        a = int(round(e["onset"] / TR)) - drop + lag
        rows.append((a, a + int(round(e["duration"] / TR))))
        kept.append(e["condition"])
    return rows, kept


def average(y, rows):
    return np.array([y[a:b].mean(0) for a, b in rows])


def hrf(dt):
    t = np.arange(int(np.floor(32 / dt)) + 1) * dt
    h = stats.gamma.pdf(t, 6) - stats.gamma.pdf(t, 16) / 6
    return h / h.sum()


def regressor(chosen, start=0.0):
    dt = TR / 16
    shift = int(round(start / dt))
    box = np.zeros(T * 16 + shift)
    for e in chosen:
        box[int(round(e["onset"] / dt)) : int(round((e["onset"] + e["duration"]) / dt))] = 1
    return np.convolve(box, hrf(dt))[shift : T * 16 + shift : 16]


y = data.astype(np.float64)
ref = {"volumes": T, "voxels": V, "tr": TR, "data": data.ravel().tolist(), "motion": motion.ravel().tolist(), "events": events}

ref["residual_quadratic_motion"] = residual(y, nuisance(T, 2, motion)).ravel()
ref["detrended"] = signal.detrend(y, axis=0).ravel()
ref["zscore_ddof1"] = stats.zscore(y, axis=0, ddof=1).ravel()
ref["clipped_3sd_10_rounds"] = clip(y, 3, 10).ravel()
ref["hrf_dt_0.125"] = hrf(0.125)

# The presets on this run.
r = clip(residual(y[4:], nuisance(T - 4, 1, motion[4:])), 3, 10)
rows, kept = windows(4, 2, False)
ref["shen"], ref["shen_conditions"] = average(r, rows).ravel(), kept
d = signal.detrend(y[3:], axis=0) + y[3:].mean(0)
p = 100 * (d - d.mean(0)) / d.mean(0)
ref["horikawa"] = average(p, windows(3, 1, False)[0]).ravel()
z = stats.zscore(residual(y, nuisance(T, 1, motion)), axis=0)
ref["haxby"] = average(z, windows(0, 2, True)[0]).ravel()

# Percent of rest: rest events shifted by the lag of 2 volumes.
d = residual(y, nuisance(T, 1)) + y.mean(0)
rest = np.zeros(T, bool)
rest[2:10] = True
rest[62:72] = True
b = d[rest].mean(0)
ref["percent_rest"] = average(100 * (d - b) / b, windows(0, 2, True)[0]).ravel()

# GLMs with the joint design, which the package never builds.
names = ["a", "b", "c", "d"]
x = np.column_stack([regressor([e for e in events if e["condition"] == c]) for c in names])
full = np.column_stack([x, nuisance(T, 1, motion)])
ref["glm"] = np.linalg.lstsq(full[2:], y[2:], rcond=None)[0][:4].ravel()
trials = [e for e in events if not e["rest"]]
kept_trials = [i for i, e in enumerate(trials) if not e["repeat"]]
x = np.column_stack([regressor([e]) for e in trials])
full = np.column_stack([x, nuisance(T, 1, motion)])
ref["lsa"] = np.linalg.lstsq(full, y, rcond=None)[0][kept_trials].ravel()
repeats = [e for e in events if e["repeat"]]
x = np.column_stack([regressor([e for e in events if e["condition"] == c and not e["repeat"]]) for c in names] + [regressor(repeats)])
full = np.column_stack([x, nuisance(T, 1, motion)])
ref["glm_repeats_modelled"] = np.linalg.lstsq(full, y, rcond=None)[0][:4].ravel()

# Least squares separate: a model for each trial, all others as one regressor.
lss = []
for i in kept_trials:
    x = np.column_stack([regressor([trials[i]]), regressor([e for k, e in enumerate(trials) if k != i])])
    lss.append(np.linalg.lstsq(np.column_stack([x, nuisance(T, 1, motion)]), y, rcond=None)[0][0])
ref["lss"] = np.array(lss).ravel()

# Censored volumes are rows that every model does without; their trends keep their time.
censored = np.zeros(T, bool)
censored[[0, 20, 21, 42, 43, 44, 45, 71]] = True
ref["censored"] = [bool(c) for c in censored]
use = ~censored
x = np.column_stack([regressor([e], 1.0) for e in trials])
full = np.column_stack([x, nuisance(T, 1, motion)])
ref["lsa_censored"] = np.linalg.lstsq(full[use], y[use], rcond=None)[0][: len(trials)].ravel()
z = np.full(y.shape, np.nan)
z[use] = stats.zscore(residual(y[use], nuisance(T, 1, motion)[use]), axis=0)
rows, kept = windows(0, 2, True)
left = [(a, b) for a, b in rows if use[a:b].any()]
ref["haxby_censored"] = np.array([np.nanmean(z[a:b], 0) for a, b in left]).ravel()
ref["haxby_lost"] = len(rows) - len(left)

os.makedirs(OUT, exist_ok=True)
with open(os.path.join(OUT, "reference.json"), "w") as f:
    json.dump(ref, f, default=lambda a: [float(f"{v:.15g}") for v in a])
    f.write("\n")
