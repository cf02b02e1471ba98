#!/usr/bin/python3
"""Writes epochs with MNE and says what MNE reads of them: a line of JSON a file.

fiff.py DIR SEED
"""
import json
import os
import sys

import mne
import numpy as np

mne.set_log_level("ERROR")
out, seed = sys.argv[1], int(sys.argv[2])
rng = np.random.default_rng(seed)
for k in range(14):
    n, t = int(rng.integers(3, 9)), int(rng.integers(4, 20))
    types = list(rng.choice(["eeg", "mag", "grad", "eog", "stim", "misc", "seeg", "ecog"], n))
    types[0] = "eeg"
    names = ["%s%03d" % ("LongChannelNameOfMany" if k % 3 == 0 else "CH", i) for i in range(n)]
    info = mne.create_info(names, float(rng.choice([100, 250, 500])), types)
    if k % 2:
        info["bads"] = [names[-1]]
    for c in info["chs"]:
        c["cal"] = float(np.float32(rng.choice([1.0, 1e-6, 0.5])))
    trials = int(rng.integers(3, 12))
    data = rng.standard_normal((trials, n, t)) * 1e-5
    ids = {"face/up": 3, "house:big": 5, "ünï": 7} if k % 4 == 0 else {"a": 1, "b": 2, "c": 4}
    codes = rng.choice(list(ids.values()), trials)
    codes[:3] = list(ids.values())
    events = np.c_[np.arange(trials) * 100, np.zeros(trials, int), codes]
    e = mne.EpochsArray(data, info, events, tmin=-0.2, event_id=ids, baseline=(None, None) if k % 5 == 0 else None)
    if k == 6:
        e.set_eeg_reference(projection=True)
    if k == 7:
        e.set_eeg_reference(projection=True).apply_proj()
    path = os.path.join(out, "s%02d-epo.fif" % k)
    e.save(path, fmt="double" if k % 2 else "single", split_size="2GB", overwrite=True)
    r = mne.read_epochs(path, proj=False)
    picks = mne.pick_types(r.info, meg=True, eeg=True, seeg=True, ecog=True, dbs=True, exclude="bads")
    back = {v: q for q, v in r.event_id.items()}
    print(json.dumps({
        "file": path, "channels": [r.ch_names[i] for i in picks], "rate": r.info["sfreq"], "times": r.times.tolist(), "names": [back[c] for c in r.events[:, 2]],
        "values": r.get_data()[:, picks].astype("f4").astype("f8").ravel().tolist(), "projections": sum(not p["active"] for p in r.info["projs"]),
    }))
# one that MNE splits
info = mne.create_info(8, 100.0, "eeg")
data = rng.standard_normal((3000, 8, 200)) * 1e-5
e = mne.EpochsArray(data, info, np.c_[np.arange(3000), np.zeros(3000, int), np.ones(3000, int)], event_id={"x": 1}, baseline=None)
path = os.path.join(out, "split-epo.fif")
e.save(path, split_size="10MB", overwrite=True)
r = mne.read_epochs(path, proj=False)
sample = [0, 1000, 2999]
print(json.dumps({"file": path, "channels": r.ch_names, "rate": 100.0, "times": r.times.tolist(), "names": ["x"] * 3000, "projections": 0,
                  "sample": sample, "values": r.get_data()[sample].astype("f4").astype("f8").ravel().tolist()}))
