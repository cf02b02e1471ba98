package rdm

import (
	"encoding/binary"
	"fmt"
	"io"
	"math"
	"unsafe"

	"realnet/stages/analysis/internal/gram"
)

// Source is a conditions x features matrix that is read in blocks.
type Source interface {
	Dims() (conditions, features int)
	// Block copies rows [r0,r1) and columns [c0,c1) to dst, row by row, stride
	// values apart. It is called from several goroutines at once.
	Block(dst []float64, stride, r0, r1, c0, c1 int) error
}

// Single is a Source whose values are float32: it can give them as such, which
// halves the time.
type Single interface {
	Source
	Block32(dst []float32, stride, r0, r1, c0, c1 int) error
}

// Matrix is a Source in memory, row-major, conditions x features.
type Matrix[T float32 | float64] struct {
	Data                 []T
	Conditions, Features int
}

// Dims implements Source.
func (m *Matrix[T]) Dims() (conditions, features int) { return m.Conditions, m.Features }

// Block implements Source.
func (m *Matrix[T]) Block(dst []float64, stride, r0, r1, c0, c1 int) error {
	d := gram.Dense[T, float64]{Data: m.Data, Rows: m.Conditions, Cols: m.Features}
	return d.Block(dst, stride, r0, r1, c0, c1)
}

// File is a little-endian float32 matrix, row-major, at an offset in a file
// that need not fit in memory.
type File struct {
	R                    io.ReaderAt
	Offset               int64
	Conditions, Features int
}

// Dims implements Source.
func (f *File) Dims() (conditions, features int) { return f.Conditions, f.Features }

// Block implements Source.
func (f *File) Block(dst []float64, stride, r0, r1, c0, c1 int) error {
	return readRows(f, dst, stride, r0, r1, c0, c1)
}

// Block32 implements Single.
func (f *File) Block32(dst []float32, stride, r0, r1, c0, c1 int) error {
	return readRows(f, dst, stride, r0, r1, c0, c1)
}

// littleEndian says that this machine has numbers in memory as the file has them.
var littleEndian = binary.NativeEndian.Uint16([]byte{1, 0}) == 1

func readRows[T gram.Float](f *File, dst []T, stride, r0, r1, c0, c1 int) error {
	single, direct := any(dst).([]float32)
	var buf []byte
	if direct = direct && littleEndian && c1 > c0; !direct {
		buf = make([]byte, 4*(c1-c0))
	}
	for r := r0; r < r1; r++ {
		at := f.Offset + 4*(int64(r)*int64(f.Features)+int64(c0))
		if direct {
			row := single[(r-r0)*stride:][:c1-c0]
			bytes := unsafe.Slice((*byte)(unsafe.Pointer(unsafe.SliceData(row))), 4*len(row))
			if _, err := f.R.ReadAt(bytes, at); err != nil {
				return fmt.Errorf("rdm: read condition %d at byte %d: %w", r, at, err)
			}
			continue
		}
		if _, err := f.R.ReadAt(buf, at); err != nil {
			return fmt.Errorf("rdm: read condition %d at byte %d: %w", r, at, err)
		}
		row := dst[(r-r0)*stride:][:c1-c0]
		for c := range row {
			row[c] = T(math.Float32frombits(binary.LittleEndian.Uint32(buf[4*c : 4*c+4])))
		}
	}
	return nil
}

// shifted subtracts a number from each row and a row from all of them. It
// gives float64 blocks; single gives float32 ones.
type shifted struct {
	src     Source
	rows    []float64 // nil, or one number a condition
	columns []float64 // nil, or one number a feature
}

func (s shifted) Dims() (conditions, features int) { return s.src.Dims() }

func (s shifted) Block(dst []float64, stride, r0, r1, c0, c1 int) error {
	switch m := s.src.(type) {
	case *Matrix[float32]:
		return dense(s, m, dst, stride, r0, r1, c0, c1)
	case *Matrix[float64]:
		return dense(s, m, dst, stride, r0, r1, c0, c1)
	}
	if err := s.src.Block(dst, stride, r0, r1, c0, c1); err != nil {
		return err
	}
	return shift(s, dst, stride, r0, r1, c0, c1)
}

type single shifted

// narrow gives s in float32 blocks, or false when its values are float64.
func (s shifted) narrow() (single, bool) {
	if _, ok := s.src.(*Matrix[float32]); ok {
		return single(s), true
	}
	_, ok := s.src.(Single)
	return single(s), ok
}

func (s single) Dims() (conditions, features int) { return s.src.Dims() }

func (s single) Block(dst []float32, stride, r0, r1, c0, c1 int) error {
	if m, ok := s.src.(*Matrix[float32]); ok {
		return dense(shifted(s), m, dst, stride, r0, r1, c0, c1)
	}
	if err := s.src.(Single).Block32(dst, stride, r0, r1, c0, c1); err != nil {
		return err
	}
	return shift(shifted(s), dst, stride, r0, r1, c0, c1)
}

// dense converts a block of m and subtracts in the same pass.
func dense[In, Out gram.Float](s shifted, m *Matrix[In], dst []Out, stride, r0, r1, c0, c1 int) error {
	d := gram.Dense[In, Out]{Data: m.Data, Rows: m.Conditions, Cols: m.Features, Shift: s.rows}
	if err := d.Block(dst, stride, r0, r1, c0, c1); err != nil {
		return err
	}
	return shift(shifted{columns: s.columns}, dst, stride, r0, r1, c0, c1)
}

func shift[T gram.Float](s shifted, dst []T, stride, r0, r1, c0, c1 int) error {
	for r := r0; r < r1; r++ {
		row := dst[(r-r0)*stride:][:c1-c0]
		if s.rows != nil {
			gram.Convert(row, row, s.rows[r])
		}
		if s.columns != nil {
			for i, v := range s.columns[c0:c1] {
				row[i] = T(float64(row[i]) - v)
			}
		}
	}
	return nil
}
