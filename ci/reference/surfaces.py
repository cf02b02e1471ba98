"""Fixtures of data/gifti and data/cifti: small files that nibabel writes (GIFTI of other forms are put together manually),
and the values that nibabel reads from them. Run from the repository's root; writes data/gifti/testdata/surfaces.zip and
data/cifti/testdata/surfaces.zip.
"""
import base64
import json
import os
import tempfile
import zipfile
import zlib

import nibabel as nib
import numpy as np
from nibabel import cifti2

rng = np.random.default_rng(11)


def write_zip(path, archive):
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as z:
        for name, content in sorted(archive.items()):
            z.writestr(zipfile.ZipInfo(name), content, zipfile.ZIP_DEFLATED)


# GIFTI manually: every encoding, type, byte order and index order.
archive, expected = {}, {}
TYPES = {"UINT8": "u1", "INT8": "i1", "INT16": "i2", "UINT16": "u2", "INT32": "i4", "UINT32": "u4", "INT64": "i8", "UINT64": "u8", "FLOAT32": "f4", "FLOAT64": "f8"}
external = b"skip"
for kind, dtype in TYPES.items():
    for encoding in ("ASCII", "Base64Binary", "GZipBase64Binary", "ExternalFileBinary"):
        for order in ("RowMajorOrder", "ColumnMajorOrder"):
            big = bool(rng.integers(2))
            shape = (5,) if rng.integers(3) == 0 else (5, 3)
            t = np.dtype(("<", ">")[big] + dtype)
            data = rng.normal(0, 50, shape).astype(t) if t.kind == "f" else rng.integers(0 if t.kind == "u" else -100, 100, shape).astype(t)
            npo = "C" if order[0] == "R" else "F"
            raw = data.tobytes(order=npo)
            attributes = f'Intent="NIFTI_INTENT_NONE" DataType="NIFTI_TYPE_{kind}" ArrayIndexingOrder="{order}" Dimensionality="{len(shape)}"'
            attributes += "".join(f' Dim{i}="{d}"' for i, d in enumerate(shape)) + f' Encoding="{encoding}" Endian="{"BigEndian" if big else "LittleEndian"}"'
            name = f"{kind}_{encoding}_{order}.gii"
            text = ""
            if encoding == "ASCII":
                if order[0] == "C" and len(shape) > 1:
                    continue  # nibabel 5.0 ignores the order of ASCII
                text = "\n".join(" ".join(repr(float(v)) if t.kind == "f" else str(int(v)) for v in row) for row in np.atleast_2d(data.astype(t.newbyteorder("="))))
                if len(shape) == 1:
                    text = text.replace(" ", "\n")
            elif encoding == "Base64Binary":
                text = base64.b64encode(raw).decode()
            elif encoding == "GZipBase64Binary":
                text = base64.b64encode(zlib.compress(raw)).decode()
                text = "\n  " + text[:10] + "\n" + text[10:] + "\n"
            else:
                if order[0] == "C" or big:
                    continue  # nibabel 5.0 maps external files in row-major order of this machine
                attributes += f' ExternalFileName="external.dat" ExternalFileOffset="{len(external)}"'
                external += raw
            archive[name] = (
                '<?xml version="1.0" encoding="UTF-8"?>\n<!DOCTYPE GIFTI SYSTEM "http://www.nitrc.org/frs/download.php/115/gifti.dtd">\n'
                f'<GIFTI Version="1.0" NumberOfDataArrays="1">\n<MetaData/>\n<LabelTable/>\n<DataArray {attributes} ><MetaData/><Data>{text}</Data></DataArray>\n</GIFTI>\n'
            ).encode()
archive["external.dat"] = external

# GIFTI as nibabel writes it: a time series, and regions with their names.
series = [nib.gifti.GiftiDataArray(rng.normal(size=12).astype("f4"), intent="NIFTI_INTENT_TIME_SERIES", datatype="NIFTI_TYPE_FLOAT32") for _ in range(4)]
img = nib.gifti.GiftiImage(darrays=series, meta=nib.gifti.GiftiMetaData({"AnatomicalStructurePrimary": "CortexLeft", "TimeStep": "1.5"}))
archive["series.func.gii"] = img.to_xml()
labels = nib.gifti.GiftiLabelTable()
for key, name in ((0, "???"), (7, "V1 & V2"), (9, "MT<+>")):
    label = nib.gifti.GiftiLabel(key=key, red=0.1, green=0.2, blue=0.3, alpha=1)
    label.label = name
    labels.labels.append(label)
values = rng.choice([0, 7, 9], 12).astype("i4")
img = nib.gifti.GiftiImage(labeltable=labels, darrays=[nib.gifti.GiftiDataArray(values, intent="NIFTI_INTENT_LABEL", datatype="NIFTI_TYPE_INT32")])
archive["regions.label.gii"] = img.to_xml()
with tempfile.TemporaryDirectory() as folder:
    for name, content in archive.items():
        with open(f"{folder}/{name}", "wb") as f:
            f.write(content)
    for name in archive:
        if not name.endswith(".gii"):
            continue
        im = nib.load(f"{folder}/{name}")
        expected[name] = {
            "shapes": [list(a.data.shape) for a in im.darrays],
            "values": [[float(v) for v in np.asarray(a.data).ravel()] for a in im.darrays],
            "structure": dict(im.meta).get("AnatomicalStructurePrimary", ""),
            "labels": [[l.key, l.label] for l in im.labeltable.labels],
        }
archive["expected.json"] = json.dumps(expected).encode()
write_zip("data/gifti/testdata/surfaces.zip", archive)

# CIFTI: series, scalars and labels over a cortex without its medial wall and some voxels.
archive, expected = {}, {}
left = cifti2.BrainModelAxis.from_mask(np.array([1, 1, 0, 1, 1, 1, 0, 1], bool), name="CORTEX_LEFT")
right = cifti2.BrainModelAxis.from_mask(np.array([0, 1, 1, 1, 1, 0, 1, 1], bool), name="CORTEX_RIGHT")
volume = np.zeros((3, 4, 2), bool)
volume[1, 2, :] = volume[0, 3, 1] = True
below = cifti2.BrainModelAxis.from_mask(volume, affine=np.diag([2.0, 2, 2, 1]), name="THALAMUS_LEFT")
brain = left + right + below
n = len(brain)


def keep(name, data, row_axis, axis=brain, dtype=np.float32):
    im = cifti2.Cifti2Image(data.astype(dtype), (row_axis, axis))
    with tempfile.TemporaryDirectory() as folder:
        nib.save(im, f"{folder}/{name}")
        archive[name] = open(f"{folder}/{name}", "rb").read()
        im = nib.load(f"{folder}/{name}")
        columns = im.header.get_axis(1)
        rows = im.header.get_axis(0)
        expected[name] = {
            "shape": list(im.shape),
            "values": [float(v) for v in np.asarray(im.dataobj, np.float64).ravel()],
            "structures": [str(s) for s in columns.name],
            "vertices": [int(v) for v in columns.vertex],
            "voxels": [[int(v) for v in ijk] for ijk in columns.voxel],
            "sizes": {str(k): int(v) for k, v in columns.nvertices.items()},
            "step": float(rows.step) if isinstance(rows, cifti2.SeriesAxis) else 0,
            "maps": [] if isinstance(rows, cifti2.SeriesAxis) else [str(s) for s in rows.name],
            "labels": [sorted([int(k), v[0]] for k, v in table.items()) for table in rows.label] if isinstance(rows, cifti2.LabelAxis) else [],
        }


keep("bold.dtseries.nii", rng.normal(size=(6, n)) * 100, cifti2.SeriesAxis(0, 0.72, 6))
keep("int.dtseries.nii", rng.integers(-500, 500, (3, n)), cifti2.SeriesAxis(10, 2.5, 3), dtype=np.int16)
keep("maps.dscalar.nii", rng.normal(size=(2, n)), cifti2.ScalarAxis(["curvature", "a < b"]))
table = {0: ("???", (1, 1, 1, 0)), 3: ("L_V1_ROI", (1, 0, 0, 1)), 8: ("R_V1_ROI", (0, 1, 0, 1))}
keep("regions.dlabel.nii", rng.choice([0, 3, 8], (1, n)), cifti2.LabelAxis(["parcels"], table))
keep("cortex.dlabel.nii", rng.choice([0, 3, 8], (1, len(left + right))), cifti2.LabelAxis(["parcels"], table), axis=left + right)
archive["expected.json"] = json.dumps(expected).encode()
write_zip("data/cifti/testdata/surfaces.zip", archive)
