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
		text += fmt.Sprintf(" (with intersect, the %d that both have are compared)", len(j.B))
	}
	return j, fmt.Errorf("%w: %s", ErrJoin, text)
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
