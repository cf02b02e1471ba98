// Package jpeg decodes JPEG images to the same bytes that libjpeg-turbo 2.1 (and so
// Pillow 9.4) gives with its defaults: the accurate integer inverse DCT
// ("islow", Loeffler, Ligtenberg and Moschytz 1989 with 13-bit constants), the
// triangle filter for subsampled chroma ("fancy upsampling"), and the 16-bit
// fixed-point colour conversion of JFIF.
//
// Decoded: baseline, extended and progressive Huffman-coded images of 8 bits, 1, 3
// or 4 components, any integral subsampling, restart intervals, interleaved or not.
//
// Refused with ErrUnsupported: arithmetic coding, 12 bits, lossless, hierarchical,
// heights given after the scan (DNL). Stricter than libjpeg: where that warns and
// guesses (damaged codes, missing data, a progressive image whose last scans are
// missing), the error is ErrFormat, because a guessed pixel would pass as data.
//
// Time and memory grow with the number of pixels. A file cannot claim more blocks
// than its bytes have bits.
package jpeg
