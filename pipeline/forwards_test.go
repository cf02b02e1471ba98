package pipeline

import (
	"fmt"
	"slices"
	"testing"
)

// Reports that come late, from workers side by side, do not make progress go back; the
// next part of a stage may start over.
func TestProgressGoesForwards(t *testing.T) {
	var got []string
	report := forwards(func(done, total int64, _ string) { got = append(got, fmt.Sprint(done, "/", total)) })
	for _, r := range [][2]int64{{1, 4}, {3, 4}, {2, 4}, {4, 4}, {3, 4}, {1, 4}, {2, 4}, {1, 9}} {
		report(r[0], r[1], "")
	}
	if want := []string{"1/4", "3/4", "4/4", "1/4", "2/4", "1/9"}; !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}
