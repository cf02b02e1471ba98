package hdf5

import (
	"fmt"
	"io"
	"path"
	"strings"
	"sync"

	"realnet/data/internal/openfile"
)

// File is an open HDF5 file. Its methods may be called from several goroutines.
type File struct {
	// Workers is the number of goroutines that decode chunks; 0 is one per CPU.
	// It changes the time a read takes and nothing else.
	Workers int

	r       io.ReaderAt
	size    int64 // bytes of the whole file
	closer  io.Closer
	base    uint64 // where the superblock is: addresses count from here
	offSize int    // bytes of an address
	lenSize int    // bytes of a length
	root    uint64 // object header of the root group
	trust   bool   // checksums are not verified: set by fuzz tests alone

	mu    sync.Mutex
	heaps map[uint64]*globalHeap
}

// Open opens the file for reading. Close it after use.
func Open(name string) (*File, error) {
	f, file, err := openfile.Sized(name, New)
	if err != nil {
		return nil, err
	}
	f.closer = file
	return f, nil
}

// New reads an HDF5 file of size bytes from r.
func New(r io.ReaderAt, size int64) (*File, error) {
	f := &File{r: r, size: size}
	if err := f.readSuperblock(); err != nil {
		return nil, err
	}
	return f, nil
}

// Close closes the file that Open opened.
func (f *File) Close() error {
	if f.closer == nil {
		return nil
	}
	return f.closer.Close()
}

// read returns n bytes at an address, which counts from the superblock.
func (f *File) read(addr uint64, n int) ([]byte, error) {
	if err := f.within(addr, uint64(n)); err != nil {
		return nil, err
	}
	b := make([]byte, n)
	return b, f.readInto(b, addr)
}

func (f *File) readInto(b []byte, addr uint64) error {
	if err := f.within(addr, uint64(len(b))); err != nil {
		return err
	}
	n, err := f.r.ReadAt(b, int64(f.base+addr))
	if n == len(b) {
		return nil
	}
	return fmt.Errorf("reading %d bytes at %d: %w", len(b), f.base+addr, err)
}

// within reports an error unless n bytes at addr are inside the file.
func (f *File) within(addr, n uint64) error {
	have := uint64(f.size) - f.base
	if addr == noAddr {
		return formatErr("undefined address where data should be")
	}
	if addr > have || n > have-addr {
		return formatErr("%d bytes at address %d are beyond the end at %d", n, addr, have)
	}
	return nil
}

// upTo returns at most n bytes at an address: fewer at the end of the file.
func (f *File) upTo(addr uint64, n int) ([]byte, error) {
	if err := f.within(addr, 0); err != nil {
		return nil, err
	}
	return f.read(addr, int(min(uint64(n), uint64(f.size)-f.base-addr)))
}

// Root returns the root group.
func (f *File) Root() (*Group, error) {
	o, err := f.object("/", f.root)
	if err != nil {
		return nil, err
	}
	g, ok := o.(*Group)
	if !ok {
		return nil, formatErr("the root object is no group")
	}
	return g, nil
}

// Group returns the group at a path such as "metadata/sub".
func (f *File) Group(name string) (*Group, error) {
	root, err := f.Root()
	if err != nil {
		return nil, err
	}
	return root.Group(name)
}

// Dataset returns the dataset at a path such as "metadata/value".
func (f *File) Dataset(name string) (*Dataset, error) {
	root, err := f.Root()
	if err != nil {
		return nil, err
	}
	return root.Dataset(name)
}

// Object is a *Group or a *Dataset; Walk also gives *Unreadable.
type Object interface {
	// Name is the path from the root by which the object was reached.
	Name() string
	// Attrs returns the attributes in the order of their names.
	Attrs() ([]*Attribute, error)
	// Attr returns one attribute, or ErrNotFound.
	Attr(name string) (*Attribute, error)
}

// Unreadable is an object whose header, or whose members, cannot be read.
type Unreadable struct {
	name string
	Err  error
}

// Name is the path by which the object was reached.
func (u *Unreadable) Name() string { return u.name }

// Attrs returns the error.
func (u *Unreadable) Attrs() ([]*Attribute, error) { return nil, u.Err }

// Attr returns the error.
func (u *Unreadable) Attr(string) (*Attribute, error) { return nil, u.Err }

// Walk calls visit for every group and dataset below the root, in the order of
// names, groups before their members, each object once even when several links
// lead to it. What cannot be read is an [Unreadable], and the walk continues. Soft
// links that lead nowhere, external links and named types are passed over. An error
// from visit ends the walk.
func (f *File) Walk(visit func(Object) error) error {
	root, err := f.Root()
	if err != nil {
		return err
	}
	return f.walk(root, map[uint64]bool{f.root: true}, visit)
}

func (f *File) walk(g *Group, seen map[uint64]bool, visit func(Object) error) error {
	links, err := g.links()
	if err != nil {
		if g.h.addr == f.root {
			return err
		}
		return visit(&Unreadable{g.name, err})
	}
	for _, l := range links {
		if l.kind != linkHard || seen[l.addr] {
			continue
		}
		seen[l.addr] = true
		name := path.Join(g.name, l.name)
		o, err := f.object(name, l.addr)
		if err != nil {
			o = &Unreadable{name, err}
		}
		if o == nil {
			continue
		}
		if err := visit(o); err != nil {
			return err
		}
		if sub, ok := o.(*Group); ok {
			if err := f.walk(sub, seen, visit); err != nil {
				return err
			}
		}
	}
	return nil
}

// object reads the header at addr and says what it describes: a *Group, a
// *Dataset, or nil for a named type.
func (f *File) object(name string, addr uint64) (Object, error) {
	h, err := f.readHeader(addr)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	switch {
	case h.has(msgLayout) || h.has(msgDataspace):
		d, err := f.newDataset(name, h)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		return d, nil
	case h.has(msgSymbolTable) || h.has(msgLinkInfo) || h.has(msgLink):
		return &Group{f: f, name: name, h: h}, nil
	case h.has(msgDatatype):
		return nil, nil
	}
	return &Group{f: f, name: name, h: h}, nil // a group without members
}

func splitPath(name string) []string {
	return strings.FieldsFunc(name, func(r rune) bool { return r == '/' })
}
