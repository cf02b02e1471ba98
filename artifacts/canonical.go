package artifacts

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"
)

// Canonical returns the canonical form of a JSON text: no white space, object keys
// sorted by code point, strings with the fewest escapes, and numbers as Python
// prints them, with whole numbers as integers. Integers of any size stay exact. It
// is what Python's json.dumps(x, sort_keys=True, separators=(",", ":"),
// ensure_ascii=False) gives for the text's own values once 1.0 is written 1.
// Equal values have equal canonical forms. Duplicate keys, invalid UTF-8, numbers
// beyond float64 and trailing text are errors. An empty text stands for null.
func Canonical(text []byte) (json.RawMessage, error) {
	if len(bytes.TrimSpace(text)) == 0 {
		return json.RawMessage("null"), nil
	}
	if !utf8.Valid(text) {
		return nil, fmt.Errorf("canonical JSON: text is not UTF-8")
	}
	dec := json.NewDecoder(bytes.NewReader(text))
	dec.UseNumber()
	var out bytes.Buffer
	if err := canonicalValue(dec, &out, 0); err != nil {
		return nil, fmt.Errorf("canonical JSON: byte %d: %w", dec.InputOffset(), err)
	}
	if _, err := dec.Token(); !errors.Is(err, io.EOF) {
		return nil, fmt.Errorf("canonical JSON: byte %d: text after the value", dec.InputOffset())
	}
	return out.Bytes(), nil
}

// CanonicalOf marshals v and returns the canonical form of the result.
func CanonicalOf(v any) (json.RawMessage, error) {
	text, err := json.Marshal(v)
	if err != nil {
		return nil, fmt.Errorf("canonical JSON: %w", err)
	}
	return Canonical(text)
}

const maxDepth = 1000 // of nested JSON, as deep as Python's parser goes

func canonicalValue(dec *json.Decoder, out *bytes.Buffer, depth int) error {
	if depth > maxDepth {
		return fmt.Errorf("nested deeper than %d", maxDepth)
	}
	tok, err := dec.Token()
	if err != nil {
		return unexpectedEOF(err)
	}
	switch t := tok.(type) {
	case nil:
		out.WriteString("null")
	case bool:
		out.WriteString(strconv.FormatBool(t))
	case json.Number:
		n, err := canonicalNumber(string(t))
		if err != nil {
			return err
		}
		out.WriteString(n)
	case string:
		canonicalString(out, t)
	case json.Delim:
		if t == '[' {
			return canonicalArray(dec, out, depth)
		}
		return canonicalObject(dec, out, depth)
	}
	return nil
}

func canonicalArray(dec *json.Decoder, out *bytes.Buffer, depth int) error {
	out.WriteByte('[')
	for i := 0; dec.More(); i++ {
		if i > 0 {
			out.WriteByte(',')
		}
		if err := canonicalValue(dec, out, depth+1); err != nil {
			return err
		}
	}
	out.WriteByte(']')
	_, err := dec.Token()
	return unexpectedEOF(err)
}

func canonicalObject(dec *json.Decoder, out *bytes.Buffer, depth int) error {
	members := map[string][]byte{}
	var keys []string
	for dec.More() {
		tok, err := dec.Token()
		if err != nil {
			return unexpectedEOF(err)
		}
		key := tok.(string) // the decoder lets nothing else be a key
		if _, twice := members[key]; twice {
			return fmt.Errorf("key %q appears twice", key)
		}
		var value bytes.Buffer
		if err := canonicalValue(dec, &value, depth+1); err != nil {
			return err
		}
		members[key] = value.Bytes()
		keys = append(keys, key)
	}
	if _, err := dec.Token(); err != nil {
		return unexpectedEOF(err)
	}
	slices.Sort(keys) // byte order of UTF-8 is code point order
	out.WriteByte('{')
	for i, k := range keys {
		if i > 0 {
			out.WriteByte(',')
		}
		canonicalString(out, k)
		out.WriteByte(':')
		out.Write(members[k])
	}
	out.WriteByte('}')
	return nil
}

func unexpectedEOF(err error) error {
	if errors.Is(err, io.EOF) {
		return io.ErrUnexpectedEOF
	}
	return err
}

// canonicalNumber keeps integers digit by digit. Others become the shortest text
// that reads back as the same float64, in Python's choice of notation; a float with
// a whole value below 1e16 is written as that integer.
func canonicalNumber(text string) (string, error) {
	if !strings.ContainsAny(text, ".eE") {
		if text == "-0" {
			return "0", nil
		}
		return text, nil
	}
	f, err := strconv.ParseFloat(text, 64)
	if err != nil {
		return "", fmt.Errorf("number %s: %w", text, err)
	}
	if f == 0 {
		return "0", nil
	}
	if size := math.Abs(f); size < 1e-4 || size >= 1e16 {
		return strconv.FormatFloat(f, 'e', -1, 64), nil
	}
	return strconv.FormatFloat(f, 'f', -1, 64), nil
}

// canonicalString escapes the quote, the backslash and control characters, as
// Python's json does with ensure_ascii=False.
func canonicalString(out *bytes.Buffer, s string) {
	out.WriteByte('"')
	for _, r := range s {
		switch r {
		case '"', '\\':
			out.WriteByte('\\')
			out.WriteRune(r)
		case '\b':
			out.WriteString(`\b`)
		case '\f':
			out.WriteString(`\f`)
		case '\n':
			out.WriteString(`\n`)
		case '\r':
			out.WriteString(`\r`)
		case '\t':
			out.WriteString(`\t`)
		default:
			if r < 0x20 {
				fmt.Fprintf(out, `\u%04x`, r)
			} else {
				out.WriteRune(r)
			}
		}
	}
	out.WriteByte('"')
}
