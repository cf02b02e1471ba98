package pickle

import (
	"errors"
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

// Load reads one pickle and returns its value. What the allow-list does not have is
// an *Unread within it; ErrForbidden when the value itself is such.
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
			if u, ok := v.(*Unread); ok && err == nil {
				return nil, u.Err
			}
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

// popMark returns a copy of what is above the last mark, and removes both.
func (r *Reader) popMark() (Tuple, error) {
	if len(r.marks) == 0 {
		return nil, fmt.Errorf("%w: no mark", ErrCorrupt)
	}
	items := append(Tuple{}, r.stack[r.base():]...)
	r.stack = r.stack[:r.base()]
	r.marks = r.marks[:len(r.marks)-1]
	return items, nil
}

// global gives a name its meaning. A name without one is passed around as what was
// not read; nothing of it exists here, so nothing of it can be run.
func (r *Reader) global(module, name string) any {
	if v, ok := r.allow[module+"."+name]; ok {
		return v
	}
	return &Unread{fmt.Errorf("%w: %s.%s; only plain data is read, so save it as arrays, lists and dicts", ErrForbidden, module, name)}
}

// call has an allowed function called. The call of what was not read, and one that
// cannot do without it, is not read either.
func (r *Reader) call(f any, args Tuple) (any, error) {
	if u, ok := f.(*Unread); ok {
		return u, nil
	}
	fn, ok := f.(Func)
	if !ok {
		return nil, fmt.Errorf("%w: call of a %T", ErrForbidden, f)
	}
	v, err := fn(r, args)
	switch {
	case err == nil || errors.Is(err, ErrTooLarge):
		return v, err
	case errors.Is(err, ErrUnsupported):
		return &Unread{err}, nil
	}
	for _, a := range args {
		if u, ok := a.(*Unread); ok {
			return u, nil
		}
	}
	return nil, err
}
