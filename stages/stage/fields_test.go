package stage

import "testing"

func TestNearest(t *testing.T) {
	for _, c := range []struct{ name, want string }{
		{"rmd", "rdm"}, // two neighbours swapped
		{"tran", "train"},
		{"Stats", "stats"},
		{"activation", "activations"},
		{"zzzzzz", ""},
	} {
		if got := Nearest(c.name, []string{"activations", "mds", "rdm", "stats", "train"}); got != c.want {
			t.Errorf("%s: %q, want %q", c.name, got, c.want)
		}
	}
}
