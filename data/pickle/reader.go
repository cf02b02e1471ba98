package pickle

import (
	"fmt"
	"io"
)

// Reader reads one pickle after another from a file.
type Reader struct {
	// Persistent resolves the persistent identifiers of a pickle (torch names its
	// storages so). When nil they are ErrUnsupported.
	Persistent func(id any) (any, error)

	allow  Allow
	in     input
	budget int64

	stack []any
	marks []int
	memo  map[int64]any
}

// NewReader returns a reader of the pickles in bytes [off, end) of r, for which the
// names of allow are all that exists.
func NewReader(r io.ReaderAt, off, end int64, allow Allow) *Reader {
	return &Reader{allow: allow, in: input{r: r, off: off, end: end}, budget: 4*(end-off) + 1<<16}
}

// Offset returns where the next pickle, or what follows the last one, begins.
func (r *Reader) Offset() int64 { return r.in.off }

// Spend counts n bytes of allocation beyond what the pickle itself holds;
// ErrTooLarge when they exceed four times its size.
func (r *Reader) Spend(n int64) error {
	if n > r.budget {
		return fmt.Errorf("%w: more than four times its size", ErrTooLarge)
	}
	r.budget -= n
	return nil
}

// Load reads one pickle and returns its value.
func (r *Reader) Load() (any, error) {
	r.stack, r.marks, r.memo = nil, nil, map[int64]any{}
	for {
		at := r.in.off
		op, err := r.in.byte()
		if err != nil {
			return nil, fmt.Errorf("pickle: no end: %w", err)
		}
		if op == '.' {
			v, err := r.pop()
			r.stack, r.memo = nil, nil
			return v, err
		}
		if err := r.step(op); err != nil {
			return nil, fmt.Errorf("at byte %d (code %#02x): %w", at, op, err)
		}
	}
}

func (r *Reader) push(v any) { r.stack = append(r.stack, v) }

// base is the height of the stack under which nothing may be popped.
func (r *Reader) base() int {
	if len(r.marks) == 0 {
		return 0
	}
	return r.marks[len(r.marks)-1]
}

func (r *Reader) pop() (any, error) {
	if len(r.stack) <= r.base() {
		return nil, fmt.Errorf("%w: empty stack", ErrCorrupt)
	}
	v := r.stack[len(r.stack)-1]
	r.stack = r.stack[:len(r.stack)-1]
	return v, nil
}

func (r *Reader) top() (any, error) {
	if len(r.stack) <= r.base() {
		return nil, fmt.Errorf("%w: empty stack", ErrCorrupt)
	}
	return r.stack[len(r.stack)-1], nil
}

// popMark returns a copy of what lies above the last mark, and removes both.
func (r *Reader) popMark() (Tuple, error) {
	if len(r.marks) == 0 {
		return nil, fmt.Errorf("%w: no mark", ErrCorrupt)
	}
	items := append(Tuple{}, r.stack[r.base():]...)
	r.stack = r.stack[:r.base()]
	r.marks = r.marks[:len(r.marks)-1]
	return items, nil
}

// global gives a name its meaning, or refuses it.
func (r *Reader) global(module, name string) (any, error) {
	if v, ok := r.allow[module+"."+name]; ok {
		return v, nil
	}
	return nil, fmt.Errorf("%w: %q of module %q; only plain data is read, so save it as arrays, lists and dicts", ErrForbidden, name, module)
}

// call has an allowed function called.
func (r *Reader) call(f any, args Tuple) (any, error) {
	fn, ok := f.(Func)
	if !ok {
		return nil, fmt.Errorf("%w: call of a %T", ErrForbidden, f)
	}
	return fn(r, args)
}
