// Package array is the n-dimensional array that the readers of .npy, .pth and
// .safetensors files hand out: an element type, a shape, strides, and a place in
// a file from which the values are read when they are asked for.
//
// Nothing is read until [Array.Float32], [Array.Float64], [Array.Int64],
// [Array.Strings] or [Array.Chunks] is called. Values are converted as they
// stream in, so that asking a 900 MB file of float64 for float32 needs the
// 450 MB that are kept and a buffer of 256 KiB; a sliced view (torch) also needs
// the bytes that it spans. Time grows with the number of values read.
//
// Values come out in C order of the shape (last axis fastest), whatever the order
// in the file.
//
// Not done: arithmetic, complex numbers, dates, structured element types. The
// readers refuse these with an error that names the type.
package array
