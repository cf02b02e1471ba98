"""Makes data/npy/testdata with numpy (1.24). Run from the repository root.

expected.json: file -> shape, dtype and values in C order (floats as repr, so that NaN and inf survive).
"""
import json
import os
import pathlib
import pickle

import numpy as np
import pandas

out = "data/npy/testdata"
os.makedirs(out, exist_ok=True)
rng = np.random.default_rng(20)
expected = {}


def note(key, a):
    a = np.asarray(a)
    kind = "string" if a.dtype.kind in "US" else str(a.dtype.newbyteorder("="))
    flat = a.ravel(order="C")
    values = [v.decode() if isinstance(v, bytes) else v if isinstance(v, str) else repr(float(v)) for v in flat.tolist()]
    expected[key] = {"shape": list(a.shape), "dtype": kind, "values": values}


def save(name, a):
    np.save(f"{out}/{name}.npy", a)
    note(f"{name}.npy", a)


base = rng.integers(-100, 100, size=(3, 4, 2))
for t in "?", "i1", "i2", "i4", "i8", "u1", "u2", "u4", "u8", "f2", "f4", "f8":
    a = base > 0 if t == "?" else (abs(base) if t[0] == "u" else base).astype(t)
    if t[0] == "f":
        a = (a / 7).astype(t)
        a.flat[3] = np.nan
        a.flat[4] = -np.inf
    save("c_" + t.replace("?", "b1"), a)
    save("f_" + t.replace("?", "b1"), np.asfortranarray(a))
    if a.dtype.itemsize > 1:
        save("big_" + t, a.astype(">" + t))
save("half_all", np.arange(0, 65536, 257, dtype=np.uint16).view(np.float16))
save("half_small", np.array([0x0001, 0x03FF, 0x0400, 0x8001, 0x7BFF], np.uint16).view(np.float16))
save("scalar", np.float64(2.5))
save("empty", np.zeros((0, 3), np.float32))
save("one", np.arange(5, dtype=np.int16))
save("unicode", np.array([["a", "bcd"], ["é木", ""]]))
save("unicode_big", np.array(["xyz", "ü"]).astype(">U3"))
save("bytes", np.array([b"V1", b"LOC", b""]))
save("u8_large", np.array([2**64 - 1, 2**63], np.uint64))
np.save(f"{out}/complex.npy", np.ones(2, np.complex64))
np.save(f"{out}/structured.npy", np.zeros(2, [("a", "f4"), ("b", "i4")]))
np.save(f"{out}/dates.npy", np.array(["2020-01-01"], "M8[D]"))
np.savez(f"{out}/plain.npz", a=base, b=base.astype(np.float32).T)
np.savez_compressed(f"{out}/deflated.npz", a=base, b=base.astype(np.float32).T)
for z in "plain.npz", "deflated.npz":
    note(z + "/a", base)
    note(z + "/b", base.astype(np.float32).T)

# THINGS EEG2: conditions x repetitions x channels x time, float64; names; times.
eeg = {
    "preprocessed_eeg_data": rng.standard_normal((2, 3, 2, 5)),
    "ch_names": ["O1", "Oz"],
    "times": np.linspace(-0.2, 0.2, 5),
}
np.save(f"{out}/eeg2.npy", eeg)
for k in "preprocessed_eeg_data", "times":
    note("eeg2.npy/" + k, eeg[k])
# image_metadata.npy: lists and arrays of str
np.save(f"{out}/metadata.npy", {"train_img_files": ["aardvark_01b.jpg", "b.jpg"], "concepts": np.array(["00001_x", "00002_y"]), "n": np.int64(7), "f": np.float32(1.5), "ok": np.bool_(True), "mixed": [1, 2.5, None, "é"]})
np.save(f"{out}/objects.npy", np.array([[1, "two"], [None, 4.5]], dtype=object))
# the dict with big-endian and Fortran-ordered arrays, in every protocol of np.save's pickle
odd = {"big": base.astype(">f4"), "fortran": np.asfortranarray(base.astype(np.float32)), "half": base.astype(np.float16), "names": ["x"]}
for protocol in range(6):
    box = np.empty((), object)
    box[()] = odd
    with open(f"{out}/dict_p{protocol}.npy", "wb") as f:
        np.lib.format.write_array_header_1_0(f, {"descr": "|O", "fortran_order": False, "shape": ()})
        pickle.dump(box, f, protocol=protocol)
    for k in "big", "fortran", "half":
        note(f"dict_p{protocol}.npy/{k}", odd[k])

# entries that are not read beside others
three = np.arange(3.0)
mixed = {
    "a": three, "masked": np.ma.masked_array([1.0]), "frame": pandas.DataFrame({"x": [1]}), "path": pathlib.PurePosixPath("/a"),
    "complex": np.ones(2, np.complex64), "record": np.zeros(2, [("a", "f4"), ("b", "i4")]), "dates": np.array(["2020-01-01"], "M8[D]"),
    ("t", 1): 5, 7: three, "last": three,
}
for protocol in 2, 4, 5:
    box = np.empty((), object)
    box[()] = mixed
    with open(f"{out}/mixed_p{protocol}.npy", "wb") as f:
        np.lib.format.write_array_header_1_0(f, {"descr": "|O", "fortran_order": False, "shape": ()})
        pickle.dump(box, f, protocol=protocol)


# Hostile: names that a pickle must not reach.
class Run:
    def __reduce__(self):
        return os.system, ("echo this must not run",)


np.save(f"{out}/hostile_system.npy", {"x": Run()})


class Evaluate:
    def __reduce__(self):
        return eval, ("1+1",)


np.save(f"{out}/hostile_eval.npy", {"x": Evaluate()})
json.dump(expected, open(f"{out}/expected.json", "w"), indent=0)
