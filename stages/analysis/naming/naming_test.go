package naming

import (
	"errors"
	"slices"
	"strings"
	"testing"
)

func TestChoose(t *testing.T) {
	for _, c := range []struct{ name, own, given, want, err string }{
		{"none given", "x y", "", "x y", ""},
		{"no own", "", "x y", "x y", ""},
		{"another order: the file knows its rows", "z x y", "x y z", "z x y", ""},
		{"spelt as given", "z x y", "x.jpg y.jpg z.jpg", "z.jpg x.jpg y.jpg", ""},
		{"repeated", "b a b", "a b b", "b a b", ""},
		{"other names", "1 2 3", "x y z", "x y z", ""},
		{"some", "x y z", "x y w", "", "2 of its 3 names"},
		{"some, repeated", "x x y", "x y y", "", "2 of its 3 names"},
		{"another number", "x y", "x y z", "", "3 names for 2 rows"},
	} {
		list := func(s string) []string {
			if s == "" {
				return nil
			}
			return strings.Fields(s)
		}
		got, err := Choose(list(c.own), list(c.given))
		if c.err != "" {
			if !errors.Is(err, ErrJoin) || !strings.Contains(err.Error(), c.err) {
				t.Errorf("%s: %v, want %q", c.name, err, c.err)
			}
		} else if err != nil || !slices.Equal(got, list(c.want)) {
			t.Errorf("%s: %v, %v", c.name, got, err)
		}
	}
}

func TestJoin(t *testing.T) {
	for _, c := range []struct {
		name      string
		a, b      string
		intersect bool
		ia, ib    []int
		bare      bool
		err       string
	}{
		{"equal", "x y z", "x y z", false, []int{0, 1, 2}, []int{0, 1, 2}, false, ""},
		{"another order", "x y z", "z x y", false, []int{2, 0, 1}, []int{0, 1, 2}, false, ""},
		{"a has more", "w x y z", "z x", false, []int{3, 1}, []int{0, 1}, false, ""},
		{"extensions", "x.jpg y.jpg", "y x", false, []int{1, 0}, []int{0, 1}, true, ""},
		{"folders and extensions", "x y", "images/x.png images/y.jpeg", false, []int{0, 1}, []int{0, 1}, true, ""},
		{"folders of Windows", "x y", `c:\i\x.png c:\i\y.png`, false, []int{0, 1}, []int{0, 1}, true, ""},
		{"bare names that are the same", "a/x.jpg b/x.jpg", "x y", false, nil, nil, false, "0 of 2 names"},
		{"exact where it pairs all", "x.jpg x", "x x.jpg", false, []int{1, 0}, []int{0, 1}, false, ""},
		{"versions are no extensions of equal names", "v1.0 v1.1", "v1.1 v1.0", false, []int{1, 0}, []int{0, 1}, false, ""},
		{"numbers after a point", "d/im.00.jpg d/im.01.jpg", "im.01 im.00", false, []int{1, 0}, []int{0, 1}, true, ""},
		{"a lacks one", "cat_1 cat_2 dog_1", "cat_1 dog_1 dog-2", false, nil, nil, false, `2 of 3 names are among the other 3; there is no "dog-2"`},
		{"a lacks one, intersect", "x y z", "w z y", true, []int{2, 1}, []int{1, 2}, false, ""},
		{"nothing in common", "x y", "u v", true, nil, nil, false, "0 of 2"},
	} {
		j, err := Join(strings.Fields(c.a), strings.Fields(c.b), c.intersect)
		if c.err != "" {
			if !errors.Is(err, ErrJoin) || !strings.Contains(err.Error(), c.err) {
				t.Errorf("%s: %v, want %q", c.name, err, c.err)
			}
			continue
		}
		if err != nil || !slices.Equal(j.A, c.ia) || !slices.Equal(j.B, c.ib) || j.Bare != c.bare {
			t.Errorf("%s: %+v, %v", c.name, j, err)
		}
	}
	_, err := Join([]string{"cat_01", "dog_01"}, []string{"cat_01", "dgo_01"}, false)
	if err == nil || !strings.Contains(err.Error(), `the nearest is "dog_01"`) {
		t.Errorf("the nearest: %v", err)
	}
	j, err := Join([]string{"x", "y", "z"}, []string{"w", "z", "y"}, true)
	if err != nil || !slices.Equal(j.LeftA, []string{"x"}) || !slices.Equal(j.LeftB, []string{"w"}) {
		t.Errorf("left out: %+v, %v", j, err)
	}
}

func TestBare(t *testing.T) {
	for name, want := range map[string]string{"a/b/c.tar.gz": "c.tar", "c": "c", ".hidden": ".hidden", "x.": "x", "a b.jpg": "a b", "im.04": "im.04", "a/im.04.jpg": "im.04", "x.mp4": "x", "": "."} {
		if got := Bare(name); got != want {
			t.Errorf("%q: %q, want %q", name, got, want)
		}
	}
}
