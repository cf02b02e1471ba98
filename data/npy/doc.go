// Package npy reads and writes numpy's .npy and .npz files.
//
// Read: format versions 1 to 3; bool, int8 to int64, uint8 to uint64, float16,
// float32, float64, S and U strings, in C or Fortran order and either byte order;
// object arrays, and dicts saved as one (the THINGS EEG2 files), through the strict
// unpickler of realnet/data/pickle. Complex numbers, dates and structured types
// are [ErrType]. Values are read when asked for: see realnet/data/array.
//
// Written: little-endian C-order .npy of float32, float64, int64, int32 and uint8,
// and dicts of such arrays and lists of strings, which
// numpy.load(path, allow_pickle=True).item() returns.
//
// Why not github.com/sbinet/npyio: it lacks float16, unicode and object arrays,
// hands out Fortran order unconverted, and reads a file whole.
package npy
