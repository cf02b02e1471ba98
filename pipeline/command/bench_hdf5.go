package command

import (
	"bytes"
	"compress/zlib"
	"encoding/binary"
	"math"
	"os"
)

// writeBenchHDF5 writes the one HDF5 file that the benchmark reads: a dataset
// "dataset" of rows x columns float32 in chunks of 100 x 1,000, shuffled and
// deflated (HDF5 File Format Specification 3.0: superblock 0, a group by a link
// message, a version-1 B-tree of chunks in one node).
func writeBenchHDF5(path string, rows, columns int) error {
	const chunkRows, chunkColumns = 100, 1000
	le := binary.LittleEndian
	var f []byte
	u := func(b []byte, width int, v uint64) []byte {
		var w [8]byte
		le.PutUint64(w[:], v)
		return append(b, w[:width]...)
	}
	const undefined = math.MaxUint64
	const rootAt, dataAt, treeAt = 96, 96 + 256, 96 + 512
	// superblock
	f = append(f, "\x89HDF\r\n\x1a\n"...)
	f = append(f, 0, 0, 0, 0, 0, 8, 8, 0)
	f = u(f, 2, 4)  // group leaf K
	f = u(f, 2, 16) // group internal K
	f = u(f, 4, 0)
	f = u(f, 8, 0)
	f = u(f, 8, undefined)
	end := len(f)
	f = u(f, 8, 0) // end of file, set below
	f = u(f, 8, undefined)
	f = u(f, 8, 0) // root symbol table entry
	f = u(f, 8, rootAt)
	f = u(f, 8, 0)
	f = append(f, make([]byte, 16)...)

	message := func(kind uint64, body []byte) []byte {
		body = append(body, make([]byte, -len(body)&7)...)
		var m []byte
		m = u(m, 2, kind)
		m = u(m, 2, uint64(len(body)))
		m = u(m, 4, 0)
		return append(m, body...)
	}
	header := func(messages ...[]byte) []byte {
		body := bytes.Join(messages, nil)
		h := []byte{1, 0}
		h = u(h, 2, uint64(len(messages)))
		h = u(h, 4, 1)
		h = u(h, 4, uint64(len(body)))
		h = u(h, 4, 0)
		return append(h, body...)
	}
	place := func(at int, b []byte) {
		f = append(f, make([]byte, at-len(f))...)
		f = append(f, b...)
	}
	// root group: one hard link
	link := append([]byte{1, 0, 7}, "dataset"...)
	place(rootAt, header(message(6, u(link, 8, dataAt))))
	// dataset
	space := append([]byte{1, 2, 0, 0}, 0, 0, 0, 0)
	space = u(u(space, 8, uint64(rows)), 8, uint64(columns))
	float := []byte{0x11, 0x20, 31, 0, 4, 0, 0, 0, 0, 0, 32, 0, 23, 8, 0, 23, 127, 0, 0, 0}
	filters := []byte{1, 2, 0, 0, 0, 0, 0, 0}
	filters = append(filters, 2, 0, 0, 0, 1, 0, 1, 0, 4, 0, 0, 0, 0, 0, 0, 0) // shuffle, 4 bytes
	filters = append(filters, 1, 0, 0, 0, 1, 0, 1, 0, 4, 0, 0, 0, 0, 0, 0, 0) // deflate, level 4
	layout := u([]byte{3, 2, 3}, 8, treeAt)
	layout = u(u(u(layout, 4, chunkRows), 4, chunkColumns), 4, 4)
	place(dataAt, header(message(1, space), message(3, float), message(0xb, filters), message(8, layout)))
	// chunks behind the tree
	chunks := (rows / chunkRows) * (columns / chunkColumns)
	const key = 8 + 3*8
	treeSize := 24 + chunks*(key+8) + key
	var tree []byte
	tree = append(tree, "TREE"...)
	tree = append(tree, 1, 0)
	tree = u(tree, 2, uint64(chunks))
	tree = u(u(tree, 8, undefined), 8, undefined)
	var stored []byte
	values := normal[float32](rows * columns)
	plain, shuffled := make([]byte, 0, chunkRows*chunkColumns*4), make([]byte, chunkRows*chunkColumns*4)
	for r := 0; r < rows; r += chunkRows {
		for c := 0; c < columns; c += chunkColumns {
			plain = plain[:0]
			for i := range chunkRows {
				for _, v := range values[(r+i)*columns+c : (r+i)*columns+c+chunkColumns] {
					plain = le.AppendUint32(plain, math.Float32bits(v))
				}
			}
			n := len(plain) / 4
			for i := range n {
				for b := range 4 {
					shuffled[b*n+i] = plain[4*i+b]
				}
			}
			at := treeAt + treeSize + len(stored)
			var z bytes.Buffer
			w, err := zlib.NewWriterLevel(&z, 4)
			if err != nil {
				return err
			}
			if _, err := w.Write(shuffled); err != nil {
				return err
			}
			if err := w.Close(); err != nil {
				return err
			}
			stored = append(stored, z.Bytes()...)
			tree = u(u(tree, 4, uint64(z.Len())), 4, 0)
			tree = u(u(u(tree, 8, uint64(r)), 8, uint64(c)), 8, 0)
			tree = u(tree, 8, uint64(at))
		}
	}
	tree = u(u(u(u(u(tree, 4, 0), 4, 0), 8, uint64(rows)), 8, 0), 8, 0)
	place(treeAt, append(tree, stored...))
	le.PutUint64(f[end:], uint64(len(f)))
	return os.WriteFile(path, f, 0o666)
}
