package nifti

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"iter"
	"runtime/debug"
	"slices"

	"realnet/data/internal/inflate"
)

// chunkBytes is the unit that passes from the goroutine that inflates to the one
// that converts: small enough to stay in the cache between them.
const (
	chunkBytes = 256 << 10
	chunksAway = 4
)

// Read returns all voxels in Fortran order: x runs fastest, then y, z, t.
func Read[T Float](im *Image) ([]T, error) {
	out := make([]T, 0, im.trusted(product(im.Shape)))
	s := im.scaling()
	err := im.stream(func(raw []byte, first int) bool {
		n := len(raw) / im.Type.Size()
		out = slices.Grow(out, n)[:first+n]
		decode(out[first:], raw, nil, im.Type, s)
		return true
	})
	if err != nil {
		return nil, err
	}
	return out, nil
}

// ReadVoxels returns the time series of chosen voxels: a row-major matrix of
// NumVolumes rows and len(voxels) columns. voxels are indices into a volume,
// x + nx*(y + ny*z), strictly ascending.
func ReadVoxels[T Float](im *Image, voxels []int) ([]T, error) {
	size := im.VolumeSize()
	for i, v := range voxels {
		if v < 0 || v >= size || i > 0 && v <= voxels[i-1] {
			return nil, fmt.Errorf("nifti: %s: %w: voxel %d (number %d of the selection) is out of order or outside the %d of a volume",
				im.Path, ErrShape, v, i, size)
		}
	}
	out := make([]T, 0, im.trusted(im.NumVolumes()*len(voxels)))
	s := im.scaling()
	pick := make([]int, 0, min(len(voxels), chunkBytes))
	volume, next := 0, 0 // the next voxel to come
	err := im.stream(func(raw []byte, first int) bool {
		end := first + len(raw)/im.Type.Size()
		for volume < im.NumVolumes() && next < len(voxels) {
			base := volume*size - first // of this volume, in this chunk
			pick = pick[:0]
			from := next
			for next < len(voxels) && base+voxels[next] < end-first {
				pick = append(pick, base+voxels[next])
				next++
			}
			at := volume * len(voxels)
			out = slices.Grow(out, at+next-len(out))[:at+next]
			decode(out[at+from:], raw, pick, im.Type, s)
			if next < len(voxels) {
				break // the rest of this volume is in the next chunk
			}
			volume, next = volume+1, 0
		}
		return true
	})
	if err != nil {
		return nil, err
	}
	return out, nil
}

// ReadMasked is ReadVoxels for the voxels of a mask, which must share the grid of
// the image.
func ReadMasked[T Float](im *Image, mask *Mask) ([]T, error) {
	if err := mask.Fits(im); err != nil {
		return nil, err
	}
	return ReadVoxels[T](im, mask.Voxels)
}

// Volumes iterates over the volumes in order. Each is in Fortran order and valid
// until the next step only. An error ends the iteration, with a nil volume.
func Volumes[T Float](im *Image) iter.Seq2[[]T, error] {
	return func(yield func([]T, error) bool) {
		voxels := im.VolumeSize()
		volume := make([]T, 0, im.trusted(voxels))
		s := im.scaling()
		size := im.Type.Size()
		err := im.stream(func(raw []byte, _ int) bool {
			for len(raw) > 0 {
				filled := len(volume)
				n := min(voxels-filled, len(raw)/size)
				volume = slices.Grow(volume, n)[:filled+n]
				decode(volume[filled:], raw[:n*size], nil, im.Type, s)
				raw = raw[n*size:]
				if len(volume) == voxels {
					if !yield(volume, nil) {
						return false
					}
					volume = volume[:0]
				}
			}
			return true
		})
		if err != nil {
			yield(nil, err)
		}
	}
}

// trusted is how many of n values may be allocated before they were read: those that a
// file of this size commonly holds. Deflate can claim 1032 times its size; a run of
// BOLD has less than 10.
func (im *Image) trusted(n int) int {
	const common, least = 10, 1 << 20
	return int(min(int64(n), max(im.fileSize*common, least)))
}

func (im *Image) scaling() scaling {
	slope, inter, on := im.Scaling()
	return scaling{on, slope, inter}
}

type chunk struct {
	raw []byte
	err error
}

// stream hands the stored voxels to use, in order, chunk by chunk, in native byte
// order; first is the index of the chunk's first voxel. A second goroutine reads and
// inflates ahead. use returns false to stop. After the last voxel a compressed file
// is read to its end, so that its checksum has been verified.
func (im *Image) stream(use func(raw []byte, first int) bool) error {
	src, err := openSource(im.dataPath, im.open)
	if err != nil {
		return fmt.Errorf("nifti: %w", err)
	}
	defer src.file.Close()

	full := make(chan chunk, chunksAway)
	empty := make(chan []byte, chunksAway+2) // all there are: one is read into, one is in use
	stop := make(chan struct{})
	go im.produce(src, full, empty, stop)
	defer func() { // the goroutine must be gone before the file is closed
		close(stop)
		for range full {
		}
	}()

	first, size := 0, im.Type.Size()
	swap := im.Order != nil && im.Order.Uint16([]byte{1, 2}) != binary.NativeEndian.Uint16([]byte{1, 2})
	for c := range full {
		if c.err != nil {
			return fmt.Errorf("nifti: %w", c.err)
		}
		if swap {
			swapBytes(c.raw, size)
		}
		if !use(c.raw, first) {
			return nil
		}
		first += len(c.raw) / size
		empty <- c.raw[:cap(c.raw)]
	}
	return nil
}

// produce sends the voxels of src as chunks of whole voxels and closes full.
func (im *Image) produce(src *source, full chan<- chunk, empty <-chan []byte, stop <-chan struct{}) {
	defer close(full)
	send := func(c chunk) bool {
		select {
		case full <- c:
			return true
		case <-stop:
			return false
		}
	}
	defer func() { // a panic in this goroutine would end the process
		if r := recover(); r != nil {
			send(chunk{err: fmt.Errorf("%s: %w: %v\n%s", im.dataPath, ErrInternal, r, debug.Stack())})
		}
	}()
	if _, err := io.CopyN(io.Discard, src, im.DataOffset); err != nil {
		send(chunk{err: readError(im.dataPath, corrupt(err), "the bytes before the voxels")})
		return
	}
	total, _ := im.dataBytes() // checked by Open
	for done := int64(0); done < total; {
		var raw []byte
		select {
		case raw = <-empty:
		default:
			raw = alignedBytes(int(min(chunkBytes, total)))
		}
		raw = raw[:min(int64(len(raw)), total-done)]
		n, err := io.ReadFull(src, raw)
		if err != nil {
			at := (done + int64(n)) / int64(im.Type.Size()) / int64(im.VolumeSize())
			send(chunk{err: readError(im.dataPath, corrupt(err), "volume %d of %d, %d of %d bytes of voxels read",
				at+1, im.NumVolumes(), done+int64(n), total)})
			return
		}
		done += int64(n)
		if !send(chunk{raw: raw}) {
			return
		}
	}
	if src.gz {
		// Bytes after the last gzip member are padding that other readers ignore too.
		if _, err := io.Copy(io.Discard, src); err != nil && !errors.Is(err, inflate.ErrHeader) {
			send(chunk{err: readError(im.dataPath, corrupt(err), "end of the file")})
		}
	}
}
