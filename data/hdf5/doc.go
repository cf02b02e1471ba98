// Package hdf5 reads HDF5 files: the subset that neuroscience data use, with
// values equal to h5py's, and a named error for everything else.
//
// # Model
//
// A [File] is a tree of [Group] and [Dataset] objects. A Dataset has a shape (C
// order, as h5py shows it), a [Type] and attributes. Numbers are read whole
// ([Dataset.ReadFloat64] and its siblings) or through a [Selection]: a hyperslab
// ([Dataset.Slab]) or a list of indices along one axis ([Selection.Take]). Only
// the chunks that a selection touches are read; they are decoded on a pool of
// workers that write to disjoint places, so the result does not depend on how
// many there are.
//
//	f, err := hdf5.Open("subject1.h5")
//	d, err := f.Dataset("dataset")            // 6000 x 11730
//	s, err := d.Slab([]int{0, 10}, []int{6000, 1004})
//	x, err := s.ReadFloat32()                 // row-major, 6000 x 1004
//
// # What is read
//
// Superblocks 0 to 3 with or without a user block; object headers 1 and 2;
// groups as symbol tables, compact links and dense links (fractal heap and
// version 2 B-tree); attributes, compact and dense; compact, contiguous and
// chunked data (layouts 1 to 3 with a version 1 B-tree; layout 4 with a single chunk,
// implicit, fixed array, extensible array and version 2 B-tree index); the
// filters gzip, LZF, shuffle and fletcher32; fill values. Every checksum is compared.
// Types: integers of 1, 2, 4
// and 8 bytes, IEEE floats of 2, 4 and 8 bytes, both in either byte order, fixed
// and variable-length strings, enumerations (h5py's bool is one), object
// references, variable-length sequences of numbers, arrays of fixed shape (their axes
// are the last of the dataset), and the fields of a compound, one at a time
// ([Dataset.Field]).
//
// # What is not
//
// Nothing is written. Virtual and external storage, external links, other
// filters (szip, blosc, n-bit, scale-offset), layout 5, opaque, bit-field and time types, region references, shared (SOHM) messages
// and files split over several drivers are refused with [ErrUnsupported] at the
// moment they would be needed; the rest of the file stays readable.
//
// # Cost
//
// Opening reads the superblock. Looking up a name reads the group's index. A
// selection of n elements takes n values of memory, plus per worker one chunk
// decoded and one as stored. A file that claims more than it can hold (a shape
// without data behind it, chunks that overlap, an index that loops) is refused
// with [ErrFormat] before memory is taken for it: at most 1032 times the file's
// size (the limit of deflate) and 64 MiB of fill values.
//
// Source: HDF5 File Format Specification, version 3.0 (The HDF Group, 2016).
package hdf5
