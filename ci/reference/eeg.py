#!/usr/bin/python3
"""Values for stages/analysis/eeg: the multivariate noise normalisation of Gifford et al.
2022 as their paper and code describe it (covariance with Ledoit-Wolf shrinkage on
standardised channels, averaged, inverse square root), with scikit-learn and scipy.
Writes stages/analysis/eeg/testdata/mvnn.json. Run from the repository's root.
"""
import json

import numpy as np
import scipy.linalg
from sklearn.discriminant_analysis import _cov

rng = np.random.default_rng(5)
conditions, repetitions, channels, times = 3, 6, 4, 5
mix = rng.standard_normal((channels, channels)) + 2 * np.eye(channels)
x = np.float32(np.einsum("ij,crjt->crit", mix, rng.standard_normal((conditions, repetitions, channels, times)))).astype(float)

cov = lambda a: _cov(a, shrinkage="auto")
each = np.array([np.mean([cov(x[c, :, :, t]) for c in range(conditions)], 0) for t in range(times)])
sigma = dict(
    mean=each.mean(0),
    epoch=np.mean([cov(x[c, r].T) for c in range(conditions) for r in range(repetitions)], 0),
)
whiten = lambda s: np.real(scipy.linalg.fractional_matrix_power(s, -0.5))
out = dict(
    shape=list(x.shape), x=x, mean_sigma=sigma["mean"], epoch_sigma=sigma["epoch"], time_sigma=each,
    mean=np.einsum("ij,crjt->crit", whiten(sigma["mean"]), x),
    time=np.stack([np.einsum("ij,crj->cri", whiten(each[t]), x[..., t]) for t in range(times)], -1),
)
plain = {k: [float(f"{v:.11g}") for v in np.ravel(a)] if k != "shape" else a for k, a in out.items()}
json.dump(plain, open("stages/analysis/eeg/testdata/mvnn.json", "w"))
