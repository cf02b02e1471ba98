package npy

import (
	"encoding/binary"
	"fmt"
	"io"
	"strconv"
	"strings"

	"realnet/data/array"
)

// magic opens every .npy file.
const magic = "\x93NUMPY"

// maxHeader bounds the header text; numpy itself refuses more than 10,000
// characters unless asked to trust the file.
const maxHeader = 10000

type header struct {
	dtype   array.DType
	fortran bool
	shape   []int
	size    int64 // bytes from the start of the file to the values
}

// readHeader reads the header at the start of r.
func readHeader(r io.Reader) (header, error) {
	var fixed [12]byte
	if _, err := io.ReadFull(r, fixed[:8]); err != nil || string(fixed[:6]) != magic {
		return header{}, fmt.Errorf("%w: does not begin with %q", ErrFormat, magic)
	}
	width := 2
	switch fixed[6] {
	case 1:
	case 2, 3:
		width = 4
	default:
		return header{}, fmt.Errorf("%w: format version %d.%d", ErrFormat, fixed[6], fixed[7])
	}
	if _, err := io.ReadFull(r, fixed[8:8+width]); err != nil {
		return header{}, fmt.Errorf("%w: ends in the header", ErrFormat)
	}
	n := binary.LittleEndian.Uint32(fixed[8:])
	if n > maxHeader {
		return header{}, fmt.Errorf("%w: header of %d bytes", ErrFormat, n)
	}
	text := make([]byte, n)
	if _, err := io.ReadFull(r, text); err != nil {
		return header{}, fmt.Errorf("%w: ends in the header", ErrFormat)
	}
	h, err := parseHeader(string(text))
	h.size = int64(8+width) + int64(n)
	return h, err
}

// parseHeader reads the Python dict literal
// {'descr': '<f4', 'fortran_order': False, 'shape': (2, 3), }.
func parseHeader(text string) (header, error) {
	var h header
	bad := func(what string) (header, error) {
		return h, fmt.Errorf("%w: header %q: %s", ErrFormat, strings.TrimSpace(text), what)
	}
	rest, ok := strings.CutPrefix(strings.TrimSpace(text), "{")
	if !ok {
		return bad("no dict")
	}
	seen := map[string]bool{}
	for {
		rest = strings.TrimLeft(rest, " ,\n")
		if end, ok := strings.CutPrefix(rest, "}"); ok {
			if end != "" {
				return bad("text after the dict")
			}
			break
		}
		key, after, ok := quoted(rest)
		if !ok {
			return bad("no key")
		}
		rest = strings.TrimLeft(after, " ")
		if rest, ok = strings.CutPrefix(rest, ":"); !ok {
			return bad("no value for " + key)
		}
		rest = strings.TrimLeft(rest, " ")
		if seen[key] {
			return bad("twice " + key)
		}
		seen[key] = true
		switch key {
		case "descr":
			if strings.HasPrefix(rest, "[") {
				return h, fmt.Errorf("%w: structured array; save its fields as arrays", ErrType)
			}
			var descr string
			if descr, rest, ok = quoted(rest); !ok {
				return bad("descr is no string")
			}
			var err error
			if h.dtype, err = parseDType(descr); err != nil {
				return h, err
			}
		case "fortran_order":
			if after, ok := strings.CutPrefix(rest, "True"); ok {
				h.fortran, rest = true, after
			} else if rest, ok = strings.CutPrefix(rest, "False"); !ok {
				return bad("fortran_order is neither True nor False")
			}
		case "shape":
			inside, after, ok := strings.Cut(rest, ")")
			if !ok || !strings.HasPrefix(inside, "(") {
				return bad("shape is no tuple")
			}
			rest = after
			for _, s := range strings.Split(inside[1:], ",") {
				if s = strings.TrimSuffix(strings.TrimSpace(s), "L"); s == "" {
					continue
				}
				d, err := strconv.ParseUint(s, 10, 62)
				if err != nil {
					return bad("shape")
				}
				h.shape = append(h.shape, int(d))
			}
			if len(h.shape) > 64 {
				return bad("more than 64 axes")
			}
		default:
			return bad("unknown key " + key)
		}
	}
	if !seen["descr"] || !seen["fortran_order"] || !seen["shape"] {
		return bad("a key is missing")
	}
	return h, nil
}

// quoted cuts a Python string literal without escapes off the front of s.
func quoted(s string) (value, rest string, ok bool) {
	if s == "" || s[0] != '\'' && s[0] != '"' {
		return "", "", false
	}
	return strings.Cut(s[1:], s[:1])
}
