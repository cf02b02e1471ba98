"""Writes random JPEG and WebP files into a folder, and list.txt with what Pillow makes of them: for each file the
sha256 of convert("RGB"), a random size, and the sha256 of that resized to it. Run by data/images/pillow_test.go.
Usage: images_random.py FOLDER COUNT SEED
"""
import hashlib
import sys

import numpy as np
from PIL import Image

folder, count, seed = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
rng = np.random.default_rng(seed)


def digest(image):
    return hashlib.sha256(np.asarray(image).tobytes()).hexdigest()


def scene(w, h, kind):
    if kind == 0:
        return rng.integers(0, 256, (h, w, 3), dtype=np.uint8)
    if kind == 1:
        tiles = rng.integers(0, 256, (h // 9 + 1, w // 9 + 1, 3), dtype=np.uint8)
        return tiles.repeat(9, 0).repeat(9, 1)[:h, :w]
    y, x = np.mgrid[0:h, 0:w]
    a = np.stack([128 + 127 * np.sin(x / rng.uniform(3, 23) + y / rng.uniform(3, 23)) for _ in range(3)], -1)
    return (a + rng.normal(0, 10 * (kind - 2), a.shape)).clip(0, 255).astype(np.uint8)


lines = []
for n in range(count):
    w, h = (int(v) for v in rng.integers(1, 230, 2))
    image = Image.fromarray(scene(w, h, n % 4))
    options = {"quality": int(rng.integers(1, 101))}
    if n % 10 == 9:
        name = f"{n}.webp"
    else:
        name = f"{n}.jpg"
        mode = ["L", "CMYK", "RGB", "RGB", "RGB", "RGB"][rng.integers(0, 6)]
        image = image.convert(mode)
        options.update(progressive=bool(rng.integers(0, 2)), optimize=bool(rng.integers(0, 2)))
        if mode == "RGB":
            options["subsampling"] = int(rng.integers(0, 3))
    image.save(f"{folder}/{name}", **options)
    rgb = Image.open(f"{folder}/{name}").convert("RGB")
    size = tuple(int(v) for v in rng.integers(1, 300, 2))
    lines.append(f"{name} {digest(rgb)} {size[0]} {size[1]} {digest(rgb.resize(size, Image.BILINEAR))}")
with open(f"{folder}/list.txt", "w") as f:
    f.write("\n".join(lines))
