package parquet

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math"

	pq "github.com/parquet-go/parquet-go"
)

// A file may claim so many values and so many bytes after decompression for each of its
// bytes, beyond what every file may: constant columns compress well, bombs better.
const (
	perByte      = 1000
	alwaysValues = 1 << 20
	alwaysBytes  = 1 << 24
)

// mostColumns is what the library numbers.
const mostColumns = math.MaxInt16

// checkFooter refuses a file whose description claims more than the file holds.
func checkFooter(r io.ReaderAt, size int64) error {
	var tail [8]byte
	if size < 12 {
		return fmt.Errorf("%w: %d bytes", ErrFormat, size)
	}
	if _, err := r.ReadAt(tail[:], size-8); err != nil {
		return err
	}
	if string(tail[4:]) != "PAR1" {
		return fmt.Errorf("%w: it ends without PAR1: cut off, or encrypted", ErrFormat)
	}
	n := int64(binary.LittleEndian.Uint32(tail[:]))
	if n > size-12 {
		return fmt.Errorf("%w: a footer of %d bytes in a file of %d", ErrFormat, n, size)
	}
	footer := make([]byte, n)
	if _, err := r.ReadAt(footer, size-8-n); err != nil {
		return err
	}
	s := skim{b: footer}
	if err := s.fields(nil); err != nil {
		return fmt.Errorf("%w: its footer: %w", ErrFormat, err)
	}
	return nil
}

// claims are what the headers of pages claim so far.
type claims struct{ values, unpacked, size int64 }

func (c *claims) add(h header) error {
	c.values, c.unpacked = c.values+h.values, c.unpacked+h.unpacked
	if limit := perByte * c.size; h.values < 0 || h.unpacked < 0 || c.values > limit+alwaysValues || c.unpacked > limit+alwaysBytes {
		return fmt.Errorf("%w: its pages claim %d values in %d bytes, the file has %d bytes", ErrFormat, c.values, c.unpacked, c.size)
	}
	return nil
}

// checkClaims compares what the footer and the headers of the pages claim with the size
// of the file.
func checkClaims(f *pq.File, r io.ReaderAt, size int64) error {
	meta := f.Metadata()
	if n := len(meta.Schema); n > mostColumns {
		return fmt.Errorf("%w: %d columns, more than %d: write fewer columns, or an array (.npy, .h5)", ErrFormat, n, mostColumns)
	}
	all := claims{size: size}
	for g := range meta.RowGroups {
		group := &meta.RowGroups[g]
		if group.NumRows < 0 || group.NumRows > perByte*size+alwaysValues {
			return fmt.Errorf("%w: a group of %d rows in a file of %d bytes", ErrFormat, group.NumRows, size)
		}
		for k := range group.Columns {
			c := &group.Columns[k].MetaData
			begin := c.DataPageOffset
			if c.DictionaryPageOffset > 0 {
				begin = min(begin, c.DictionaryPageOffset)
			}
			if begin < 0 || c.TotalCompressedSize < 0 || begin > size || c.TotalCompressedSize > size-begin {
				return fmt.Errorf("%w: column %d is outside the file", ErrFormat, k)
			}
			if err := all.chunk(io.NewSectionReader(r, begin, c.TotalCompressedSize)); err != nil {
				return err
			}
		}
	}
	return nil
}

// header is the header of a page.
type header struct{ packed, unpacked, values int64 }

// chunk adds the pages of a column in a group of rows.
func (c *claims) chunk(section *io.SectionReader) error {
	for at := int64(0); at < section.Size(); {
		h, n, err := readHeader(section, at)
		if err == nil && (h.packed < 0 || h.packed > section.Size()-at-n) {
			err = fmt.Errorf("%w: a page of %d bytes where %d are left", ErrFormat, h.packed, section.Size()-at-n)
		}
		if err == nil {
			err = c.add(h)
		}
		if err != nil {
			return err
		}
		at += n + h.packed
	}
	return nil
}

// readHeader reads the header of the page at a place, and says how long it is.
func readHeader(section *io.SectionReader, at int64) (h header, n int64, err error) {
	for length := int64(256); ; length *= 8 {
		length = min(length, section.Size()-at)
		b := make([]byte, length)
		if _, err := section.ReadAt(b, at); err != nil && !errors.Is(err, io.EOF) {
			return h, 0, err
		}
		s := skim{b: b, integer: h.set}
		err := s.fields(nil)
		if err == nil {
			return h, int64(s.at), nil
		}
		if !errors.Is(err, io.ErrUnexpectedEOF) || length == section.Size()-at {
			return h, 0, fmt.Errorf("%w: the header of a page: %w", ErrFormat, err)
		}
	}
}

// set takes the numbers of a PageHeader: 2 and 3 are sizes, 5, 7 and 8 the headers of
// pages of data, of a dictionary, and of data in version 2, whose field 1 is the number
// of values.
func (h *header) set(path []int16, v int64) {
	switch {
	case len(path) == 1 && path[0] == 2:
		h.unpacked = v
	case len(path) == 1 && path[0] == 3:
		h.packed = v
	case len(path) == 2 && path[1] == 1 && (path[0] == 5 || path[0] == 7 || path[0] == 8):
		h.values = v
	}
}
