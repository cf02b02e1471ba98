"""Makes data/images/testdata with Pillow 9.4 (libjpeg-turbo 2.1, libwebp 1.2). Run from the repository root.

expected.json: file -> size and sha256 of convert("RGB"); "resize": sizes and hashes; "transforms": the same for the
two transforms (torchvision's arithmetic, spelled out). Pixels of a few images are stored as well, in pixels.npz.
"""
import hashlib
import io
import json
import os
import random
import struct
import zlib

import numpy as np
from PIL import Image, ImageFilter

out = "data/images/testdata"
os.makedirs(out, exist_ok=True)
for f in os.listdir(out):
    os.remove(f"{out}/{f}")
rng = np.random.default_rng(8)
expected = {}
pixels = {}


def digest(image):
    a = np.asarray(image.convert("RGB"))
    return {"width": a.shape[1], "height": a.shape[0], "sha256": hashlib.sha256(a.tobytes()).hexdigest()}


def note(name, keep=False):
    image = Image.open(f"{out}/{name}")
    expected[name] = digest(image)
    if keep:
        pixels[name] = np.asarray(image.convert("RGB"))


def scene(w, h, noise=20):
    """A smooth photo-like scene with edges and noise."""
    y, x = np.mgrid[0:h, 0:w].astype(float)
    a = np.stack([128 + 90 * np.sin(x / 9 + i) * np.cos(y / (7 + i)) for i in range(3)], -1)
    a[(x - w / 2) ** 2 + (y - h / 2) ** 2 < (min(w, h) / 4) ** 2] = rng.integers(0, 256, 3)
    a += rng.normal(0, noise, a.shape)
    return Image.fromarray(a.clip(0, 255).astype(np.uint8))


def put(name, image, keep=False, **options):
    image.save(f"{out}/{name}", **options)
    note(name, keep)


# JPEG: every subsampling, coding and mode, at sizes that are no multiple of a block.
for i, (w, h) in enumerate([(45, 37), (64, 48), (17, 33)]):
    for s, sub in enumerate(["444", "422", "420"]):
        for progressive in False, True:
            put(f"jpeg_{sub}_{'progressive' if progressive else 'baseline'}_{w}x{h}.jpg", scene(w, h), keep=i == 0, quality=[75, 92, 40][(i + s) % 3], subsampling=s, progressive=progressive)
for w, h in [(1, 1), (2, 3), (3, 2), (5, 5), (8, 8), (16, 16), (33, 1), (1, 33)]:
    put(f"jpeg_tiny_{w}x{h}.jpg", scene(w, h), subsampling=2)
put("jpeg_422_3.jpg", scene(4, 9), subsampling=1)
put("jpeg_grey.jpg", scene(41, 29).convert("L"))
put("jpeg_grey_progressive.jpg", scene(41, 29).convert("L"), progressive=True)
put("jpeg_cmyk.jpg", scene(33, 25).convert("CMYK"), keep=True)
put("jpeg_cmyk_k.jpg", Image.fromarray(rng.integers(0, 256, (25, 33, 4), dtype=np.uint8), "CMYK"), quality=90)
put("jpeg_noise.jpg", Image.fromarray(rng.integers(0, 256, (40, 40, 3), dtype=np.uint8)), quality=30)
put("jpeg_saturated.jpg", Image.fromarray((rng.integers(0, 2, (40, 40, 3)) * 255).astype(np.uint8)), quality=10, subsampling=2)
put("jpeg_q100.jpg", scene(40, 40), quality=100, subsampling=0)
put("jpeg_optimised.jpg", scene(40, 40), optimize=True)
put("jpeg_coarse.jpg", scene(48, 40), quality=1)
flat = Image.new("RGB", (50, 40), (200, 30, 60))
put("jpeg_flat.jpg", flat)
exif = Image.Exif()
exif[0x0112] = 6  # rotated: Pillow leaves it so
put("jpeg_exif.jpg", scene(30, 20), exif=exif)
a = scene(160, 130)  # for the resizing tests
put("scene.png", a.filter(ImageFilter.GaussianBlur(1)).quantize(64))


def segments(b):
    """Yields marker, start, end of each segment; the entropy-coded data belongs to SOS."""
    i = 2
    while i < len(b):
        m = b[i + 1]
        if m == 0xD9:
            yield m, i, len(b)
            return
        n = i + 2 + struct.unpack(">H", b[i + 2 : i + 4])[0]
        if m == 0xDA:
            while not (b[n] == 0xFF and b[n + 1] != 0 and not 0xD0 <= b[n + 1] <= 0xD7):
                n += 1
        yield m, i, n
        i = n


def bytes_of(image, **options):
    f = io.BytesIO()
    image.save(f, "JPEG", **options)
    return f.getvalue()


def raw(name, b):
    open(f"{out}/{name}", "wb").write(b)
    note(name)


# Sampling that Pillow does not write: change the frame header, which re-reads the same blocks as another image.
# 4:4:4 has three blocks an MCU; 4:4:0 (1x2) has four, as 4:2:2 has; 4:1:1 and 4:1:0 take six as 4:2:0 does.
def resampled(b, factors, width, height):
    b = bytearray(b)
    for m, i, n in segments(bytes(b)):
        if m in (0xC0, 0xC2):
            b[i + 5 : i + 9] = struct.pack(">HH", height, width)
            for k, f in enumerate(factors):
                b[i + 11 + 3 * k] = f
    return bytes(b)


b422 = bytes_of(scene(64, 48), subsampling=1, quality=85)
raw("jpeg_440.jpg", resampled(b422, [0x12, 0x11, 0x11], 61, 45 + 3))
b420 = bytes_of(scene(64, 64), subsampling=2, quality=85)
raw("jpeg_411.jpg", resampled(b420, [0x41, 0x11, 0x11], 120, 31))
raw("jpeg_441.jpg", resampled(b420, [0x14, 0x11, 0x11], 31, 120))
b444 = bytes_of(scene(40, 32), subsampling=0)
raw("jpeg_grey_sampled.jpg", resampled(bytes_of(scene(32, 32).convert("L")), [0x22], 29, 31))
# RGB without conversion: drop JFIF, name the components R, G, B; then Adobe with transform 0.
rgb = bytearray(b444)
for m, i, n in segments(b444):
    if m == 0xE0:
        app0 = slice(i, n)
    if m == 0xC0:
        for k, c in enumerate(b"RGB"):
            rgb[i + 10 + 3 * k] = c
    if m == 0xDA:
        for k, c in enumerate(b"RGB"):
            rgb[i + 5 + 2 * k] = c
del rgb[app0]
raw("jpeg_rgb_names.jpg", bytes(rgb))
adobe = lambda t: b"\xff\xee\x00\x0eAdobe\x00\x64\x00\x00\x00\x00" + bytes([t])
bare = bytearray(b444)
del bare[app0]
raw("jpeg_adobe_rgb.jpg", bytes(bare[:2]) + adobe(0) + bytes(bare[2:]))
raw("jpeg_adobe_ycc.jpg", bytes(bare[:2]) + adobe(1) + bytes(bare[2:]))
raw("jpeg_no_markers.jpg", bytes(bare))
cmyk = bytes_of(scene(33, 25).convert("CMYK"))
for t in 0, 2:
    raw(f"jpeg_ycck_{t}.jpg", cmyk.replace(adobe(0), adobe(t)))
fill = b444.replace(b"\xff\xc4", b"\xff\xff\xff\xc4")  # fill bytes before markers
raw("jpeg_fill.jpg", fill)


# Restart markers: an encoder of DC only, whose bits are known, so that markers can be set at will.
def restart(name, interval, w, h):
    dht = b"\xff\xc4" + struct.pack(">H", 19 + 12) + b"\x00" + bytes([0, 1, 5, 1, 1, 1, 1, 1, 1, 0, 0, 0, 0, 0, 0, 0]) + bytes(range(12))
    dht += b"\xff\xc4" + struct.pack(">H", 19 + 1) + b"\x10" + bytes([1] + [0] * 15) + b"\x00"
    codes = {0: "00", 1: "010", 2: "011", 3: "100", 4: "101", 5: "110", 6: "1110", 7: "11110", 8: "111110"}
    head = b"\xff\xd8\xff\xdb\x00\x43\x00" + bytes([16] * 64) + b"\xff\xc0\x00\x0b\x08" + struct.pack(">HH", h, w) + b"\x01\x01\x11\x00" + dht
    head += b"\xff\xdd\x00\x04" + struct.pack(">H", interval) + b"\xff\xda\x00\x08\x01\x01\x00\x00\x3f\x00"
    body, bits, dc, r = b"", "", 0, random.Random(1)
    n = -(-w // 8) * -(-h // 8)
    flush = lambda bits: int((bits + "1" * (-len(bits) % 8)) or "1" * 8, 2).to_bytes(-(-max(len(bits), 1) // 8), "big").replace(b"\xff", b"\xff\x00")
    for i in range(n):
        if i and i % interval == 0:
            body += flush(bits) + bytes([0xFF, 0xD0 + (i // interval - 1) % 8])
            bits, dc = "", 0
        v = r.randrange(-60, 60)
        d, dc = v - dc, v
        s = abs(d).bit_length()
        bits += codes[s] + (format(d if d > 0 else d + (1 << s) - 1, f"0{s}b") if s else "") + "0"
    raw(name, head + body + flush(bits) + b"\xff\xd9")


restart("jpeg_restart_1.jpg", 1, 40, 30)
restart("jpeg_restart_3.jpg", 3, 100, 64)

# PNG, GIF, BMP, WebP in every mode.
s = scene(23, 19)
rgba = s.convert("RGBA")
rgba.putalpha(Image.fromarray(rng.integers(0, 256, (19, 23), dtype=np.uint8)))
for mode in "1", "L", "LA", "P", "RGB", "RGBA":
    put(f"png_{mode}.png", rgba.convert(mode))
put("png_P_transparent.png", s.quantize(16), transparency=3)
put("png_P_2bit.png", s.quantize(4), bits=2)
put("png_P_4bit.png", s.quantize(11), bits=4)
put("png_L_transparent.png", s.convert("L"), transparency=100)
put("png_RGB_transparent.png", s, transparency=(10, 20, 30))
put("png_16.png", Image.fromarray(rng.integers(0, 600, (19, 23), dtype=np.uint16)))
put("png_interlaced_off.png", s, optimize=True)


def png(name, depth, colour, rows, interlace=0):
    chunk = lambda t, d: struct.pack(">I", len(d)) + t + d + struct.pack(">I", zlib.crc32(t + d))
    w = {(16, 2): 6, (16, 6): 8, (16, 4): 4, (4, 0): 0.5, (2, 0): 0.25}[(depth, colour)]
    head = struct.pack(">IIBBBBB", int(len(rows[0]) / w), len(rows), depth, colour, 0, 0, interlace)
    raw(name, b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(b"".join(b"\0" + r for r in rows))) + chunk(b"IEND", b""))


png("png_rgb16.png", 16, 2, [rng.bytes(6 * 9) for _ in range(7)])
png("png_rgba16.png", 16, 6, [rng.bytes(8 * 9) for _ in range(7)])
png("png_la16.png", 16, 4, [rng.bytes(4 * 9) for _ in range(7)])
png("png_l4.png", 4, 0, [rng.bytes(5) for _ in range(7)])
png("png_l2.png", 2, 0, [rng.bytes(3) for _ in range(7)])

put("gif.gif", s)
put("gif_grey.gif", s.convert("L"))
put("gif_transparent.gif", s.quantize(16), transparency=5)
put("gif_interlaced.gif", s.quantize(16), interlace=1)
put("gif_animated.gif", s.quantize(16), save_all=True, append_images=[scene(23, 19).quantize(16)])
for name in "gif", "gif_transparent":  # a frame smaller than the screen
    b = bytearray(open(f"{out}/{name}.gif", "rb").read())
    b[6:10] = struct.pack("<HH", 30, 25)
    raw(name + "_partial.gif", bytes(b))
for mode in "1", "L", "P", "RGB", "RGBA":
    put(f"bmp_{mode}.bmp", rgba.convert(mode))
for w, h in [(45, 37), (16, 16), (1, 1), (2, 5), (33, 2)]:
    put(f"webp_lossy_{w}x{h}.webp", scene(w, h), keep=w == 45, quality=80)
put("webp_lossy_alpha.webp", rgba, quality=70)
put("webp_lossless.webp", s, lossless=True)
put("webp_lossless_alpha.webp", rgba, lossless=True, exact=True)

# Resizing: 20 sizes, down and up, one axis alone, and the transforms.
source = Image.open(f"{out}/scene.png").convert("RGB")
sizes = [(224, 224), (64, 64), (1, 1), (2, 2), (3, 5), (7, 160), (160, 7), (159, 129), (161, 131), (80, 65), (320, 260), (100, 130), (160, 100), (33, 77), (128, 128), (256, 208), (11, 200), (200, 11), (500, 3), (53, 43)]
expected["resize"] = [digest(source.resize(z, Image.BILINEAR)) for z in sizes]
transforms = []
for w, h in [(160, 130), (130, 160), (97, 131), (131, 97), (64, 64), (40, 33), (77, 31)]:
    image = source.crop((0, 0, w, h)) if w <= 160 and h <= 130 else source.resize((w, h), Image.BILINEAR)
    for edge, crop in (64, 56), (256, 224), (57, 50):
        small = (edge, int(edge * h / w)) if w <= h else (int(edge * w / h), edge)
        r = image if (w, h) == small else image.resize(small, Image.BILINEAR)
        top, left = int(round((r.height - crop) / 2.0)), int(round((r.width - crop) / 2.0))
        transforms.append({"width": w, "height": h, "edge": edge, "crop": crop, "sha256": digest(r.crop((left, top, left + crop, top + crop)))["sha256"]})
expected["transforms"] = transforms
json.dump(expected, open(f"{out}/expected.json", "w"), indent=0)
np.savez_compressed(f"{out}/pixels.npz", **pixels)
