#!/usr/bin/python3
"""Every speed target with its peer, as a ratio in one run; what moved since the last record.

    /usr/bin/python3 ci/bench/bench.py [--only rsa,svm] [--rounds 5] [--record]
    /usr/bin/python3 ci/bench/bench.py --list

Each figure runs its script of ci/peers, which alternates realnet with the peer, and prints
"target, ratio, reached?". The two figures without a peer (eeg-subject, demo) are ratios to
fixed seconds; the demo runs once, whatever --rounds says. All figures take an hour: --only
runs some, none of which takes more than four minutes with five rounds. --record appends the medians, with machine type, commit and
kernels, to docs/measurements/bench.jsonl. Ratios are compared with the last record of the
same machine type, those that moved by more than a tenth are named: seconds differ from
machine to machine and from hour to hour, the ratio to a peer in the same run far less.
The exit status is 1 when a ratio fell by more than a tenth, 0 when a target is missed.

OpenBLAS chooses its own kernel: OPENBLAS_CORETYPE and OPENBLAS_L2_SIZE are unset.
"""
import argparse
import ctypes
import datetime
import glob
import json
import os
import pathlib
import platform
import re
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[2]
HISTORY = ROOT / "docs" / "measurements" / "bench.jsonl"
PYTHON = "/usr/bin/python3"
MOVED = 0.10


def number(pattern, text):
    found = re.search(pattern, text)
    if not found:
        raise SystemExit(f"no {pattern!r} in:\n{text}")
    return float(found[1])


def step(text, peer, ours="go"):
    """Ratio and medians of one workload of step.py."""
    wall = dict(re.findall(r"^  (.+?) +wall +([\d.]+) s", text, re.M))
    seconds = {name: float(wall[name]) for name in (ours, peer)}
    return seconds[peer] / seconds[ours], seconds


def matrix(shape, peer):
    def parse(text):
        for line in text.splitlines():
            row = json.loads(line)
            if row["rdm"] == shape:
                return row["ratio"][peer], {k: v / 1e3 for k, v in row["ms"].items()}
        raise SystemExit(f"no {shape} in:\n{text}")
    return parse


def permutations(text):
    row = json.loads(text)
    return row["ratio"]["numpy"], {k: v / 1e3 for k, v in row["ms"].items()}


def svm(text):
    return number(r"([\d.]+) \(fit \+ score\)", text), {
        "realnet": number(r"realnet +([\d.]+)", text) / 1e6, "scikit-learn": number(r"fit, ([\d.]+) us fit \+ score", text) / 1e6}


def pca(text):
    seconds = {name.strip(): float(s) for name, s in re.findall(r"^(.+?) +([\d.]+) s ", text, re.M)}
    return seconds["scikit-learn float32"] / seconds["realnet"], seconds


def jpeg(text):
    per_core = {name: float(t) / 1e3 for name, t in re.findall(r"^(\S+) +median.*processor time +([\d.]+)", text, re.M)}
    return number(r"processor time: Pillow / realnet ([\d.]+)", text), per_core


def cluster(text):
    return number(r"1 job +[\d.]+ s +ratio (\d+)", text), {"realnet": number(r"2 workers +([\d.]+)", text), "MNE": number(r"1 job +([\d.]+)", text)}


def hdf5(text):
    return number(r"ratio ([\d.]+)", text), {"realnet": number(r"data/hdf5 ([\d.]+) s, ratio", text), "h5py": number(r"median: h5py ([\d.]+)", text)}


def nifti(text):
    row = json.loads(text)
    return row["nibabel_int16_over_read"], row["median_s"]


def large(text):
    row = json.loads(text)
    return row["ratio"], {"realnet": row["realnet_s"], "numpy": row["numpy_s"], "peak_gb": row["peak_gb"]}


def seconds(allowed, field):
    """Ratio of fixed seconds to those of seconds.py."""
    def parse(text):
        row = json.loads(text)
        return allowed / row[field], row
    return parse


STEP, BF16 = ["ci/peers/step/step.py", "--no-released"], ["ci/peers/step/step.py", "--no-released", "--bf16"]

# name: what, least ratio, script and arguments, where the rounds go (None: nowhere, one run),
# what reads the output.
FIGURES = {
    "step": ("training step, fp32: PyTorch", 1.6, [*STEP, "--only", "step"], "--rounds", lambda t: step(t, "torch, trunk once")),
    "step-bf16": ("training step, bf16: PyTorch's bf16 autocast", 2.0, [*BF16, "--only", "step"], "--rounds", lambda t: step(t, "torch, trunk once, bf16", "go bf16")),
    "step-bf16-own": ("training step, bf16: own fp32", 1.5, [*BF16, "--only", "step"], "--rounds", lambda t: step(t, "go", "go bf16")),
    "step-narrow": ("narrow network's step: PyTorch", 2.5, [*STEP, "--only", "step-narrow"], "--rounds", lambda t: step(t, "torch, trunk once" if "trunk once" in t else "torch")),
    "inference": ("inference, fp32: PyTorch", 1.5, [*STEP, "--only", "inference"], "--rounds", lambda t: step(t, "torch")),
    "inference-bf16": ("inference, bf16: PyTorch's bf16 autocast", 2.0, [*BF16, "--only", "inference"], "--rounds", lambda t: step(t, "torch, bf16", "go bf16")),
    "inference-bf16-own": ("inference, bf16: own fp32", 1.5, [*BF16, "--only", "inference"], "--rounds", lambda t: step(t, "go", "go bf16")),
    "svm": ("pairwise SVM decoding, scoring included: scikit-learn", 100, ["ci/peers/svm.py"], "", svm),
    "rdm-wide": ("correlation RDM, 200 x 200,704: numpy", 1.5, ["ci/peers/rdm.py"], "", matrix("200x200704", "numpy ssyrk")),
    "rdm": ("correlation RDM, 1000 x 5,000: numpy", 1.0, ["ci/peers/rdm.py"], "", matrix("1000x5000", "numpy matmul")),
    "rsa": ("Spearman, 10,000 permutations of 92: numpy", 5, ["ci/peers/rsa.py"], "", permutations),
    "rsa-large": ("Spearman, 100 permutations of 10,000 (at most 8 s and 1 GB): numpy", 1.0, ["ci/peers/rsa_large.py"], "", large),
    "cluster": ("cluster permutation: MNE", 10, ["ci/peers/cluster.py"], "", cluster),
    "pca": ("PCA, 1200 x 11,726: scikit-learn float32", 4.0, ["ci/peers/pca.py", "{pca.test}"], "", pca),
    "jpeg": ("JPEG, a core: Pillow", 1.0, ["ci/peers/images.sh"], "", jpeg),
    "hdf5": ("HDF5: h5py", 1.0, ["ci/peers/hdf5.sh"], "", hdf5),
    "nifti": ("NIfTI: nibabel", 1.0, ["ci/peers/nifti.py"], "", nifti),
    "eeg-subject": ("EEG of one subject, 200 x 80 x 63 x 100, recipe lu: 90 s", 1.0, ["ci/bench/seconds.py", "eeg"], "", seconds(90, "seconds")),
    "demo": ("the demo, nothing in the store: 166 processor seconds before", 2.0, ["ci/bench/seconds.py", "demo"], None, seconds(166, "processor_seconds")),
}


def machine():
    info = pathlib.Path("/proc/cpuinfo").read_text() if os.path.exists("/proc/cpuinfo") else ""
    field = lambda name: (re.findall(rf"^{name}\s*: (.*)", info, re.M) or ["?"])[0]  # noqa: E731
    text = f"{field('model name')} family {field('cpu family')} model {field('model')}, {os.cpu_count()} cores"
    return (text if info else f"{platform.machine()}, {os.cpu_count()} cores") + (", avx512_bf16" if "avx512_bf16" in info else "")


def openblas():
    """The kernel that OpenBLAS chooses on this machine."""
    for path in sorted(glob.glob("/usr/lib/*/openblas-pthread/libopenblas*.so*") + glob.glob("/usr/lib/*/libopenblas.so*")):
        try:
            name = ctypes.CDLL(path).openblas_get_corename
        except (OSError, AttributeError):
            continue
        name.restype = ctypes.c_char_p
        return name().decode()
    return "none"


def kernel():
    out = subprocess.run(["go", "run", "./ci/peers/step", "-workload", "step-narrow"], cwd=ROOT, input="go\n", capture_output=True, text=True, check=True).stdout
    return json.loads(out)["kernel"]


def last(history, machine_type, name):
    rows = [r for r in history if r["machine"] == machine_type and r["name"] == name]
    return rows[-1] if rows else None


def main():
    args = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    args.add_argument("--only", default=",".join(FIGURES), help="names, with commas")
    args.add_argument("--rounds", type=int, default=5)
    args.add_argument("--record", action="store_true", help="append to docs/measurements/bench.jsonl")
    args.add_argument("--list", action="store_true", help="say what there is, and the last record of each on this machine type")
    args = args.parse_args()
    for name in ("OPENBLAS_CORETYPE", "OPENBLAS_L2_SIZE"):
        os.environ.pop(name, None)
    history = [json.loads(line) for line in HISTORY.read_text().splitlines()] if HISTORY.exists() else []
    here = machine()
    if args.list:
        for name, (what, least, *_) in FIGURES.items():
            was = last(history, here, name)
            print(f"{name:20s} {what}; target {least:g}" + (f"; {was['ratio']:.3g} at {was['commit']}, {was['date']}" if was else ""))
        return 0
    names = args.only.split(",")
    if unknown := [n for n in names if n not in FIGURES]:
        raise SystemExit(f"no figure {unknown}; --list says which there are")
    about = {
        "date": datetime.date.today().isoformat(), "machine": here, "rounds": args.rounds, "kernel": kernel(), "openblas": openblas(),
        "commit": subprocess.run(["git", "describe", "--always", "--dirty"], cwd=ROOT, capture_output=True, text=True).stdout.strip(),
    }
    print(f"{here}; kernel {about['kernel']}; OpenBLAS {about['openblas']}; commit {about['commit']}; medians of {args.rounds}")
    outputs, records, fell = {}, [], False
    with tempfile.TemporaryDirectory() as tmp:
        for name in names:
            what, least, command, option, parse = FIGURES[name]
            key = tuple(command)
            if key not in outputs:  # several figures are of one run
                if "{pca.test}" in command:
                    binary = os.path.join(tmp, "pca.test")
                    subprocess.run(["go", "test", "-c", "-o", binary, "./stages/analysis/pca"], cwd=ROOT, check=True)
                    command = [c.replace("{pca.test}", binary) for c in command]
                head = [] if command[0].endswith(".sh") else [PYTHON]
                run = subprocess.run([*head, *command, *([option] if option else []), *([] if option is None else [str(args.rounds)])], cwd=ROOT, stdout=subprocess.PIPE, text=True)
                if run.returncode != 0:
                    raise SystemExit(f"{name}: {' '.join(command)} failed")
                outputs[key] = run.stdout
            ratio, medians = parse(outputs[key])
            was = last(history, here, name)
            moved = ""
            if was:
                change = ratio / was["ratio"] - 1
                fell = fell or change < -MOVED
                moved = f"; was {was['ratio']:.3g} at {was['commit']}" + (f": moved by {100 * change:+.0f} %" if abs(change) > MOVED else "")
            print(f"{name:20s} {what:70s} target {least:5g}  ratio {ratio:7.3g}  {'reached' if ratio >= least else 'MISSED '}  "
                  + ", ".join(f"{k} {v:.4g}" for k, v in medians.items()) + moved, flush=True)
            records.append({"name": name, **about, "ratio": round(ratio, 4), "target": least, "medians": {k: float(f"{v:.4g}") for k, v in medians.items()}})
    if args.record:
        with HISTORY.open("a") as f:
            for r in records:
                f.write(json.dumps(r) + "\n")
    return 1 if fell else 0


if __name__ == "__main__":
    sys.exit(main())
