package bdata

import (
	"fmt"
	"math"
	"sort"
	"strconv"
	"strings"
)

// Columns returns the columns that an expression names, in ascending order,
// without reading them.
func (f *File) Columns(expression string) ([]int, error) {
	tokens, err := tokenize(expression)
	if err != nil {
		return nil, fmt.Errorf("%q: %w", expression, err)
	}
	p := &parser{f: f, tokens: tokens}
	v, err := p.conditional(0)
	if err == nil && p.at < len(p.tokens) {
		err = fmt.Errorf("%w: %q is left over", ErrSyntax, p.tokens[p.at].text)
	}
	if err != nil {
		return nil, fmt.Errorf("%q: %w", expression, err)
	}
	columns := []int{}
	for i, in := range v.columns() {
		if in {
			columns = append(columns, i)
		}
	}
	return columns, nil
}

type token struct {
	text   string
	quoted bool // a key, whatever it says
	symbol bool // an operator or a parenthesis
}

func tokenize(s string) ([]token, error) {
	var tokens []token
	for i := 0; i < len(s); {
		switch c := s[i]; {
		case c == ' ' || c == '\t' || c == '\n':
			i++
		case strings.IndexByte("()=|&+-@", c) >= 0:
			tokens = append(tokens, token{text: s[i : i+1], symbol: true})
			i++
		case c == '"' || c == '\'':
			end := strings.IndexByte(s[i+1:], c)
			if end < 0 {
				return nil, fmt.Errorf("%w: quote at %d is not closed", ErrSyntax, i)
			}
			tokens = append(tokens, token{text: s[i+1 : i+1+end], quoted: true})
			i += end + 2
		default:
			n := strings.IndexAny(s[i:], " \t\n()=|&+-@\"'")
			if n < 0 {
				n = len(s) - i
			}
			tokens = append(tokens, token{text: s[i : i+n]})
			i += n
		}
	}
	if len(tokens) == 0 {
		return nil, fmt.Errorf("%w: nothing is selected", ErrSyntax)
	}
	return tokens, nil
}

// operand is a set of columns or, while top waits for @, a ranking.
type operand struct {
	set  []bool
	rank []float64 // values to rank by; nil for a set
	n    int       // how many of the highest
}

// columns turns a ranking into the set of its highest.
func (v operand) columns() []bool {
	if v.rank == nil {
		return v.set
	}
	return v.highest(func(int) bool { return true })
}

// highest returns the n columns with the highest values among those that count:
// equal values in the order of columns, NaN last.
func (v operand) highest(counts func(i int) bool) []bool {
	var order []int
	for i := range v.rank {
		if counts(i) {
			order = append(order, i)
		}
	}
	value := func(i int) float64 {
		if math.IsNaN(v.rank[i]) {
			return math.Inf(-1)
		}
		return v.rank[i]
	}
	sort.SliceStable(order, func(a, b int) bool { return value(order[a]) > value(order[b]) })
	set := make([]bool, len(v.rank))
	for _, i := range order[:min(v.n, len(order))] {
		set[i] = true
	}
	return set
}

// parser evaluates by recursive descent, weakest operator first.
type parser struct {
	f      *File
	tokens []token
	at     int
}

// maxDepth bounds parentheses within parentheses.
const maxDepth = 100

// symbol takes the next token if it is one of the operators given.
func (p *parser) symbol(any string) (string, bool) {
	if p.at < len(p.tokens) && p.tokens[p.at].symbol && strings.Contains(any, p.tokens[p.at].text) {
		p.at++
		return p.tokens[p.at-1].text, true
	}
	return "", false
}

// conditional: combination { "@" combination }.
func (p *parser) conditional(depth int) (operand, error) {
	left, err := p.combination(depth)
	for err == nil {
		if _, ok := p.symbol("@"); !ok {
			break
		}
		if left.rank == nil {
			return left, fmt.Errorf("%w: to the left of @ there must be KEY top n", ErrSyntax)
		}
		var right operand
		if right, err = p.combination(depth); err == nil {
			in := right.columns()
			left = operand{set: left.highest(func(i int) bool { return in[i] })}
		}
	}
	return left, err
}

// combination: term { ("|" | "+" | "&" | "-") term }, from left to right.
func (p *parser) combination(depth int) (operand, error) {
	left, err := p.term(depth)
	for err == nil {
		op, ok := p.symbol("|+&-")
		if !ok {
			break
		}
		var right operand
		if right, err = p.term(depth); err != nil {
			break
		}
		a, b := left.columns(), right.columns()
		set := make([]bool, len(a))
		for i := range set {
			switch op {
			case "|", "+":
				set[i] = a[i] || b[i]
			case "&":
				set[i] = a[i] && b[i]
			case "-":
				set[i] = a[i] && !b[i]
			}
		}
		left = operand{set: set}
	}
	return left, err
}

// term: "(" conditional ")" | KEY | KEY "=" number | KEY "top" n.
func (p *parser) term(depth int) (operand, error) {
	if _, ok := p.symbol("("); ok {
		if depth >= maxDepth {
			return operand{}, fmt.Errorf("%w: more than %d parentheses", ErrSyntax, maxDepth)
		}
		v, err := p.conditional(depth + 1)
		if err != nil {
			return v, err
		}
		if _, ok := p.symbol(")"); !ok {
			return v, fmt.Errorf("%w: parenthesis is not closed", ErrSyntax)
		}
		return v, nil
	}
	if p.at == len(p.tokens) || p.tokens[p.at].symbol {
		return operand{}, fmt.Errorf("%w: a key is missing %s", ErrSyntax, p.where())
	}
	key := p.tokens[p.at]
	p.at++
	if _, ok := p.symbol("="); ok {
		n, err := p.number()
		if err != nil {
			return operand{}, err
		}
		return p.equal(key, n)
	}
	if p.at < len(p.tokens) && p.tokens[p.at] == (token{text: "top"}) {
		p.at++
		n, err := p.number()
		if err != nil {
			return operand{}, err
		}
		if n != math.Trunc(n) || n < 0 || n > 1<<31 {
			return operand{}, fmt.Errorf("%w: top %v", ErrSyntax, n)
		}
		values, err := p.f.Metadata(key.text)
		return operand{rank: values, n: int(n)}, err
	}
	return p.equal(key, 1)
}

func (p *parser) where() string {
	if p.at == len(p.tokens) {
		return "at the end"
	}
	return fmt.Sprintf("before %q", p.tokens[p.at].text)
}

func (p *parser) number() (float64, error) {
	sign := 1.0
	if _, ok := p.symbol("-"); ok {
		sign = -1
	}
	if p.at < len(p.tokens) {
		if v, err := strconv.ParseFloat(p.tokens[p.at].text, 64); err == nil && !math.IsNaN(v) {
			p.at++
			return sign * v, nil
		}
	}
	return 0, fmt.Errorf("%w: a number is missing %s", ErrSyntax, p.where())
}

// equal returns the columns where a key, or any of those that a wildcard matches,
// has the value n. Zero is what is not one.
func (p *parser) equal(key token, n float64) (operand, error) {
	if n == 0 {
		v, err := p.equal(key, 1)
		for i := range v.set {
			v.set[i] = !v.set[i]
		}
		return v, err
	}
	set := make([]bool, p.f.columns)
	found := false
	for _, k := range p.f.keys {
		if k.Name != key.text && !match(key.text, k.Name) {
			continue
		}
		found = true
		for i, v := range k.Values {
			set[i] = set[i] || v == n
		}
	}
	if !found {
		return operand{}, fmt.Errorf("%w: metadata %q (there are %s)", ErrKey, key.text, p.f.names())
	}
	return operand{set: set}, nil
}

// match reports whether name is pattern with any characters for every *.
func match(pattern, name string) bool {
	parts := strings.Split(pattern, "*")
	if len(parts) == 1 {
		return pattern == name
	}
	last := len(parts) - 1
	if !strings.HasPrefix(name, parts[0]) {
		return false
	}
	name = name[len(parts[0]):]
	for _, part := range parts[1:last] {
		i := strings.Index(name, part)
		if i < 0 {
			return false
		}
		name = name[i+len(part):]
	}
	return strings.HasSuffix(name, parts[last])
}
