package naming

import (
	"errors"
	"fmt"
	"path"
	"strings"
)

// ErrJoin is returned when names of one source are not among those of another.
var ErrJoin = errors.New("condition names do not match")

// Joined says which names of two sources, a and b, are of the same condition.
type Joined struct {
	A, B         []int    // indices into a and b, pair by pair, in the order of b
	Bare         bool     // joined without folder and extension
	LeftA, LeftB []string // what the other has not
}

// Bare is a name without folder and extension. What follows the last point is no extension
// where it is a number, as in stimulus.04.
func Bare(name string) string {
	base := path.Base(strings.ReplaceAll(name, "\\", "/"))
	if ext := path.Ext(base); ext != base && (ext == "." || strings.Trim(ext, ".0123456789") != "") {
		return strings.TrimSuffix(base, ext)
	}
	return base
}

// Join pairs every name of b with one of a, which may have more. With intersect, names
// of b that a has not are left out too. ErrJoin says how many match and what is near;
// fewer than two pairs are ErrJoin in any case.
func Join(a, b []string, intersect bool) (Joined, error) {
	exact := pair(a, b, func(s string) string { return s })
	j := exact
	if len(exact.LeftB) > 0 && unique(a) && unique(b) {
		if bare := pair(a, b, Bare); len(bare.B) > len(exact.B) {
			j, j.Bare = bare, true
		}
	}
	if len(j.B) >= 2 && (intersect || len(j.LeftB) == 0) {
		return j, nil
	}
	text := fmt.Sprintf("%d of %d names are among the other %d", len(j.B), len(b), len(a))
	for i, name := range j.LeftB {
		if i == 3 {
			text += fmt.Sprintf("; and %d more", len(j.LeftB)-i)
			break
		}
		text += fmt.Sprintf("; there is no %q", name)
		if near := nearest(name, j.LeftA); near != "" {
			text += fmt.Sprintf(", the nearest is %q", near)
		}
	}
	if len(j.B) >= 2 {
		text += fmt.Sprintf(" (--intersect, in a study intersect: true, compares the %d that both have)", len(j.B))
	}
	return j, fmt.Errorf("%w: %s", ErrJoin, text)
}

// Choose are the names of rows that their file names itself (own) and that have names from
// elsewhere too (given): either may be nil. The file's own are taken where both lists are of
// the same names, whatever their order, for only the file knows which row is which; the given
// ones replace names of which none is among them. Where they differ by folder or extension
// alone, names are as given. ErrJoin is returned where only some are among them.
func Choose(own, given []string) ([]string, error) {
	if own == nil {
		return given, nil
	}
	if given == nil {
		return own, nil
	}
	if len(own) != len(given) {
		return nil, fmt.Errorf("%w: %d names for %d rows, which the file names itself", ErrJoin, len(given), len(own))
	}
	of := func(s string) string { return s }
	shared := 0
	for _, bare := range []bool{false, true} {
		if bare {
			if !unique(own) || !unique(given) {
				break
			}
			of = Bare
		}
		left := make(map[string]int, len(own))
		for _, name := range own {
			left[of(name)]++
		}
		n := 0
		for _, name := range given {
			if left[of(name)] > 0 {
				left[of(name)]--
				n++
			}
		}
		if shared = max(shared, n); shared < len(own) {
			continue
		}
		spelt := make(map[string]string, len(given))
		for _, name := range given {
			spelt[of(name)] = name
		}
		names := make([]string, len(own))
		for i, name := range own {
			names[i] = spelt[of(name)]
		}
		return names, nil
	}
	if shared == 0 {
		return given, nil
	}
	return nil, fmt.Errorf("%w: the file names its rows itself (%q, ...), and %d of its %d names are among those given (%q, ...): give names only of rows that have none, or take them out of the file", ErrJoin, own[0], shared, len(own), given[0])
}

// unique reports whether bare names stay apart.
func unique(list []string) bool {
	seen := make(map[string]bool, len(list))
	for _, name := range list {
		b := Bare(name)
		if seen[b] {
			return false
		}
		seen[b] = true
	}
	return true
}

func pair(a, b []string, of func(string) string) Joined {
	at := make(map[string]int, len(a))
	for i, name := range a {
		at[of(name)] = i
	}
	var j Joined
	taken := make([]bool, len(a))
	for i, name := range b {
		k, ok := at[of(name)]
		if !ok {
			j.LeftB = append(j.LeftB, name)
			continue
		}
		j.A, j.B = append(j.A, k), append(j.B, i)
		taken[k] = true
	}
	for i, name := range a {
		if !taken[i] {
			j.LeftA = append(j.LeftA, name)
		}
	}
	return j
}

// nearest is the candidate whose bare name has the fewest changed letters, "" when half
// would change.
func nearest(name string, candidates []string) string {
	own := []rune(strings.ToLower(Bare(name)))
	best, found := len(own)/2+1, ""
	for _, c := range candidates {
		if d := distance(own, []rune(strings.ToLower(Bare(c))), best); d < best {
			best, found = d, c
		}
	}
	return found
}

// distance is Levenshtein's, or limit where it is no less.
func distance(a, b []rune, limit int) int {
	if len(a)-len(b) >= limit || len(b)-len(a) >= limit {
		return limit
	}
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i, x := range a {
		diagonal := row[0]
		row[0] = i + 1
		for j, y := range b {
			change := diagonal
			if x != y {
				change++
			}
			diagonal, row[j+1] = row[j+1], min(change, row[j]+1, row[j+1]+1)
		}
	}
	return min(row[len(b)], limit)
}
