// Package images decodes the stimuli of the study and brings them to the input size
// of the networks, to the same bytes that Pillow 9.4 gives.
//
// [Decode] reads JPEG (realnet/data/images/jpeg), PNG, GIF, BMP and WebP (of
// animations the first frame), by content and not by name, and returns what Image.open(f).convert("RGB")
// returns: grey is repeated, palettes are looked up, alpha is dropped without
// blending, CMYK is inverted and multiplied out, 16-bit RGB keeps its high byte, 16-bit
// grey is cut at 255. As
// Pillow does by default, it ignores EXIF orientation and colour profiles.
//
// [Squash] and [ResizeCenterCrop] are the transforms of the study and of CORnet's
// accuracy protocol; both rest on [RGB.Resize], Pillow's BILINEAR: an antialiased
// triangle filter, in fixed point with 22 bits, across and then down.
//
// Not done: other filters, normalisation to floats (a stage does that). An image of more pixels than its bytes can account for, or than Pillow
// takes, is refused before it is allocated.
package images
