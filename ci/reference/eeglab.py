#!/usr/bin/python3
"""Writes .set files with the fields of EEGLAB by scipy and says what MNE reads of them.

eeglab.py DIR
"""
import json
import os
import sys

import mne
import numpy as np
import scipy.io

mne.set_log_level("ERROR")
out = sys.argv[1]
rng = np.random.default_rng(5)


def structs(rows):
    a = np.empty((1, len(rows)), dtype=[(k, object) for k in rows[0]])
    for i, r in enumerate(rows):
        for k, v in r.items():
            a[k][0, i] = v
    return a


for k in range(6):
    channels, points, trials = 3 + k % 2, 10, 5
    data = (rng.standard_normal((channels, points, trials)) * 20).astype("f4")
    types = [["face", "house"][i % 2] if k % 3 else float(i % 2 + 1) for i in range(trials)]
    events = structs([{"type": t, "latency": float(i * points + 3), "epoch": float(i + 1), "urevent": float(i + 1)} for i, t in enumerate(types)])
    epochs = structs([{"event": float(i + 1), "eventtype": t, "eventlatency": 0.0, "eventurevent": float(i + 1)} for i, t in enumerate(types)])
    eeg = {
        "setname": "x", "filename": "", "filepath": "", "nbchan": float(channels), "trials": float(trials), "pnts": float(points), "srate": 100.0, "xmin": -0.02, "xmax": 0.07,
        "times": (np.arange(points) * 10.0 - 20)[None], "data": data, "chanlocs": structs([{"labels": "E%d" % (i + 1)} for i in range(channels)]),
        "event": events, "epoch": epochs, "urevent": events, "icawinv": np.zeros((0, 0)), "icaweights": np.zeros((0, 0)), "icasphere": np.zeros((0, 0)), "icachansind": np.zeros((0, 0)), "ref": "common",
    }
    path = os.path.join(out, "s%d.set" % k)
    if k % 2:
        data.transpose(2, 1, 0).tofile(path[:-4] + ".fdt")
        eeg["data"] = "s%d.fdt" % k
    scipy.io.savemat(path, {"EEG": eeg} if k < 4 else eeg, do_compression=bool(k % 2))
    r = mne.read_epochs_eeglab(path)
    back = {v: n for n, v in r.event_id.items()}
    print(json.dumps({"file": path, "channels": r.ch_names, "times": r.times.tolist(), "names": [back[c] for c in r.events[:, 2]], "values": r.get_data().ravel().tolist()}))
