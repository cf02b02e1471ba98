"""Makes data/tvsd/testdata: files in the form of TVSD (Papale et al. 2025) as MATLAB 7.3 writes them, with h5py: numbers,
and lists of texts as object references. And, with a folder as argument, a whole synthetic world in that form, with THINGS-like
images and THINGS-EEG2-like recordings of people who saw some of the same images:

    python3 ci/reference/tvsd.py                                        # the test files
    python3 ci/reference/tvsd.py DIR --classes 1854 --test 100 --electrodes 1024 --size 64     # a world of the published size

Run from the repository's root.
"""
import argparse
import io
import json
import pathlib
import zipfile

import h5py
import numpy as np
from PIL import Image

TESTDATA = pathlib.Path("data/tvsd/testdata")
RANGES = {"F": {"V1": (0, 512), "IT": (512, 832), "V4": (832, 1024)}, "N": {"V1": (0, 512), "V4": (512, 768), "IT": (768, 1024)}}


def matlab(path):
    """A file with MATLAB's block of 512 bytes before the HDF5."""
    pathlib.Path(path).parent.mkdir(parents=True, exist_ok=True)
    return h5py.File(path, "w", userblock_size=512, libver="earliest")


def header(path):
    with open(path, "r+b") as f:
        text = b"MATLAB 7.3 MAT-file, Platform: GLNXA64, Created on: Mon Jan  1 00:00:00 2024 HDF5 schema 1.00 ."
        f.write(text.ljust(116) + b"\0" * 8 + b"\x00\x02IM")


def char(group, name, text):
    d = group.create_dataset(name, data=np.frombuffer(text.encode("utf-16-le"), np.uint16).reshape(-1, 1))
    d.attrs["MATLAB_class"] = np.bytes_("char")
    d.attrs["MATLAB_int_decode"] = np.int32(2)
    return d.ref


def write_list(path, train, test):
    """train, test: (class, things_path) of each image; a struct array, whose fields are references."""
    with matlab(path) as f:
        refs = f.create_group("#refs#")
        n = 0
        for name, images in (("train_imgs", train), ("test_imgs", test)):
            g = f.create_group(name)
            g.attrs["MATLAB_class"] = np.bytes_("struct")
            for field in ("class", "things_path", "local_path"):
                column = []
                for cls, things in images:
                    text = {"class": cls, "things_path": things, "local_path": "C:\\images\\" + things.replace("/", "\\")}[field]
                    column.append(char(refs, f"r{n}", text))
                    n += 1
                g.create_dataset(field, data=np.array(column, dtype=h5py.ref_dtype).reshape(-1, 1), dtype=h5py.ref_dtype)
    header(path)


def write_responses(path, train, reps, mean_only=False, compression=None):
    with matlab(path) as f:
        def put(name, x):
            d = f.create_dataset(name, data=x, compression=compression)
            d.attrs["MATLAB_class"] = np.bytes_("double" if x.dtype == np.float64 else "single")
        put("train_MUA", train)
        put("test_MUA", reps.mean(0))
        if not mean_only:
            put("test_MUA_reps", reps)
        put("tb", np.arange(-100.0, 200)[:, None])
    header(path)


def fixtures():
    TESTDATA.mkdir(exist_ok=True)
    # What the conformance suite of layouts wants: trial t of part k has 100 k + 10 t + v in column v.
    train = np.array([[100 + 10 * t + v for v in range(3)] for t in range(4)], float)
    reps = np.array([[[200 + 10 * t + v for v in range(3)]] for t in range(2)], float)
    images = [(c, f"{c}/{c}.jpg") for c in ("dog", "cat", "cat", "dog")], [("ant", "ant/ant.jpg")]
    write_responses(TESTDATA / "form_mua.mat", train, reps)
    write_list(TESTDATA / "form_imgs.mat", *images)
    write_responses(TESTDATA / "mean_mua.mat", train.astype(np.float32), reps.astype(np.float32), mean_only=True)
    bad = train.copy()
    bad[2, 0] = np.nan
    write_responses(TESTDATA / "nan_mua.mat", bad, reps)
    write_responses(TESTDATA / "two_mua.mat", train[:, :2], reps[:, :, :2])
    write_responses(TESTDATA / "turned_mua.mat", np.ascontiguousarray(train.T), np.ascontiguousarray(reps.transpose(2, 1, 0)))
    # 1024 electrodes whose number is their value: what a region's columns are.
    numbers = np.arange(1, 1025, dtype=np.float32)
    wide = numbers[None] + np.arange(4, dtype=np.float32)[:, None] / 8
    write_responses(TESTDATA / "numbered_mua.mat", wide, wide[None, :1] + np.zeros((2, 1, 1), np.float32), compression="gzip")
    # Sites by the reliability of classes: 8 classes of 5 images; site 0 is the class, 1 half of it, 2 is noise.
    rng = np.random.default_rng(3)
    classes = np.repeat(np.arange(8), 5)
    signal = rng.normal(size=8)[classes]
    x = np.stack([signal, signal + rng.normal(size=40), rng.normal(size=40)], 1)
    write_responses(TESTDATA / "classes_mua.mat", x, reps)
    write_list(TESTDATA / "classes_imgs.mat", [(f"c{c}", f"c{c}/c{c}_{i:02d}b.jpg") for i, c in enumerate(classes)], images[1])
    means = np.array([x[classes == c].mean(0) for c in range(8)])
    between = 5 * ((means - x.mean(0)) ** 2).sum(0) / 7
    within = sum(((x[classes == c] - means[c]) ** 2).sum(0) for c in range(8)) / 32
    with h5py.File(TESTDATA / "classes_imgs.mat") as f:
        names = ["".join(map(chr, f[r][:, 0])) for r in f["train_imgs/things_path"][:, 0]]
    json.dump({"reliability": (1 - within / between).tolist(), "paths": names}, open(TESTDATA / "expected.json", "w"))


def world(folder, classes, each, tests, electrodes, size, seed, eeg_subjects, form="jpg"):
    """Images of coloured blobs with 8 attributes; sites and channels that weigh them; people saw one image of some classes."""
    rng = np.random.default_rng(seed)
    folder = pathlib.Path(folder)
    k = 8
    centre = rng.normal(size=(classes + tests, k))
    names, attributes, test_of = [], [], []
    for c in range(classes):
        for i in range(each):
            names.append((f"class{c:04d}", f"class{c:04d}/class{c:04d}_{i + 1:02d}b.{form}"))
            attributes.append(centre[c] + 0.7 * rng.normal(size=k))
    for c in range(tests):
        test_of.append((f"probe{c:04d}", f"probe{c:04d}/probe{c:04d}_13s.{form}"))
        attributes.append(centre[classes + c] + 0.7 * rng.normal(size=k))
    attributes = np.array(attributes)
    yy, xx = np.mgrid[0:size, 0:size] / (size - 1) * 2 - 1

    def draw(a):
        a = np.tanh(a)
        blob = ((xx - 0.4 * a[0]) ** 2 + (yy - 0.4 * a[1]) ** 2) < (0.45 + 0.2 * a[2]) ** 2
        stripes = np.sin((4 + 3 * a[3]) * (np.cos(a[4]) * xx + np.sin(a[4]) * yy) * 3)
        colour = 0.5 + 0.4 * a[5:8]
        out = (0.35 + 0.15 * stripes)[..., None] * np.ones(3)
        out[blob] = colour
        return Image.fromarray((np.clip(out, 0, 1) * 255).astype(np.uint8))

    for (_, path), a in zip(names + test_of, attributes):
        where = folder / "tvsd" / "object_images" / path
        where.parent.mkdir(parents=True, exist_ok=True)
        draw(a).save(where)
    n = len(names)
    mixed = np.hstack([attributes, np.tanh(attributes[:, :4] * attributes[:, 4:])])
    mixed = (mixed - mixed[:n].mean(0)) / mixed[:n].std(0)
    for monkey in "FN":
        order = np.arange(n) if monkey == "F" else rng.permutation(n)  # the monkeys' orders differ
        weights = rng.normal(size=(mixed.shape[1], electrodes)).astype(np.float32)
        quality = rng.choice([0.05, 1.0], p=[0.25, 0.75], size=electrodes).astype(np.float32)  # a quarter has no signal
        signal = (mixed.astype(np.float32) @ weights) / 3 * quality
        train = signal[order] + rng.standard_normal((n, electrodes), dtype=np.float32)
        reps = signal[n:][None] + rng.standard_normal((30 if tests >= 100 else 4, tests, electrodes), dtype=np.float32)
        write_responses(folder / f"tvsd/monkey{monkey}/THINGS_normMUA.mat", train.astype(np.float64), reps.astype(np.float64))
        write_list(folder / f"tvsd/monkey{monkey}/_logs/things_imgs.mat", [names[i] for i in order], test_of)
    # People: one image of each of some classes, and some that no monkey saw.
    shown = [names[c * each] for c in range(0, classes, max(1, classes // 150))][:150]
    shared, own = [(s, attributes[names.index(s)]) for s in shown], []
    for c in range(len(shown) // 3):
        a = rng.normal(size=k)
        own.append(((f"own{c:04d}", f"own{c:04d}/own{c:04d}_01b.{form}"), a))
    people = shared + own
    for i, ((cls, path), a) in enumerate(people):
        where = folder / "things-eeg2-images/test_images" / f"{i + 1:05d}_{cls}" / pathlib.Path(path).name
        where.parent.mkdir(parents=True, exist_ok=True)
        draw(a).save(where)
    a = np.array([x for _, x in people])
    times = np.arange(-0.1, 0.4, 0.05)
    course = np.exp(-((times - 0.15) / 0.1) ** 2)
    for s in range(eeg_subjects):
        w = rng.normal(size=(k, 6))
        data = (np.tanh(a) @ w)[:, None, :, None] * course + rng.normal(size=(len(people), 8, 6, len(times)))
        where = folder / f"things-eeg2/sub-{s + 1:02d}"
        where.mkdir(parents=True, exist_ok=True)
        np.save(where / "preprocessed_eeg_test.npy", {"preprocessed_eeg_data": data, "ch_names": [f"O{c}" for c in range(6)], "times": times}, allow_pickle=True)
    meta = {"test_img_files": [pathlib.Path(p).name for (_, p), _ in people], "test_img_concepts_THINGS": [f"{i + 1:05d}_{c}" for i, ((c, _), _) in enumerate(people)],
            "train_img_files": [], "train_img_concepts_THINGS": []}
    np.save(folder / "things-eeg2/image_metadata.npy", meta, allow_pickle=True)


def main():
    p = argparse.ArgumentParser()
    p.add_argument("folder", nargs="?")
    p.add_argument("--classes", type=int, default=1854)
    p.add_argument("--each", type=int, default=12)
    p.add_argument("--test", type=int, default=100)
    p.add_argument("--electrodes", type=int, default=1024)
    p.add_argument("--size", type=int, default=64)
    p.add_argument("--seed", type=int, default=1)
    p.add_argument("--people", type=int, default=4)
    a = p.parse_args()
    if a.folder:
        world(a.folder, a.classes, a.each, a.test, a.electrodes, a.size, a.seed, a.people)
        return
    fixtures()
    # A small world in an archive, for the test that runs the study.
    import tempfile
    with tempfile.TemporaryDirectory() as d:
        world(d, 12, 4, 8, 48, 32, 1, 2, "png")
        with zipfile.ZipFile(TESTDATA / "world.zip", "w", zipfile.ZIP_DEFLATED) as z:
            for f in sorted(pathlib.Path(d).rglob("*")):
                if f.is_file():
                    z.writestr(zipfile.ZipInfo(str(f.relative_to(d))), f.read_bytes(), zipfile.ZIP_DEFLATED)


if __name__ == "__main__":
    main()
