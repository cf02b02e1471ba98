package inflate

import "math/bits"

// An entry of a table: the number of bits of the code in bits 0-7, of extra bits (or of
// the index of the second table) in 8-12, flags, and the value (or where the second table
// begins) in 16-31. 0 is a code that does not exist.
type entry uint32

const (
	literal entry = 1 << 15
	special entry = 1 << 14 // end of the block, or a second table
	second  entry = 1 << 13

	litBits  = 11
	distBits = 8
	maxCode  = 15
)

func (e entry) value() int    { return int(e >> 16) }
func (e entry) extra() uint64 { return uint64(e>>8) & 31 }

// Meanings of the symbols, without the length of their codes (RFC 1951, 3.2.5).
var (
	litSymbols  = literals()
	distSymbols = distances()
	codeSymbols = plain(19)
)

func plain(n int) []entry {
	e := make([]entry, n)
	for i := range e {
		e[i] = entry(i)<<16 | literal
	}
	return e
}

func literals() []entry {
	e := append(plain(256), 1<<16|special)
	base := 3
	for i := range 28 {
		extra := max(0, i/4-1)
		e = append(e, entry(base)<<16|entry(extra)<<8)
		base += 1 << extra
	}
	return append(e, 258<<16, 0, 0)
}

func distances() []entry {
	var e []entry
	base := 1
	for i := range 30 {
		extra := max(0, i/2-1)
		e = append(e, entry(base)<<16|entry(extra)<<8)
		base += 1 << extra
	}
	return append(e, 0, 0)
}

// build fills a table of 1<<root entries, and second tables behind them, for canonical
// codes of the given lengths. It returns false for lengths that are no code: too many,
// or too few unless it is a single one of one bit or none at all.
func build(table []entry, root int, lengths []byte, symbols []entry) bool {
	var count, from [maxCode + 1]int
	for _, n := range lengths {
		count[n]++
	}
	count[0] = 0
	left, longest := 1, 0
	for n := 1; n <= maxCode; n++ {
		if left = 2*left - count[n]; left < 0 {
			return false
		}
		if count[n] > 0 {
			longest = n
		}
		from[n] = from[n-1] + count[n-1]
	}
	if left > 0 && longest > 1 {
		return false
	}
	var order [288 + 32]uint16 // the symbols by length, then by value: in the order of their codes
	for s, n := range lengths {
		if n > 0 {
			order[from[n]] = uint16(s)
			from[n]++
		}
	}
	clear(table[:1<<root])
	free, code, n := 1<<root, 0, 0
	for _, s := range order[:from[longest]] {
		for int(lengths[s]) > n {
			code, n = code<<1, n+1
		}
		e := symbols[s]
		if e != 0 {
			e |= entry(n)
		}
		reversed := int(bits.Reverse16(uint16(code)) >> (16 - n))
		code++
		if n <= root {
			for i := reversed; i < 1<<root; i += 1 << n {
				table[i] = e
			}
			continue
		}
		link := &table[reversed&(1<<root-1)]
		if *link == 0 {
			width := n - root // wide enough for the codes that are left and begin so
			for space := 1 << width; root+width < longest; space *= 2 {
				if space -= count[root+width]; space <= 0 {
					break
				}
				width++
			}
			*link = entry(free)<<16 | special | second | entry(width)<<8 | entry(root)
			clear(table[free : free+1<<width])
			free += 1 << width
		}
		count[n]--
		for i := reversed >> root; i < 1<<link.extra(); i += 1 << (n - root) {
			table[link.value()+i] = e
		}
	}
	return true
}
