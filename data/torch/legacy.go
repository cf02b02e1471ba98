package torch

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math/big"

	"realnet/data/array"
	"realnet/data/pickle"
)

// legacyMagic is the number that the first pickle of the legacy form holds.
var legacyMagic, _ = new(big.Int).SetString("1950a86a20f9469cfc6c", 16)

// IsLegacy reports whether a file that begins with these bytes is of the legacy form,
// pickled with any protocol. 32 bytes are enough.
func IsLegacy(head []byte) bool {
	v, err := pickle.NewReader(bytes.NewReader(head), 0, int64(len(head)), nil).Load()
	n, ok := v.(*big.Int)
	return err == nil && ok && n.Cmp(legacyMagic) == 0
}

// readLegacy reads the form before PyTorch 1.6: pickles of the magic number, the
// protocol version, facts on the machine, the object, and the list of storage keys;
// then each storage as its length in values (int64) and its bytes.
func readLegacy(r io.ReaderAt, size int64) (any, error) {
	p := pickle.NewReader(r, 0, size, allow())
	m, err := p.Load()
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrFormat, err)
	}
	if n, ok := m.(*big.Int); !ok || n.Cmp(legacyMagic) != 0 {
		return nil, fmt.Errorf("%w: neither a zip archive nor the legacy form", ErrFormat)
	}
	if v, err := p.Load(); err != nil || v != int64(1001) {
		return nil, fmt.Errorf("%w: legacy protocol %v", ErrFormat, v)
	}
	facts, err := p.Load()
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrFormat, err)
	}
	isBig := false
	if d, ok := facts.(*pickle.Dict); ok {
		if little, ok := d.Get("little_endian"); ok {
			isBig = little == false
		}
	}
	storages := map[string]*storage{}
	lost := false // a storage of unknown size: what follows it cannot be found
	p.Persistent = func(id any) (any, error) {
		if t, ok := id.(pickle.Tuple); ok && len(t) > 0 && t[0] == "module" && len(t) > 1 {
			return t[1], nil // the class, with its source text, which is not read
		}
		s, key, err := newStorage(id)
		if unknown := (*unknownClass)(nil); errors.As(err, &unknown) {
			lost = true
			return unknown.unread, nil
		}
		if err != nil {
			return nil, err
		}
		if old, ok := storages[key]; ok {
			if old.numel != s.numel || old.dtype.Kind != s.dtype.Kind || old.dtype.Size != s.dtype.Size {
				return nil, fmt.Errorf("%w: storage %q has two types or sizes", ErrFormat, key)
			}
			return old, nil
		}
		s.dtype.Big = isBig
		storages[key] = s
		return s, nil
	}
	root, err := p.Load()
	if err != nil {
		return nil, err
	}
	list, err := p.Load()
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrFormat, err)
	}
	keys, ok := pickle.Strings(list)
	if !ok {
		return nil, fmt.Errorf("%w: list of storage keys", ErrFormat)
	}
	return root, place(r, p.Offset(), size, keys, storages, lost)
}

// place finds the bytes of each storage behind the pickles, as far as their sizes are
// known.
func place(r io.ReaderAt, off, size int64, keys []string, storages map[string]*storage, lost bool) error {
	for _, key := range keys {
		s, ok := storages[key]
		if !ok && lost {
			return nil
		}
		if !ok {
			return fmt.Errorf("%w: bytes of a storage %q that nothing names", ErrFormat, key)
		}
		var head [8]byte
		if n, err := r.ReadAt(head[:], off); n < len(head) {
			return fmt.Errorf("%w: ends before storage %q: %w", ErrFormat, key, err)
		}
		off += 8
		order := binary.ByteOrder(binary.LittleEndian)
		if s.dtype.Big {
			order = binary.BigEndian
		}
		if n := order.Uint64(head[:]); n != uint64(s.numel) || s.numel > (size-off)/int64(s.dtype.Size) {
			return fmt.Errorf("%w: storage %q has %d values, %d are announced and %d bytes are left", ErrFormat, key, n, s.numel, size-off)
		}
		n := s.numel * int64(s.dtype.Size)
		s.source = array.Section(r, off, n)
		off += n
	}
	return nil
}
