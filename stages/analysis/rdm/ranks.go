package rdm

import (
	"cmp"
	"context"
	"math"
	"math/bits"
	"slices"

	"realnet/stages/analysis/internal/parallel"
)

// Ranks gives the ranks of x from 1, ties their mean rank, NaN for NaN
// (scipy.stats.rankdata with nan_policy omit).
func Ranks(x []float64) []float64 {
	out := make([]float64, len(x))
	rank(out, x, 0, 2, 1)
	for i, v := range x {
		if math.IsNaN(v) {
			out[i] = v
		}
	}
	return out
}

// CentredRanks gives twice the ranks of x less their mean, which are whole numbers in
// ±(len(x)-1), ties included: exact in half the memory of x. x has no NaN. The result is
// the same for any number of workers; 0 takes all processors.
func CentredRanks(x []float64, workers int) []int32 {
	out := make([]int32, len(x))
	rank(out, x, len(x)+1, 1, workers)
	return out
}

const (
	groupedFrom = 1 << 20 // values
	rankGroups  = 128     // by quantiles
	chunk       = 1 << 18 // values that are grouped together
	rounds      = 4       // parts of the groups, of which one is listed at a time
	digitsFrom  = 1000    // items
)

// rank sets out to (twice the rank of x - shift) / divisor. Millions of values are sorted
// in groups of neighbouring ones, which takes an eighth of the memory that one sort would,
// 2 bytes a value, and stays in the cache. NaN gets no rank.
func rank[T int32 | float64](out []T, x []float64, shift int, divisor T, workers int) {
	workers = parallel.Workers(workers, rankGroups)
	if len(x) < groupedFrom {
		r := newRoom(len(x))
		items := r.items[:0]
		for i, v := range x {
			if !math.IsNaN(v) {
				items = append(items, item{sortable(v), int32(i)})
			}
		}
		rankItems(out, items, r.sorted, -shift, divisor)
		return
	}
	g := groupsOf(x, workers)
	largest := 0
	for _, group := range g.groups {
		if !group.single {
			largest = max(largest, group.count)
		}
	}
	rooms := make([]*room, workers)
	var list []int32
	for k := range rounds {
		first, last := k*len(g.groups)/rounds, (k+1)*len(g.groups)/rounds
		list = g.list(list, first, last, workers)
		passPanic(parallel.Run(context.Background(), workers, last-first, func(w, k int) error {
			if rooms[w] == nil {
				rooms[w] = newRoom(largest)
			}
			group := g.groups[first+k]
			at := list[group.before-g.groups[first].before:][:group.count]
			rankGroup(out, x, group, at, rooms[w], shift, divisor)
			return nil
		}))
	}
}

// passPanic passes on the panic of a task: the tasks of ranks do not fail, and no context
// ends them.
func passPanic(err error) {
	if err != nil {
		panic(err)
	}
}

// room is what the sort of a group takes.
type room struct {
	items, sorted []item
}

func newRoom(n int) *room {
	r := &room{items: make([]item, n)}
	if n >= digitsFrom {
		r.sorted = make([]item, n)
	}
	return r
}

// rankGroup ranks the values of a group, whose places in x are listed.
func rankGroup[T int32 | float64](out []T, x []float64, g keyGroup, list []int32, r *room, shift int, divisor T) {
	if g.single { // one value, of any number of pairs
		rank := T(2*g.before+g.count+1-shift) / divisor
		for _, i := range list {
			out[i] = rank
		}
		return
	}
	items := r.items[:g.count]
	for j, i := range list {
		items[j] = item{sortable(x[i]), i}
	}
	rankItems(out, items, r.sorted, 2*g.before-shift, divisor)
}

// rankItems sorts items and sets out where they came from to (base + twice their rank) /
// divisor.
func rankItems[T int32 | float64](out []T, items, room []item, base int, divisor T) {
	items = sortItems(items, room)
	for lo := 0; lo < len(items); {
		hi := lo + 1
		for hi < len(items) && items[hi].key == items[lo].key {
			hi++
		}
		r := T(base+lo+hi+1) / divisor
		for _, it := range items[lo:hi] {
			out[it.at] = r
		}
		lo = hi
	}
}

// keyGroup is the values between two quantiles.
type keyGroup struct {
	before, count int // how many values are smaller, and how many it has
	single        bool
}

// none is the group of NaN.
const none = math.MaxUint8

// grouped are values in groups.
type grouped struct {
	groups []keyGroup
	of     []uint8      // the group of each value
	counts [][256]int32 // of each chunk, in each group
}

// groupsOf cuts the values in groups of about as many each, by the quantiles of a sample.
// A value that is several quantiles is a group of its own.
func groupsOf(x []float64, workers int) grouped {
	const sampled = 1 << 14
	sample := make([]uint64, 0, sampled)
	for i := range sampled {
		if v := x[int(float64(i)/sampled*float64(len(x)))]; !math.IsNaN(v) {
			sample = append(sample, sortable(v))
		}
	}
	slices.Sort(sample)
	var starts [256]uint64 // at most 1 + 2*(rankGroups-1) of them
	n := 1
	groups := make([]keyGroup, 1, len(starts))
	for k := 1; k < rankGroups && len(sample) > 0; k++ {
		switch s := sample[k*len(sample)/rankGroups]; {
		case s > starts[n-1]:
			starts[n] = s
			groups = append(groups, keyGroup{})
			n++
		case s == starts[n-1] && n > 1: // again
			groups[n-1].single = true
			starts[n] = s + 1
			groups = append(groups, keyGroup{})
			n++
		}
	}
	for k := n; k < len(starts); k++ {
		starts[k] = math.MaxUint64
	}
	of := make([]uint8, len(x))
	chunks := (len(x) + chunk - 1) / chunk
	counts := make([][256]int32, chunks)
	passPanic(parallel.Run(context.Background(), workers, chunks, func(_, c int) error {
		count := &counts[c]
		lo, hi := c*chunk, min((c+1)*chunk, len(x))
		to := of[lo:hi]
		for i, v := range x[lo:hi] {
			key := sortable(v)
			k := uint64(0) // the last start at or before the key
			for step := uint64(128); step > 0; step /= 2 {
				_, before := bits.Sub64(key, starts[(k+step)&255], 0)
				k += step & (before - 1)
			}
			if math.IsNaN(v) {
				k = none
			}
			to[i] = uint8(k)
			count[k&255]++
		}
		return nil
	}))
	before := 0
	for k := range groups {
		groups[k].before = before
		for c := range counts {
			groups[k].count += int(counts[c][k])
		}
		before += groups[k].count
	}
	return grouped{groups, of, counts}
}

// list gives the places of the values of the groups [first, last), one group after the
// other, each in ascending order; it takes the memory of room if that is enough.
func (g grouped) list(room []int32, first, last, workers int) []int32 {
	// Where the values of a chunk go; those of other groups and NaN all to the end.
	starts, next := make([][256]int32, len(g.counts)), int32(0)
	for k := first; k < last; k++ {
		for c := range starts {
			starts[c][k], next = next, next+g.counts[c][k]
		}
	}
	var steps [256]int32
	for k := range steps {
		if k >= first && k < last {
			steps[k] = 1
			continue
		}
		for c := range starts {
			starts[c][k] = next + int32(c)
		}
	}
	list := room[:cap(room)]
	if n := int(next) + len(starts); cap(room) < n {
		list = make([]int32, n+n/16) // groups of the next round are about as many
	}
	passPanic(parallel.Run(context.Background(), workers, len(starts), func(_, c int) error {
		at := &starts[c]
		for i, k := range g.of[c*chunk : min((c+1)*chunk, len(g.of))] {
			list[at[k]] = int32(c*chunk + i)
			at[k] += steps[k]
		}
		return nil
	}))
	return list[:next]
}

// item is a value, as a key that sorts like it, and where it came from.
type item struct {
	key uint64
	at  int32
}

// sortable maps a float64 to bits in the same order; -0 equals 0.
func sortable(v float64) uint64 {
	b := math.Float64bits(v + 0)
	return b ^ (uint64(int64(b)>>63) | 1<<63)
}

func compareItems(x, y item) int { return cmp.Compare(x.key, y.key) }

// sortItems sorts by key, with room for as many items. From a thousand items on (an RDM
// has many, and comparisons would take five times as long) it sorts by three digits of 11
// bits, lowest first, of what keys have above the smallest one, and then those that these
// digits leave equal.
func sortItems(a, room []item) []item {
	if len(a) < digitsFrom {
		slices.SortFunc(a, compareItems)
		return a
	}
	const digit, digits = 11, 3
	least, most := a[0].key, a[0].key
	for _, it := range a {
		least, most = min(least, it.key), max(most, it.key)
	}
	cut := max(0, bits.Len64(most-least)-digits*digit)
	var counts [digits][1 << digit]int32
	for _, it := range a {
		k := (it.key - least) >> (cut & 63)
		counts[0][k&(1<<digit-1)]++
		counts[1][k>>digit&(1<<digit-1)]++
		counts[2][k>>(2*digit)&(1<<digit-1)]++
	}
	b := room[:len(a)]
	for d := range digits {
		count, down := &counts[d], (cut+d*digit)&63
		if count[(a[0].key-least)>>down&(1<<digit-1)] == int32(len(a)) {
			continue // all alike in this digit
		}
		sum := int32(0)
		for i, c := range count {
			count[i] = sum
			sum += c
		}
		for _, it := range a {
			k := (it.key - least) >> down & (1<<digit - 1)
			b[count[k]] = it
			count[k]++
		}
		a, b = b, a
	}
	for lo := 0; cut > 0 && lo < len(a); {
		hi, sorted := lo+1, true
		for hi < len(a) && (a[hi].key-least)>>(cut&63) == (a[lo].key-least)>>(cut&63) {
			sorted = sorted && a[hi-1].key <= a[hi].key
			hi++
		}
		if !sorted {
			slices.SortFunc(a[lo:hi], compareItems)
		}
		lo = hi
	}
	return a
}
