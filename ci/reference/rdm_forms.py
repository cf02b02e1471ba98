"""Makes pipeline/command/testdata/rdms/: one RDM of six named conditions in the forms that people have (numpy 1.24, scipy 1.10,
pandas 1.5, rsatoolbox 0.3), RDMs of several subjects and of several times as rsatoolbox saves them, and expected.json:
Spearman correlations with model.npy by scipy. The Parquet files are made of the same values by ci/interop/parquet.
Run from the repository root.
"""
import json
import os

import numpy as np
import pandas as pd
import scipy.io
import scipy.stats
from rsatoolbox.data import TemporalDataset
from rsatoolbox.rdm import RDMs, calc_rdm_movie
from scipy.spatial.distance import pdist, squareform

out = "pipeline/command/testdata/rdms"
os.makedirs(out, exist_ok=True)
r = np.random.default_rng(14)
names = ["face", "house", "cat", "shoe", "chair", "bottle"]
brain = pdist(r.normal(size=(6, 20)), "correlation")
model = pdist(r.normal(size=(6, 20)), "correlation")
np.save(f"{out}/model.npy", model)
with open(f"{out}/model.names.txt", "w") as f:
    f.write("\n".join(names) + "\n")
square = squareform(brain)
order = [3, 0, 5, 1, 4, 2]  # another order, with its names
turned, turned_names = square[np.ix_(order, order)], [names[i] for i in order]

np.save(f"{out}/condensed.npy", brain)
np.save(f"{out}/square.npy", square)
np.savez(f"{out}/square.npz", rdm=square)
np.save(f"{out}/mne_rsa.npy", brain[None, :])  # as mne_rsa stacks the RDMs of time points
scipy.io.savemat(f"{out}/square.mat", {"RDM": square, "label": "brain"})
scipy.io.savemat(f"{out}/condensed.mat", {"rdv": brain})
pd.DataFrame(turned, index=turned_names, columns=turned_names).to_csv(f"{out}/turned_pandas.csv")
RDMs(
    turned[np.triu_indices(6, 1)][None, :], dissimilarity_measure="correlation", descriptors={"session": "one"}, pattern_descriptors={"stimulus": turned_names}
).save(f"{out}/turned_rsatoolbox.h5", "hdf5", overwrite=True)

# Three subjects in two regions, and one subject at four times: labels as rsatoolbox has them.
subjects = np.stack([pdist(r.normal(size=(6, 20)), "correlation") for _ in range(6)])
RDMs(
    subjects,
    dissimilarity_measure="correlation",
    rdm_descriptors={"subject": ["S1", "S2", "S3"] * 2, "roi": ["V1"] * 3 + ["IT"] * 3},
    pattern_descriptors={"stimulus": names},
).save(f"{out}/subjects_rsatoolbox.h5", "hdf5", overwrite=True)
times = np.array([0.0, 0.1, 0.2, 0.3])
data = TemporalDataset(
    r.normal(size=(6, 9, 4)), descriptors={"subj": "S1"}, obs_descriptors={"stimulus": names}, time_descriptors={"time": times}
)
movie = calc_rdm_movie(data, method="euclidean", descriptor="stimulus")
sorted_names = [list(movie.pattern_descriptors["stimulus"]).index(name) for name in names]  # its conditions are in another order
movie.save(f"{out}/movie_rsatoolbox.h5", "hdf5", overwrite=True)
with open(f"{out}/expected.json", "w") as f:
    spearman = lambda x: scipy.stats.spearmanr(model, x).statistic
    json.dump(
        {
            "spearman": spearman(brain),
            "subjects": [spearman(x) for x in subjects],  # S1, S2, S3 of V1, then of IT
            "times": times.tolist(),
            "movie": [spearman(squareform(x)[np.ix_(sorted_names, sorted_names)][np.triu_indices(6, 1)]) for x in movie.dissimilarities],
        },
        f,
    )
