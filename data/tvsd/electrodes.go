package tvsd

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// ErrElectrodes is returned for ranges of electrodes that cannot be.
var ErrElectrodes = errors.New("electrodes")

// Region is a region's electrodes.
type Region struct {
	Name   string
	Ranges [][2]int // first and last, from 1
}

// recorded is the number of electrodes of both monkeys.
const recorded = 1024

// monkeys are the published ranges.
var monkeys = map[string][]Region{
	"F": {{"V1", [][2]int{{1, 512}}}, {"IT", [][2]int{{513, 832}}}, {"V4", [][2]int{{833, 1024}}}},
	"N": {{"V1", [][2]int{{1, 512}}}, {"V4", [][2]int{{513, 768}}}, {"IT", [][2]int{{769, 1024}}}},
}

// Electrodes gives the regions of a monkey of the dataset, F or N, of whose file it has
// the number of electrodes; nil for another.
func Electrodes(monkey string, electrodes int) []Region {
	if electrodes != recorded {
		return nil
	}
	return monkeys[monkey]
}

// Parse reads ranges such as 1-512 or 1-96,129-160.
func Parse(name, text string) (Region, error) {
	r := Region{Name: name}
	for part := range strings.SplitSeq(text, ",") {
		first, last, dash := strings.Cut(strings.TrimSpace(part), "-")
		if !dash {
			last = first
		}
		a, errA := strconv.Atoi(first)
		b, errB := strconv.Atoi(last)
		switch {
		case errA != nil || errB != nil:
			return r, fmt.Errorf("%w: %s: %q is no range, want FIRST-LAST such as 1-512", ErrElectrodes, name, part)
		case a < 1:
			return r, fmt.Errorf("%w: %s: %q: electrodes are numbered from 1", ErrElectrodes, name, part)
		case b < a:
			return r, fmt.Errorf("%w: %s: %q ends before it begins", ErrElectrodes, name, part)
		}
		r.Ranges = append(r.Ranges, [2]int{a, b})
	}
	return r, nil
}

// Check compares ranges with what is known: those of a monkey of the dataset must be the
// published ones, and all must be within the file's electrodes.
func Check(monkey string, electrodes int, regions []Region) error {
	known := Electrodes(monkey, electrodes)
	for _, r := range regions {
		i := slices.IndexFunc(known, func(k Region) bool { return k.Name == r.Name })
		if i >= 0 && !slices.Equal(known[i].Ranges, r.Ranges) {
			return fmt.Errorf("%w: monkey %s has %s at %s, not %s (the monkeys' orders of V4 and IT differ: %s)", ErrElectrodes, monkey, r.Name, known[i], r, differ())
		}
		for _, span := range r.Ranges {
			if span[1] > electrodes {
				return fmt.Errorf("%w: %s is %s, the file has %d electrodes", ErrElectrodes, r.Name, r, electrodes)
			}
		}
	}
	return nil
}

// String writes the ranges as Parse reads them.
func (r Region) String() string {
	var parts []string
	for _, span := range r.Ranges {
		parts = append(parts, fmt.Sprintf("%d-%d", span[0], span[1]))
	}
	return strings.Join(parts, ",")
}

func differ() string {
	var parts []string
	for _, monkey := range []string{"F", "N"} {
		for _, r := range monkeys[monkey][1:] {
			parts = append(parts, monkey+" "+r.Name+" "+r.String())
		}
	}
	return strings.Join(parts, ", ")
}

// Columns are the region's electrodes from 0, ascending, each once.
func (r Region) Columns() []int {
	var list []int
	for _, span := range r.Ranges {
		for e := span[0]; e <= span[1]; e++ {
			list = append(list, e-1)
		}
	}
	slices.Sort(list)
	return slices.Compact(list)
}
