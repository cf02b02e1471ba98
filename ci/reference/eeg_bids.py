#!/usr/bin/python3
"""Writes a continuous recording of BIDS-EEG as EEGLAB has it (.set by scipy, events.tsv and channels.tsv by pandas), an
epoched one with events beside it, and one with epochs marked as bad; says what MNE makes of the continuous one: epochs of
events_from_annotations, without baseline, of the channels that are good EEG.

eeg_bids.py DIR
"""
import json
import os
import sys

import mne
import numpy as np
import pandas as pd
import scipy.io

mne.set_log_level("ERROR")
out = sys.argv[1]
rng = np.random.default_rng(8)


def structs(rows):
    a = np.empty((1, len(rows)), dtype=[(k, object) for k in rows[0]])
    for i, r in enumerate(rows):
        for k, v in r.items():
            a[k][0, i] = v
    return a


def write(path, data, rate, xmin, epoch=None, **more):
    channels, points = data.shape[:2]
    trials = data.shape[2] if data.ndim == 3 else 1
    labels = structs([{"labels": name} for name in ["Oz", "POz", "VEOG", "O1"]])
    eeg = {
        "setname": "x", "filename": "", "filepath": "", "nbchan": float(channels), "trials": float(trials), "pnts": float(points), "srate": rate, "xmin": xmin,
        "xmax": xmin + (points - 1) / rate, "times": (np.arange(points) / rate * 1000 + xmin * 1000)[None], "data": data, "chanlocs": labels,
        "event": structs([{"type": "x", "latency": 1.0, "urevent": 1.0}]), "epoch": np.zeros((0, 0)) if epoch is None else epoch, "urevent": np.zeros((0, 0)),
        "icawinv": np.zeros((0, 0)), "icaweights": np.zeros((0, 0)), "icasphere": np.zeros((0, 0)), "icachansind": np.zeros((0, 0)), "ref": "common", **more,
    }
    scipy.io.savemat(path, {"EEG": eeg})


# Continuous.
at = os.path.join(out, "sub-01", "eeg")
os.makedirs(at)
rate, points = 250.0, 5000
data = (rng.standard_normal((4, points)) * 20).astype("f4")
write(f"{at}/sub-01_task-view_eeg.set", data, rate, 0.0)
onsets = np.sort(rng.choice(np.arange(100, 4700, 37), 24, replace=False)) / rate + rng.uniform(-0.0015, 0.0015, 24)
shown = [["face.jpg", "house.jpg", "cat.jpg"][i % 3] for i in range(24)]
table = pd.DataFrame({"onset": onsets, "duration": 0.2, "trial_type": ["shown"] * 24, "stim_file": shown})
table.loc[24] = [19.0, 0.0, "response", "n/a"]
table.to_csv(f"{at}/sub-01_task-view_events.tsv", sep="\t", index=False, na_rep="n/a")
pd.DataFrame({"name": ["Oz", "POz", "VEOG", "O1"], "type": ["EEG", "EEG", "VEOG", "EEG"], "units": "uV", "status": ["good", "good", "good", "bad"]}).to_csv(
    f"{at}/sub-01_task-view_channels.tsv", sep="\t", index=False
)
raw = mne.io.read_raw_eeglab(f"{at}/sub-01_task-view_eeg.set", preload=True)
raw.set_annotations(mne.Annotations(table.onset[:24], 0.0, shown))
events, ids = mne.events_from_annotations(raw)
epochs = mne.Epochs(raw, events, ids, tmin=-0.1, tmax=0.3, baseline=None, picks=["Oz", "POz"], preload=True)
back = {v: k for k, v in ids.items()}

# Epoched, with events beside it; and with marks.
x = (rng.standard_normal((4, 10, 4)) * 20).astype("f4")
epoch = structs([{"event": float(i + 1), "eventtype": "stim", "eventlatency": 0.0} for i in range(4)])
at = os.path.join(out, "sub-02", "eeg")
os.makedirs(at)
write(f"{at}/sub-02_task-view_eeg.set", x, 100.0, -0.02, epoch)
pd.DataFrame({"onset": [1.0, 2.0, 3.0, 4.0], "duration": 0.1, "trial_type": ["a", "b", "a", "b"]}).to_csv(f"{at}/sub-02_task-view_events.tsv", sep="\t", index=False)
marks = {"rejmanual": np.array([[0.0, 0, 0, 1]]), "rejthresh": np.zeros((0, 0)), "rejmanualE": np.zeros((4, 4))}
at = os.path.join(out, "sub-03", "eeg")
os.makedirs(at)
epoch["eventtype"][0, 1] = epoch["eventtype"][0, 3] = "other"
write(f"{at}/sub-03_task-view_eeg.set", x, 100.0, -0.02, epoch, reject=marks)

print(json.dumps({
    "names": [back[c] for c in epochs.events[:, 2]], "channels": epochs.ch_names, "times": epochs.times.tolist(), "values": epochs.get_data().ravel().tolist(),
    "epoched": (x.transpose(2, 0, 1) * 1e-6).ravel().tolist(),
}))
