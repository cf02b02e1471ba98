"""Makes pipeline/command/testdata/rdms/: one RDM of six named conditions in the forms that people have (numpy 1.24, scipy 1.10,
pandas 1.5, h5py 3.7), and expected.json: its Spearman correlation with model.npy by scipy. rsatoolbox is not needed:
rdms_rsatoolbox.h5 has the layout that its RDMs.save(file, "hdf5") writes (dissimilarities, descriptors, pattern_descriptors).
Run from the repository root.
"""
import json
import os

import h5py
import numpy as np
import pandas as pd
import scipy.io
import scipy.stats
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
with h5py.File(f"{out}/turned_rsatoolbox.h5", "w") as f:
    f["dissimilarities"] = turned[np.triu_indices(6, 1)][None, :]
    f.attrs["dissimilarity_measure"] = "correlation"
    f.create_group("descriptors").attrs["session"] = "one"
    f.create_group("rdm_descriptors")["index"] = np.arange(1)
    d = f.create_group("pattern_descriptors")
    d["index"] = np.arange(6)
    d["stimulus"] = np.array(turned_names, dtype="S")
with open(f"{out}/expected.json", "w") as f:
    json.dump({"spearman": scipy.stats.spearmanr(model, brain).statistic}, f)
