"""Makes stages/fmri/testdata/betas.zip: estimates as SPM, FSL and nilearn leave them, and as volumes of one image with a
table, written with nibabel, scipy and pandas; and expected.json: rows (subset, run, condition) and the values that
nibabel reads in the region, without the voxels that are NaN somewhere or constant. Run from the repository's root.
"""
import json
import zipfile

import nibabel as nib
import numpy as np
import pandas as pd
import scipy.io
import io

OUT = "stages/fmri/testdata/betas.zip"
rng = np.random.default_rng(5)
SHAPE = (4, 3, 3)
AFFINE = np.diag([3.0, 3, 3, 1])
AFFINE[:3, 3] = -10, 5, 2
archive = {}
mask = np.zeros(SHAPE, np.uint8)
mask[1:3, 1:, 1] = 1
mask[0, 0, 2] = 1
region = [v for v in sorted(map(tuple, np.argwhere(mask)), key=lambda v: v[0] + 4 * (v[1] + 3 * v[2]))]


def save(name, data, description=""):
    im = nib.Nifti1Image(data, AFFINE)
    im.header["descrip"] = description.encode()[:79]
    archive[name] = im.to_bytes()


def values(name):
    im = nib.Nifti1Image.from_bytes(archive[name])
    return im.get_fdata().astype(np.float32)


def expect(rows):
    """rows: (subset, run, condition, values of a volume)."""
    matrix = np.array([[float(v[place]) for place in region] for *_, v in rows])
    keep = np.isfinite(matrix).all(0) & (np.ptp(np.nan_to_num(matrix), axis=0) > 0)
    return {
        "rows": [list(r[:3]) for r in rows],
        "voxels": [list(map(int, v)) for v, k in zip(region, keep) if k],
        "values": matrix[:, keep].tolist(),
    }


save("masks/sub-01_V1.nii", mask)
expected = {}

# SPM: two sessions of three conditions with a derivative, motion and constants; NaN outside of the brain.
names = []
for s in (1, 2):
    for c in ("faces", "houses", "tools x^1"):
        names += [f"Sn({s}) {c}*bf(1)", f"Sn({s}) {c}*bf(2)"]
    names += [f"Sn({s}) R{k}" for k in range(1, 7)]
names += ["Sn(1) constant", "Sn(2) constant"]
rows = []
for i, name in enumerate(names, 1):
    data = rng.normal(size=SHAPE).astype(np.float32)
    data[0, 0] = np.nan
    for folder in ("spm", "spm_without_mat"):
        save(f"{folder}/sub-01/beta_{i:04d}.nii", data, f"spm_spm:beta ({i:04d}) - {name}")
    if name.endswith("*bf(1)"):
        rows.append(("", int(name[3]), name[6:-6], values(f"spm/sub-01/beta_{i:04d}.nii")))
out = io.BytesIO()
scipy.io.savemat(out, {"SPM": {"xX": {"name": np.array(names, dtype=object).reshape(1, -1), "X": np.eye(3), "iC": 1.0}, "nscan": np.array([[10, 10]]), "SPMid": "SPM12"}}, do_compression=True)
archive["spm/sub-01/SPM.mat"] = out.getvalue()
expected["spm"] = expect(rows)

# FSL: a .feat folder a run with eleven contrasts, one of them a difference; 0 outside of the brain; scaled int16.
rows = []
contrasts = [f"c{k}" for k in range(1, 11)] + ["c1 > c2"]
for run in (1, 2):
    feat = f"fsl/sub-01/run{run}.feat/"
    text = "".join(f"/ContrastName{k}\t{c}\n" for k, c in enumerate(contrasts, 1))
    archive[feat + "design.con"] = (text + "/NumWaves\t11\n/NumContrasts\t11\n/Matrix\n1 0 0\n").encode()
    for k, c in enumerate(contrasts, 1):
        data = rng.normal(size=SHAPE) * 50
        data[2, 2] = 0
        im = nib.Nifti1Image(data, AFFINE)
        im.header.set_data_dtype(np.int16)
        archive[feat + f"stats/cope{k}.nii"] = im.to_bytes()
        if c != "c1 > c2":
            rows.append(("train" if run == 1 else "test", run, c, values(feat + f"stats/cope{k}.nii")))
expected["fsl"] = expect(rows)

# nilearn: save_glm_to_bids' names.
rows = []
for session in ("train1", "test1"):
    for run in (1, 2):
        for c in ("animate", "inanimate"):
            name = f"nilearn/sub-01/ses-{session}/sub-01_ses-{session}_task-view_run-{run}_contrast-{c}_stat-effect_statmap.nii"
            save(name, rng.normal(size=SHAPE))
            save(name.replace("stat-effect", "stat-t"), rng.normal(size=SHAPE))
for subset, session in (("train", "train1"), ("test", "test1")):
    for c in ("animate", "inanimate"):
        pass
    names = sorted(n for n in archive if f"ses-{session}" in n and "stat-effect" in n)
    for n in names:
        run = int(n.split("run-")[1][0])
        rows.append((subset, run + (0 if subset == "train" else 2), n.split("contrast-")[1].split("_")[0], values(n)))
expected["nilearn"] = expect(rows)

# Single trials: volumes of one image with a table, as GLMsingle and nilearn's LSS scripts leave them.
data = rng.normal(size=SHAPE + (9,)).astype(np.float32)
data[1, 1, 1] = 3
save("trials/sub-01_betas.nii", data)
table = pd.DataFrame({"condition": [f"img{k}" for k in (1, 2, 3, 1, 2, 3, 3, 2, 1)], "run": np.repeat([1, 2, 3], 3), "rt": rng.uniform(size=9)})
archive["trials/trials.csv"] = b"\xef\xbb\xbf" + table.to_csv(index=False).encode()
expected["trials"] = expect([("", int(r.run), r.condition, data[..., i]) for i, r in enumerate(table.itertuples())])

archive["expected.json"] = json.dumps(expected).encode()
with zipfile.ZipFile(OUT, "w", zipfile.ZIP_DEFLATED) as z:
    for name, content in sorted(archive.items()):
        z.writestr(zipfile.ZipInfo(name), content, zipfile.ZIP_DEFLATED)
