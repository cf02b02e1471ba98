package strict

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"strings"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/parser"
	"github.com/goccy/go-yaml/token"

	"realnet/stages/stage"
)

// Error is a fault in a study file or in a --set flag.
type Error struct {
	File         string // or "--set" and the like
	Line, Column int    // 0 when unknown
	Field        string // dotted path
	Problem      string
}

func (e *Error) Error() string {
	where := e.File
	if e.Line > 0 {
		where = fmt.Sprintf("%s:%d:%d", e.File, e.Line, e.Column)
	}
	if e.Field != "" {
		return fmt.Sprintf("%s: %s: %s", where, e.Field, e.Problem)
	}
	return fmt.Sprintf("%s: %s", where, e.Problem)
}

// Override is one --set key=value.
type Override struct{ Key, Value string }

// ParseOverride splits key=value.
func ParseOverride(text string) (Override, error) {
	key, value, ok := strings.Cut(text, "=")
	if !ok || key == "" {
		return Override{}, &Error{File: "--set", Problem: fmt.Sprintf("%q is not key=value", text)}
	}
	return Override{key, value}, nil
}

// ParseOverrides reads the values of a flag that may be repeated. A value with open brackets
// continues in the next one: some callers, Dagger's among them, split a flag at commas,
// and rois=[V1,V4] arrives as rois=[V1 and V4].
func ParseOverrides(texts []string) ([]Override, error) {
	var out []Override
	for i := 0; i < len(texts); i++ {
		text := texts[i]
		for open(text) && i+1 < len(texts) {
			i++
			text += "," + texts[i]
		}
		o, err := ParseOverride(text)
		if err != nil {
			return nil, err
		}
		out = append(out, o)
	}
	return out, nil
}

// open reports whether a text has brackets, outside quotes, that it does not close.
func open(text string) bool {
	depth, quote := 0, rune(0)
	for _, r := range text {
		switch {
		case quote != 0:
			if r == quote {
				quote = 0
			}
		case r == '\'' || r == '"':
			quote = r
		case r == '[' || r == '{':
			depth++
		case r == ']' || r == '}':
			depth--
		}
	}
	return depth > 0
}

// Unmarshal decodes the text of a YAML file into v, a pointer to a struct that
// holds the defaults, and then applies the overrides in order.
func Unmarshal(file string, text []byte, overrides []Override, v any) error {
	tree, err := parse(file, text)
	if err != nil {
		return err
	}
	t := reflect.TypeOf(v).Elem()
	value, err := (&decoder{file: file}).value(tree, t, "")
	if err != nil {
		return err
	}
	if value == nil {
		value = map[string]any{}
	}
	for _, o := range overrides {
		if err := apply(o, value.(map[string]any), t); err != nil {
			return err
		}
	}
	plain, err := json.Marshal(value)
	if err != nil {
		return fmt.Errorf("%s: %w", file, err)
	}
	if err := json.Unmarshal(plain, v); err != nil {
		return &Error{File: file, Problem: err.Error()}
	}
	return nil
}

// mostNested bounds brackets within brackets, for which the parser's time and stack grow
// with the square of their number. No field has more than three.
const mostNested = 500

// nested says where a text has too many open brackets.
func nested(text []byte) (at int, deep bool) {
	depth := 0
	for i, c := range text {
		switch c {
		case '[', '{':
			if depth++; depth > mostNested {
				return i, true
			}
		case ']', '}':
			depth--
		}
	}
	return 0, false
}

// parse returns the one document of a YAML text, nil when it is empty.
func parse(file string, text []byte) (ast.Node, error) {
	if at, deep := nested(text); deep {
		return nil, &Error{File: file, Line: 1 + bytes.Count(text[:at], []byte("\n")), Column: at - bytes.LastIndexByte(text[:at], '\n'), Problem: fmt.Sprintf("more than %d brackets within each other", mostNested)}
	}
	f, err := parser.ParseBytes(text, 0)
	if err != nil {
		var syntax *yaml.SyntaxError
		if errors.As(err, &syntax) && syntax.Token != nil {
			p := syntax.Token.Position
			return nil, &Error{File: file, Line: p.Line, Column: p.Column, Problem: syntax.Message}
		}
		return nil, &Error{File: file, Problem: strings.TrimSpace(err.Error())}
	}
	var body ast.Node
	for _, d := range f.Docs {
		if d.Body == nil {
			continue
		}
		if body != nil {
			p := d.Body.GetToken().Position
			return nil, &Error{File: file, Line: p.Line, Column: p.Column, Problem: "a second document; write one"}
		}
		body = d.Body
	}
	return body, nil
}

// decoder turns YAML nodes into values that encoding/json can lay over a
// struct, checking each against the Go type that will take it.
type decoder struct {
	file    string
	anchors map[string]ast.Node
}

func (d *decoder) fault(n ast.Node, field, format string, args ...any) error {
	e := &Error{File: d.file, Field: field, Problem: fmt.Sprintf(format, args...)}
	if tok := n.GetToken(); tok != nil && tok.Position != nil {
		e.Line, e.Column = tok.Position.Line, tok.Position.Column
	}
	return e
}

func (d *decoder) value(n ast.Node, t reflect.Type, field string) (any, error) {
	for t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	switch n := n.(type) {
	case nil:
		return nil, nil
	case *ast.AnchorNode:
		if d.anchors == nil {
			d.anchors = map[string]ast.Node{}
		}
		d.anchors[n.Name.GetToken().Value] = n.Value
		return d.value(n.Value, t, field)
	case *ast.AliasNode:
		target, ok := d.anchors[n.Value.GetToken().Value]
		if !ok {
			return nil, d.fault(n, field, "alias to an anchor that is not above")
		}
		return d.value(target, t, field)
	case *ast.NullNode:
		return nil, nil
	case *ast.TagNode:
		return nil, d.fault(n, field, "YAML tags are not understood")
	}
	if t == reflect.TypeFor[json.RawMessage]() || t.Kind() == reflect.Interface {
		var v any
		if err := yaml.NodeToValue(n, &v); err != nil {
			return nil, d.fault(n, field, "%v", err)
		}
		return v, nil
	}
	switch t.Kind() {
	case reflect.Struct:
		return d.object(n, t, field)
	case reflect.Map:
		return d.table(n, t, field)
	case reflect.Slice, reflect.Array:
		return d.list(n, t, field)
	}
	return d.scalar(n, t, field)
}

// pairs lists the entries of a mapping, with merges refused.
func (d *decoder) pairs(n ast.Node, field, want string) ([]*ast.MappingValueNode, error) {
	switch n := n.(type) {
	case *ast.MappingNode:
		return n.Values, nil
	case *ast.MappingValueNode:
		return []*ast.MappingValueNode{n}, nil
	}
	return nil, d.fault(n, field, "got %s, want %s", describe(n), want)
}

func (d *decoder) object(n ast.Node, t reflect.Type, field string) (any, error) {
	pairs, err := d.pairs(n, field, "a mapping with "+strings.Join(names(t), ", "))
	if err != nil {
		return nil, err
	}
	out := map[string]any{}
	for _, p := range pairs {
		key := p.Key.GetToken().Value
		path := join(field, key)
		ft, ok := fieldType(t, key)
		if !ok {
			return nil, d.fault(p.Key, path, "unknown field%s", suggestion(key, t))
		}
		if _, twice := out[key]; twice {
			return nil, d.fault(p.Key, path, "given twice")
		}
		v, err := d.value(p.Value, ft, path)
		if err != nil {
			return nil, err
		}
		if v != nil {
			out[key] = v
		}
	}
	return out, nil
}

func (d *decoder) table(n ast.Node, t reflect.Type, field string) (any, error) {
	pairs, err := d.pairs(n, field, "a mapping")
	if err != nil {
		return nil, err
	}
	out := map[string]any{}
	for _, p := range pairs {
		key := p.Key.GetToken().Value
		if out[key], err = d.value(p.Value, t.Elem(), join(field, key)); err != nil {
			return nil, err
		}
	}
	return out, nil
}

func (d *decoder) list(n ast.Node, t reflect.Type, field string) (any, error) {
	seq, ok := n.(*ast.SequenceNode)
	if !ok {
		return nil, d.fault(n, field, "got %s, want a list", describe(n))
	}
	out := make([]any, len(seq.Values))
	for i, item := range seq.Values {
		v, err := d.value(item, t.Elem(), fmt.Sprintf("%s[%d]", field, i))
		if err != nil {
			return nil, err
		}
		out[i] = v
	}
	return out, nil
}

func (d *decoder) scalar(n ast.Node, t reflect.Type, field string) (any, error) {
	scalar, ok := n.(ast.ScalarNode)
	if !ok {
		return nil, d.fault(n, field, "got %s, want %s", describe(n), kindName(t))
	}
	text := scalar.GetToken().Value
	if lit, ok := n.(*ast.LiteralNode); ok {
		text = lit.Value.Value
	}
	switch t.Kind() {
	case reflect.String:
		return text, nil // as spelt: 01 stays 01
	case reflect.Bool:
		if b, ok := n.(*ast.BoolNode); ok {
			return b.Value, nil
		}
		if text == "on" || text == "off" { // as the page of the study file writes switches
			return text == "on", nil
		}
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64,
		reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64:
		if isNumber(n, text, t) {
			return json.Number(text), nil
		}
	case reflect.Float32, reflect.Float64:
		if isNumber(n, text, t) {
			return json.Number(text), nil
		}
	}
	return nil, d.fault(n, field, "got %s, want %s", describe(n), kindName(t))
}

// isNumber reports whether an unquoted scalar is a number that t holds. The
// parser takes 1e2 for a text; JSON's rules do not, and refuse 012.
func isNumber(n ast.Node, text string, t reflect.Type) bool {
	switch n.GetToken().Type {
	case token.DoubleQuoteType, token.SingleQuoteType:
		return false
	}
	return json.Unmarshal([]byte(text), reflect.New(t).Interface()) == nil
}

func join(field, key string) string {
	if field == "" {
		return key
	}
	return field + "." + key
}

func describe(n ast.Node) string {
	switch n.(type) {
	case *ast.MappingNode, *ast.MappingValueNode:
		return "a mapping"
	case *ast.SequenceNode:
		return "a list"
	}
	return fmt.Sprintf("%q", n.GetToken().Value)
}

func kindName(t reflect.Type) string {
	switch t.Kind() {
	case reflect.String:
		return "a text"
	case reflect.Bool:
		return "true or false"
	case reflect.Float32, reflect.Float64:
		return "a number"
	case reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64:
		return "a whole number, 0 or more"
	}
	return "a whole number"
}

// names lists the fields of one struct, embedded ones included.
func names(t reflect.Type) []string {
	var out []string
	for i := range t.NumField() {
		f := t.Field(i)
		if f.Anonymous && f.Type.Kind() == reflect.Struct {
			out = append(out, names(f.Type)...)
		} else if name := stage.JSONName(f); name != "" {
			out = append(out, name)
		}
	}
	return out
}

func fieldType(t reflect.Type, key string) (reflect.Type, bool) {
	for i := range t.NumField() {
		f := t.Field(i)
		if f.Anonymous && f.Type.Kind() == reflect.Struct {
			if ft, ok := fieldType(f.Type, key); ok {
				return ft, true
			}
		} else if stage.JSONName(f) == key {
			return f.Type, true
		}
	}
	return nil, false
}

func suggestion(key string, t reflect.Type) string {
	if near := stage.Nearest(key, names(t)); near != "" {
		return fmt.Sprintf(": did you mean %q?", near)
	}
	return " (fields: " + strings.Join(names(t), ", ") + ")"
}
