"""Makes stages/fmri/testdata/fmriprep.zip: a small dataset as fMRIPrep leaves it (raw events, derivatives in two spaces,
confounds, brain masks, a segmentation), written with nibabel and pandas, and expected.json: the patterns that numpy
makes of it. Run from the repository's root.

Expected are, per model, the rows (run, onset, condition) and the pattern of each voxel of the regions: ordinary least
squares with constant, linear trend and confounds, on z-scored residuals, without the censored volumes.
"""
import io
import json
import tempfile
import zipfile

import nibabel as nib
import numpy as np
import pandas as pd
from nibabel import cifti2
from scipy import stats

OUT = "stages/fmri/testdata/fmriprep.zip"
rng = np.random.default_rng(22)
SHAPE, T, TR = (5, 4, 3), 60, 1.5
AFFINE = np.array([[-2.5, 0.1, 0, 40], [0.1, 2.4, 0.2, -30], [0, -0.2, 2.6, 10], [0, 0, 0, 1.0]])
archive = {}


def image(name, data, affine=AFFINE, tr=None):
    im = nib.Nifti1Image(data, affine)
    if tr:
        im.header.set_zooms(im.header.get_zooms()[:3] + (tr,))
        im.header.set_xyzt_units("mm", "sec")
    archive[name] = im.to_bytes()


def text(name, value):
    archive[name] = value.encode() if isinstance(value, str) else value


atlas = np.zeros(SHAPE, np.int32)
atlas[0:2, 0:2, 1] = 1021  # 4 voxels
atlas[3, 0:3, 1] = 2021  # 3
atlas[1, 3, 0:3] = 11157  # 3
image("derivatives/fmriprep/sub-01/anat/sub-01_space-MNI152NLin2009cAsym_desc-aparcaseg_dseg.nii", atlas)
image("derivatives/fmriprep/sub-01/anat/sub-01_desc-aparcaseg_dseg.nii", np.roll(atlas, 1, 0))
text(
    "derivatives/fmriprep/desc-aparcaseg_dseg.tsv",
    "index\tname\tcolor\n0\tUnknown\t#000000\n1021\tctx-lh-pericalcarine\t#78643c\n2021\tctx-rh-pericalcarine\t#78643c\n"
    "11157\tctx_lh_S_temporal_sup\t#ffffff\n5\tLeft-Inf-Lat-Vent\t#c43afa\n",
)
text("LUT.txt", "#No. Label Name: R G B A\n0 Unknown 0 0 0 0\n1021 ctx-lh-pericalcarine 120 100 60 0\n2021 ctx-rh-pericalcarine 120 100 60 0\n11157 ctx_lh_S_temporal_sup 1 2 3 0\n")
image("rois/sub-01_early.nii", (np.isin(atlas, (1021, 2021))).astype(np.float32) * 0.5)
image("rois/sub-01_STS.nii", (atlas == 11157).astype(np.uint8))
image("other/shifted.nii", atlas, AFFINE + np.array([[0, 0, 0, 2], [0] * 4, [0] * 4, [0] * 4]))
image("other/cut.nii", atlas[:4])
text("dataset_description.json", json.dumps({"Name": "raw", "BIDSVersion": "1.8.0", "DatasetType": "raw", "Authors": "one"}))
text("task-view_bold.json", json.dumps({"RepetitionTime": TR, "TaskName": "view"}))
text(
    "derivatives/fmriprep/dataset_description.json",
    json.dumps({"Name": "fMRIPrep - fMRI PREProcessing workflow", "BIDSVersion": "1.4.0", "DatasetType": "derivative", "GeneratedBy": [{"Name": "fMRIPrep"}]}),
)
brain = np.ones(SHAPE, np.uint8)
brain[0, 0, 1] = 0  # in the atlas, outside of the brain

runs = []
for run in (1, 2):
    stem = f"sub-01/func/sub-01_task-view_run-{run}_"
    deriv = "derivatives/fmriprep/" + stem
    conditions = list("abcabc" if run == 1 else "cbacba")
    onsets = np.round(6 + 12 * np.arange(6) + rng.uniform(0, 2, 6), 2)
    events = pd.DataFrame({"onset": onsets, "duration": 3.0, "trial_type": conditions})
    text(stem + "events.tsv", events.to_csv(sep="\t", index=False, na_rep="n/a"))
    motion = np.cumsum(rng.normal(0, 0.02, (T, 6)) * [1, 1, 1, 0.02, 0.02, 0.02], 0)
    motion[30:, 0] += 0.8  # a jolt
    names = ["trans_x", "trans_y", "trans_z", "rot_x", "rot_y", "rot_z"]
    table = pd.DataFrame(rng.normal(size=(T, 3)), columns=["global_signal", "csf", "white_matter"])
    for i, n in enumerate(names):
        table[n] = motion[:, i]
    for n in names:
        table[n + "_derivative1"] = table[n].diff()
        table[n + "_power2"] = table[n] ** 2
        table[n + "_derivative1_power2"] = table[n + "_derivative1"] ** 2
    d = table[names].diff().abs()
    table["framewise_displacement"] = d.iloc[:, :3].sum(axis=1, min_count=3) + 50 * d.iloc[:, 3:].sum(axis=1, min_count=3)
    for k in range(6):
        table[f"a_comp_cor_{k:02d}"] = rng.normal(size=T)
    for k in range(3):
        table[f"cosine{k:02d}"] = np.cos(np.pi * (np.arange(T) + 0.5) * (k + 1) / T)
    text(deriv + "desc-confounds_timeseries.tsv", table.to_csv(sep="\t", index=False, na_rep="n/a"))
    table = pd.read_csv(io.BytesIO(archive[deriv + "desc-confounds_timeseries.tsv"]), sep="\t", na_values="n/a")
    data = (800 + 40 * rng.normal(size=SHAPE)[..., None] + 5 * rng.normal(size=SHAPE + (T,))).astype(np.float32)
    data += (20 * motion[:, 0]).astype(np.float32)
    data[3, 2, 1] = 640  # constant, in the atlas
    for space in ("MNI152NLin2009cAsym", "T1w"):
        image(deriv + f"space-{space}_desc-preproc_bold.nii", data if space.startswith("MNI") else data[::-1], tr=TR)
        image(deriv + f"space-{space}_desc-brain_mask.nii", brain)
        text(deriv + f"space-{space}_desc-preproc_bold.json", json.dumps({"SkullStripped": False, "StartTime": 0.75} if run == 1 else {"SkullStripped": False, "RepetitionTime": TR, "StartTime": 0.75}))
    runs.append((data, events, table))


def hrf(dt):
    t = np.arange(int(np.floor(32 / dt)) + 1) * dt
    h = stats.gamma.pdf(t, 6) - stats.gamma.pdf(t, 16) / 6
    return h / h.sum()


def regressor(onset, duration, start=0.75):
    dt = TR / 16
    shift = int(round(start / dt))
    box = np.zeros(T * 16 + shift)
    a = int(round(onset / dt))
    box[a : max(a + 1, int(round((onset + duration) / dt)))] = 1
    return np.convolve(box, hrf(dt))[shift : T * 16 + shift : 16]


def model(estimate, columns, scrub, voxels):
    rows, patterns = [], []
    for run, (data, events, table) in enumerate(runs, 1):
        y = data[tuple(np.array(voxels).T)].T.astype(np.float64)  # T x voxels
        use = ~(table["framewise_displacement"].fillna(0).to_numpy() > scrub) if scrub else np.ones(T, bool)
        c = table[columns].to_numpy()
        c[0] = np.where(np.isnan(c[0]), c[1], c[0])
        n = np.column_stack([np.ones(T), np.linspace(-1, 1, T), c])[use]
        r = y[use] - n @ np.linalg.lstsq(n, y[use], rcond=None)[0]
        z = r / r.std(0)
        x = np.column_stack([regressor(e.onset, e.duration) for e in events.itertuples()])[use]
        if estimate == "lsa":
            b = np.linalg.lstsq(np.column_stack([x, n]), z, rcond=None)[0][: x.shape[1]]
        elif estimate == "lss":
            b = []
            for k in range(x.shape[1]):
                others = np.delete(x, k, 1).sum(1)
                b.append(np.linalg.lstsq(np.column_stack([x[:, k], others, n]), z, rcond=None)[0][0])
        else:
            full = np.full((T, y.shape[1]), np.nan)
            full[use] = z
            b = []
            for e in events.itertuples():
                a = int(np.floor(e.onset / TR + 0.5)) + 3
                b.append(np.nanmean(full[a : a + 2], 0))
        rows += [[run, e.onset, e.trial_type] for e in events.itertuples()]
        patterns += [list(map(float, p)) for p in b]
    return {"rows": rows, "patterns": patterns}


# Columns in the order of the program: ascending index x + nx (y + ny z).
def order(mask):
    return [v for v in sorted(map(tuple, np.argwhere(mask)), key=lambda v: v[0] + SHAPE[0] * (v[1] + SHAPE[1] * v[2]))]


usable = (brain > 0) & ~((np.indices(SHAPE) == np.array([3, 2, 1]).reshape(3, 1, 1, 1)).all(0))
voxels = order((atlas > 0) & usable)
names = ["trans_x", "trans_y", "trans_z", "rot_x", "rot_y", "rot_z"]
motion24 = names + [n + e for e in ("_derivative1", "_power2", "_derivative1_power2") for n in names]
acompcor = [f"a_comp_cor_{k:02d}" for k in range(5)]
cosine = [f"cosine{k:02d}" for k in range(3)]
# The same series on surfaces: those of the voxels at some vertices of both hemispheres, noise at the others.
half = len(voxels) // 2
at = {"L": [2, 5, 7, 11, 13, 17][:half], "R": [0, 3, 8, 14, 15, 19][: len(voxels) - half]}
sizes = {"L": 20, "R": 22}
of = {"L": voxels[:half], "R": voxels[half:]}
regions = {"L": {3: "V1", 4: "V2"}, "R": {3: "V2", 9: "V1"}}  # one value, two names
values = {h: np.zeros(sizes[h], np.int32) for h in "LR"}
values["L"][at["L"][:2]], values["L"][at["L"][2:]] = 3, 4
values["R"][at["R"][:1]], values["R"][at["R"][1:]] = 3, 9


def gifti(name, arrays, intent, dtype, hemisphere, table=None):
    meta = nib.gifti.GiftiMetaData({"AnatomicalStructurePrimary": {"L": "CortexLeft", "R": "CortexRight"}[hemisphere]})
    labels = nib.gifti.GiftiLabelTable()
    for key, text_ in {0: "???", **(table or {})}.items():
        label = nib.gifti.GiftiLabel(key=key, red=0.1, green=0.2, blue=0.3, alpha=1)
        label.label = text_
        labels.labels.append(label)
    darrays = [nib.gifti.GiftiDataArray(a.astype(dtype), intent=intent, datatype="NIFTI_TYPE_" + {"f4": "FLOAT32", "i4": "INT32"}[dtype]) for a in arrays]
    archive[name] = nib.gifti.GiftiImage(darrays=darrays, meta=meta, labeltable=labels).to_xml()


masks = {"L": np.ones(sizes["L"], bool), "R": np.ones(sizes["R"], bool)}
masks["L"][[0, 1, 19]] = masks["R"][[1, 21]] = False  # the medial wall
columns = cifti2.BrainModelAxis.from_mask(masks["L"], name="CORTEX_LEFT") + cifti2.BrainModelAxis.from_mask(masks["R"], name="CORTEX_RIGHT")
thalamus = np.zeros(SHAPE, bool)
thalamus[2, 2, :] = True
below = cifti2.BrainModelAxis.from_mask(thalamus, affine=AFFINE, name="THALAMUS_LEFT")


def cifti(name, data, rows, columns):
    im = cifti2.Cifti2Image(data, (rows, columns))
    im.update_headers()
    with tempfile.TemporaryDirectory() as folder:
        nib.save(im, f"{folder}/x.{name.split('.', 1)[1]}")
        archive[name] = open(f"{folder}/x.{name.split('.', 1)[1]}", "rb").read()


for run, (data, _, _) in enumerate(runs, 1):
    deriv = f"derivatives/fmriprep/sub-01/func/sub-01_task-view_run-{run}_"
    matrix = {}
    for h in "LR":
        matrix[h] = (500 + 10 * rng.normal(size=(T, sizes[h]))).astype(np.float32)
        for vertex, voxel in zip(at[h], of[h]):
            matrix[h][:, vertex] = data[voxel]
        gifti(deriv + f"hemi-{h}_space-fsaverage5_bold.func.gii", list(matrix[h]), "NIFTI_INTENT_TIME_SERIES", "f4", h)
    text(deriv + "space-fsaverage5_bold.json", json.dumps({"RepetitionTime": TR, "StartTime": 0.75}))
    text(deriv + "space-fsLR_den-91k_bold.json", json.dumps({"StartTime": 0.75}))
    whole = np.concatenate([matrix["L"][:, masks["L"]], matrix["R"][:, masks["R"]], data[thalamus].T], 1)
    cifti(deriv + "space-fsLR_den-91k_bold.dtseries.nii", whole, cifti2.SeriesAxis(0, TR, T), columns + below)
for h in "LR":
    gifti(f"surf/{'lh' if h == 'L' else 'rh'}.areas.label.gii", [values[h]], "NIFTI_INTENT_LABEL", "i4", h, regions[h])
    gifti(f"surf/sub-01_hemi-{h}_V2.shape.gii", [np.isin(values[h], [k for k, v in regions[h].items() if v == "V2"]) * 0.7], "NIFTI_INTENT_SHAPE", "f4", h)
gifti("surf/coarse.L.label.gii", [np.ones(7)], "NIFTI_INTENT_LABEL", "i4", "L", {1: "V1"})
areas = np.concatenate([values["L"][masks["L"]], values["R"][masks["R"]] + np.where(values["R"][masks["R"]] > 0, 100, 0)])
table = {0: ("???", (0, 0, 0, 0)), 3: ("V1", (1, 0, 0, 1)), 4: ("V2", (0, 1, 0, 1)), 103: ("V2", (0, 1, 0, 1)), 109: ("V1", (1, 0, 0, 1))}
cifti("surf/areas.dlabel.nii", areas[None].astype(np.float32), cifti2.LabelAxis(["areas"], table), columns)
v1 = [i for i, (h, v) in enumerate([(h, v) for h in "LR" for v in at[h]]) if regions[h][int(values[h][v])] == "V1"]

expected = {
    "surface": {"vertices": at["L"] + at["R"], "V1": v1, "all": int(sum(sizes.values())), "grayordinates": int(len(columns) + len(below))},
    "voxels": [list(map(int, v)) for v in voxels],
    "early": [i for i, v in enumerate(voxels) if atlas[v] in (1021, 2021)],
    "sts": [i for i, v in enumerate(voxels) if atlas[v] == 11157],
    "brain": len(order(usable)),
    "models": {
        "lsa": model("lsa", names, 0, voxels),
        "lss": model("lss", names + ["csf", "white_matter"], 0, voxels),
        "motion24": model("lsa", motion24, 0, voxels),
        "acompcor": model("lsa", acompcor + cosine, 0.5, voxels),
        "average": model("average", names, 0.5, voxels),
    },
}
archive["expected.json"] = json.dumps(expected).encode()
with zipfile.ZipFile(OUT, "w", zipfile.ZIP_DEFLATED) as z:
    for name, content in sorted(archive.items()):
        z.writestr(zipfile.ZipInfo(name), content, zipfile.ZIP_DEFLATED)
