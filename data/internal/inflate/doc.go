// Package inflate decompresses DEFLATE (RFC 1951) in its gzip (RFC 1952) and zlib (RFC
// 1950) wrappers in less than half the time of compress/flate. Reading a compressed file
// is mostly decompression.
//
// Codes are looked up in a table of 11 bits (8 for distances) with second tables behind
// it, bits are taken eight bytes at a time, and up to three literals are written between
// two refills. Memory is 0.2 MB a reader, whatever the stream says. A stream that is
// damaged, cut short or whose checksum differs is an error.
package inflate
