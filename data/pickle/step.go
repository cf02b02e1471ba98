package pickle

import (
	"encoding/binary"
	"fmt"
	"math"
	"math/big"
	"slices"
	"strconv"
	"strings"
)

// step executes one code. The letters are those of Python's pickletools.
func (r *Reader) step(op byte) error {
	switch op {
	case 0x80: // PROTO
		v, err := r.in.byte()
		if err == nil && v > 5 {
			err = fmt.Errorf("%w: protocol %d", ErrUnsupported, v)
		}
		return err
	case 0x95: // FRAME: a hint for buffering
		_, err := r.in.take(8)
		return err
	case '(':
		r.marks = append(r.marks, len(r.stack))
		return nil
	case '0', '1', '2':
		return r.stackOp(op)
	case 'N', 0x88, 0x89, 'I', 'J', 'K', 'M', 'L', 0x8a, 0x8b, 'F', 'G':
		v, err := r.number(op)
		if err == nil {
			r.push(v)
		}
		return err
	case 'S', 'T', 'U', 'V', 'X', 0x8c, 0x8d, 'B', 'C', 0x8e, 0x96:
		v, err := r.textOrBytes(op)
		if err == nil {
			r.push(v)
		}
		return err
	case ']', '}', ')', 'l', 'd', 't', 0x85, 0x86, 0x87, 0x8f, 0x91:
		v, err := r.container(op)
		if err == nil {
			r.push(v)
		}
		return err
	case 'a', 'e', 's', 'u', 0x90:
		return r.fill(op)
	case 'p', 'q', 'r', 0x94, 'g', 'h', 'j':
		return r.remember(op)
	case 'c', 0x93, 'R', 'i', 'o', 0x81, 0x92, 'P', 'Q':
		v, err := r.object(op)
		if err == nil {
			r.push(v)
		}
		return err
	case 'b':
		return r.build()
	case 0x97, 0x98: // NEXT_BUFFER, READONLY_BUFFER
		return fmt.Errorf("%w: out-of-band buffers", ErrUnsupported)
	case 0x82, 0x83, 0x84: // EXT1, EXT2, EXT4
		return fmt.Errorf("%w: extension codes", ErrUnsupported)
	}
	return fmt.Errorf("%w: unknown code", ErrCorrupt)
}

func (r *Reader) stackOp(op byte) error {
	switch op {
	case '0': // POP, which in protocol 0 may meet a mark
		if len(r.stack) == r.base() && len(r.marks) > 0 {
			r.marks = r.marks[:len(r.marks)-1]
			return nil
		}
		_, err := r.pop()
		return err
	case '1':
		_, err := r.popMark()
		return err
	}
	v, err := r.top() // DUP
	r.push(v)
	return err
}

func (r *Reader) number(op byte) (any, error) {
	switch op {
	case 'N':
		return nil, nil
	case 0x88:
		return true, nil
	case 0x89:
		return false, nil
	case 'K':
		return r.in.uint(1)
	case 'M':
		return r.in.uint(2)
	case 'J':
		v, err := r.in.uint(4)
		return int64(int32(v)), err
	case 'G':
		b, err := r.in.take(8)
		if err != nil {
			return nil, err
		}
		return math.Float64frombits(binary.BigEndian.Uint64(b)), nil
	case 0x8a, 0x8b:
		n, err := r.in.uint(int64(1 + 3*(op-0x8a)))
		if err != nil {
			return nil, err
		}
		b, err := r.in.take(n)
		if err != nil {
			return nil, err
		}
		return integer(twosComplement(b)), nil
	}
	line, err := r.in.line(maxDigits)
	if err != nil {
		return nil, err
	}
	switch {
	case op == 'F':
		f, err := strconv.ParseFloat(line, 64)
		if err != nil {
			return nil, fmt.Errorf("%w: number %q", ErrCorrupt, line)
		}
		return f, nil
	case op == 'I' && line == "00":
		return false, nil
	case op == 'I' && line == "01":
		return true, nil
	}
	i, ok := new(big.Int).SetString(strings.TrimSuffix(line, "L"), 10)
	if !ok {
		return nil, fmt.Errorf("%w: number %q", ErrCorrupt, line)
	}
	return integer(i), nil
}

// twosComplement reads a little-endian number of any length.
func twosComplement(b []byte) *big.Int {
	be := slices.Clone(b)
	slices.Reverse(be)
	v := new(big.Int).SetBytes(be)
	if len(be) > 0 && be[0]&0x80 != 0 {
		v.Sub(v, new(big.Int).Lsh(big.NewInt(1), uint(8*len(be))))
	}
	return v
}

func (r *Reader) textOrBytes(op byte) (any, error) {
	switch op {
	case 'T':
		return r.in.text(4)
	case 'U', 0x8c:
		return r.in.text(1)
	case 'X':
		return r.in.text(4)
	case 0x8d:
		return r.in.text(8)
	case 'B':
		return r.in.bytes(4)
	case 'C':
		return r.in.bytes(1)
	case 0x8e, 0x96:
		return r.in.bytes(8)
	}
	line, err := r.in.line(r.in.end - r.in.off)
	if err != nil {
		return nil, err
	}
	if op == 'V' {
		return rawUnicode(line)
	}
	return unquote(line)
}

func (r *Reader) container(op byte) (any, error) {
	switch op {
	case ']', 0x8f:
		return &List{}, nil
	case '}':
		return &Dict{}, nil
	case ')':
		return Tuple{}, nil
	case 0x85, 0x86, 0x87:
		t := make(Tuple, op-0x84)
		for i := range slices.Backward(t) {
			v, err := r.pop()
			if err != nil {
				return nil, err
			}
			t[i] = v
		}
		return t, nil
	}
	items, err := r.popMark()
	if err != nil {
		return nil, err
	}
	switch op {
	case 't':
		return items, nil
	case 'd':
		d := &Dict{}
		return d, setAll(d, items)
	}
	return &List{Items: items}, nil // LIST, FROZENSET
}

func setAll(d *Dict, items []any) error {
	if len(items)%2 != 0 {
		return fmt.Errorf("%w: a key without a value", ErrCorrupt)
	}
	for i := 0; i < len(items); i += 2 {
		if err := d.Set(items[i], items[i+1]); err != nil {
			return err
		}
	}
	return nil
}

// fill adds to the list or dict under the items.
func (r *Reader) fill(op byte) error {
	var items []any
	if op == 'a' || op == 's' {
		n := 1
		if op == 's' {
			n = 2
		}
		if len(r.stack)-r.base() < n+1 {
			return fmt.Errorf("%w: empty stack", ErrCorrupt)
		}
		items = r.stack[len(r.stack)-n:]
		r.stack = r.stack[:len(r.stack)-n]
	} else {
		var err error
		if items, err = r.popMark(); err != nil {
			return err
		}
	}
	v, err := r.top()
	if err != nil {
		return err
	}
	switch v := v.(type) {
	case *Unread:
		return nil
	case *List:
		if op != 's' && op != 'u' {
			v.Items = append(v.Items, items...)
			return nil
		}
	case *Dict:
		if op == 's' || op == 'u' {
			return setAll(v, items)
		}
	}
	return fmt.Errorf("%w: items added to a %T", ErrCorrupt, v)
}

func (r *Reader) remember(op byte) error {
	var key int64
	var err error
	switch op {
	case 0x94:
		key = int64(len(r.memo))
	case 'q', 'h':
		key, err = r.in.uint(1)
	case 'r', 'j':
		key, err = r.in.uint(4)
	default:
		var line string
		if line, err = r.in.line(maxDigits); err == nil {
			if key, err = strconv.ParseInt(line, 10, 64); err != nil {
				err = fmt.Errorf("%w: memo key %q", ErrCorrupt, line)
			}
		}
	}
	if err != nil {
		return err
	}
	if op == 'g' || op == 'h' || op == 'j' {
		v, ok := r.memo[key]
		if !ok {
			return fmt.Errorf("%w: memo %d is empty", ErrCorrupt, key)
		}
		r.push(v)
		return nil
	}
	v, err := r.top()
	r.memo[key] = v
	return err
}

// object reads names, calls of what they stand for, and persistent identifiers.
func (r *Reader) object(op byte) (any, error) {
	switch op {
	case 'c', 'i':
		module, err := r.in.line(maxDigits)
		if err != nil {
			return nil, err
		}
		name, err := r.in.line(maxDigits)
		if err != nil {
			return nil, err
		}
		f := r.global(module, name)
		if op == 'c' {
			return f, nil
		}
		args, err := r.popMark()
		if err != nil {
			return nil, err
		}
		return r.call(f, args)
	case 'o':
		args, err := r.popMark()
		if err != nil {
			return nil, err
		}
		if len(args) == 0 {
			return nil, fmt.Errorf("%w: object without a class", ErrCorrupt)
		}
		return r.call(args[0], args[1:])
	case 'P':
		id, err := r.in.line(maxDigits)
		if err != nil {
			return nil, err
		}
		return r.persistent(id)
	}
	last, err := r.pop()
	if err != nil || op == 'Q' {
		if err == nil {
			return r.persistent(last)
		}
		return nil, err
	}
	keywords := false
	if op == 0x92 { // NEWOBJ_EX: keyword arguments
		d, ok := last.(*Dict)
		keywords = !ok || len(d.Keys) > 0
		if last, err = r.pop(); err != nil {
			return nil, err
		}
	}
	first, err := r.pop()
	if err != nil {
		return nil, err
	}
	if _, unread := first.(*Unread); keywords && !unread {
		return nil, fmt.Errorf("%w: keyword arguments", ErrUnsupported)
	}
	if op == 0x93 {
		module, ok1 := first.(string)
		name, ok2 := last.(string)
		if !ok1 || !ok2 {
			return nil, fmt.Errorf("%w: a name that is no string", ErrCorrupt)
		}
		return r.global(module, name), nil
	}
	args, ok := last.(Tuple)
	if !ok {
		if u, unread := last.(*Unread); unread {
			return u, nil
		}
		return nil, fmt.Errorf("%w: arguments that are no tuple", ErrCorrupt)
	}
	return r.call(first, args)
}

func (r *Reader) persistent(id any) (any, error) {
	if r.Persistent == nil {
		return &Unread{fmt.Errorf("%w: persistent identifier", ErrUnsupported)}, nil
	}
	return r.Persistent(id)
}

func (r *Reader) build() error {
	state, err := r.pop()
	if err != nil {
		return err
	}
	v, err := r.top()
	if err != nil {
		return err
	}
	if _, ok := v.(*Unread); ok {
		return nil
	}
	b, ok := v.(Builder)
	if !ok {
		return fmt.Errorf("%w: state for a %T", ErrUnsupported, v)
	}
	return b.Build(state)
}
