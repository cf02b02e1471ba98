#!/usr/bin/env python3
"""Fixtures of data/nifti: small files written with nibabel (5.0.0) and the values
that nibabel reads from them.

    /usr/bin/python3 ci/reference/nifti.py

writes data/nifti/testdata/*.nii[.gz], *.hdr/*.img and expected.json.
"""
import gzip
import json
import os
import warnings

import nibabel as nib
import numpy as np

warnings.simplefilter("ignore")
OUT = os.path.join(os.path.dirname(__file__), "../../data/nifti/testdata")
SHAPE = (5, 4, 3, 6)
AFFINE = np.array([[-2.9, 0.1, 0.2, 30], [0.15, 3.1, -0.3, -40.5], [0.05, 0.25, 3.3, 12.25], [0, 0, 0, 1]])
rng = np.random.default_rng(20240714)
expected = {}


def record(name, path=None):
    im = nib.load(os.path.join(OUT, path or name))
    data = np.asarray(im.dataobj, dtype=np.float64)
    flat = data.ravel(order="F")
    zooms = im.header.get_zooms()
    expected[name] = {
        "shape": list(data.shape),
        "dtype": str(im.header.get_data_dtype().newbyteorder("=")),
        "sum": float(np.sum(data, dtype=np.float64)),
        "first": flat[:4].tolist(),
        "last": flat[-4:].tolist(),
        "affine": im.affine.tolist(),
        "tr": float(zooms[3]) if len(zooms) > 3 else 0,
        "extensions": [[e.get_code(), len(e.get_content())] for e in im.header.extensions],
        "version": 2 if isinstance(im, (nib.Nifti2Image, nib.Nifti2Pair)) else 1,
    }


def values(dtype, shape=SHAPE):
    dtype = np.dtype(dtype)
    if dtype.kind == "f":
        return (rng.normal(0, 1000, shape)).astype(dtype)
    info = np.iinfo(dtype)
    lo, hi = max(info.min, -(2**52)), min(info.max, 2**52)
    return rng.integers(lo, hi, shape, dtype=np.int64, endpoint=True).astype(dtype)


def save(name, data, cls=nib.Nifti1Image, affine=AFFINE, big=False, scale=None, edit=None, zooms=True):
    header = cls.header_class(endianness=">" if big else "<")
    header.set_data_dtype(data.dtype)
    im = cls(data, affine, header)
    if zooms and data.ndim > 3:
        im.header.set_zooms(tuple(im.header.get_zooms()[:3]) + (2.5,))
        im.header.set_xyzt_units("mm", "sec")
    if scale:
        im.header.set_slope_inter(*scale)
    if edit:
        edit(im)
    path = os.path.join(OUT, name)
    if name.endswith(".gz"):  # no file name and no time in the gzip header
        raw = im.to_bytes()
        with open(path, "wb") as f, gzip.GzipFile("", "wb", 6, f, mtime=0) as z:
            z.write(raw)
    else:
        nib.save(im, path)
    record(name)


os.makedirs(OUT, exist_ok=True)
for t in "int8 uint8 int16 uint16 int32 uint32 int64 uint64 float32 float64".split():
    save(f"{t}.nii.gz", values(t))
save("plain.nii", values("int16"))
save("big_int16.nii", values("int16"), big=True)
save("big_float64.nii", values("float64", (3, 3, 2)), big=True)
save("big_int32.nii.gz", values("int32"), big=True)
save("nifti2.nii.gz", values("int16"), cls=nib.Nifti2Image)
save("nifti2_big.nii", values("float32", (3, 4, 2)), cls=nib.Nifti2Image, big=True)
save("volume.nii", values("float32", (4, 3, 2)))
save("five.nii.gz", values("int16", (2, 3, 2, 3, 2)), zooms=False)
save("flat.nii", values("int16", (4, 3)), zooms=False)


def scaled(slope, inter):
    """Stored numbers are kept; nibabel reads slope*v + inter."""

    def edit(path):
        with open(path, "r+b") as f:
            f.seek(112)
            f.write(np.array([slope, inter], "<f4").tobytes())

    return edit


for name, slope, inter in [("scaled.nii", 0.37, -12.5), ("slope_zero.nii", 0, 5), ("slope_nan.nii", np.nan, np.nan), ("slope_one.nii", 1, 0)]:
    save(name, values("int16"))
    scaled(slope, inter)(os.path.join(OUT, name))
    record(name)


def qform_only(im):
    im.header.set_sform(None, code=0)
    im.header.set_qform(AFFINE, code=1, strip_shears=True)


def qform_flipped(im):
    im.header.set_sform(None, code=0)
    im.header.set_qform(np.diag([-2.0, -3, 4, 1]) + np.array([[0, 0, 0, 7]] * 3 + [[0, 0, 0, 0]]), code=1)


def no_form(im):
    im.header.set_sform(None, code=0)
    im.header.set_qform(None, code=0)


save("qform.nii", values("int16", (5, 4, 3)), edit=qform_only, affine=None)
save("qform_flip.nii", values("int16", (5, 4, 3)), edit=qform_flipped, affine=None)
save("qform_180.nii", values("int16", (5, 4, 3)), affine=None,
     edit=lambda im: (im.header.set_sform(None, code=0), im.header.set_qform(np.diag([-1.0, 1, -1, 1]), code=1)))
save("noform.nii", values("int16", (5, 4, 3)), edit=no_form, affine=None)
save("extension.nii.gz", values("int16"),
     edit=lambda im: im.header.extensions.extend([nib.nifti1.Nifti1Extension("comment", b"hello"), nib.nifti1.Nifti1Extension("afni", b"x" * 40)]))

pair = nib.Nifti1Pair(values("int16"), AFFINE)
pair.header.set_zooms(tuple(pair.header.get_zooms()[:3]) + (2.5,))
nib.save(pair, os.path.join(OUT, "pair.hdr"))
record("pair.hdr", "pair.img")
expected["pair.img"] = expected["pair.hdr"]

# Types without one real value: the reader must refuse them.
save("complex64.nii", values("float32", (2, 2, 2)).astype(np.complex64))
del expected["complex64.nii"]
rgb = np.zeros((2, 2, 2), dtype=[("R", "u1"), ("G", "u1"), ("B", "u1")])
nib.save(nib.Nifti1Image(rgb, np.eye(4)), os.path.join(OUT, "rgb.nii"))

with open(os.path.join(OUT, "expected.json"), "w") as f:
    json.dump(expected, f, indent=1, sort_keys=True)
    f.write("\n")

# Files that lie or break off, with the error (a sentinel of the package) that each
# must give.
HOSTILE = os.path.join(OUT, "hostile")
os.makedirs(HOSTILE, exist_ok=True)
good = open(os.path.join(OUT, "plain.nii"), "rb").read()
good2 = gzip.decompress(open(os.path.join(OUT, "nifti2.nii.gz"), "rb").read())
gz = open(os.path.join(OUT, "int16.nii.gz"), "rb").read()


def patch(raw, at, value):
    raw = bytearray(raw)
    raw[at : at + len(value)] = value
    return bytes(raw)


def pack(raw):
    return gzip.compress(raw, 9, mtime=0)


def packer(dtype):
    return lambda *values: np.array(values, dtype).tobytes()


i2, i4, i8, f4 = packer("<i2"), packer("<i4"), packer("<i8"), packer("<f4")
hostile = {
    "empty.nii": (b"", "ErrNotNIfTI"),
    "short.nii": (good[:200], "ErrNotNIfTI"),
    "text.nii": (b"onset\tduration\n" * 40, "ErrNotNIfTI"),
    "analyze.nii": (patch(good, 344, b"\0\0\0\0"), "ErrNotNIfTI"),
    "magic2.nii": (patch(good2, 4, b"n+1\0"), "ErrNotNIfTI"),
    "header2_short.nii": (good2[:400], "ErrTruncated"),
    "data_short.nii": (good[:-1], "ErrTruncated"),
    "data_none.nii": (good[:352], "ErrTruncated"),
    "gz_header.nii.gz": (gz[:6], "ErrTruncated"),
    "gz_short_header.nii.gz": (gz[:60], "ErrTruncated"),
    "gz_short_data.nii.gz": (gz[:-200], "ErrTruncated"),
    "gz_no_checksum.nii.gz": (gz[:-8], "ErrTruncated"),
    "gz_checksum.nii.gz": (patch(gz, len(gz) - 8, b"\1\2\3\4"), "ErrCorrupt"),
    "gz_flipped.nii.gz": (patch(gz, len(gz) // 2, bytes(8 * [0xFF])), "ErrCorrupt"),
    "gz_garbage.nii.gz": (gz[:10] + b"\xff" * 100, "ErrCorrupt"),
    "dim0_zero.nii": (patch(good, 40, i2(0)), "ErrHeader"),
    "dim0_eight.nii": (patch(good, 40, i2(8)), "ErrHeader"),
    "dim_negative.nii": (patch(good, 42, i2(-5)), "ErrHeader"),
    "dim_zero.nii": (patch(good, 44, i2(0)), "ErrHeader"),
    "dim_huge.nii": (patch(good, 40, i2(7, *[32767] * 7)), "ErrHeader"),
    "dim_large.nii": (patch(good, 42, i2(32767)), "ErrTruncated"),
    "dim_large.nii.gz": (pack(patch(good, 42, i2(32767, 32767, 32767))), "ErrTruncated"),
    "dim2_overflow.nii": (patch(good2, 24, i8(2**37, 2**37, 2**37)), "ErrHeader"),
    "dim2_negative.nii": (patch(good2, 24, i8(-(2**63))), "ErrHeader"),
    "offset_inside.nii": (patch(good, 108, f4(100)), "ErrHeader"),
    "offset_nan.nii": (patch(good, 108, f4(np.nan)), "ErrHeader"),
    "offset_inf.nii": (patch(good, 108, f4(np.inf)), "ErrHeader"),
    "offset_negative.nii": (patch(good, 108, f4(-352)), "ErrHeader"),
    "offset_fraction.nii": (patch(good, 108, f4(352.5)), "ErrHeader"),
    "offset_beyond.nii": (patch(good, 108, f4(2**30)), "ErrTruncated"),
    "offset2_huge.nii": (patch(good2, 168, i8(2**62)), "ErrTruncated"),
    "type_zero.nii": (patch(good, 70, i2(0)), "ErrType"),
    "type_bit.nii": (patch(good, 70, i2(1)), "ErrType"),
    "type_float128.nii": (patch(good, 70, i2(1536)), "ErrType"),
    "type_unknown.nii": (patch(good, 70, i2(-7)), "ErrType"),
    "inter_nan.nii": (patch(good, 112, f4(2, np.nan)), "ErrHeader"),
    "extension_long.nii": (patch(patch(good, 348, b"\1"), 108, f4(400))[:352] + i4(10**9, 6) + good[360:], "ErrHeader"),
    "extension_negative.nii": (patch(patch(good, 348, b"\1"), 108, f4(400))[:352] + i4(-16, 6) + good[360:], "ErrHeader"),
    "extension_tiny.nii": (patch(patch(good, 348, b"\1"), 108, f4(400))[:352] + i4(4, 6) + good[360:], "ErrHeader"),
    "pair_no_img.hdr": (patch(good[:348], 344, b"ni1\0"), "fs.ErrNotExist"),
    "pair_short.hdr": (patch(good[:348], 344, b"ni1\0"), "ErrTruncated"),
    "pair_named_nii.nii": (patch(good[:348], 344, b"ni1\0"), "ErrHeader"),
}
for name, (raw, _) in hostile.items():
    with open(os.path.join(HOSTILE, name), "wb") as f:
        f.write(raw)
with open(os.path.join(HOSTILE, "pair_short.img"), "wb") as f:
    f.write(b"\1\2\3")
with open(os.path.join(HOSTILE, "expected.json"), "w") as f:
    json.dump({n: e for n, (_, e) in hostile.items()}, f, indent=1, sort_keys=True)
    f.write("\n")
