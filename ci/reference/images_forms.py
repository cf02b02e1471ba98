"""Writes PNG, BMP and WebP files of every form into a folder, and list.txt with what Pillow makes of them: for each
file the sha256 of convert("RGB"), or "refused". PNG and BMP are put together byte by byte, since Pillow writes few of the
forms that it reads. Run by data/images/pillow_test.go.
Usage: images_forms.py FOLDER COUNT SEED
"""
import hashlib
import struct
import sys
import zlib

import numpy as np
from PIL import Image

folder, count, seed = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
rng = np.random.default_rng(seed)
lines = []


def choose(*values):
    return values[rng.integers(len(values))]


def record(name):
    try:
        image = Image.open(f"{folder}/{name}").convert("RGB")
        lines.append(f"{name} {hashlib.sha256(np.asarray(image).tobytes()).hexdigest()}")
    except Exception as e:
        lines.append(f"{name} refused")


def write(name, raw):
    with open(f"{folder}/{name}", "wb") as f:
        f.write(raw)
    record(name)


def chunk(kind, data):
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def packed(samples, depth):
    """Rows of samples as PNG packs them: big-endian, left to right, each row padded to a byte."""
    if depth == 16:
        return [row.astype(">u2").tobytes() for row in samples]
    if depth == 8:
        return [row.astype("u1").tobytes() for row in samples]
    bits = ((samples[:, :, None] >> np.arange(depth - 1, -1, -1)) & 1).reshape(len(samples), -1)
    return [np.packbits(row.astype("u1")).tobytes() for row in bits]


ADAM7 = [(0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2)]


def png(n):
    kind = choose(0, 2, 3, 4, 6)
    depth = {0: (1, 2, 4, 8, 16, 16), 2: (8, 16), 3: (1, 2, 4, 8), 4: (8, 16), 6: (8, 16)}[kind]
    depth = choose(*depth)
    channels = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}[kind]
    w, h = (int(v) for v in rng.integers(1, 40, 2))
    high = choose(2**depth, min(2**depth, 300), min(2**depth, 20))
    samples = rng.integers(0, high, (h, w, channels))
    interlaced = rng.random() < 0.3
    passes = ADAM7 if interlaced else [(0, 0, 1, 1)]
    data = b""
    for x, y, dx, dy in passes:
        part = samples[y::dy, x::dx]
        if part.size:
            for row in packed(part.reshape(len(part), -1), depth):
                data += b"\0" + row
    raw = b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", w, h, depth, kind, 0, 0, int(interlaced)))
    colours = choose(2**depth, 2**depth, int(rng.integers(1, 2**depth + 1))) if kind == 3 else 0
    if kind == 3:
        raw += chunk(b"PLTE", rng.integers(0, 256, 3 * colours, dtype=np.uint8).tobytes())
    if rng.random() < 0.6:
        if kind == 0:
            raw += chunk(b"tRNS", struct.pack(">H", int(rng.integers(0, high))))
        elif kind == 2:
            raw += chunk(b"tRNS", struct.pack(">HHH", *(int(v) for v in rng.integers(0, high, 3))))
        elif kind == 3:
            raw += chunk(b"tRNS", rng.integers(0, 256, int(rng.integers(1, colours + 1)), dtype=np.uint8).tobytes())
    half = len(zlib.compress(data)) // 2
    z = zlib.compress(data)
    raw += chunk(b"IDAT", z[:half]) + chunk(b"IDAT", z[half:]) + chunk(b"IEND", b"")
    write(f"{n}_{kind}_{depth}.png", raw)


def rle8(rows):
    out = b""
    for row in rows:
        x = 0
        while x < len(row):
            run = 1
            while x + run < len(row) and run < 255 and row[x + run] == row[x]:
                run += 1
            literal = min(len(row) - x, int(rng.integers(3, 12)))
            if run < 3 and literal >= 3:
                out += bytes([0, literal]) + bytes(row[x : x + literal]) + b"\0" * (literal % 2)
                x += literal
            else:
                out += bytes([run, row[x]])
                x += run
        out += b"\0\0"
    return out + b"\0\1"


def rle4(rows):
    out = b""
    for row in rows:
        x = 0
        while x < len(row):
            n = min(len(row) - x, int(rng.integers(1, 14)))
            n -= n % 2  # of odd numbers Pillow 9.4 loses the last pixel
            if n >= 4 and rng.random() < 0.5:
                values = list(row[x : x + n])
                data = bytes(values[i] << 4 | values[i + 1] for i in range(0, len(values), 2))
                out += bytes([0, n]) + data + b"\0" * (len(data) % 2)
                x += n
            else:  # a run of two alternating colours
                a, b = int(row[x]), int(row[min(x + 1, len(row) - 1)])
                k = 1
                while x + k < len(row) and row[x + k] == (b if k % 2 else a):
                    k += 1
                out += bytes([k, a << 4 | b])
                x += k
        out += b"\0\0"
    return out + b"\0\1"


def bmp(n):
    bits = choose(1, 4, 8, 16, 24, 32)
    w, h = (int(v) for v in rng.integers(1, 40, 2))
    size = choose(12, 40, 40, 40, 52, 56, 64, 108, 124)
    if size == 12 and bits in (16, 32):
        bits = choose(1, 4, 8, 24)
    compression = 0
    masks = b""
    if size >= 40 and size != 64 and bits in (16, 32):
        compression = choose(0, 3)
    rle = size >= 40 and bits in (4, 8) and rng.random() < 0.4
    top_down = size != 12 and not rle and rng.random() < 0.3
    colours = 2**bits if bits <= 8 else 0
    used = choose(0, int(rng.integers(1, colours + 1))) if colours and size >= 40 else 0
    entry = 3 if size == 12 else 4
    palette = rng.integers(0, 256, ((used or colours), entry), dtype=np.uint8).tobytes() if colours else b""
    if colours and not used and rng.random() < 0.2:  # a grey ramp, which Pillow reads as L or 1
        palette = b"".join(bytes([i * 255 // max(1, colours - 1)] * 3 + [0] * (entry - 3)) for i in range(used or colours))
    if bits <= 8:
        samples = rng.integers(0, min(colours, choose(2, colours)), (h, w))
        if rle:
            compression = 1 if bits == 8 else 2
            data = (rle8 if bits == 8 else rle4)(samples.tolist())
        else:
            data = b""
            for row in packed(samples, bits):
                data += row + b"\0" * (-len(row) % 4)
    else:
        data = b""
        for _ in range(h):
            row = rng.integers(0, 256, w * bits // 8, dtype=np.uint8).tobytes()
            data += row + b"\0" * (-len(row) % 4)
    if compression == 3:
        if bits == 16:
            rgb = choose((0xF800, 0x7E0, 0x1F), (0x7C00, 0x3E0, 0x1F))
            alpha = 0
        else:
            rgb, alpha = choose(
                ((0xFF0000, 0xFF00, 0xFF), 0), ((0xFF0000, 0xFF00, 0xFF), 0xFF000000), ((0xFF, 0xFF00, 0xFF0000), 0xFF000000),
                ((0xFF000000, 0xFF0000, 0xFF00), 0), ((0xFF000000, 0xFF0000, 0xFF00), 0xFF),
            )
        masks = struct.pack("<IIII", *rgb, alpha)
    if size == 12:
        head = struct.pack("<IHHHH", 12, w, h, 1, bits)
        extra = b""
    else:
        head = struct.pack("<IiiHHIIiiII", size, w, -h if top_down else h, 1, bits, compression, len(data), 2835, 2835, used, 0)
        extra = b""
        if size == 40:
            extra = masks[:12]
        elif size == 64:
            head += b"\0" * 24
        else:
            full = (masks or b"\0" * 16) + b"\0" * 108
            head += full[: size - 40]
    offset = 14 + len(head) + len(extra) + len(palette)
    raw = b"BM" + struct.pack("<IHHI", offset + len(data), 0, 0, offset) + head + extra + palette + data
    write(f"{n}_{size}_{bits}_{compression}{'_top' if top_down else ''}.bmp", raw)


def webp(n):
    w, h = (int(v) for v in rng.integers(1, 60, 2))
    channels = choose(3, 4)
    frames = [Image.fromarray(rng.integers(0, 256, (h, w, channels), dtype=np.uint8)) for _ in range(int(rng.integers(2, 4)))]
    if rng.random() < 0.5:  # a first frame of which only a part differs from the background
        pixels = np.zeros((h, w, 4), np.uint8)
        pixels[h // 3 :, w // 2 :] = rng.integers(0, 256, (h - h // 3, w - w // 2, 4))
        frames[0] = Image.fromarray(pixels)
    name = f"{n}.webp"
    frames[0].save(f"{folder}/{name}", save_all=True, append_images=frames[1:], lossless=bool(rng.integers(2)), quality=int(rng.integers(1, 100)), allow_mixed=bool(rng.integers(2)), minimize_size=bool(rng.integers(2)), background=tuple(int(v) for v in rng.integers(0, 256, 4)))
    record(name)


for n in range(count):
    (png, bmp, png, webp)[n % 4](n)
with open(f"{folder}/list.txt", "w") as f:
    f.write("\n".join(lines))
