#!/usr/bin/python3
"""Peak memory of the commands that take people's own files, of one program or several.

    go build -o realnet . && /usr/bin/python3 ci/bench/memory.py --program realnet [--program OLDER]

Makes files in a temporary folder (3 GB), runs each command on them with each program, and
prints the size of what it read and the peak of the resident set, pages of the file included
that the system may drop. The programs' outputs must be equal, byte for byte.
"""
import argparse
import filecmp
import os
import pathlib
import re
import subprocess
import sys
import tempfile

import h5py
import nibabel
import numpy as np

RNG = np.random.default_rng(1)


def inputs(folder):
    """The files of all workloads; large ones are written in pieces."""
    n = 6000
    x = RNG.standard_normal((n, 40), dtype=np.float32)
    for name in ("a", "b"):
        y = x + RNG.standard_normal(x.shape, dtype=np.float32)
        square = (2 - 2 * np.corrcoef(y)).astype(np.float64)
        np.fill_diagonal(square, 0)
        square = (square + square.T) / 2
        np.save(folder / f"square_{name}.npy", square)
        upper = square[np.triu_indices(n, 1)]
        np.save(folder / f"pairs_{name}.npy", upper.astype(np.float32))
    with h5py.File(folder / "features.h5", "w") as f:
        d = f.create_dataset("x", (4000, 25000), "f4", chunks=(50, 5000), compression="gzip", compression_opts=1)
        for i in range(0, 4000, 500):
            d[i:i + 500] = RNG.integers(0, 100, (500, 25000))
    np.save(folder / "doubles.npy", RNG.standard_normal((4000, 12500)))
    np.save(folder / "float32.npy", RNG.standard_normal((1000, 50000), dtype=np.float32))
    for name in ("map", "other"):
        np.save(folder / f"{name}.npy", RNG.standard_normal((40, 1_000_000), dtype=np.float32))
    np.save(folder / "epochs.npy", RNG.standard_normal((50, 40, 63, 100), dtype=np.float32))
    mask = np.zeros((48, 48, 24), np.uint8)
    mask[4:44, 4:44, 2:22] = 1
    trials = (RNG.standard_normal(mask.shape + (600,)) * 1000).astype(np.int16)
    for name, image in (("mask", mask), ("trials", trials)):
        nibabel.save(nibabel.Nifti1Image(image, np.diag([3, 3, 3, 1])), folder / f"{name}.nii.gz")
    conditions = [f"c{i % 8}" for i in range(600)]
    (folder / "conditions.txt").write_text("\n".join(conditions) + "\n")
    np.save(folder / "model8.npy", RNG.random(28))
    (folder / "model8.txt").write_text("\n".join(f"c{i}" for i in range(8)) + "\n")


# (what, files that are read, arguments with {in} and {out})
WORKLOADS = [
    ("rsa, two square RDMs of 6,000, float64", ["square_a.npy", "square_b.npy"],
     "rsa --model {in}/square_a.npy --brain {in}/square_b.npy --permutations 2 --out {out}.csv"),
    ("rsa, two RDMs of 6,000 as pairs, float32", ["pairs_a.npy", "pairs_b.npy"],
     "rsa --model {in}/pairs_a.npy --brain {in}/pairs_b.npy --permutations 2 --out {out}.csv"),
    ("stats --test ttest --paired, 40 x 1,000,000, float32", ["map.npy", "other.npy"],
     "stats --in {in}/map.npy --paired {in}/other.npy --test ttest --json"),
    ("stats --test cluster, 40 x 1,000,000, float32", ["map.npy"],
     "stats --in {in}/map.npy --test cluster --permutations 5 --json"),
    ("searchlight, 600 trials of 8 conditions, 32,000 voxels", ["trials.nii.gz"],
     "searchlight --in {in}/trials.nii.gz --mask {in}/mask.nii.gz --names {in}/conditions.txt --model {in}/model8.npy --model-names {in}/model8.txt --radius 1 --out {out}.nii"),
    ("artifacts import, features, HDF5, 4,000 x 25,000, float32", ["features.h5"],
     "artifacts import --in {in}/features.h5 --schema features --layer IT --out {out}"),
    ("artifacts import, patterns, .npy, 4,000 x 12,500, float64", ["doubles.npy"],
     "artifacts import --in {in}/doubles.npy --schema patterns --out {out}"),
    ("artifacts import, a square RDM of 6,000, float64", ["square_a.npy"],
     "artifacts import --in {in}/square_a.npy --schema rdms --kind model --out {out}"),
    ("rdm, .npy, 1,000 x 50,000, float32", ["float32.npy"], "rdm --in {in}/float32.npy --out {out}.npy"),
    ("pca, .npy, 1,000 x 50,000, float32", ["float32.npy"], "pca --in {in}/float32.npy --components 50 --out {out}"),
    ("eegrdm, .npy, 50 x 40 x 63 x 100, float32", ["epochs.npy"], "eegrdm --in {in}/epochs.npy --recipe correlation --format npy --out {out}.npy"),
]


def run(program, arguments, folder, out):
    """Peak in MB. GNU time starts the program: a child of this process would begin with its peak."""
    words = [w.replace("{in}", str(folder)).replace("{out}", str(out)) for w in arguments.split()]
    with open(out.with_suffix(".stdout"), "wb") as text:
        done = subprocess.run(["/usr/bin/time", "-f", "%M", program, *words, "-q"], stdout=text, stderr=subprocess.PIPE,
                              env={**os.environ, "REALNET_STORE": str(folder / "store")})
    if done.returncode:
        raise SystemExit(f"{program} {' '.join(words)}: {done.stderr.decode()}")
    return int(done.stderr.split()[-1]) / 1024


def tensors(out):
    """What a command wrote: files of numbers, without manifests, which name the program."""
    files = [p for p in out.parent.glob(out.name + "*") if p.is_file()]
    if out.is_dir():
        files = [p for p in out.rglob("*") if p.is_file() and p.name != "manifest.json"] + [out.with_suffix(".stdout")]
    return sorted(files)


def main():
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--program", action="append", required=True)
    arguments.add_argument("--only", default="", help="workloads whose name matches this regular expression")
    options = arguments.parse_args()
    programs = [str(pathlib.Path(p).resolve()) for p in options.program]
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        inputs(folder)
        print("| workload | values read, MB |" + "".join(f" {pathlib.Path(p).name}, MB |" for p in programs))
        print("|---|---:|" + "---:|" * len(programs))
        for i, (what, files, words) in enumerate(w for w in WORKLOADS if re.search(options.only, w[0])):
            peaks, outs = [], []
            for k, program in enumerate(programs):
                out = folder / "out" / f"w{i}"
                out.parent.mkdir(exist_ok=True)
                peaks.append(run(program, words, folder, out))
                outs.append(tensors(out.parent.rename(folder / f"out-{i}-{k}") / out.name))
            for other in outs[1:]:
                same = len(other) == len(outs[0]) and all(filecmp.cmp(a, b, shallow=False) for a, b in zip(outs[0], other))
                if not same:
                    raise SystemExit(f"{what}: the programs' outputs differ: {outs[0]} {other}")
            size = sum(values(folder / f) for f in files) / 2**20
            print(f"| {what} | {size:.0f} |" + "".join(f" {p:.0f} |" for p in peaks), flush=True)


def values(path):
    """Bytes of the numbers in a file, inflated."""
    if path.suffix == ".npy":
        return np.load(path, mmap_mode="r").nbytes
    if path.suffix == ".h5":
        with h5py.File(path) as f:
            return f["x"].size * f["x"].dtype.itemsize
    image = nibabel.load(path)
    return image.dataobj.dtype.itemsize * int(np.prod(image.shape))


if __name__ == "__main__":
    sys.exit(main())
